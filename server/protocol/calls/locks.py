"""Lists of locks."""

from datetime import datetime

from server.protocol.limits import Count, Id
from server.protocol.records import dataclass
from server.protocol.vault import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class LockEntry:
    """One lock in a list, with how its holder is reached and what the holding seat last told of the file."""

    vault: Id
    file: Id
    path: str
    lock: Lock
    online: bool
    """The holding seat is connected now."""
    away: datetime | None = None
    """Since when nobody has touched that seat; None: somebody is at it, that is not known, or it is offline."""
    last_contact: datetime | None = None
    """When the holding seat was last in contact."""
    edited: datetime | None = None
    """The last edit there; None: it told of none."""
    open: bool | None = None
    """A program there has it open; None: the seat has told nothing of this file."""
    waiting: Count = 0
    """So many people wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """Locks of the vaults that I may read, by vault and path."""

    locks: list[LockEntry]
    cursor: str | None = None
