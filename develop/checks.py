"""The steps of `test`: everything that must hold, in order."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from develop import debian
from develop.console import Problem, say
from develop.environments import Environment, make_ready
from develop.programs import run_tool

NO_TESTS_COLLECTED = 5  # pytest's exit code
PROCESSES = min(os.cpu_count() or 1, 4)
SPREAD = ("--dist", "worksteal")
SLOWEST = ("--durations", "5")
"""Tells which tests come nearest to the time after which one counts as hanging (`faulthandler_timeout`)."""
WINE_UNITS = "--wine-units"
WINDOWS_TOO = ("develop", "pdm_desktop", "server")  # typed once more as Windows sees them


@dataclass(frozen=True)
class Step:
    """One step of `test`: what is printed above it and what it does."""

    title: str
    act: Callable[[], object]


def require_no_window(core: Environment) -> None:
    """Raise `Problem` if the environment below the window can import any of Qt."""
    probe = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('PySide6', 'shiboken6', 'qasync')))"
    if subprocess.call([core.program("python"), "-c", probe]):
        raise Problem("Qt is installed in .venv/core, so the tests below the window prove nothing. Delete .venv/core.")


def steps(rest: Sequence[str]) -> list[Step]:
    """Return everything that must hold, in order; `rest` goes to pytest.

    With `--only` it is a part of the test program of the promises, which needs no Qt: nothing else is made or run.
    With `--wine-units` it is the tests below the window once more, on Windows' Python.
    """
    if WINE_UNITS in rest:
        return wine_units([each for each in rest if each != WINE_UNITS])
    core, full = Environment("core"), Environment("full")
    tests = Tests(core=core, full=full, rest=rest)
    ready = Step("environment .venv/core", lambda: make_ready(core))
    below = Step("tests below the window, without Qt", tests.below_the_window)
    if is_part(rest):
        return [ready, below]
    return [
        Step("Debian packages", lambda: debian.provide(["window", "tests", "windows"])),
        ready,
        Step("environment .venv/full", lambda: make_ready(full)),
        Step("ruff check", lambda: run_tool(full, "ruff", "check", ".")),
        Step("ruff format", lambda: run_tool(full, "ruff", "format", "--check", ".")),
        Step("import contracts", lambda: run_tool(full, "lint-imports", "--no-logo")),
        Step("mypy, Linux", lambda: run_tool(full, "mypy", "--platform", "linux")),
        Step("mypy, Windows", lambda: run_tool(full, "mypy", "--platform", "win32", *WINDOWS_TOO)),
        below,
        Step("tests of the window", tests.of_the_window),
    ]


def wine_units(rest: Sequence[str]) -> list[Step]:
    """Return the steps that run the tests below the window on Windows' Python in Wine; `rest` goes to pytest there."""
    core = Environment("core")
    command = ("-P", "-m", "tests.windows.units", *rest)
    return [
        Step("Debian packages", lambda: debian.provide(["window", "windows"])),
        Step("environment .venv/core", lambda: make_ready(core)),
        Step("tests below the window, on Windows' Python in Wine", lambda: run_tool(core, "python", *command)),
    ]


def is_part(rest: Sequence[str]) -> bool:
    """Whether only a part of the test program of the promises is asked for."""
    return any(each == "--only" or each.startswith("--only=") for each in rest)


@dataclass
class Tests:
    """The tests, in two environments. A choice such as `-k badge` may leave nothing for one of them, not for both."""

    core: Environment
    full: Environment
    rest: Sequence[str]
    _found_none: bool = False

    def below_the_window(self) -> None:
        """Run what needs no window where there is no Qt."""
        require_no_window(self.core)
        accepted = (0, NO_TESTS_COLLECTED) if self.rest and not is_part(self.rest) else (0,)
        more = str(PROCESSES + 1)  # who talks to a real server waits for it half of the time
        options = ("-n", more, *SPREAD, *SLOWEST, *self.rest)
        code = run_tool(self.core, "python", "-m", "pytest", *options, accepted=accepted)
        self._found_none = code == NO_TESTS_COLLECTED

    def of_the_window(self) -> None:
        """Run what needs Qt. It cannot change what lies below the window, where nothing can import it."""
        accepted = (0, NO_TESTS_COLLECTED) if self.rest and not self._found_none else (0,)
        options = ("-n", str(PROCESSES), *SPREAD, *SLOWEST, "--window", *self.rest)
        run_tool(self.full, "python", "-m", "pytest", *options, accepted=accepted)


def run_steps(steps: Sequence[Step]) -> int:
    """Run the steps in order with their times; stop at the first that does not hold. Return the exit code."""
    began = time.monotonic()
    for number, step in enumerate(steps, start=1):
        say(f"\n== {number} of {len(steps)}: {step.title}")
        at = time.monotonic()
        try:
            step.act()
        except Problem as problem:
            say(f"\n{problem}")
            say(f"Stopped at step {number} of {len(steps)}, {step.title}. Nothing after it was run.")
            return 1
        say(f"   {time.monotonic() - at:.1f} s")
    say(f"\nAll {len(steps)} steps hold, after {time.monotonic() - began:.0f} s.")
    return 0
