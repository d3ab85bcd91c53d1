"""How a person decides between two versions, and what was looked at for that."""

from enum import Enum

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a person has looked at when deciding. A decision about something else is not carried out."""

    hash: str
    """The content that was here."""
    head: tuple[int, int] | None
    """The newest revision; None: the file was deleted."""


class Side(Enum):
    """How a person decides between two versions."""

    BOTH = "both"
    """Mine becomes a second file beside the vault's."""
    THEIRS = "theirs"
    """The vault's is brought; mine goes to the recovery store."""
    MINE = "mine"
    """Checked out at the newest revision, with my content."""
