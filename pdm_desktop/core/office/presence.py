"""How somebody is reached who is here, or was: a sign, and the words beside it."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from pdm_desktop.core import words

AWAY_FOR: Final = timedelta(hours=10)
"""Somebody who was here a shorter time ago is away and may be back today; after that, offline."""


class Presence(Enum):
    """The three signs."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


def presence_of(*, online: bool, seen: datetime | None, now: datetime) -> Presence:
    """By whether a seat of theirs is connected, and when one was last."""
    if online:
        return Presence.ONLINE
    return Presence.AWAY if seen is not None and now - seen < AWAY_FOR else Presence.OFFLINE


def presence_words(*, online: bool, seen: datetime | None, now: datetime) -> str:
    """`online`, `away for 25 min`, `offline for 2 d 19 h`; `never here` when nobody ever signed in."""
    presence = presence_of(online=online, seen=seen, now=now)
    word: str = presence.value
    if online:
        return word
    if seen is None:
        return "never here"
    span = now - seen
    return word if span < timedelta(minutes=1) else f"{word} for {words.age(span)}"
