"""Deleted files as who administers their vaults sees them: which there are, and which go for good and when."""

from datetime import datetime
from typing import Any, ClassVar

from pdm_desktop.core import words
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import DELETED, Tombstone, Topic
from pdm_desktop.core.paths import name_of
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeFile(OfficeRequest):
    """Have a deleted file and all its revisions removed for good, after the server's delay."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (DELETED,)
    file: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDeleted(OfficeRequest):
    """Do not purge it after all: it stays, deleted."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (DELETED,)
    file: str
    path: str

    @property
    def done(self) -> str:
        """That it stays where it is."""
        return f"{name_of(self.path)} stays among the deleted files."


def fate_words(stone: Tombstone, now: datetime) -> str:
    """`goes for good on 26 Dec`, `waits for 2 parked versions`; nothing when it stays."""
    file = stone.file
    if file.purge is None:
        return ""
    if file.purge <= now and file.parked:
        return f"waits for {words.several(file.parked, 'parked version', 'parked versions')}"
    return f"goes for good on {words.day(file.purge, now)}"
