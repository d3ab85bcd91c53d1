"""Everybody's seats, as administrators of the server see them."""

from datetime import datetime

from server.protocol.limits import Id
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatOf:
    """A seat of somebody, or a browser that is signed in."""

    id: Id
    """The seat's own; a browser's is that of its session."""
    person: str
    browser: bool
    online: bool
    """Connected now."""
    away: datetime | None = None
    """Since when nobody has touched it; None: somebody is at it, that is not known, or it is offline."""
    signed_in: bool
    """Otherwise its session has ended, and somebody has to sign in there again."""
    computer: str | None = None
    system: str | None = None
    version: str | None = None
    """Of the seat's program."""
    last_contact: datetime | None = None
    """When a seat last connected or went away."""
    since: datetime | None = None
    """When its session began."""
    address: str | None = None
    """From which it signed in, as the server saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsOfAll:
    """All seats of everybody, and the browsers that are signed in, by person and computer."""

    newest: str
    """The newest version of a seat that the server knows of."""
    seats: list[SeatOf]
