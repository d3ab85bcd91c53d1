"""How somebody is reached who is here, or was: a sign, and the words beside it."""

from datetime import datetime
from enum import Enum

from pdm_desktop.core import words


class Presence(Enum):
    """The three signs."""

    ONLINE = "online"
    AWAY = "away"
    """Connected, and nobody has touched the computer for a while."""
    OFFLINE = "offline"


def presence_of(*, online: bool, away: datetime | None) -> Presence:
    """By whether a seat is connected, and since when nobody is at it."""
    if not online:
        return Presence.OFFLINE
    return Presence.ONLINE if away is None else Presence.AWAY


def presence_words(*, online: bool, away: datetime | None, seen: datetime | None, now: datetime) -> str:
    """`online`, `away for 25 min`, `offline for 2 d 19 h`; `offline` when it is not known since when."""
    presence = presence_of(online=online, away=away)
    since = away if online else seen
    if presence is Presence.ONLINE or since is None:
        return presence.value
    span = words.age(now - since)
    return presence.value if span == "now" else f"{presence.value} for {span}"


def person_words(*, online: bool, away: datetime | None, seen: datetime | None, now: datetime) -> str:
    """The same of somebody with an account: `never here` when nobody ever came by that name."""
    if not online and seen is None:
        return "never here"
    return presence_words(online=online, away=away, seen=seen, now=now)
