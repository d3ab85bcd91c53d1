"""The steps of `test` run in order and stop at the first that does not hold."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from develop import checks
from develop.checks import INSTALLER, Step, require_no_window, run_steps, steps
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


def test_the_last_steps_are_the_tests() -> None:
    titles = [step.title for step in steps([])]
    assert titles[-3:-1] == ["tests below the window, without Qt", "tests of the window"]
    assert titles[-1] == INSTALLER


@pytest.mark.parametrize("rest", [["--full", "--only", "T2"], ["--only=T2", "--seeds", "0:500"]])
def test_a_part_of_the_test_program_needs_no_qt_and_no_linters(rest: list[str]) -> None:
    titles = [step.title for step in steps(rest)]
    assert titles == ["environment .venv/core", "tests below the window, without Qt"]


def test_on_windows_python_nothing_else_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest_ = Pytest(monkeypatch, 0, 1)
    found = steps(["--wine-units", "-k", "lock"])
    assert [step.title for step in found[:-1]] == ["Debian packages", "environment .venv/core"]
    found[-1].act()
    assert pytest_.runs == [("-P", "-m", "tests.windows.units", "-k", "lock")]
    with pytest.raises(Problem, match="ended with code 1"):
        found[-1].act()


class Pytest:
    """Stands for pytest: remembers its options and ends with a code for each run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *codes: int) -> None:
        self.runs: list[tuple[str, ...]] = []
        self._codes = list(codes)
        monkeypatch.setattr(checks, "run_tool", self.run)
        monkeypatch.setattr(checks, "require_no_window", lambda _: None)

        monkeypatch.setattr(checks, "missing_for_installer", list)
        monkeypatch.setattr(checks, "Beside", lambda *words: Begun(self, words))
        self.begun: list[Begun] = []

    def run(self, environment: Environment, program: str, *arguments: str, accepted: Sequence[int] = (0,)) -> int:
        self.runs.append(arguments)
        code = self._codes.pop(0)
        if code not in accepted:
            raise Problem(f"{program} ended with code {code}")
        return code


class Begun:
    """Stands for a run of pytest beside the others: it counts as run when it is waited for."""

    def __init__(self, pytest: Pytest, words: tuple[Any, ...]) -> None:
        self.is_ended = False
        self.runs_before = len(pytest.runs)
        self._pytest, self._words = pytest, words
        pytest.begun.append(self)

    def finish(self) -> int:
        return self._pytest.run(*self._words)

    def end(self) -> None:
        self.is_ended = True


def test_what_needs_no_qt_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest_ = Pytest(monkeypatch, 0, 0, 0)
    for step in steps([])[-3:]:
        step.act()
    assert ["--window" in each for each in pytest_.runs] == [False, True, False]
    assert ["--windows-seat" in each for each in pytest_.runs] == [False, False, True]


def test_the_windows_installer_is_begun_with_the_first_tests_and_told_of_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest_ = Pytest(monkeypatch, 0, 0, 1)
    below, of_the_window, of_the_installer = steps([])[-3:]
    below.act()
    [installer] = pytest_.begun
    assert installer.runs_before == 0
    assert f"Begun at the same time: {INSTALLER}" in capsys.readouterr().out
    of_the_window.act()
    with pytest.raises(Problem, match="ended with code 1"):
        of_the_installer.act()
    assert "--windows-seat" in pytest_.runs[-1]


@pytest.mark.parametrize("codes", [(1,), (0, 1)], ids=["below the window", "of the window"])
def test_what_was_begun_is_ended_when_other_tests_fail(monkeypatch: pytest.MonkeyPatch, codes: tuple[int, ...]) -> None:
    pytest_ = Pytest(monkeypatch, *codes)
    *hold, fails = steps([])[-3:][: len(codes)]
    for step in hold:
        step.act()
    with pytest.raises(Problem, match="ended with code 1"):
        fails.act()
    assert [each.is_ended for each in pytest_.begun] == [True]


def test_with_a_choice_nothing_is_begun_before_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest_ = Pytest(monkeypatch, 0, 0, 0)
    for step in steps(["-k", "lock"])[-3:]:
        step.act()
    assert (pytest_.begun, len(pytest_.runs)) == ([], 3)


def test_the_windows_installer_can_be_tried_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest_ = Pytest(monkeypatch, 0, 1)
    found = steps(["--windows", "-k", "story"])
    assert [step.title for step in found] == ["Debian packages", "environment .venv/full", INSTALLER]
    found[-1].act()
    assert {"--windows-seat", "-k", "story"} <= set(pytest_.runs[0])
    assert "--windows" not in pytest_.runs[0]
    with pytest.raises(Problem, match="ended with code 1"):
        found[-1].act()


def test_without_wine_the_installer_is_left_out_which_is_said_and_a_wish_for_it_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest_ = Pytest(monkeypatch, 0, 0)
    monkeypatch.setattr(checks, "missing_for_installer", lambda: ["wine", "wixl"])
    for step in steps([])[-3:]:
        step.act()
    assert len(pytest_.runs) == 2
    assert "Left out: wine, wixl cannot be had here" in capsys.readouterr().out
    with pytest.raises(Problem, match="Not installed here: wine, wixl"):
        steps(["--windows"])[-1].act()


@pytest.mark.parametrize(
    ("rest", "codes", "holds"),
    [
        (["-k", "badge"], (5, 0, 5), True),
        (["-k", "planner"], (0, 5, 5), True),
        (["-k", "story"], (5, 5, 0), True),
        (["-k", "nothing"], (5, 5, 5), False),
        ([], (5, 0, 0), False),
        ([], (0, 5, 0), False),
        ([], (0, 0, 5), False),
        (["--only", "T99"], (5,), False),
    ],
)
def test_a_choice_may_leave_nothing_for_some_runs_and_not_for_all(
    monkeypatch: pytest.MonkeyPatch, rest: list[str], codes: tuple[int, ...], holds: bool
) -> None:
    Pytest(monkeypatch, *codes)
    with nullcontext() if holds else pytest.raises(Problem, match=r"ended with code 5|No test was chosen"):
        for step in steps(rest)[-len(codes) :]:
            step.act()


@pytest.mark.qt
def test_an_environment_with_qt_is_no_proof_for_what_lies_below_the_window() -> None:
    pytest.importorskip("PySide6", reason="needs an environment with Qt")
    with pytest.raises(Problem, match="Qt is installed"):
        require_no_window(Environment("full"))
