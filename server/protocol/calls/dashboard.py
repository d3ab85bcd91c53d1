"""How it stands with the shop: who is here, who holds and waits for what, what happened lately."""

from dataclasses import field
from datetime import datetime
from typing import Literal

from server.protocol.calls.handover import Line
from server.protocol.calls.locks import LockEntry
from server.protocol.events import Troubles
from server.protocol.limits import Count, Id
from server.protocol.records import dataclass

What = Literal[
    "checked_out",
    "transferred",
    "given",
    "checked_in",
    "kept",
    "undone",
    "forced",
    "added",
    "moved",
    "folder_moved",
    "deleted",
    "restored",
]
"""What somebody did to a file. `kept`: a check-in that goes on with the check-out. `transferred`: its holder gave it to
that person. `given`: an administrator took it from its holder and gave it to `to`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that somebody did in a vault; several files at once count as one."""

    vault: Id
    at: datetime
    what: What
    by: str
    path: str
    """Of the first file; of a folder that has moved, where it is now."""
    file: Id | None = None
    """The first file; None: it was a folder."""
    number: str | None = None
    """The revision of that file, where there is a new one."""
    more: Count = 0
    """So many other files with it."""
    to: str | None = None
    """Who has it now, where somebody else decided that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody who is online, or who is not and has files checked out."""

    person: str
    computer: str
    online: bool
    since: datetime
    """Online: since when; offline: the last contact."""
    away: datetime | None = None
    """Online, and since when at none of the person's seats."""
    check_outs: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Contended:
    """A file for which people asked, or in whose line they stood, in the last 30 days, and how often."""

    vault: Id
    file: Id
    path: str
    waits: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTroubles:
    """A seat that needs its person."""

    person: str
    computer: str
    online: bool
    away: datetime | None = None
    """Since when nobody has touched it; None: somebody is at it, that is not known, or it is offline."""
    last_contact: datetime
    troubles: Troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Wholes:
    """How many rows each list has in whole, where it is not all that is told."""

    active: Count = 0
    """Check-outs of the last 24 hours."""
    here: Count = 0
    waiting: Count = 0
    """People in lines, in each line counted."""
    contended: Count = 0
    troubles: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The numbers of the vaults that I may read, and the first of each list."""

    people: Count
    """Everybody who may sign in."""
    online: Count
    check_outs: Count
    held_offline: Count
    """Of these, held by seats that are offline."""
    waiters: Count
    """People who wait for a file, each counted once."""
    awaited: Count
    """Files that somebody waits for."""
    check_ins: Count
    """In the last 24 hours, each file counted."""
    hours: list[Count] = field(default_factory=list)
    """Files that were checked out in each of the last 24 hours, the last of which ends now."""
    active: list[LockEntry] = field(default_factory=list)
    """The newest locks."""
    oldest: list[LockEntry] = field(default_factory=list)
    here: list[Present] = field(default_factory=list)
    """Those who are online by name, then the others, who was away longest last."""
    lines: list[Line] = field(default_factory=list)
    """In which somebody waits longest first."""
    happenings: list[Happening] = field(default_factory=list)
    """The newest first."""
    contended: list[Contended] = field(default_factory=list)
    """The most wanted first."""
    troubles: list[SeatTroubles] = field(default_factory=list)
    """By person and computer."""
    wholes: Wholes = field(default_factory=Wholes)
    """Of `oldest`: `check_outs`."""
