"""What may leave the recovery store."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.recovery import KeptFile, Retention

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def kept(days: float, size: int = 10) -> KeptFile:
    return KeptFile(
        id=f"{days}", name="plate.nc", came_from="P/plate.nc", at=NOW - timedelta(days=days), why="Undo", size=size
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
    assert [one.id for one in rule.expired([kept(age) for age in ages], NOW)] == gone


def test_a_rule_of_no_days_still_keeps_a_day() -> None:
    assert [one.id for one in Retention(days=0).expired([kept(0.5), kept(1.5)], NOW)] == ["1.5"]
