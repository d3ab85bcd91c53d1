"""The steps of `test`: everything that must hold, in order."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from develop import debian
from develop.beside import Beside
from develop.console import Problem, say
from develop.environments import Environment, make_ready
from develop.programs import run_tool

NO_TESTS_COLLECTED = 5  # pytest's exit code
PROCESSES = min(os.cpu_count() or 1, 4)
SPREAD = ("--dist", "worksteal")
SLOWEST = ("--durations", "5")
"""Tells which tests come nearest to the time after which one counts as hanging (`faulthandler_timeout`)."""
PACKAGES = ("window", "tests", "windows")
INSTALLER = "the Windows installer, built here and tried in Wine"
WINE_UNITS = "--wine-units"
WINDOWS = "--windows"
NEEDED_FOR_INSTALLER = (
    "wine", "x86_64-w64-mingw32-gcc", "wixl", "msibuild", "osslsigncode", "openbox", "xdotool", "import", "tesseract",
)  # fmt: skip
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
    With `--wine-units` it is the tests below the window once more, on Windows' Python; with `--windows` the Windows
    installer alone.
    """
    if WINE_UNITS in rest:
        return wine_units([each for each in rest if each != WINE_UNITS])
    core, full = Environment("core"), Environment("full")
    if WINDOWS in rest:
        return windows(full, [each for each in rest if each != WINDOWS])
    tests = Tests(core=core, full=full, rest=rest)
    ready = Step("environment .venv/core", lambda: make_ready(core))
    below = Step("tests below the window, without Qt", tests.below_the_window)
    if is_part(rest):
        return [ready, below]
    return [
        Step("Debian packages", lambda: debian.provide(PACKAGES)),
        ready,
        Step("environment .venv/full", lambda: make_ready(full)),
        Step("ruff check", lambda: run_tool(full, "ruff", "check", ".")),
        Step("ruff format", lambda: run_tool(full, "ruff", "format", "--check", ".")),
        Step("import contracts", lambda: run_tool(full, "lint-imports", "--no-logo")),
        Step("mypy, Linux", lambda: run_tool(full, "mypy", "--platform", "linux")),
        Step("mypy, Windows", lambda: run_tool(full, "mypy", "--platform", "win32", *WINDOWS_TOO)),
        below,
        Step("tests of the window", tests.of_the_window),
        Step(INSTALLER, tests.of_the_installer),
    ]


def windows(full: Environment, rest: Sequence[str]) -> list[Step]:
    """Return the steps that build the Windows installer and try it; `rest` goes to pytest."""
    return [
        Step("Debian packages", lambda: debian.provide(PACKAGES)),
        Step("environment .venv/full", lambda: make_ready(full)),
        Step(INSTALLER, lambda: try_installer(full, rest)),
    ]


def try_installer(full: Environment, rest: Sequence[str], *, accepted: Sequence[int] = (0,)) -> int:
    """Build the Windows installer, and try it on a Windows out of Wine. Return pytest's exit code.

    Raises `Problem` when a program for that is missing, or a test fails.
    """
    if absent := missing_for_installer():
        raise Problem(f"Not installed here: {', '.join(absent)}. They come with the Debian packages named above.")
    return run_tool(full, "python", *installer_words(rest), accepted=accepted)


def installer_words(rest: Sequence[str]) -> list[str]:
    """Return how Python is told to build the Windows installer and try it; `rest` goes to pytest."""
    return ["-m", "pytest", "--windows-seat", *SLOWEST, *rest, "tests/windows"]


def missing_for_installer() -> list[str]:
    """Return the programs that are not there, of those that build and try the Windows installer."""
    return [name for name in NEEDED_FOR_INSTALLER if shutil.which(name) is None]


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
    """The tests, in three runs. A choice such as `-k badge` may leave nothing for some of them, not for all.

    Without any choice the third is begun with the first, since it uses one processor half of the time and waits for
    Wine else. It says nothing until its own step, and is ended when one of the others fails.
    """

    core: Environment
    full: Environment
    rest: Sequence[str]
    _found: bool = False
    _installer: Beside | None = None

    def below_the_window(self) -> None:
        """Run what needs no window where there is no Qt."""
        require_no_window(self.core)
        if not self.rest and not missing_for_installer():
            say(f"Begun at the same time: {INSTALLER}. What comes of it stands below, at its own step.")
            self._installer = Beside(self.full, "python", *installer_words(()))
        more = str(PROCESSES + 1)  # who talks to a real server waits for it half of the time
        options = ("-n", more, *SPREAD, *SLOWEST, *self.rest)
        accepted = (0,) if is_part(self.rest) else self._accepted
        with self._nothing_left_behind():
            self._note(run_tool(self.core, "python", "-m", "pytest", *options, accepted=accepted))

    def of_the_window(self) -> None:
        """Run what needs Qt. It cannot change what lies below the window, where nothing can import it."""
        options = ("-n", str(PROCESSES), *SPREAD, *SLOWEST, "--window", *self.rest)
        with self._nothing_left_behind():
            self._note(run_tool(self.full, "python", "-m", "pytest", *options, accepted=self._accepted))

    def of_the_installer(self) -> None:
        """Build the Windows installer and try it, where Wine can be had.

        Raises `Problem` when a test fails, or when all three runs together had none.
        """
        if self._installer is not None:
            with self._nothing_left_behind():
                self._note(self._installer.finish())
        elif absent := missing_for_installer():
            say(f"Left out: {', '.join(absent)} cannot be had here. The Windows installer was neither built nor tried.")
        else:
            self._note(try_installer(self.full, self.rest, accepted=self._accepted))
        if not self._found:
            raise Problem("No test was chosen. Look at the names with: python3 dev.py test --help")

    @contextmanager
    def _nothing_left_behind(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if self._installer is not None:
                self._installer.end()
            raise

    @property
    def _accepted(self) -> Sequence[int]:
        return (0, NO_TESTS_COLLECTED) if self.rest else (0,)

    def _note(self, code: int) -> None:
        self._found = self._found or code == 0


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
