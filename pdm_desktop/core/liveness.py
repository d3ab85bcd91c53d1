"""How it stands with a check-out, in words: whether its holder can be reached, and what its seat told of the work."""

from datetime import datetime

from pdm_desktop.core.words import age
from server.protocol.calls import LockEntry


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `4 min ago`."""
    words = age(now - moment)
    return "just now" if words == "now" else f"{words} ago"


def absence(last_contact: datetime | None, now: datetime) -> str:
    """`offline`, `offline for 3 h`: since its seat was last in contact."""
    words = "now" if last_contact is None else age(now - last_contact)
    return "offline" if words == "now" else f"offline for {words}"


def presence_of(entry: LockEntry, now: datetime) -> str:
    """`online`, `offline for 3 h`: the holding seat."""
    return "online" if entry.online else absence(entry.last_contact, now)


def holder_of(entry: LockEntry, now: datetime) -> str:
    """`holder online`, `holder offline for 3 h`."""
    return f"holder {presence_of(entry, now)}"


def edited_of(entry: LockEntry, now: datetime) -> str:
    """`4 min ago`: the last edit that the holding seat told of; empty when it told of none."""
    if entry.edited is None:
        return ""
    return ago(entry.edited, now) if entry.online else f"{ago(entry.edited, now)}, last known"


def work_of(entry: LockEntry, now: datetime) -> str:
    """`edited 4 min ago, open now`; `last known: edited 4 min ago`; empty when its seat has told nothing."""
    if entry.open is None:
        return ""
    edited = "not edited" if entry.edited is None else f"edited {ago(entry.edited, now)}"
    if not entry.online:
        return f"last known: {edited}{', open' if entry.open else ''}"
    return f"{edited}, open now" if entry.open else edited
