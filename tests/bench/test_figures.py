"""Figures beside their goals: which are met, how the table and the JSON show them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench.figures import Figure, as_json, percentile, table


@pytest.mark.parametrize(
    ("value", "goal", "at_least", "met"),
    [(30, 30, False, True), (30.1, 30, False, False), (300, 300, True, True), (299, 300, True, False)],
)
def test_a_goal_is_a_bound_on_one_side(value: float, goal: float, at_least: bool, met: bool) -> None:
    assert Figure(name="f", value=value, unit="ms", goal=goal, at_least=at_least).met is met


def test_without_a_goal_nothing_is_met_or_missed() -> None:
    assert Figure(name="f", value=1, unit="ms").met is None


def test_a_percentile_lies_between_the_values_around_it() -> None:
    assert percentile([float(number) for number in range(101)], 99) == 99
    assert percentile([1.0, 3.0], 50) == 2


def test_the_table_names_what_missed_its_goal() -> None:
    shown = table([
        Figure(name="lock_to_badge_ms", value=26.5, unit="ms", goal=30, peers={"without others": 15.4}),
        Figure(name="small_files_per_s", value=120, unit="1/s", goal=300, at_least=True),
    ]).splitlines()  # fmt: skip
    assert "26.50" in shown[1]
    assert "<= 30" in shown[1]
    assert "yes" in shown[1]
    assert "without others 15.40" in shown[1]
    assert ">= 300" in shown[2]
    assert "NO" in shown[2]


def test_the_json_has_the_agreed_names() -> None:
    [row] = json.loads(as_json([Figure(name="f", value=2, unit="ms", goal=3, runs=[1, 2, 3], peers={"curl": 1})]))
    assert row == {
        "name": "f", "value": 2, "unit": "ms", "goal": 3, "met": True, "peers": {"curl": 1}, "runs": [1, 2, 3]
    }  # fmt: skip


def gives() -> Sequence[Figure]:
    return [Figure(name="f", value=1, unit="ms")]


def breaks() -> Sequence[Figure]:
    raise ExceptionGroup("two at once", [RuntimeError("no room\nat /tmp"), ValueError()])


def is_not_installed() -> Sequence[Figure]:
    pytest.fail("PostgreSQL is not installed here.")


def test_one_that_fails_keeps_no_other_from_running(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "BENCHMARKS", {"one": breaks, "two": is_not_installed, "three": gives})
    monkeypatch.setattr("sys.argv", ["bench", "--json", str(tmp_path / "figures.json")])
    assert bench.main() == 1
    told = capsys.readouterr()
    _, *lines = told.out.splitlines()
    assert lines[0].split(maxsplit=2) == ["one", "FAILED", "RuntimeError: no room"]
    assert lines[1].split(maxsplit=2) == ["two", "FAILED", "Failed: PostgreSQL is not installed here."]
    assert lines[2].split() == ["f", "1.00", "ms"]
    assert "in breaks" in told.err
    rows = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert rows[0] == {"name": "one", "failed": "RuntimeError: no room"}
    assert [row["name"] for row in rows] == ["one", "two", "f"]


def test_without_a_failure_the_exit_code_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "BENCHMARKS", {"one": breaks, "three": gives})
    monkeypatch.setattr("sys.argv", ["bench", "--only", "three"])
    assert bench.main() == 0


def test_who_stops_the_benchmarks_stops_them_all() -> None:
    def interrupted() -> Sequence[Figure]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(bench.measured({"one": interrupted}))


def test_an_error_without_words_is_named() -> None:
    assert bench.reason_of(TimeoutError()) == "TimeoutError"
