"""A session: somebody who is signed in, on a seat or in a browser."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who acts, as looked up for one call."""

    id: str
    person_id: str
    person: str
    """The person's name."""
    administrator: bool
    """Of the server: sees every vault, adds people and vaults."""
    seat: str | None
    """The seat's own id; a browser has none."""
    expires: datetime
    computer: str | None = None
    """What people should read of the seat's computer."""
