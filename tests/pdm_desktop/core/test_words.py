"""Ages, times and sizes as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core import words
from tests.support.facts import NOW


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=26), "26 min"),
        (timedelta(hours=2, minutes=14), "2 h 14 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, hours=4, minutes=50), "1 d 4 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_ages(span: timedelta, said: str) -> None:
    assert words.age(span) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 6, 18, 8, 16, tzinfo=UTC), "Today 10:16"),
        (datetime(2026, 6, 17, 22, 30, tzinfo=UTC), "Today 00:30"),
        (datetime(2026, 6, 17, 14, 50, tzinfo=UTC), "Yesterday 16:50"),
        (datetime(2026, 6, 15, 12, 20, tzinfo=UTC), "Mon 14:20"),
        (datetime(2026, 6, 12, 12, 0, tzinfo=UTC), "Fri 14:00"),
        (datetime(2026, 6, 11, 12, 0, tzinfo=UTC), "11 Jun"),
        (datetime(2024, 11, 12, 12, 0, tzinfo=UTC), "12 Nov 2024"),
        (datetime(2026, 6, 20, 12, 0, tzinfo=UTC), "20 Jun"),
    ],
)
def test_times(moment: datetime, said: str) -> None:
    assert words.when(moment, NOW) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 6, 18, 8, 16, tzinfo=UTC), "10:16"),
        (datetime(2026, 6, 17, 14, 50, tzinfo=UTC), "Wed 17 Jun, 16:50"),
        (datetime(2026, 6, 1, 12, 20, tzinfo=UTC), "Mon 1 Jun, 14:20"),
        (datetime(2024, 11, 12, 12, 0, tzinfo=UTC), "Tue 12 Nov 2024, 14:00"),
    ],
)
def test_what_is_old_has_its_day_and_its_time(moment: datetime, said: str) -> None:
    assert words.exact(moment, NOW) == said


def test_a_clock_time_alone_means_today() -> None:
    assert words.clock_or_day(datetime(2026, 6, 18, 8, 16, tzinfo=UTC), NOW) == "10:16"
    assert words.clock_or_day(datetime(2026, 6, 17, 8, 16, tzinfo=UTC), NOW) == "Yesterday 10:16"
    assert words.full_time(datetime(2026, 6, 18, 8, 16, 5, tzinfo=UTC), NOW) == "Thu 18 Jun 2026 10:16:05"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 6, 18, 8, 16, tzinfo=UTC), "at 10:16"),
        (datetime(2026, 6, 17, 14, 50, tzinfo=UTC), "yesterday at 16:50"),
        (datetime(2026, 6, 15, 12, 20, tzinfo=UTC), "on Mon at 14:20"),
        (datetime(2026, 6, 11, 12, 0, tzinfo=UTC), "on 11 Jun"),
        (datetime(2024, 11, 12, 12, 0, tzinfo=UTC), "on 12 Nov 2024"),
    ],
)
def test_times_within_a_sentence(moment: datetime, said: str) -> None:
    assert words.at_time(moment, NOW) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (48_200_000, "48.2 MB"),
        (99_940, "99.9 KB"),
        (880_000, "880 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (999_949_999, "999.9 MB"),
        (999_950_000, "1.0 GB"),
        (2_000_000_000, "2.0 GB"),
    ],
)
def test_sizes(count: int, said: str) -> None:
    assert words.size(count) == said


def test_lists_and_numbers() -> None:
    assert words.listed([]) == ""
    assert words.listed(["A"]) == "A"
    assert words.listed(["A", "B", "C"]) == "A, B and C"
    assert words.several(1, "file", "files") == "1 file"
    assert words.several(1200, "file", "files") == "1,200 files"
    assert words.rate(38_400_000.5) == "38.4 MB/s"
