"""What may leave the recovery store."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.recovery import YOUNGEST, Ages, KeptFile, Retention, counted

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def kept(days: float, size: int = 10) -> KeptFile:
    return KeptFile(
        id=f"{days}", name="plate.nc", came_from="P/plate.nc", at=NOW - timedelta(days=days), why="Undo", size=size
    )


def aged(*days: float) -> Ages:
    return Ages(counted_at=NOW, seconds={f"{each}": each * 86_400 for each in days})


@pytest.mark.parametrize(
    ("ages", "most_bytes", "gone"),
    [
        ([0.5, 5, 29.9], 100, []),
        ([0.5, 5, 31], 100, ["31"]),
        ([0.5, 30], 100, ["30"]),
        ([0.5, 5, 6, 7], 25, ["7", "6"]),
        ([0.1, 0.5, 0.9], 5, []),
        ([0.1, 0.9, 2], 5, ["2"]),
        ([], 0, []),
    ],
)
def test_what_is_too_old_or_too_much_goes_and_nothing_younger_than_a_day(
    ages: list[float], most_bytes: int, gone: list[str]
) -> None:
    rule = Retention(days=30, most_bytes=most_bytes)
    assert [one.id for one in rule.expired([kept(age) for age in ages], aged(*ages))] == gone


def test_a_rule_of_no_days_still_keeps_a_day() -> None:
    assert [one.id for one in Retention(days=0).expired([kept(0.5), kept(1.5)], aged(0.5, 1.5))] == ["1.5"]


@pytest.mark.parametrize(
    ("later", "days"),
    [
        (timedelta(hours=6), 5.25),
        (timedelta(days=1), 6),
        (timedelta(days=365), 6),
        (timedelta(days=-365), 5),
    ],
)
def test_between_two_looks_at_most_a_day_counts_and_none_backwards(later: timedelta, days: float) -> None:
    ages = counted(aged(5), [kept(5)], NOW + later)
    assert ages.of(kept(5)) == timedelta(days=days)
    assert ages.counted_at == NOW + later


def test_what_has_just_come_has_no_age_whatever_its_record_says_and_what_has_gone_is_not_counted() -> None:
    assert counted(aged(7), [kept(5)], NOW).seconds == {"5": 0.0}
    assert counted(None, [kept(400)], NOW + YOUNGEST).seconds == {"400": 0.0}
