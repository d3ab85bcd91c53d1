"""What may leave the recovery store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.recovery import LOOKS_BEHIND, YOUNGEST, Ages, KeptFile, Retention, counted

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def kept(days: float, size: int = 10) -> KeptFile:
    return KeptFile(
        id=f"{days}",
        name="plate.nc",
        came_from="P/plate.nc",
        at=NOW - timedelta(days=days),
        why="Undo",
        size=size,
        mtime_ns=7,
    )


def aged(*days: float) -> Ages:
    return Ages(
        counted_at=NOW,
        seconds={f"{each}": each * 86_400 for each in days},
        looks={f"{each}": kept(each).look for each in days},
    )


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
        (timedelta(hours=12), 5.5),
        (timedelta(days=365), 5.5),
        (timedelta(days=-365), 5),
    ],
)
def test_between_two_looks_at_most_half_a_day_counts_and_none_backwards(later: timedelta, days: float) -> None:
    ages = counted(aged(5), [kept(5)], NOW + later)
    assert ages.of(kept(5)) == timedelta(days=days)


def test_a_clock_that_is_behind_at_each_start_ages_nothing_when_it_is_put_right() -> None:
    ages, year = aged(5), timedelta(days=365)
    for hours in range(1, 25):
        for now in (NOW - year, NOW + timedelta(hours=hours)):
            ages = counted(ages, [kept(5)], now)
    assert ages.of(kept(5)) == timedelta(days=6)


def test_a_clock_that_was_ahead_is_believed_again_after_a_while() -> None:
    ages = counted(aged(5), [kept(5)], NOW + timedelta(days=3650))
    looks = [NOW + timedelta(hours=6) * number for number in range(1, LOOKS_BEHIND + 5)]
    for now in looks:
        ages = counted(ages, [kept(5)], now)
    assert ages.of(kept(5)) == timedelta(days=5.5 + 4 * 0.25)


def test_what_was_saved_in_the_store_since_has_just_come() -> None:
    for other in (replace(kept(5), size=11), replace(kept(5), mtime_ns=8)):
        ages = counted(aged(5), [other], NOW + timedelta(hours=6))
        assert ages.of(other) == timedelta()
        assert counted(ages, [other], NOW + timedelta(hours=12)).of(other) == timedelta(hours=6)


def test_what_has_just_come_has_no_age_whatever_its_record_says_and_what_has_gone_is_not_counted() -> None:
    assert counted(aged(7), [kept(5)], NOW).seconds == {"5": 0.0}
    assert counted(None, [kept(400)], NOW + YOUNGEST).seconds == {"400": 0.0}
