"""Files as they are stored: one select for a file with its newest revision and its lock, and what it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, select

from server.protocol.vault import File, Lock, Revision
from server.storage.tables import file, lock, person, request, revision, seat, waiting

FOLDER_END = "0"
"""The character after `/`: the keys of all files below a folder lie between `folder/` and `folder0`."""

_author = person.alias("author")
_holder = person.alias("holder")

FILES: Select[Any] = select(
    file.c.id,
    file.c.vault,
    file.c.path,
    file.c.path_key,
    file.c.deleted,
    file.c.major,
    file.c.minor,
    revision.c.size,
    revision.c.hash,
    _author.c.name.label("author"),
    revision.c.at,
    revision.c.comment,
    lock.c.person.label("holder_id"),
    _holder.c.name.label("holder"),
    lock.c.seat,
    seat.c.computer,
    lock.c.since,
    lock.c.token,
    lock.c.message,
    exists().where(waiting.c.file == file.c.id).label("in_line"),
    exists().where(request.c.file == file.c.id, request.c.answered.is_(None)).label("asked_for"),
).select_from(
    file.join(
        revision,
        and_(revision.c.file == file.c.id, revision.c.major == file.c.major, revision.c.minor == file.c.minor),
    )
    .join(_author, _author.c.id == revision.c.author)
    .outerjoin(lock, lock.c.file == file.c.id)
    .outerjoin(_holder, _holder.c.id == lock.c.person)
    .outerjoin(seat, seat.c.id == lock.c.seat)
)
"""Every file with its head and its lock; add a condition on `file`."""

holder_id = lock.c.person
LOCKED = lock.c.file.is_not(None)

_LOCKS = (
    select(
        lock.c.file,
        lock.c.person.label("holder_id"),
        _holder.c.name.label("holder"),
        lock.c.seat,
        seat.c.computer,
        lock.c.since,
        lock.c.token,
        lock.c.message,
    )
    .join(_holder, _holder.c.id == lock.c.person)
    .join(seat, seat.c.id == lock.c.seat)
)


# Built once: building such a statement takes longer than running it.
_ONE_FILE = FILES.where(file.c.id == bindparam("wanted"))
_THESE_FILES = FILES.where(file.c.id.in_(bindparam("wanted", expanding=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a vault, deleted ones included."""

    vault: str
    file: File
    path_key: str
    holder_id: str | None
    """The id of the person who holds it."""
    deleted: datetime | None
    in_line: bool
    """Somebody waits for it, or was told that it is free."""
    asked_for: bool
    """A request for it is open."""


def stored_file(row: Row[Any]) -> StoredFile:
    """What a row of FILES says."""
    return StoredFile(
        vault=row.vault,
        file=File(id=row.id, path=row.path, head=_head_in(row), lock=_lock_in(row)),
        path_key=row.path_key,
        holder_id=row.holder_id,
        deleted=row.deleted,
        in_line=row.in_line,
        asked_for=row.asked_for,
    )


def find_file(connection: Connection, file_id: str) -> StoredFile | None:
    """The file with that id, deleted or not."""
    row = connection.execute(_ONE_FILE, {"wanted": file_id}).one_or_none()
    return None if row is None else stored_file(row)


def find_files(connection: Connection, file_ids: Sequence[str]) -> dict[str, StoredFile]:
    """Those of the files that exist, deleted or not, by id."""
    rows = connection.execute(_THESE_FILES, {"wanted": list(file_ids)})
    return {row.id: stored_file(row) for row in rows}


def all_locks(connection: Connection) -> dict[str, Lock]:
    """Every lock there is, of all vaults, by the id of its file."""
    rows = connection.execute(_LOCKS)
    return {row.file: held for row in rows if (held := _lock_in(row)) is not None}


def _head_in(row: Row[Any]) -> Revision:
    return Revision(
        major=row.major,
        minor=row.minor,
        size=row.size,
        hash=row.hash,
        author=row.author,
        at=row.at,
        comment=row.comment,
    )


def _lock_in(row: Row[Any]) -> Lock | None:
    if row.holder_id is None:
        return None
    return Lock(
        locked_by=row.holder,
        seat=row.seat,
        computer=row.computer,
        since=row.since,
        token=row.token,
        message=row.message,
    )
