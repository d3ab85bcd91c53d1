"""A program beside the steps: silent until its own step, told by its exit code, and ended when it is not wanted."""

import sys
from pathlib import Path

import pytest

from develop.beside import Beside
from develop.console import Problem
from develop.environments import Environment
from tests.support.waiting import wait_for


class Here(Environment):
    """The environment of this very run."""

    def program(self, name: str) -> str:
        return sys.executable


@pytest.fixture
def here() -> Here:
    return Here("core")


def test_what_it_says_comes_with_its_own_step(here: Here, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = tmp_path / "done"
    beside = Beside(here, "python", "-c", f"import pathlib; print('two tests'); pathlib.Path({str(done)!r}).touch()")
    wait_for(done.exists)
    assert capfd.readouterr().out == ""
    assert beside.finish() == 0
    assert capfd.readouterr().out.startswith("two tests\n   begun 0 s ago")
    beside.end()  # nothing is left to be ended


def test_its_exit_code_counts(here: Here, capfd: pytest.CaptureFixture[str]) -> None:
    words = ("-c", "import sys; print('what failed', file=sys.stderr); sys.exit(5)")
    assert Beside(here, "python", *words).finish(accepted=(0, 5)) == 5
    with pytest.raises(Problem, match="python ended with code 5"):
        Beside(here, "python", *words).finish()
    assert "what failed" in capfd.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_it_is_ended_as_at_the_keyboard_and_may_clear_up(
    here: Here, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    at_work, cleared = tmp_path / "at work", tmp_path / "cleared up"
    program = f"""
import pathlib, time
pathlib.Path({str(at_work)!r}).touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path({str(cleared)!r}).touch()
"""
    beside = Beside(here, "python", "-c", program)
    wait_for(at_work.exists)
    beside.end()
    assert cleared.exists()
    assert capfd.readouterr().out == ""
