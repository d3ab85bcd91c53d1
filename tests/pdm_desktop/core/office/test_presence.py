"""Signs and words of presence."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.office.presence import AWAY_FOR, Presence, presence_of, presence_words

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("online", "ago", "presence", "said"),
    [
        (True, timedelta(minutes=3), Presence.ONLINE, "online"),
        (True, None, Presence.ONLINE, "online"),
        (False, timedelta(seconds=20), Presence.AWAY, "away"),
        (False, timedelta(minutes=25), Presence.AWAY, "away for 25 min"),
        (False, AWAY_FOR, Presence.OFFLINE, "offline for 10 h"),
        (False, timedelta(days=2, hours=19), Presence.OFFLINE, "offline for 2 d 19 h"),
        (False, None, Presence.OFFLINE, "never here"),
    ],
)
def test_presence(online: bool, ago: timedelta | None, presence: Presence, said: str) -> None:
    seen = None if ago is None else NOW - ago
    assert presence_of(online=online, seen=seen, now=NOW) is presence
    assert presence_words(online=online, seen=seen, now=NOW) == said
