"""The recovery store: bytes that an action would otherwise have removed, each with a record of what, when and why."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

import msgspec

from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync.ports import Clock, Disk

FOLDER = PurePath(OWN_FOLDER, "recovery")
RECORD = "record.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file in the recovery store."""

    path: PurePath
    """Where it is now, relative to the workspace."""
    came_from: PurePath
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is written beside it."""

    came_from: str
    at: datetime
    why: str


class Recovery:
    """The recovery store of one workspace. Methods raise core.errors."""

    def __init__(self, disk: Disk, clock: Clock) -> None:
        self._disk = disk
        self._clock = clock

    def link(self, path: PurePath, *, why: str) -> Kept:
        """Give a file a second name in the store: whatever happens to the first one, its bytes stay."""
        kept = self._begin(path, why)
        self._disk.link(path, kept.path)
        return kept

    def move(self, path: PurePath, *, why: str) -> Kept:
        """Move a file into the store."""
        kept = self._begin(path, why)
        self._disk.place(path, kept.path)
        return kept

    def drop(self, kept: Kept) -> None:
        """It is known to be stored elsewhere: keep it no longer."""
        self._disk.remove(kept.path)
        self._disk.remove(kept.path.with_name(RECORD))

    def _begin(self, path: PurePath, why: str) -> Kept:
        """The record comes first: a file in the store never lies there without one."""
        now = self._clock.now()
        folder = FOLDER / f"{now:%Y-%m-%d}" / f"{now:%H%M%S}-{uuid.uuid4().hex[:6]}"
        record = Record(came_from=path.as_posix(), at=now, why=why)
        unfinished = self._disk.begin()
        try:
            unfinished.write(msgspec.json.format(msgspec.json.encode(record)))
            unfinished.finish()
            self._disk.place(unfinished.path, folder / RECORD)
        finally:
            unfinished.discard()
        return Kept(path=folder / path.name, came_from=path, at=now, why=why)
