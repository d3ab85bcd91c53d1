"""The one badge of a file: the first state that holds, and its words."""

from datetime import datetime
from enum import StrEnum

from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.words import clock_or_day, exact
from server.protocol import vault as protocol
from server.protocol.records import dataclass


class Badge(StrEnum):
    """What can be shown beside a file, the one that wins first."""

    CONFLICT = "conflict"
    EDITED = "edited"
    UNKNOWN = "unknown"
    MINE = "mine"
    WAITING = "waiting"
    OTHER = "other"
    NEWER = "newer"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks: the person and the seat that the words are for. None while signed out."""

    person: str | None = None
    seat: str | None = None

    def holds(self, lock: protocol.Lock | None) -> bool:
        """The lock is this person's on this very seat."""
        return lock is not None and self.is_holder(lock) and lock.seat == self.seat

    def is_holder(self, lock: protocol.Lock) -> bool:
        """The lock is this person's, on whichever seat."""
        return self.person is not None and lock.locked_by == self.person


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that decides the badge of one file."""

    head: protocol.Revision
    lock: protocol.Lock | None
    local: LocalCopy | None
    reader: Reader
    known: bool
    """The seat is in step with the server."""
    known_at: datetime | None = None
    """When it last was."""
    place_in_line: int | None = None
    """1 for the first of those who wait."""
    waits: bool = False
    """Its check-in is in the queue."""


_PLACES = {1: "first", 2: "second", 3: "third"}


def badge_of(facts: Facts) -> Badge:
    """The first state that holds, in the order of Badge."""
    local, lock = facts.local, facts.lock
    behind = local is not None and local.is_behind((facts.head.major, facts.head.minor))
    if local is not None and local.edited:
        return Badge.CONFLICT if behind else Badge.EDITED
    if not facts.known:
        return Badge.UNKNOWN
    if lock is not None:
        if facts.reader.holds(lock):
            return Badge.MINE
        return Badge.WAITING if facts.place_in_line is not None else Badge.OTHER
    return Badge.NEWER if behind else Badge.FREE


def words_for(badge: Badge, facts: Facts, *, now: datetime) -> str:
    """What the badge says, for the tool tip and for those who listen. `now` is local time with its zone."""
    said = _words_for(badge, facts, now=now)
    return f"{said}; its check-in waits" if facts.waits else said


def _words_for(badge: Badge, facts: Facts, *, now: datetime) -> str:
    match badge:
        case Badge.CONFLICT:
            return "Two versions, both kept"
        case Badge.EDITED:
            return "Edited here, not checked in"
        case Badge.UNKNOWN:
            return _unknown(facts, now=now)
        case _:
            return _last_known(facts, now=now)


def _unknown(facts: Facts, *, now: datetime) -> str:
    if facts.known_at is None:
        return "Unknown: offline"
    return f"Unknown: offline; at {exact(facts.known_at, now)}: {_last_known(facts, now=now)}"


def _last_known(facts: Facts, *, now: datetime) -> str:
    if facts.lock is not None:
        return _held(facts, facts.lock, now=now)
    local = facts.local
    if local is not None and local.is_behind((facts.head.major, facts.head.minor)):
        return f"Rev {facts.head.number} is on the server, you have {local.base[0]}.{local.base[1]}"
    return "Free"


def _held(facts: Facts, lock: protocol.Lock, *, now: datetime) -> str:
    if facts.reader.holds(lock):
        return f"Checked out by you on {lock.computer}"
    holder = "you" if facts.reader.is_holder(lock) else lock.locked_by
    if facts.place_in_line is not None:
        place = _PLACES.get(facts.place_in_line, f"number {facts.place_in_line}")
        return f"Checked out by {holder}; you are {place} in line"
    why = f": {lock.message}" if lock.message else ""
    return f"Checked out by {holder} on {lock.computer} since {clock_or_day(lock.since, now)}{why}"
