"""What a person wants to hear of, and the quiet hours of a week."""

from datetime import timedelta

import pytest

from pdm_desktop.core.hearing import Hearing, in_quiet_hours
from server.protocol.calls import QuietHours
from tests.support.facts import NOW

MONDAY = NOW.replace(hour=0, minute=0) - timedelta(days=NOW.weekday())


@pytest.mark.parametrize(
    ("day", "start", "end", "hours", "quiet"),
    [
        (0, 12 * 60, 13 * 60, 12.5, True),
        (0, 12 * 60, 13 * 60, 13.0, False),
        (0, 12 * 60, 13 * 60, 36.5, False),
        (4, 18 * 60, 6 * 60, 4 * 24 + 23, True),
        (4, 18 * 60, 6 * 60, 5 * 24 + 5.9, True),
        (4, 18 * 60, 6 * 60, 5 * 24 + 6, False),
        (4, 18 * 60, 6 * 60, 4 * 24 + 5, False),
        (6, 22 * 60, 6 * 60, 3, True),
        (5, 0, 0, 5 * 24 + 23.9, True),
        (5, 0, 0, 6 * 24, False),
    ],
)
def test_quiet_hours_go_by_the_clock_of_the_seat(day: int, start: int, end: int, hours: float, quiet: bool) -> None:
    span = QuietHours(day=day, start=start, end=end)
    assert in_quiet_hours([span], MONDAY + timedelta(hours=hours)) is quiet
    assert Hearing(quiet=(span,)).is_quiet(MONDAY + timedelta(hours=hours)) is quiet


def test_an_hour_of_quiet_ends() -> None:
    hearing = Hearing(quiet_until=NOW)
    assert hearing.is_quiet(NOW - timedelta(seconds=1))
    assert not hearing.is_quiet(NOW)
