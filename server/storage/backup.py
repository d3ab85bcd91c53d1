"""A backup of a data folder: the database as it is at one moment, then every content that it names; and the way back.

A backup is a folder like a data folder: `vault.sqlite3`, `blobs/` and `token.key`, and `backup.json`, which is written
last and stands only in one that is finished; until the first one is, `backup.begun` says whose the folder is. The next
backup into the same folder copies what is new there, or damaged.
A content that the server's disk has lost or damaged stops no backup: it is left out, and `backup.json` says so.
Where the contents are in a bucket, a backup has them all the same, and a restore puts them there.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

import msgspec
from blake3 import blake3
from filelock import FileLock, Timeout

from server.config import DATABASE
from server.storage.blobs import Blobs, Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.durable import make_file, make_folder, remove, rename
from server.storage.lacking import Lacking, NotWhole, lacking
from server.storage.mark import MARK
from server.storage.set_aside import REPLACED

KEY = "token.key"
BLOBS = "blobs"
DESCRIPTION = "backup.json"
BEGUN = "backup.begun"
_PIECE_BYTES = 2**20
_PATIENCE_SECONDS = 0.2


class Unusable(Exception):
    """What was found is no whole backup, or no data folder. The text says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What stands in `backup.json`."""

    at: datetime
    contents: int
    """How many it has; and how many bytes these are."""
    bytes: int
    lacks: list[Lacking] = field(default_factory=list)
    """What its database names and it has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A content that was copied."""

    size: int
    was_damaged: bool
    """Something else lay there under its name."""


GoingOn = Callable[[int, int], None]
"""Told how far a backup is: done, and of how many."""


def collection_lock(data: Path) -> FileLock:
    """Who holds it is alone with what is no longer needed: the collection, or a backup during which nothing may go."""
    return FileLock(data / "collecting.lock", thread_local=False)


def back_up(
    data: Path, into: Path, *, at: datetime, contents: Blobs | None = None, quick: bool = False,
    beside: Path | None = None,
    copied: Callable[[Copied], None] = lambda _: None, going_on: GoingOn = lambda _done, _of: None,
) -> Description:  # fmt: skip
    """Copy a data folder whose server may be at work. `copied` is told each content that was copied.

    `contents` are the server's, unless they are in its data folder; ContentsAway then ends the backup as OSError does.

    What an earlier backup has is read and compared by its hash; a `quick` one compares its size. What cannot be copied
    as what it is, is left out and described; whatever lies in the backup under its name stays. Raises Unusable,
    OSError. An earlier backup in that folder stays usable until the new one is finished, except that it is the newer
    one from the moment its database has its place.

    What another backup `beside` it has whole is shared with that one where the disk can (hard links), else copied.
    `going_on` is told before each content how many are done and how many there are, and (0, 0) while a collection is
    waited for; what it raises ends the backup, which is then not finished and can be gone on with.
    """
    _refuse_unusable(data, into, has_contents=contents is None)
    with _alone(data, going_on):
        make_folder(into)
        if not (into / DESCRIPTION).is_file():
            make_file(into / BEGUN)  # before anything else: only an empty folder is taken without it
        make_folder(into / BLOBS)
        part = into / f"{DATABASE}.part"
        part.unlink(missing_ok=True)
        _copy_database(data / DATABASE, part)
        old, new, named = contents or DiskBlobs(data / BLOBS), DiskBlobs(into / BLOBS), _contents_of(part)
        earlier = describe(into) if (into / DESCRIPTION).is_file() else None
        doubted = {each.hash for each in earlier.lacks} if earlier else set()
        lacks: list[Lacking] = []
        shared = None if beside is None else DiskBlobs(beside / BLOBS)
        for done, each in enumerate(named):
            going_on(done, len(named))
            if new.has(each) if quick and each.hash not in doubted else new.is_whole(each):
                continue
            if shared is not None and _share(shared, new, each):
                continue
            try:
                copied(_copy_content(old, new, each))
            except NotWhole as error:
                lacks.append(lacking(part, each, error.why))
        if (data / KEY).is_file():
            rename(_copied_beside(data / KEY, into / KEY), into / KEY)
    if earlier and lacks:  # or a cut right before or after the rename would leave what nobody has said to be lacking
        _describe(into, replace(earlier, lacks=_all_of(earlier.lacks, lacks)))
    rename(part, into / DATABASE)
    made = Description(
        at=at,
        contents=len(named) - len(lacks),
        bytes=sum(each.size for each in named) - sum(each.size for each in lacks),
        lacks=lacks,
    )
    _describe(into, made)
    remove(into / BEGUN)
    return made


def describe(backup: Path) -> Description:
    """What a backup says of itself. Raises Unusable."""
    try:
        return msgspec.json.decode((backup / DESCRIPTION).read_bytes(), type=Description)
    except (OSError, msgspec.DecodeError) as error:
        raise Unusable(f"{backup} is no whole backup: its {DESCRIPTION} cannot be read.") from error


def restore(
    backup: Path,
    data: Path,
    *,
    at: datetime,
    contents: Blobs | None = None,
    lacking: Callable[[list[Lacking]], None] = lambda _: None,
    copied: Callable[[Copied], None] = lambda _: None,
) -> Description:
    """Bring a backup back into a data folder that nobody works on; its server's next start begins a new epoch.

    `contents` are the server's, unless they are in its data folder: what they have not, or not whole, is put there.

    Everything is looked at before anything is changed, contents by their hash: a bad disk is what a backup is for. Then
    `lacking` is told, if so, which contents neither that folder nor the backup has, as the backup itself says. The
    database of before is set aside in `replaced-…`, and no content is removed. Raises Unusable, OSError.
    """
    description = describe(backup)
    with closing(_opened(backup / DATABASE)) as database:
        if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise Unusable(f"The database of {backup} is damaged.")
    source, target = DiskBlobs(backup / BLOBS), contents or DiskBlobs(data / BLOBS)
    needed = [each for each in _contents_of(backup / DATABASE) if not target.is_whole(each)]
    said = {each.hash: each for each in description.lacks}
    lacks = [said[each.hash] for each in needed if each.hash in said and not source.is_whole(each)]
    without = {each.hash for each in lacks}
    needed = [each for each in needed if each.hash not in without]
    missing = [each for each in needed if not source.has(each)]
    if missing:
        raise Unusable(f"{len(missing):,} contents are missing in {backup}, the first of them {missing[0].hash}.")
    if lacks:
        lacking(lacks)
    make_folder(data / BLOBS if contents is None else data)
    for each in needed:
        try:
            copied(_put_content(source, target, each))
        except NotWhole as error:
            raise Unusable(str(error)) from error
    parts = {name: _copied_beside(backup / name, data / name) for name in (KEY, DATABASE) if (backup / name).is_file()}
    _set_aside(data, at)
    remove(data / MARK)
    for name, part in parts.items():
        rename(part, data / name)
    return description


@contextmanager
def _alone(data: Path, going_on: GoingOn) -> Iterator[None]:
    """As `collection_lock`, in steps between which somebody may lose patience."""
    lock = collection_lock(data)
    while True:
        going_on(0, 0)
        with suppress(Timeout):
            lock.acquire(timeout=_PATIENCE_SECONDS)
            break
    try:
        yield
    finally:
        lock.release()


def _share(beside: DiskBlobs, new: DiskBlobs, content: Content) -> bool:
    """Let both backups have the same bytes, if the other has them whole and the disk can do that."""
    if not beside.is_whole(content):
        return False
    source, target = beside.place(content.hash), new.place(content.hash)
    part = target.with_name(f"{target.name}.part")
    make_folder(target.parent)
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:  # not every disk has links, and none has as many as one likes
        return _is_copied(beside, new, content)
    rename(part, target)
    return True


def _is_copied(beside: DiskBlobs, new: DiskBlobs, content: Content) -> bool:
    try:
        _copy_content(beside, new, content)
    except NotWhole:  # since it was looked at
        return False
    return True


def _refuse_unusable(data: Path, into: Path, *, has_contents: bool) -> None:
    """Raises Unusable unless one is a data folder, and the other nobody's or a backup, be it only begun."""
    if not (data / DATABASE).is_file():
        raise Unusable(f"{data} has no {DATABASE}: it is no data folder of a server.")
    if has_contents and not (data / BLOBS).is_dir():
        raise Unusable(f"{data / BLOBS} is not there: its disk may not be connected. If it is lost, make an empty one.")
    if (into / MARK).exists():  # whatever else lies in it: a server has worked there, and nothing else has what it has
        raise Unusable(f"{into} is the data folder of a server.")
    if into.exists() and any(into.iterdir()) and not _is_begun(into):
        raise Unusable(f"{into} is neither empty nor a backup.")


def _is_begun(into: Path) -> bool:
    """A backup, or the beginning of the first one. A database alone says nothing: a restore may leave one half made."""
    return (into / DESCRIPTION).is_file() or (into / BEGUN).is_file()


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


def _put_content(old: DiskBlobs, new: Blobs, content: Content) -> Copied:
    """Into a folder, or into a bucket. Raises NotWhole."""
    if isinstance(new, DiskBlobs):
        return _copy_content(old, new, content)
    was_damaged = new.has(content)
    incoming = new.begin()
    try:
        for piece in _pieces_of(old, content):
            incoming.write(piece)
        if incoming.finish() != content:
            raise NotWhole(content.hash, "damaged")
        incoming.assemble()
        incoming.keep()
    finally:
        incoming.discard()
    return Copied(size=content.size, was_damaged=was_damaged)


def _copy_content(old: Blobs, new: DiskBlobs, content: Content) -> Copied:
    """Raises NotWhole when the bytes are not what their name says: a damaged content never looks like a good one."""
    target = new.place(content.hash)
    was_damaged = target.exists()
    part = target.with_name(f"{target.name}.part")
    make_folder(target.parent)
    digest = blake3()
    try:
        with part.open("wb") as copy:
            for piece in _pieces_of(old, content):
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != content.hash:
            raise NotWhole(content.hash, "damaged")
        rename(part, target)
    finally:
        part.unlink(missing_ok=True)
    return Copied(size=content.size, was_damaged=was_damaged)


def _pieces_of(source: Blobs, content: Content) -> Iterator[bytes]:
    """Raises NotWhole: what the disk of a content says is no fault of the disk that it is copied to."""
    try:
        with source.open(content.hash) as stored:
            while piece := stored.read(_PIECE_BYTES):
                yield piece
    except FileNotFoundError as error:
        raise NotWhole(content.hash, "missing") from error
    except OSError as error:
        raise NotWhole(content.hash, "unreadable") from error


def _copied_beside(source: Path, target: Path) -> Path:
    """A copy that is on the disk and lacks nothing but its name: what has the name is never half a copy."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)  # nobody else reads a key, also before its copy has its mode
    shutil.copyfile(source, part)
    shutil.copymode(source, part)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    return part


def _all_of(earlier: list[Lacking], lacks: list[Lacking]) -> list[Lacking]:
    """What is lacking by either of the two, once."""
    return list({each.hash: each for each in (*earlier, *lacks)}.values())


def _describe(backup: Path, description: Description) -> None:
    target = backup / DESCRIPTION
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(description)))
        file.flush()
        os.fsync(file.fileno())
    rename(part, target)


def _set_aside(data: Path, at: datetime) -> None:
    """A copy of the database of before, so that nobody has to regret a restore; its place is never empty meanwhile."""
    database = data / DATABASE
    if not database.is_file():
        return
    aside = _new_folder(data, f"{REPLACED}{at:%Y-%m-%dT%H%M%SZ}")
    beside = [path for ending in ("-wal", "-shm") if (path := data / f"{DATABASE}{ending}").is_file()]
    if beside and not _is_settled(database):
        for path in beside:  # it is damaged; what belongs to it must not be taken for the other one's
            rename(path, aside / path.name)
    rename(_copied_beside(database, aside / DATABASE), aside / DATABASE)


def _new_folder(data: Path, name: str) -> Path:
    """With a number behind its name where one restore follows another within a second."""
    folder = data / name
    for number in count(2):
        if not folder.exists():
            break
        folder = data / f"{name}-{number}"
    make_folder(folder)
    return folder


def _is_settled(database: Path) -> bool:
    """What is still in its write-ahead log goes into the database itself. False: that is not possible."""
    try:
        with closing(sqlite3.connect(database)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            opened.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError:
        return False
    return True
