"""Deleted files that go for good."""

from datetime import datetime

from server.protocol.limits import Id
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """Whether a deleted file goes for good, and when."""

    vault: Id
    file: Id
    path: str
    purge: datetime | None = None
    """From then on it and all its revisions are removed; None: it stays."""
