"""Since when somebody is away."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.idle import AWAY_AFTER, left_since

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("idle", "before", "since"),
    [
        (None, None, None),
        (None, 15, None),
        (0, None, None),
        (9.99, None, None),
        (9.99, 15, None),
        (10, None, 10),
        (25, None, 25),
        (25.01, 25, 25),
        (24.9, 25, 25),
        (12, 25, 12),
    ],
    ids=[
        "unknown", "not known any more", "at work", "not yet", "back", "just now", "long", "later", "sooner", "again",
    ],
)  # fmt: skip
def test_since_when(idle: float | None, before: float | None, since: float | None) -> None:
    span = None if idle is None else timedelta(minutes=idle)
    found = left_since(span, NOW, None if before is None else ago(before))
    assert found == (None if since is None else ago(since))


def test_ten_minutes_are_what_the_window_calls_away() -> None:
    assert timedelta(minutes=10) == AWAY_AFTER
