#!/usr/bin/env python3
"""The commands of a fresh checkout: demo, test, bench, run, lock.

Needs nothing but Python itself. Each command first makes the environment it runs in, `.venv/core` (everything but the
window) or `.venv/full`, from the pinned lists in `packaging/requirements/`, and only when those have changed.
Python before 3.11 must still be able to read this file, so that it can say what is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
DEBIAN_LIST = ROOT / "packaging" / "debian-packages.txt"
DEMO_MODULE = "pdm_demo"
BENCH_MODULE = "tests.bench"
PROGRAMS = {"server": ("core", "server"), "seat": ("full", "pdm_desktop")}
LOCKS = {
    "server": ("server",),
    "seat": ("window",),
    "core": ("server", "dev"),
    "full": ("server", "dev", "window", "dev-window"),
}
NO_TESTS_COLLECTED = 5  # pytest's exit code


class Problem(Exception):
    """A command cannot go on; the text says what is wrong and what to do."""


# Environments


@dataclass(frozen=True)
class Environment:
    """One virtual environment of the checkout and the pinned list that it is made from."""

    name: str
    root: Path = ROOT

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.root / ".venv" / self.name

    @property
    def requirements(self) -> Path:
        """The pinned list, with hashes."""
        return self.root / "packaging" / "requirements" / f"{self.name}.txt"

    @property
    def stamp_file(self) -> Path:
        """Written last, so that it stands only in an environment that is whole."""
        return self.folder / "made-from.txt"

    def program(self, name: str) -> str:
        """Return the path of an executable of this environment, such as `python`."""
        return str(self.folder / ("Scripts" if os.name == "nt" else "bin") / (f"{name}.exe" if os.name == "nt" else name))


def stamp(requirements: bytes, python: str, folder: str) -> str:
    """Return what an environment depends on as one word: its pinned list, the Python below it, and its own place."""
    return hashlib.sha256(b"\0".join([requirements, python.encode(), folder.encode()])).hexdigest()


def current_stamp(environment: Environment) -> str:
    """Return the stamp that the environment has when it is up to date.

    A Windows checkout may have other line ends; they do not count.
    """
    pinned = environment.requirements.read_bytes().replace(b"\r\n", b"\n")
    return stamp(pinned, f"{sys.version} {sys.base_prefix}", str(environment.folder))


def is_ready(environment: Environment) -> bool:
    """Say whether the environment is whole and made from today's list."""
    return environment.stamp_file.is_file() and environment.stamp_file.read_text() == current_stamp(environment)


def make_ready(environment: Environment) -> Environment:
    """Make the environment if it is missing, half made or out of date, and return it.

    Raises `Problem` when it cannot be made.
    """
    if not environment.requirements.is_file():
        raise Problem(f"{environment.requirements} is missing. Get the whole project again, or run: python3 dev.py lock")
    environment.folder.parent.mkdir(exist_ok=True)
    with one_at_a_time(environment.folder.parent / f"{environment.name}.lock"):
        if not is_ready(environment):
            make(environment)
    return environment


def make(environment: Environment) -> None:
    """Make the environment from nothing; the stamp comes last."""
    require_venv()
    say(f"Making the environment {environment.folder.relative_to(environment.root)} (once, about a minute) ...")
    if environment.folder.exists():
        shutil.rmtree(environment.folder)
    create(environment.folder)
    install = ["install", "-qq", "--only-binary", ":all:", "--require-hashes", "-r", str(environment.requirements)]
    if subprocess.call([environment.program("python"), "-m", "pip", "--disable-pip-version-check", *install]):
        raise Problem(
            "The packages could not be installed; pip says why above. Is there a network connection, and "
            "is there room on the disk (about 500 MB)? Then run the same command again."
        )
    environment.stamp_file.write_text(current_stamp(environment))


def create(folder: Path) -> None:
    """Create an empty virtual environment. Raises `Problem` when Python's `venv` refuses."""
    done = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"Python could not make {folder}:\n{(done.stdout + done.stderr).strip()}")


def require_venv() -> None:
    """Raise `Problem` where Python comes without what makes an environment, as on a bare Debian."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if not missing:
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    raise Problem(
        f"This Python has no {' and no '.join(missing)}, which make the environment. "
        f"On Debian and Ubuntu: sudo apt-get install {package}. Then run the same command again."
    )


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the file's lock, so that two commands never make one environment at once; the second waits."""
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                file.seek(0)
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # tries for 10 s, then raises
                except OSError as refused:
                    if refused.errno not in {errno.EDEADLK, errno.EACCES}:
                        raise
                else:
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# Debian packages


def read_package_list(text: str) -> dict[str, list[str]]:
    """Read `[section]` headings and the package names below each; `#` begins a comment.

    Raises `ValueError` for a name above the first heading.
    """
    sections: dict[str, list[str]] = {}
    names: list[str] | None = None
    for line in text.splitlines():
        entry = line.split("#", 1)[0].strip()
        if entry.startswith("["):
            names = sections.setdefault(entry.strip("[]"), [])
        elif entry:
            if names is None:
                raise ValueError(f"{entry} stands above the first [section]")
            names.append(entry)
    return sections


def installed_packages(status: str) -> set[str]:
    """Read `dpkg-query`'s lines `state|name|provides` into the names that are there, provided ones included."""
    names: set[str] = set()
    for line in status.splitlines():
        state, name, provides = line.split("|", 2)
        if state == "installed":
            names.add(name)
            names.update(entry.split("(")[0].strip() for entry in provides.split(",") if entry.strip())
    return names


def missing_packages(wanted: Sequence[str]) -> list[str]:
    """Return which of the wanted Debian packages are not installed; all of them where there is no `dpkg-query`."""
    if shutil.which("dpkg-query") is None:
        return list(wanted)
    query = ["dpkg-query", "-W", "-f=${db:Status-Status}|${Package}|${Provides}\n"]
    there = installed_packages(subprocess.run(query, capture_output=True, text=True, check=True).stdout)
    return [name for name in wanted if name not in there]


def is_debian_root() -> bool:
    """Say whether packages can be installed here without asking: Debian itself, as root."""
    if sys.platform != "linux":
        return False
    import platform

    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    return release.get("ID") == "debian" and os.geteuid() == 0


def install_command(names: Sequence[str]) -> list[str]:
    """Return the command that installs Debian packages."""
    return ["apt-get", "install", "--yes", "--no-install-recommends", *names]


def provide_packages(sections: Sequence[str]) -> None:
    """Install what is missing of the Debian packages, or, where that needs a person, print the command and go on.

    Raises `Problem` when `apt-get` stops.
    """
    if not sys.platform.startswith("linux"):
        return
    listed = read_package_list(DEBIAN_LIST.read_text(encoding="utf-8"))
    missing = missing_packages([name for section in sections for name in listed[section]])
    if not missing:
        return
    if not is_debian_root():
        say("Some packages of the system seem to be missing. On Debian they come with this command:")
        say(f"  sudo {' '.join(install_command(missing))}")
        return
    say(f"Installing {len(missing)} Debian packages: {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], install_command(missing)):
        done = subprocess.run([*command, "-qq"], env=quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            sys.stderr.buffer.write(done.stdout)
            raise Problem(f"`{' '.join(command)}` stopped with code {done.returncode}; its own words stand above.")


# Running


def say(text: str) -> None:
    """Print a line at once, in the order of what the started programs print."""
    print(text, flush=True)


def checkout_environment() -> dict[str, str]:
    """Return the variables for programs of this checkout: they import from here, and only from here."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    return {**kept, "PYTHONPATH": str(ROOT)}


def module_command(environment: Environment, module: str, rest: Sequence[str]) -> list[str]:
    """Return the command that runs a module; `-P` keeps the current folder from hiding the checkout's modules."""
    return [environment.program("python"), "-P", "-m", module, *rest]


def hand_over(command: Sequence[str]) -> int:
    """Become the command, or where a process cannot (Windows), run it and return its exit code."""
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], list(command), checkout_environment())
    with subprocess.Popen(command, env=checkout_environment()) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the program was told as well and ends in its own time


# The steps of `test`


@dataclass(frozen=True)
class Step:
    """One step of `test`: what is printed above it and what it does."""

    title: str
    act: Callable[[], None]


def run_tool(environment: Environment, program: str, *arguments: str, accepted: Sequence[int] = (0,)) -> None:
    """Run a program of the environment from the checkout's root. Raises `Problem` for any other exit code."""
    variables = {"QT_QPA_PLATFORM": "offscreen", **checkout_environment()}
    code = subprocess.call([environment.program(program), *arguments], cwd=ROOT, env=variables)
    if code not in accepted:
        raise Problem(f"{program} ended with code {code}; its own words stand above.")


def require_no_window(core: Environment) -> None:
    """Raise `Problem` if the environment below the window can import any of Qt."""
    probe = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('PySide6', 'shiboken6', 'qasync')))"
    if subprocess.call([core.program("python"), "-c", probe]):
        raise Problem("Qt is installed in .venv/core, so the tests below the window prove nothing. Delete .venv/core.")


def test_steps(rest: Sequence[str]) -> list[Step]:
    """Return everything that must hold, in order; `rest` goes to pytest."""
    core, full = Environment("core"), Environment("full")

    def below_the_window() -> None:
        require_no_window(core)
        # A choice such as `-k badge` may leave nothing below the window.
        run_tool(core, "python", "-m", "pytest", *rest, accepted=(0, NO_TESTS_COLLECTED) if rest else (0,))

    return [
        Step("Debian packages", lambda: provide_packages(["window", "tests"])),
        Step("environment .venv/core", lambda: void(make_ready(core))),
        Step("environment .venv/full", lambda: void(make_ready(full))),
        Step("ruff check", lambda: run_tool(full, "ruff", "check", ".")),
        Step("ruff format", lambda: run_tool(full, "ruff", "format", "--check", ".")),
        Step("import contracts", lambda: run_tool(full, "lint-imports")),
        Step("mypy, Linux", lambda: run_tool(full, "mypy", "--platform", "linux")),
        Step("mypy, Windows", lambda: run_tool(full, "mypy", "--platform", "win32", "server", "pdm_desktop")),
        Step("tests below the window, without Qt", below_the_window),
        Step("all tests", lambda: run_tool(full, "python", "-m", "pytest", *rest)),
    ]


def void(_: object) -> None:
    """Drop a result that nobody waits for."""


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


# Commands


def demo(rest: Sequence[str]) -> int:
    """Show two seats and one lock."""
    provide_packages(["window"])
    return hand_over(module_command(make_ready(Environment("full")), DEMO_MODULE, rest))


def test(rest: Sequence[str]) -> int:
    """Run every check and every test."""
    return run_steps(test_steps(rest))


def bench(rest: Sequence[str]) -> int:
    """Measure."""
    provide_packages(["window"])
    return hand_over(module_command(make_ready(Environment("full")), BENCH_MODULE, rest))


def run(program: str, rest: Sequence[str]) -> int:
    """Run the server or one seat."""
    environment, module = PROGRAMS[program]
    return hand_over(module_command(make_ready(Environment(environment)), module, rest))


def compile_command(uv: str, name: str, *, upgrade: bool) -> list[str]:
    """Return the command that pins one list: for Linux and Windows, with hashes, without any index's address."""
    extras = [word for extra in LOCKS[name] for word in ("--extra", extra)]
    options = ["--universal", "--python-version", ".".join(map(str, OLDEST_PYTHON)), "--generate-hashes"]
    silence = ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet"]
    target = f"packaging/requirements/{name}.txt"
    command = [uv, "pip", "compile", *options, *silence, *extras, "--output-file", target, "pyproject.toml"]
    return [*command, "--upgrade"] if upgrade else command


def lock(*, upgrade: bool) -> int:
    """Pin the dependencies of `pyproject.toml` again, keeping versions that still fit unless `upgrade`."""
    require_venv()
    with tempfile.TemporaryDirectory() as folder:
        throw_away = Environment("lock", root=Path(folder))
        create(throw_away.folder)
        if subprocess.call([throw_away.program("python"), "-m", "pip", "install", "-qq", "uv"]):
            raise Problem("uv could not be installed; pip says why above. Is there a network connection?")
        for name in LOCKS:
            say(f"packaging/requirements/{name}.txt")
            if subprocess.call(compile_command(throw_away.program("uv"), name, upgrade=upgrade), cwd=ROOT):
                raise Problem("uv found no versions that fit together; it says why above. Look at pyproject.toml.")
    return 0


# The command line


def parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    whole = argparse.ArgumentParser(prog="dev.py", description="The commands of a fresh checkout.", allow_abbrev=False)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, summary: str, detail: str) -> argparse.ArgumentParser:
        layout = argparse.RawDescriptionHelpFormatter
        return commands.add_parser(name, help=summary, description=detail, formatter_class=layout, allow_abbrev=False)

    add("demo", "two seats side by side, and a lock that shows on both", DEMO_HELP)
    add("test", "everything that must hold: linters, types, contracts, tests", TEST_HELP)
    add("bench", "the measurements, such as the time from lock to badge", BENCH_HELP)
    started = add("run", "the server or one seat, from this checkout", RUN_HELP)
    started.add_argument("program", choices=sorted(PROGRAMS), help="what to run; all that follows it is passed on")
    started.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    pinned = add("lock", "pin the dependencies of pyproject.toml again", LOCK_HELP)
    pinned.add_argument("--upgrade", action="store_true", help="take the newest versions, not those pinned before")
    return whole


DEMO_HELP = """\
Starts a server on a free port of this computer, imports the sample vault and opens two seats of two people.

  --headless        no windows: A checks a file out by clicks, the evidence comes from B
  --out DIR         where the pictures and results of a headless demo go
  --break server    ends the server before the click; the demo must then not succeed

These and all other options go to the demo itself."""

TEST_HELP = """\
Runs, and stops at the first that does not hold: Debian packages, environments, ruff, import contracts, mypy,
the tests below the window without Qt, all tests.

  --full            also the tests that take long
  -k EXPRESSION     only tests whose names match

These and all other options go to pytest."""

BENCH_HELP = """\
  --only NAME       one measurement
  --json FILE       the numbers as a file

These and all other options go to the measurements."""

RUN_HELP = """\
Examples:
  python3 dev.py run server serve --data vault-data
  python3 dev.py run seat"""

LOCK_HELP = "Writes packaging/requirements/*.txt: versions and hashes for Linux and Windows, no addresses."


def dispatch(arguments: Sequence[str]) -> int:
    """Run the command that the arguments ask for and return its exit code."""
    chosen, rest = parser().parse_known_args(arguments)
    if chosen.command == "run":
        # With an unknown option before the program there is something that nobody would read.
        if rest:
            raise Problem(f"{rest[0]} stands before the program's name. Put options of the program after it.")
        return run(chosen.program, chosen.rest)
    if chosen.command == "lock":
        if rest:
            raise Problem(f"lock knows no {rest[0]}. See: python3 dev.py lock --help")
        return lock(upgrade=chosen.upgrade)
    return {"demo": demo, "test": test, "bench": bench}[chosen.command](rest)


def python_is_new_enough(version: Sequence[int]) -> bool:
    """Say whether a Python of this version can run the project."""
    return tuple(version[:2]) >= OLDEST_PYTHON


def main(arguments: Sequence[str]) -> int:
    """Run a command; a foreseeable problem is a sentence on standard error and exit code 1, an interruption 130."""
    if not python_is_new_enough(sys.version_info):
        have, need = sys.version.split()[0], ".".join(map(str, OLDEST_PYTHON))
        print(f"PDM Desktop needs Python {need} or newer; this is {have}. Start dev.py with a newer one.", file=sys.stderr)
        return 1
    try:
        return dispatch(arguments)
    except Problem as problem:
        print(problem, file=sys.stderr)
    except OSError as problem:  # no room, no rights, a file in use: the system's own words name it
        print(f"This computer refused: {problem}. Put that right and run the same command again.", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
