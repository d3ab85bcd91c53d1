"""`dev.py faults`: what counts as caught in a tiny checkout, and that the list of faults fits today's sources."""

import ast
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from develop import faults
from develop.commands import parser
from develop.console import Problem
from develop.faults import (
    Case,
    Ending,
    Fault,
    read_faults,
    read_report,
    try_all,
    wanted_of,
    why_missed,
    with_fault,
)
from tests.rules.sources import ROOT

LIST = read_faults(faults.LIST.read_text(encoding="utf-8"))

SUMS = """\
def twice(number):
    if number < 0:
        raise ValueError(number)
    return number + number


def half(number):
    return number // 2
"""
TEST_SUMS = """\
import pytest

from sums import half, twice


@pytest.fixture
def four():
    if half(8) != 4:
        raise RuntimeError
    return 4


def test_smoke():
    assert twice(0) == 0


@pytest.mark.parametrize("number", [0, 3])
def test_twice(number):
    assert twice(number) == number * 2


def test_refused():
    with pytest.raises(ValueError):
        twice(-1)


def test_half(four):
    assert half(four) == 2
"""
SMOKE = "tests/test_sums.py::test_smoke"
ADDED = Fault(
    name="one too much",
    promise="N4",
    file="sums.py",
    find="return number + number",
    put="return number + number + (number > 0)",
    tests=("tests/test_sums.py::test_twice",),
    smoke=SMOKE,
)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of one module and its tests, which need none of pytest's plugins."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    root = tmp_path / "tiny"
    (root / "tests").mkdir(parents=True)
    (root / "sums.py").write_text(SUMS)
    (root / "tests" / "test_sums.py").write_text(TEST_SUMS)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    return root


def verdicts(printed: str) -> dict[str, str]:
    """The printed lines by the fault's name."""
    return {each.name: line for line in printed.splitlines() for each in TRIED if f"{each.name}  (" in line}


TRIED = (
    ADDED,
    replace(
        ADDED, name="not refused", find="number < 0", put="number < -9", tests=("tests/test_sums.py::test_refused",)
    ),
    replace(ADDED, name="unseen", find="number < 0", put="number < -1e9", tests=("tests/test_sums.py::test_twice",)),
    replace(ADDED, name="outright", put="return 7"),
    replace(ADDED, name="no module", put="return ("),
    replace(ADDED, name="in the set-up", find="// 2", put="// 3", tests=("tests/test_sums.py::test_half",)),
)


def test_each_fault_has_its_verdict_and_the_checkout_stays_as_it_is(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert try_all(TRIED, source=tiny, python=sys.executable) == 1
    printed = capsys.readouterr().out
    said = verdicts(printed)
    assert said["one too much"].startswith("caught  N4   one too much  (test_sums.py, ")
    assert said["not refused"].startswith("caught")
    assert said["unseen"].startswith("MISSED")
    assert said["unseen"].endswith("tests/test_sums.py::test_twice passed")
    for name in ("outright", "no module"):
        assert said[name].startswith("MISSED")
        assert "breaks the program outright" in said[name]
    assert said["in the set-up"].startswith("MISSED")
    assert "test_half broke instead of finding it" in said["in the set-up"]
    assert printed.splitlines()[-1].startswith("2 of 6 caught")
    assert (tiny / "sums.py").read_text() == SUMS


def test_a_fault_with_which_a_test_never_ends_is_missed_and_the_others_are_tried(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(faults, "AT_MOST", 8.0)
    monkeypatch.setattr(faults, "TO_CLEAR_UP", 1.0)  # who runs these tests in the background may have it deaf to Ctrl+C
    waits = 'while number:\n        __import__("time").sleep(0.1)\n    return 0'
    endless = replace(ADDED, name="endless", put=waits)
    assert try_all([endless, ADDED], source=tiny, python=sys.executable) == 1
    said = {word: line for line in capsys.readouterr().out.splitlines() for word in [line.partition(" ")[0]]}
    assert "endless" in said["MISSED"]
    assert said["MISSED"].endswith("its tests did not come to their end within 8 s")
    assert ADDED.name in said["caught"]


def test_when_all_are_caught_the_command_has_succeeded(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert try_all([ADDED], source=tiny, python=sys.executable) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 of 1 caught")


def test_a_test_that_fails_without_any_fault_proves_nothing(tiny: Path) -> None:
    (tiny / "sums.py").write_text(SUMS.replace("number // 2", "number // 2 + 1"))
    with pytest.raises(Problem, match="fail without any fault"):
        try_all([TRIED[-1]], source=tiny, python=sys.executable)


@pytest.mark.parametrize(("find", "what"), [("return 8", "is not"), ("number", "is 7 times")])
def test_a_place_that_is_not_there_exactly_once_is_said_before_anything_runs(tiny: Path, find: str, what: str) -> None:
    with pytest.raises(Problem, match=f"“one too much” {what} in sums.py"):
        try_all([replace(ADDED, find=find)], source=tiny, python="no python")


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ('[[fault]]\nname = "short"\n', "short, has too much or too little: file, find"),
        ("[[fault]]\n" * 2, "without a name"),
    ],
)
def test_an_entry_that_is_not_whole_is_named(entry: str, what: str) -> None:
    with pytest.raises(Problem, match=what):
        read_faults(entry)


def test_two_faults_of_one_name_are_refused() -> None:
    text = faults.LIST.read_text(encoding="utf-8")
    with pytest.raises(Problem, match=r"same name: .*a download is not synced"):
        read_faults(text + text)


def test_an_unknown_name_is_said_though_another_one_is_known() -> None:
    with pytest.raises(Problem, match="is called “nobody”"):
        faults.faults(only=[LIST[0].name, "nobody"])


def test_several_names_are_all_tried_in_the_order_of_the_list() -> None:
    assert wanted_of(TRIED, [TRIED[2].name, TRIED[0].name]) == [TRIED[0], TRIED[2]]
    assert wanted_of(TRIED, []) == list(TRIED)


def test_the_command_line_takes_several_names() -> None:
    assert parser().parse_args(["faults", "--only", "one", "--only", "two"]).only == ["one", "two"]
    assert parser().parse_args(["faults"]).only == []


def test_only_what_the_test_itself_found_counts() -> None:
    report = """<testsuites><testsuite>
    <testcase classname="tests.test_sums" name="test_smoke"/>
    <testcase classname="tests.test_sums" name="test_a[1]"><failure message="assert 1 == 2"/></testcase>
    <testcase classname="tests.test_sums" name="test_b"><failure message="Failed: DID NOT RAISE Locked"/></testcase>
    <testcase classname="tests.test_sums" name="test_c"><failure message="KeyError: 'x'"/></testcase>
    <testcase classname="tests.test_sums" name="test_d"><failure message="AssertionError: did not come"/></testcase>
    <testcase classname="tests.test_sums" name="test_d"><error message="failed on teardown"/></testcase>
    <testcase classname="tests.test_sums" name="test_e"><skipped message="Windows"/></testcase>
    </testsuite></testsuites>"""
    cases = read_report(report)
    counts = {name: why_missed(replace(ADDED, tests=(f"tests/test_sums.py::{name}",)), cases) for name in (
        "test_a", "test_b", "test_c", "test_d", "test_e")}  # fmt: skip
    assert (counts.pop("test_a"), counts.pop("test_b")) == (None, None)
    assert [str(why).split(" ", 1)[1].split(":")[0] for why in counts.values()] == [
        "broke instead of finding it", "broke instead of finding it", "was not run here"
    ]  # fmt: skip


def test_each_of_the_tests_must_see_it() -> None:
    fault = replace(ADDED, tests=("tests/a.py::test_a", "tests/a.py::test_b"))
    cases = [Case("tests.test_sums", "test_smoke", Ending.PASSED), Case("tests.a", "test_a", Ending.FAILED)]
    assert why_missed(fault, [*cases, Case("tests.a", "test_b", Ending.PASSED)]) == "tests/a.py::test_b passed"
    assert why_missed(fault, [*cases, Case("tests.a", "test_b[1]", Ending.FAILED)]) is None


def test_one_case_of_a_test_can_be_named() -> None:
    fault = replace(ADDED, tests=("tests/a.py::test_a[2]",))
    smoke = Case("tests.test_sums", "test_smoke", Ending.PASSED)
    assert why_missed(fault, [smoke, Case("tests.a", "test_a[2]", Ending.FAILED)]) is None
    assert (
        why_missed(fault, [smoke, Case("tests.a", "test_a[1]", Ending.FAILED)]) == f"{fault.tests[0]} was not run here"
    )


@pytest.mark.parametrize("fault", LIST, ids=lambda fault: fault.name)
def test_the_list_fits_the_sources_of_today(fault: Fault) -> None:
    before = (ROOT / fault.file).read_text(encoding="utf-8")
    after = with_fault(before, fault)
    assert ast.dump(ast.parse(after)) != ast.dump(ast.parse(before))
    for test in (fault.smoke, *fault.tests):
        path, _, function = test.partition("::")
        assert function.partition("[")[0] in functions_of(ROOT / path), test  # a case of it: pytest knows it or fails


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_list_covers_the_promises_of_nothing_lost() -> None:
    assert len(LIST) >= 20
    assert {f"N{number}" for number in (1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 20)} <= {
        fault.promise for fault in LIST
    }
