"""Ages of check-outs as bars show them."""

from datetime import timedelta

import pytest

from pdm_desktop.core.ages import Ripeness, ripeness, share


@pytest.mark.parametrize(
    ("age", "kind"),
    [
        (timedelta(0), Ripeness.FRESH),
        (timedelta(hours=8) - timedelta(seconds=1), Ripeness.FRESH),
        (timedelta(hours=8), Ripeness.OLD),
        (timedelta(days=2) - timedelta(seconds=1), Ripeness.OLD),
        (timedelta(days=2), Ripeness.VERY_OLD),
        (timedelta(days=400), Ripeness.VERY_OLD),
    ],
    ids=["just now", "almost a day of work", "a day of work", "almost two days", "two days", "a year"],
)
def test_an_age_is_one_of_three_kinds(age: timedelta, kind: Ripeness) -> None:
    assert ripeness(age) is kind


@pytest.mark.parametrize(
    ("age", "part"),
    [
        (timedelta(minutes=-5), 0.0),
        (timedelta(0), 0.0),
        (timedelta(days=1), 0.5),
        (timedelta(days=4), 1.0),
        (timedelta(days=9), 1.0),
    ],
    ids=["a clock that is behind", "just now", "a quarter of the time", "four days", "more"],
)
def test_the_bar_grows_by_the_square_root_and_is_full_at_four_days(age: timedelta, part: float) -> None:
    assert share(age) == pytest.approx(part)
