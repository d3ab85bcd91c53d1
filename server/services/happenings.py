"""What happened lately in vaults, out of their events: several files at the same moment are one happening."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, select

from server.protocol.calls import Happening, What
from server.protocol.events import (
    VAULT_EVENTS,
    FileAdded,
    FileDeleted,
    FileLocked,
    FileMoved,
    FileRestored,
    FileUnlocked,
    FileUpdated,
    FolderMoved,
    VaultEvent,
)
from server.protocol.vault import UnlockReason
from server.protocol.wire import from_plain
from server.storage.tables import event

EVENTS: Final = 40
"""So many of each vault are read: a set that was checked in is many."""

_ENDS: MappingProxyType[UnlockReason, What] = MappingProxyType(
    {"checked_in": "checked_in", "undone": "undone", "forced": "forced"}
)
"""What the end of a check-out is called; with a deleted file goes an event of its own."""


def happenings_in(connection: Connection, vaults: Sequence[str], *, limit: int) -> list[Happening]:
    """The newest of all these vaults, the newest first."""
    single = [each for vault_id in vaults for each in _of_vault(connection, vault_id)]
    newest_first = sorted(single, key=lambda each: each.at, reverse=True)  # of one moment they stay so
    together = groupby(newest_first, key=lambda each: (each.at, each.vault, each.by, each.what))
    return [_as_one(list(same)) for _, same in together][:limit]


def happening_of(vault_id: str, at: datetime, happened: VaultEvent) -> Happening | None:
    """What an event is to people; None: another one says it."""
    match happened:
        case FileLocked():
            return _begin_of(vault_id, at, happened)
        case FileUnlocked():
            return _end_of(vault_id, at, happened)
        case FolderMoved():
            return Happening(vault=vault_id, at=at, what="folder_moved", by=happened.by, path=happened.to)
        case FileAdded() | FileUpdated() | FileMoved() | FileDeleted() | FileRestored():
            return _of_file(vault_id, at, happened)


def _begin_of(vault_id: str, at: datetime, happened: FileLocked) -> Happening:
    """Who decided it is who did it."""
    holder, path, file = happened.locked_by, happened.path, happened.file
    if happened.by is not None:
        return Happening(vault=vault_id, at=at, what="given", by=happened.by, path=path, file=file, to=holder)
    what: What = "checked_out" if happened.from_ is None else "transferred"
    return Happening(vault=vault_id, at=at, what=what, by=holder, path=path, file=file)


def _end_of(vault_id: str, at: datetime, happened: FileUnlocked) -> Happening | None:
    what = _ENDS.get(happened.why)
    if what is None:
        return None
    return Happening(
        vault=vault_id,
        at=at,
        what=what,
        by=happened.by,
        path=happened.path,
        file=happened.file,
        number=None if happened.revision is None else happened.revision.number,
    )


def _of_file(
    vault_id: str, at: datetime, happened: FileAdded | FileUpdated | FileMoved | FileDeleted | FileRestored
) -> Happening:
    return Happening(
        vault=vault_id,
        at=at,
        what=_NAMES[type(happened)],
        by=happened.by,
        path=happened.file.path,
        file=happened.file.id,
        number=happened.file.head.number if isinstance(happened, FileUpdated) else None,
    )


_NAMES: MappingProxyType[type, What] = MappingProxyType(
    {FileAdded: "added", FileUpdated: "kept", FileMoved: "moved", FileDeleted: "deleted", FileRestored: "restored"}
)


def _of_vault(connection: Connection, vault_id: str) -> Iterator[Happening]:
    newest = connection.execute(
        select(event.c.type, event.c.at, event.c.data)
        .where(event.c.vault == vault_id)
        .order_by(event.c.seq.desc())
        .limit(EVENTS)
    ).all()
    for row in newest:
        told = happening_of(vault_id, row.at, from_plain(json.loads(row.data), VAULT_EVENTS[row.type]))
        if told is not None:
            yield told


def _as_one(same: Sequence[Happening]) -> Happening:
    """It is named by the first file: what is read goes backwards."""
    return replace(same[-1], more=len(same) - 1)
