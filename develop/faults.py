"""Faults put in by hand, one at a time, into copies of the checkout: does any test see them?"""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from enum import Enum
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from develop import debian
from develop.checkout import ROOT
from develop.console import Problem, say
from develop.environments import Environment, make_ready
from develop.programs import checkout_environment

T = TypeVar("T")
R = TypeVar("R")

LIST = ROOT / "tests" / "faults" / "faults.toml"
AT_ONCE = 2
"""So many copies, each with one fault at a time: some tests wait, and others need a processor."""
NOT_COPIED = (
    ".git",
    ".venv",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    ".never_lost",
    "build",
    "dist",
    "out",
    "demo-out",
)
SEEDS = 200
"""Of a test that is run with many seeds: within so many of them a fault has to be seen."""
AT_MOST = 600.0
"""Seconds for the tests of one fault: with some faults a test waits for what never comes."""
TO_CLEAR_UP = 60.0
"""Seconds that tests get to end what they have started."""
SEEN_BY_THE_TEST = ("assert ", "AssertionError", "Failed: ")
"""How pytest's message begins when the test itself found something wrong; `Failed: ` is `DID NOT RAISE` and such."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that could be wrong with the program, and who has to see it."""

    name: str
    promise: str
    file: str
    find: str
    """What stands in the file, exactly once."""
    put: str
    """What is put there instead."""
    tests: tuple[str, ...]
    """Each of them must fail: `path` or `path::test`."""
    smoke: str
    """This one must still pass: a fault that breaks the program outright proves nothing."""


class Ending(Enum):
    """How one test ended."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    """By an assertion of its own."""
    BROKE = "broke"
    """By anything else: the import, the set-up, an exception that nobody expected."""


@dataclass(frozen=True)
class Case:
    """One test of one run; with parameters each of them is one."""

    module: str
    name: str
    ending: Ending
    message: str = ""

    def is_of(self, test: str) -> bool:
        """Whether it belongs to what was asked for as `path`, `path::test` or `path::test[case]`."""
        path, _, function = test.partition("::")
        in_module = self.module == path.removesuffix(".py").replace("/", ".")
        return in_module and (not function or function in (self.name, self.name.split("[", 1)[0]))


def read_faults(text: str) -> list[Fault]:
    """Read the list. Raises `Problem` for what is missing, not known, or there twice."""
    known = {each.name for each in fields(Fault)}
    faults = []
    for entry in tomllib.loads(text).get("fault", []):
        if set(entry) != known:
            wrong = ", ".join(sorted(set(entry) ^ known))
            raise Problem(
                f"A fault in the list, {entry.get('name', 'without a name')}, has too much or too little: {wrong}."
            )
        faults.append(Fault(**{**entry, "tests": tuple(entry["tests"])}))
    names = [each.name for each in faults]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Problem(f"Two faults in the list have the same name: {', '.join(twice)}.")
    return faults


def with_fault(text: str, fault: Fault) -> str:
    """Return a file's text with the fault in it. Raises `Problem` unless the place is there exactly once."""
    times = text.count(fault.find)
    if times != 1:
        there = "is not" if times == 0 else f"is {times} times"
        raise Problem(f"The text to find for “{fault.name}” {there} in {fault.file}. Put {LIST.name} right.")
    return text.replace(fault.find, fault.put)


def faults(*, only: Sequence[str] = ()) -> int:
    """Try the faults of the list, or some by their names. Return 0 only when every one was caught."""
    wanted = wanted_of(read_faults(LIST.read_text(encoding="utf-8")), only)
    debian.provide(["window", "tests"])
    return try_all(wanted, source=ROOT, python=make_ready(Environment("full")).program("python"))


def wanted_of(known: Sequence[Fault], only: Sequence[str]) -> list[Fault]:
    """The faults of some names, in the order of the list; without names all. Raises `Problem` for an unknown name."""
    names = {each.name for each in known}
    for name in only:
        if name not in names:
            raise Problem(f"No fault of {LIST.relative_to(ROOT)} is called “{name}”.")
    return [each for each in known if not only or each.name in only]


def try_all(wanted: Sequence[Fault], *, source: Path, python: str) -> int:
    """Try faults in copies of a checkout and say what became of each. Raises `Problem` when it cannot begin."""
    for each in wanted:
        with_fault((source / each.file).read_text(encoding="utf-8"), each)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pdm-faults-") as folder:
        copies = [_copied(source, Path(folder, str(number))) for number in range(min(AT_ONCE, len(wanted)))]
        say("Without a fault first: every test of the list must pass ...")
        _require_all_sound(wanted, copies=copies, python=python)
        caught = sum(_each_in_a_copy(wanted, copies, lambda fault, copy: try_one(fault, copy=copy, python=python)))
    say(f"{caught} of {len(wanted)} caught, after {time.monotonic() - began:.0f} s")
    return 0 if caught == len(wanted) else 1


def _copied(source: Path, folder: Path) -> Path:
    copy = folder / "checkout"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return copy


def _require_all_sound(wanted: Sequence[Fault], *, copies: Sequence[Path], python: str) -> None:
    """Every test of the list, the files dealt out to the copies. Raises `Problem`."""
    tests = sorted({test for each in wanted for test in (each.smoke, *each.tests)})
    of_file = [list(those) for _, those in groupby(tests, key=lambda test: test.partition("::")[0])]
    dealt = [[test for those in of_file[number :: len(copies)] for test in those] for number in range(len(copies))]
    _each_in_a_copy(list(filter(None, dealt)), copies, lambda tests, copy: require_sound(copy, python, tests))


def _each_in_a_copy(those: Sequence[T], copies: Sequence[Path], act: Callable[[T, Path], R]) -> list[R]:
    """Do something with each, in as many copies at once as there are; what came of each, in their order."""
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def act_in_a_free_one(one: T) -> R:
        copy = free.get()
        try:
            return act(one, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(max_workers=len(copies)) as pool:
        return list(pool.map(act_in_a_free_one, those))


def try_one(fault: Fault, *, copy: Path, python: str) -> bool:
    """Put a fault in, run its tests, take it back, and say what became of it."""
    at = time.monotonic()
    path = copy / fault.file
    whole = path.read_text(encoding="utf-8")
    put_text(path, with_fault(whole, fault))
    try:
        why = why_missed(fault, run_tests(copy, python, [fault.smoke, *fault.tests], at_most=AT_MOST))
    except subprocess.TimeoutExpired:
        why = f"its tests did not come to their end within {AT_MOST:.0f} s"
    finally:
        put_text(path, whole)
    files = ", ".join(dict.fromkeys(Path(test.partition("::")[0]).name for test in fault.tests))
    what = f"{fault.promise:<4} {fault.name}  ({files}, {time.monotonic() - at:.0f} s)"
    say(f"MISSED  {what}: {why}" if why else f"caught  {what}")
    return not why


def put_text(path: Path, text: str) -> None:
    """Write a source file and forget what was compiled of it: two versions of one second and one length look alike."""
    path.write_text(text, encoding="utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def run_tests(copy: Path, python: str, tests: Sequence[str], *, at_most: float | None = None) -> list[Case]:
    """Run tests of a copy and return how each ended; nothing when pytest did not come to its end.

    Raises subprocess.TimeoutExpired when they take longer than so many seconds; nothing runs any more then.
    """
    report = copy.parent / "report.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "--rootdir", str(copy), "-p", "no:cacheprovider", f"--junitxml={report}"]
    with (
        output_of(copy).open("wb") as output,
        subprocess.Popen(
            [python, "-P", "-m", "pytest", *options, *dict.fromkeys(tests)],
            cwd=copy,
            env={**checkout_environment(), "PYTHONPATH": str(copy), "NEVER_LOST_AT_MOST": str(SEEDS)},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as pytest,
    ):
        try:
            pytest.wait(at_most)
        except subprocess.TimeoutExpired:
            _end(pytest)
            raise
    return read_report(report.read_text(encoding="utf-8")) if report.is_file() else []


def _end(pytest: "subprocess.Popen[bytes]") -> None:
    """End a run as somebody at the keyboard would, so that it ends what it has started, and if need be outright."""
    if sys.platform != "win32":
        pytest.send_signal(signal.SIGINT)
        try:
            pytest.wait(TO_CLEAR_UP)
        except subprocess.TimeoutExpired:
            pytest.kill()
    else:
        pytest.kill()


def output_of(copy: Path) -> Path:
    """Where the last run in a copy left what pytest has said."""
    return copy.parent / "output.txt"


def read_report(text: str) -> list[Case]:
    """Read pytest's report (JUnit XML). A test that has failed and then broke its taking-down counts as broken."""
    cases: dict[tuple[str, str], Case] = {}
    for element in ElementTree.fromstring(text).iter("testcase"):  # noqa: S314 - pytest has just written it
        case = _case_of(element)
        before = cases.get((case.module, case.name))
        if before is None or case.ending is Ending.BROKE:
            cases[case.module, case.name] = case
    return list(cases.values())


def _case_of(element: ElementTree.Element) -> Case:
    module, name = element.get("classname", ""), element.get("name", "")
    for child in element:
        message = child.get("message", "")
        match child.tag:
            case "error":
                return Case(module, name, Ending.BROKE, message)
            case "failure":
                ending = Ending.FAILED if message.startswith(SEEN_BY_THE_TEST) else Ending.BROKE
                return Case(module, name, ending, message)
            case "skipped":
                return Case(module, name, Ending.SKIPPED, message)
    return Case(module, name, Ending.PASSED)


def require_sound(copy: Path, python: str, tests: Sequence[str]) -> None:
    """Run tests of a copy without any fault. Raises `Problem` unless they pass."""
    cases = run_tests(copy, python, tests)
    if not cases:
        said = "\n".join(output_of(copy).read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
        raise Problem(f"The tests could not be run. Does `python3 dev.py test` hold? pytest has said:\n{said}")
    bad = [case for case in cases if case.ending in (Ending.FAILED, Ending.BROKE)]
    if bad:
        named = "\n".join(f"  {case.module} {case.name}: {_first_line(case.message)}" for case in bad)
        raise Problem(f"These fail without any fault, so they prove nothing; put them right first:\n{named}")


def why_missed(fault: Fault, cases: Sequence[Case]) -> str | None:
    """Return why a fault does not count as caught; None when it does."""
    smoke = [case for case in cases if case.is_of(fault.smoke)]
    if not smoke or any(case.ending is not Ending.PASSED for case in smoke):
        return f"it breaks the program outright, {fault.smoke} does not pass any more"
    for test in fault.tests:
        endings = {case.ending: case for case in cases if case.is_of(test)}
        if Ending.FAILED not in endings:
            return _why_unseen(test, endings)
    return None


def _why_unseen(test: str, endings: dict[Ending, Case]) -> str:
    if Ending.BROKE in endings:
        return f"{test} broke instead of finding it: {_first_line(endings[Ending.BROKE].message)}"
    if Ending.PASSED in endings:
        return f"{test} passed"
    return f"{test} was not run here"


def _first_line(message: str) -> str:
    return message.partition("\n")[0]
