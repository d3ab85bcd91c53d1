"""Lists of locks."""

from dataclasses import dataclass
from datetime import datetime

from server.protocol.limits import Id
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
    edited: datetime | None = None
    open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """Locks of the vaults that I may read, by vault and path."""

    locks: list[LockEntry]
    cursor: str | None = None
