"""Signs and words of presence: full disc online, half disc away, ring offline."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.office.presence import Presence, person_words, presence_of, presence_words

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("online", "left", "gone", "presence", "said"),
    [
        (True, None, 3, Presence.ONLINE, "online"),
        (True, None, None, Presence.ONLINE, "online"),
        (True, 25, 3, Presence.AWAY, "away for 25 min"),
        (True, 0.2, 3, Presence.AWAY, "away"),
        (False, None, 0.3, Presence.OFFLINE, "offline"),
        (False, None, 25, Presence.OFFLINE, "offline for 25 min"),
        (False, 40, 25, Presence.OFFLINE, "offline for 25 min"),
        (False, None, 60 * 67, Presence.OFFLINE, "offline for 2 d 19 h"),
        (False, None, None, Presence.OFFLINE, "offline"),
    ],
    ids=["online", "not seen before", "away", "just left", "just gone", "gone", "gone while away", "days", "never"],
)
def test_presence(online: bool, left: float | None, gone: float | None, presence: Presence, said: str) -> None:
    away, seen = _back(left), _back(gone)
    assert presence_of(online=online, away=away) is presence
    assert presence_words(online=online, away=away, seen=seen, now=NOW) == said


def test_somebody_who_never_came_was_never_here() -> None:
    assert person_words(online=False, away=None, seen=None, now=NOW) == "never here"
    assert person_words(online=True, away=None, seen=None, now=NOW) == "online"
    assert person_words(online=False, away=None, seen=_back(25), now=NOW) == "offline for 25 min"


def _back(minutes: float | None) -> datetime | None:
    return None if minutes is None else NOW - timedelta(minutes=minutes)
