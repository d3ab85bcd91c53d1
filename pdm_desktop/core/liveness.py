"""How it stands with a check-out, in words: whether its holder can be reached, and what its seat told of the work."""

from datetime import datetime

from pdm_desktop.core.office.presence import presence_words
from pdm_desktop.core.words import age
from server.protocol.calls import LockEntry


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `4 min ago`."""
    words = age(now - moment)
    return "just now" if words == "now" else f"{words} ago"


def presence_of(entry: LockEntry, now: datetime) -> str:
    """`online`, `away for 25 min`, `offline for 3 h`: the holding seat."""
    return presence_words(online=entry.online, away=entry.away, seen=entry.last_contact, now=now)


def edited_of(entry: LockEntry, now: datetime) -> str:
    """`4 min ago`, `4 min ago, open now`, `3 h ago, last known`, `no`: the last edit that the holding seat told of.

    Empty when it has told nothing of the file.
    """
    if entry.open is None and entry.edited is None:
        return ""
    said = "no" if entry.edited is None else ago(entry.edited, now)
    if not entry.online:
        return said if entry.edited is None else f"{said}, last known"
    return f"{said}, open now" if entry.open else said


def work_of(entry: LockEntry, now: datetime) -> str:
    """`edited 4 min ago, open now`; `last known: edited 4 min ago`; empty when its seat has told nothing."""
    if entry.open is None:
        return ""
    edited = "not edited" if entry.edited is None else f"edited {ago(entry.edited, now)}"
    if not entry.online:
        return f"last known: {edited}{', open' if entry.open else ''}"
    return f"{edited}, open now" if entry.open else edited


def holding_of(entry: LockEntry, now: datetime) -> str:
    """How it stands, in one line: `edited 4 min ago, open`; `offline for 3 h; last known: edited 4 h ago`.

    That a holder is online is not worth the room where there is something to say of the work, nor that it is now.
    """
    presence, work = presence_of(entry, now), work_of(entry, now).replace(", open now", ", open")
    if not work:
        return presence
    return work if entry.online and entry.away is None else f"{presence}; {work}"
