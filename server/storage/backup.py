"""A backup of a data folder: the database as it is at one moment, then every content that it names; and the way back.

A backup is a folder like a data folder: `vault.sqlite3`, `blobs/` and `token.key`, and `backup.json`, which is written
last and stands only in one that is whole. The next backup into the same folder copies what is new there, or damaged.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from blake3 import blake3
from filelock import FileLock

from server.config import DATABASE
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.durable import make_folder, remove, rename
from server.storage.set_aside import REPLACED

KEY = "token.key"
BLOBS = "blobs"
DESCRIPTION = "backup.json"
_PIECE_BYTES = 2**20


class Unusable(Exception):
    """What was found is no whole backup, or no data folder. The text says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What stands in `backup.json`."""

    at: datetime
    contents: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A content that was copied."""

    size: int
    was_damaged: bool
    """Something else lay there under its name."""


def collection_lock(data: Path) -> FileLock:
    """Who holds it is alone with what is no longer needed: the collection, or a backup during which nothing may go."""
    return FileLock(data / "collecting.lock", thread_local=False)


def back_up(
    data: Path, into: Path, *, at: datetime, quick: bool = False, copied: Callable[[Copied], None] = lambda _: None
) -> Description:
    """Copy a data folder whose server may be at work. `copied` is told each content that was copied.

    What an earlier backup has is read and compared by its hash; a `quick` one compares its size. Raises Unusable,
    OSError. An earlier backup in that folder stays usable until the new one is whole, except that it is the newer one
    from the moment its database has its place.
    """
    if not (data / DATABASE).is_file():
        raise Unusable(f"{data} has no {DATABASE}: it is no data folder of a server.")
    if into.exists() and any(into.iterdir()) and not _is_begun(into):
        raise Unusable(f"{into} is neither empty nor a backup.")
    with collection_lock(data):
        make_folder(into)
        part = into / f"{DATABASE}.part"
        part.unlink(missing_ok=True)
        _copy_database(data / DATABASE, part)
        old, new, found = DiskBlobs(data / BLOBS), DiskBlobs(into / BLOBS), _contents_of(part)
        is_there = new.has if quick else new.is_whole
        for each in found:
            if not is_there(each):
                copied(_copy_content(old, new, each))
        if (data / KEY).is_file():
            _copy(data / KEY, into / KEY)
    rename(part, into / DATABASE)
    description = Description(at=at, contents=len(found), bytes=sum(each.size for each in found))
    _write(into / DESCRIPTION, msgspec.json.format(msgspec.json.encode(description)))
    return description


def describe(backup: Path) -> Description:
    """What a backup says of itself. Raises Unusable."""
    try:
        return msgspec.json.decode((backup / DESCRIPTION).read_bytes(), type=Description)
    except (OSError, msgspec.DecodeError) as error:
        raise Unusable(f"{backup} is no whole backup: its {DESCRIPTION} cannot be read.") from error


def restore(
    backup: Path, data: Path, *, at: datetime, copied: Callable[[Copied], None] = lambda _: None
) -> Description:
    """Bring a backup back into a data folder that nobody works on; its server's next start begins a new epoch.

    Everything is looked at before anything is changed, contents by their hash: a bad disk is what a backup is for. The
    database of before is set aside in `replaced-…`, and no content is removed. Raises Unusable, OSError.
    """
    description = describe(backup)
    with closing(_opened(backup / DATABASE)) as database:
        if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise Unusable(f"The database of {backup} is damaged.")
    source, target = DiskBlobs(backup / BLOBS), DiskBlobs(data / BLOBS)
    needed = [each for each in _contents_of(backup / DATABASE) if not target.is_whole(each)]
    missing = [each for each in needed if not source.has(each)]
    if missing:
        raise Unusable(f"{len(missing):,} contents are missing in {backup}, the first of them {missing[0].hash}.")
    make_folder(data)
    for each in needed:
        copied(_copy_content(source, target, each))
    part = data / f"{DATABASE}.part"
    part.unlink(missing_ok=True)
    _copy(backup / DATABASE, part)
    if (backup / KEY).is_file():
        _copy(backup / KEY, data / KEY)
    _set_aside(data, at)
    remove(data / "server.mark")
    rename(part, data / DATABASE)
    return description


def _is_begun(into: Path) -> bool:
    return (into / DESCRIPTION).is_file() or (into / f"{DATABASE}.part").is_file()


def _copy_database(source: Path, target: Path) -> None:
    """By the database's own means: whole, and of one moment, whoever writes meanwhile.

    It gets a mark that no folder shows, so that whoever copies it back by hand has a new epoch as well.
    """
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("UPDATE server SET mark = 'a backup'")
        new.commit()
        new.execute("PRAGMA journal_mode = DELETE")
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)


def _contents_of(database: Path) -> list[Content]:
    with closing(_opened(database)) as opened:
        rows = opened.execute("SELECT hash, size FROM blob ORDER BY hash")
        return [Content(hash=content_hash, size=size) for content_hash, size in rows]


def _copy_content(old: DiskBlobs, new: DiskBlobs, content: Content) -> Copied:
    """Raises Unusable when the bytes are not what their name says: a damaged content never looks like a good one."""
    source, target = old.place(content.hash), new.place(content.hash)
    was_damaged = target.exists()
    part = target.with_name(f"{target.name}.part")
    make_folder(target.parent)
    digest = blake3()
    try:
        with source.open("rb", buffering=0) as stored, part.open("wb") as copy:
            while piece := stored.read(_PIECE_BYTES):
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != content.hash:
            raise Unusable(f"The content {source} is damaged: it is not what its name says.")
        rename(part, target)
    finally:
        part.unlink(missing_ok=True)
    return Copied(size=content.size, was_damaged=was_damaged)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    shutil.copymode(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _write(target: Path, text: bytes) -> None:
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    rename(part, target)


def _set_aside(data: Path, at: datetime) -> None:
    """A copy of the database of before, so that nobody has to regret a restore; its place is never empty meanwhile."""
    database = data / DATABASE
    if not database.is_file():
        return
    aside = data / f"{REPLACED}{at:%Y-%m-%dT%H%M%SZ}"
    make_folder(aside)
    beside = [path for ending in ("-wal", "-shm") if (path := data / f"{DATABASE}{ending}").is_file()]
    if beside and not _is_settled(database):
        for path in beside:  # it is damaged; what belongs to it must not be taken for the other one's
            rename(path, aside / path.name)
    _copy(database, aside / DATABASE)


def _is_settled(database: Path) -> bool:
    """What is still in its write-ahead log goes into the database itself. False: that is not possible."""
    try:
        with closing(sqlite3.connect(database)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            opened.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError:
        return False
    return True
