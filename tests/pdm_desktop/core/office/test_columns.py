"""What charts of columns say, in words and below the columns."""

from datetime import timedelta

import pytest

from pdm_desktop.core.office.columns import Columns, by_hour, by_minute
from tests.support.sample import NOW

MINUTES = [2, *[0] * 58, 1]
HOURS = [0, 3, *[0] * 21, 7]


def test_each_minute_says_how_long_ago_it_was() -> None:
    columns = by_minute(MINUTES, of="Fixtures")
    assert columns.counts == tuple(MINUTES)
    assert (columns.tips[0], columns.tips[58]) == ("59 minutes ago: 2 changes", "1 minute ago: 0 changes")
    assert columns.tips[-1] == "In this minute: 1 change"
    assert columns.marks == {14: "45 min ago", 29: "30 min ago", 44: "15 min ago", 59: "now"}
    assert columns.told == "Fixtures: 3 changes in the last hour, 2 in its busiest minute"


def test_each_hour_has_its_times_by_the_clock() -> None:
    columns = by_hour(HOURS, read=NOW, now=NOW)
    assert NOW.strftime("%H:%M") == "10:42"
    assert (columns.tips[0], columns.tips[1]) == ("10:42 to 11:42: 0 check-outs", "11:42 to 12:42: 3 check-outs")
    assert columns.tips[-1] == "09:42 to 10:42: 7 check-outs"
    assert columns.marks == {5: "18 h ago", 11: "12 h ago", 17: "6 h ago", 23: "now"}
    assert columns.told == "10 check-outs in the last day, 7 in its busiest hour, 09:42 to 10:42"


def test_hours_end_when_they_were_read_however_late_they_are_shown() -> None:
    assert by_hour(HOURS, read=NOW, now=NOW + timedelta(minutes=5)).tips == by_hour(HOURS, read=NOW, now=NOW).tips


@pytest.mark.parametrize(
    ("columns", "told", "nothing"),
    [
        (
            by_minute([0] * 60, of="All vaults"),
            "All vaults: 0 changes in the last hour, 0 in its busiest minute",
            "Nothing was changed in the last hour.",
        ),
        (
            by_hour([0] * 24, read=NOW, now=NOW),
            "0 check-outs in the last day",
            "Nobody checked a file out in the last day.",
        ),
    ],
    ids=["minutes", "hours"],
)
def test_nothing_is_said_as_well(columns: Columns, told: str, nothing: str) -> None:
    assert (columns.told, columns.nothing) == (told, nothing)


def test_no_counts_at_all_have_no_columns() -> None:
    assert by_minute([], of="All vaults").marks == {}
    assert by_hour([], read=NOW, now=NOW).tips == ()
