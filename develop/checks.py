"""The steps of `test`: everything that must hold, in order."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from develop import debian
from develop.console import Problem, say
from develop.environments import Environment, make_ready
from develop.programs import run_tool

NO_TESTS_COLLECTED = 5  # pytest's exit code
AT_ONCE = ("-n", "auto", "--maxprocesses", "4", "--dist", "worksteal")  # one pytest process for each core
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
    """Return everything that must hold, in order; `rest` goes to pytest."""
    core, full = Environment("core"), Environment("full")
    packages = ["window", "tests", *(["full"] if "--full" in rest else [])]

    def below_the_window() -> None:
        require_no_window(core)
        # A choice such as `-k badge` may leave nothing below the window.
        run_tool(core, "python", "-m", "pytest", *AT_ONCE, *rest, accepted=(0, NO_TESTS_COLLECTED) if rest else (0,))

    return [
        Step("Debian packages", lambda: debian.provide(packages)),
        Step("environment .venv/core", lambda: make_ready(core)),
        Step("environment .venv/full", lambda: make_ready(full)),
        Step("ruff check", lambda: run_tool(full, "ruff", "check", ".")),
        Step("ruff format", lambda: run_tool(full, "ruff", "format", "--check", ".")),
        Step("import contracts", lambda: run_tool(full, "lint-imports", "--no-logo")),
        Step("mypy, Linux", lambda: run_tool(full, "mypy", "--platform", "linux")),
        Step(
            "mypy, Windows", lambda: run_tool(full, "mypy", "--platform", "win32", "develop", "server", "pdm_desktop")
        ),
        Step("tests below the window, without Qt", below_the_window),
        Step("all tests", lambda: run_tool(full, "python", "-m", "pytest", *AT_ONCE, *rest)),
    ]


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
