"""The command line of `dev.py`."""

import argparse
import sys
from collections.abc import Sequence

from develop import checks, debian, faults, requirements
from develop.console import Problem
from develop.environments import Environment, make_ready
from develop.programs import hand_over, module_command

DEMO_MODULE = "tests.demo"
BENCH_MODULE = "tests.bench"
PROGRAMS = ("server", "seat")

DEMO_HELP = """\
Starts a server on a free port of this computer, imports the sample vault and opens two seats of two people.

  --headless        no windows: A checks a file out by clicks, the evidence comes from B
  --out DIR         where the pictures and results of a headless demo go
  --break server    ends the server before the click; the demo must then not succeed

These and all other options go to the demo itself."""

TEST_HELP = """\
Runs, and stops at the first that does not hold: Debian packages, environments, ruff, import contracts, mypy,
the tests below the window without Qt, the tests of the window, and the Windows installer: built here, installed and
used on a Windows out of Wine.

  --full            also the tests that take long
  -k EXPRESSION     only tests whose names match
  --windows         only the Windows installer
  --wine-units      only the tests below the window, and on Windows' own Python in Wine; files or folders of tests may
                    be named

Of the test program "nothing lost" (tests/never_lost, T1 to T23), which runs thousands of seeded worlds:

  --only T2         this part of it and nothing else; may be given several times
  --seeds 0:500     just these seeds; may be given several times; a failing test prints its seed and the command that
                    repeats it

With --full what has passed is kept in .never_lost/record.jsonl, a line for each batch of seeds, and a later run of the
same code goes on from there.

These and all other options go to pytest."""

FAULTS_HELP = """\
Makes two copies of the checkout and puts faults into each, one at a time (tests/faults/faults.toml). For each fault
the tests that should see it must fail by an assertion, while a smoke test still passes. It takes half an hour."""

BENCH_HELP = """\
  --only NAME       one measurement
  --json FILE       the numbers as a file

These and all other options go to the measurements."""

RUN_HELP = """\
Examples:
  python3 dev.py run server serve --data vault-data
  python3 dev.py run seat"""

LOCK_HELP = "Writes packaging/requirements/*.txt: versions and hashes for Linux and Windows, no addresses."


def parser() -> argparse.ArgumentParser:
    """Return the reader of the command line: what there is, and help for it.

    It never sees what is passed on to another program (`dispatch`): argparse would take options of its own from there.
    """
    whole = argparse.ArgumentParser(prog="dev.py", description="The commands of a fresh checkout.", allow_abbrev=False)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, summary: str, detail: str) -> argparse.ArgumentParser:
        layout = argparse.RawDescriptionHelpFormatter
        return commands.add_parser(name, help=summary, description=detail, formatter_class=layout, allow_abbrev=False)

    add("demo", "two seats side by side, and a lock that shows on both", DEMO_HELP)
    add("test", "everything that must hold: linters, types, contracts, tests", TEST_HELP)
    tried = add("faults", "whether the tests see faults that are put in by hand", FAULTS_HELP)
    tried.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        default=[],
        help="one fault, by its name in the list; may be given several times",
    )
    add("bench", "the measurements, such as the time from lock to badge", BENCH_HELP)
    started = add("run", "the server or one seat, from this checkout", RUN_HELP)
    started.add_argument("program", choices=PROGRAMS, help="what to run; all that follows it is passed on")
    pinned = add("lock", "pin the dependencies of pyproject.toml again", LOCK_HELP)
    pinned.add_argument("--upgrade", action="store_true", help="take the newest versions, not those pinned before")
    return whole


def demo(rest: Sequence[str]) -> int:
    """Show two seats and one lock."""
    return run_window_module(DEMO_MODULE, rest)


def test(rest: Sequence[str]) -> int:
    """Check everything that must hold."""
    return checks.run_steps(checks.steps(rest))


def bench(rest: Sequence[str]) -> int:
    """Measure."""
    return run_window_module(BENCH_MODULE, rest)


def run(program: str, rest: Sequence[str]) -> int:
    """Run the server or one seat."""
    if program == "seat":
        return run_window_module("pdm_desktop", rest)
    return hand_over(module_command(make_ready(Environment("core")), "server", rest))


def run_window_module(module: str, rest: Sequence[str]) -> int:
    """Run a module that opens windows."""
    debian.provide(["window"])
    return hand_over(module_command(make_ready(Environment("full")), module, rest))


PASSED_ON = {"demo": demo, "test": test, "bench": bench}


def dispatch(arguments: Sequence[str]) -> int:
    """Run the command that the arguments ask for and return its exit code."""
    match list(arguments):
        case [name, *rest] if name in PASSED_ON and rest[:1] not in (["-h"], ["--help"]):
            return PASSED_ON[name](rest)
        case ["run", program, *rest] if program in PROGRAMS:
            return run(program, rest)
    chosen = parser().parse_args(arguments)  # ends here for help and for what it does not know
    if chosen.command == "faults":
        return faults.faults(only=chosen.only)
    return requirements.lock(upgrade=chosen.upgrade)


def main(arguments: Sequence[str]) -> int:
    """Run a command; a foreseeable problem is a sentence on standard error and exit code 1, an interruption 130."""
    try:
        return dispatch(arguments)
    except Problem as problem:
        print(problem, file=sys.stderr)
    except OSError as problem:  # no room, no rights, a file in use: the system's own words name it
        print(f"This computer refused: {problem}. Put that right and run the same command again.", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1
