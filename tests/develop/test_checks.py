"""The steps of `test` run in order and stop at the first that does not hold."""

import pytest

from develop import debian
from develop.checks import Step, require_no_window, run_steps, steps
from develop.console import Problem
from develop.environments import Environment


def test_steps_run_in_order_and_the_last_line_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[int] = []
    assert run_steps([Step("one", lambda: done.append(1)), Step("two", lambda: done.append(2))]) == 0
    assert done == [1, 2]
    assert capsys.readouterr().out.splitlines()[-1].startswith("All 2 steps hold")


def test_nothing_runs_after_a_step_that_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[int] = []

    def refuse() -> None:
        raise Problem("ruff ended with code 1")

    assert run_steps([Step("ruff", refuse), Step("tests", lambda: done.append(1))]) == 1
    assert not done
    last = capsys.readouterr().out.splitlines()[-2:]
    assert last == ["ruff ended with code 1", "Stopped at step 1 of 2, ruff. Nothing after it was run."]


def test_the_last_step_is_all_tests() -> None:
    titles = [step.title for step in steps([])]
    assert titles[-2:] == ["tests below the window, without Qt", "all tests"]


def test_the_packages_for_what_takes_long_are_installed_for_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(debian, "provide", asked.append)
    steps([])[0].act()
    steps(["-k", "lock", "--full"])[0].act()
    assert asked == [["window", "tests"], ["window", "tests", "full"]]


def test_an_environment_with_qt_is_no_proof_for_what_lies_below_the_window() -> None:
    pytest.importorskip("PySide6", reason="needs an environment with Qt")
    with pytest.raises(Problem, match="Qt is installed"):
        require_no_window(Environment("full"))
