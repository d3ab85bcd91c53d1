"""How many deletions are followed without asking."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.deletions import TOGETHER, Followed, are_too_many

NOW = datetime(2026, 11, 26, 10, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deletions", "copies", "too_many"),
    [(20, 20, False), (21, 21, True), (21, 70, False), (22, 70, True), (300, 1_000, False), (301, 1_000, True)],
)
def test_more_than_twenty_and_more_than_three_in_ten_are_too_many(
    deletions: int, copies: int, *, too_many: bool
) -> None:
    assert are_too_many(deletions, copies=copies) is too_many


def test_those_of_the_last_minutes_belong_together() -> None:
    followed = Followed(now=NOW)
    followed.note(3, NOW)
    followed.note(2, NOW + TOGETHER)
    assert followed.lately(NOW + TOGETHER) == 5
    assert followed.lately(NOW + TOGETHER + timedelta(seconds=1)) == 2
    assert followed.lately(NOW - timedelta(days=1)) == 2, "a clock that was put back forgets nothing"


def test_those_before_a_restart_belong_to_them_unless_the_clock_is_another_by_then() -> None:
    before = [
        NOW - TOGETHER - timedelta(seconds=1),
        NOW - TOGETHER,
        NOW - timedelta(minutes=1),
        NOW + timedelta(days=365),
    ]
    followed = Followed(before, now=NOW)
    assert followed.lately(NOW) == 2
    followed.note(1, NOW)
    assert followed.lately(NOW + TOGETHER) == 1
