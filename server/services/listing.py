"""Lists of files: the deleted ones, the locked ones, and the history of one."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, false, func, select, tuple_

from server.domain.errors import Invalid, NotFound
from server.domain.permissions import Action
from server.domain.revisions import Number, number_of
from server.domain.session import Session
from server.protocol.calls import DeletedFile, DeletedFiles, FileState, History
from server.protocol.limits import PAGE_ITEMS
from server.protocol.vault import Lock, Revision
from server.services.reading import epoch_of
from server.services.rights import file_for, readable_vaults, vault_for
from server.services.stored import FILES, LOCKED, holder_id, stored_file
from server.storage.tables import file, parked, person, revision, seat, vault, waiting

_deleter = person.alias("deleter")
HELD: Select[Any] = FILES.add_columns(
    seat.c.last_contact,
    select(func.count()).where(waiting.c.file == file.c.id).scalar_subquery().label("waiting"),
).where(LOCKED)
"""Every held file with its lock, its seat's last contact, and how many wait for it; add a condition on `file`."""
_parked_of = select(func.count()).where(parked.c.file == file.c.id).scalar_subquery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One lock of a list."""

    vault: str
    file: str
    path: str
    lock: Lock
    last_contact: datetime
    """Of the holding seat."""
    waiting: int
    """So many people wait for it."""


def file_state(connection: Connection, session: Session, file_id: str) -> FileState:
    """One file, deleted or not. Raises NotFound."""
    found = file_for(connection, session, file_id, Action.READ)
    seq: int = connection.execute(select(vault.c.seq).where(vault.c.id == found.vault)).scalar_one()
    return FileState(
        epoch=epoch_of(connection), vault=found.vault, seq=seq, file=found.file, deleted=found.deleted is not None
    )


def history(
    connection: Connection,
    session: Session,
    file_id: str,
    *,
    oldest: str | None,
    newest: str | None,
    cursor: str | None,
) -> History:
    """A file's revisions between two numbers, both inclusive, the newest first. Raises NotFound, Invalid."""
    file_for(connection, session, file_id, Action.READ)
    place: Any = tuple_(revision.c.major, revision.c.minor)
    wanted = revision.c.file == file_id
    if oldest is not None:
        wanted &= place >= _pair(oldest)
    if newest is not None:
        wanted &= place <= _pair(newest)
    total: int = connection.execute(select(func.count()).select_from(revision).where(wanted)).scalar_one()
    page = wanted if cursor is None else wanted & (place < _pair(cursor))
    rows = connection.execute(
        select(revision, person.c.name)
        .join(person, person.c.id == revision.c.author)
        .where(page)
        .order_by(revision.c.major.desc(), revision.c.minor.desc())
        .limit(PAGE_ITEMS + 1)
    ).all()
    revisions = [_revision_in(row) for row in rows[:PAGE_ITEMS]]
    more = revisions[-1].number if len(rows) > PAGE_ITEMS else None
    return History(file=file_id, revisions=revisions, total=total, cursor=more)


def revision_of(connection: Connection, session: Session, file_id: str, number: str | None) -> tuple[str, Revision]:
    """The path of a file and one of its revisions, the newest unless named.

    Raises NotFound, Invalid.
    """
    found = file_for(connection, session, file_id, Action.READ)
    if number is None:
        return found.file.path, found.file.head
    wanted = _number(number)
    row = connection.execute(
        select(revision, person.c.name)
        .join(person, person.c.id == revision.c.author)
        .where(revision.c.file == file_id, revision.c.major == wanted.major, revision.c.minor == wanted.minor)
    ).one_or_none()
    if row is None:
        raise NotFound(f"“{found.file.path}” has no Rev {number}. Look at its history.", path=found.file.path)
    return found.file.path, _revision_in(row)


def deleted_files(connection: Connection, session: Session, vault_id: str, *, cursor: str | None) -> DeletedFiles:
    """The vault's deleted files, by path. Raises NotFound, Invalid."""
    vault_for(connection, session, vault_id, Action.READ)
    query = FILES.add_columns(_deleter.c.name.label("deleter"), file.c.purge, _parked_of.label("parked"))
    query = query.join(_deleter, _deleter.c.id == file.c.deleted_by)
    query = query.where(file.c.vault == vault_id, file.c.deleted.is_not(None))
    if cursor is not None:
        place: Any = tuple_(file.c.path, file.c.id)
        query = query.where(place > _place(cursor))
    rows = connection.execute(query.order_by(file.c.path, file.c.id).limit(PAGE_ITEMS + 1)).all()
    files = [_deleted_in(row) for row in rows[:PAGE_ITEMS]]
    more = _cursor(files[-1].path, files[-1].id) if len(rows) > PAGE_ITEMS else None
    return DeletedFiles(files=files, cursor=more)


def held_files(
    connection: Connection,
    session: Session,
    *,
    vault_id: str | None,
    mine: bool,
    cursor: str | None,
    file_id: str | None = None,
) -> tuple[list[Held], str | None]:
    """Locks of one vault or of all that I may read, by vault and path, and a cursor if there are more.

    Raises NotFound, Invalid.
    """
    query = HELD.where(_in_vaults(connection, session, vault_id))
    if file_id is not None:
        query = query.where(file.c.id == file_id)
    if mine:
        query = query.where(holder_id == session.person_id)
    if cursor is not None:
        place: Any = tuple_(file.c.vault, file.c.path)
        query = query.where(place > _place(cursor))
    rows = connection.execute(query.order_by(file.c.vault, file.c.path).limit(PAGE_ITEMS + 1)).all()
    held = [held_in(row) for row in rows[:PAGE_ITEMS]]
    return held, _cursor(held[-1].vault, held[-1].path) if len(rows) > PAGE_ITEMS else None


def held_in(row: Any) -> Held:
    """What a row of HELD says."""
    found = stored_file(row).file
    if found.lock is None:
        raise ValueError(f"{found.id} is not held.")
    return Held(
        vault=row.vault,
        file=found.id,
        path=found.path,
        lock=found.lock,
        last_contact=row.last_contact,
        waiting=row.waiting,
    )


def _in_vaults(connection: Connection, session: Session, vault_id: str | None) -> ColumnElement[bool]:
    if vault_id is not None:
        vault_for(connection, session, vault_id, Action.READ)
        return file.c.vault == vault_id
    mine = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    return file.c.vault.in_([each.id for each in mine]) if mine else false()


def _revision_in(row: Any) -> Revision:
    return Revision(
        major=row.major,
        minor=row.minor,
        size=row.size,
        hash=row.hash,
        author=row.name,
        at=row.at,
        comment=row.comment,
    )


def _deleted_in(row: Any) -> DeletedFile:
    found = stored_file(row)
    at: datetime = row.deleted
    return DeletedFile(
        id=found.file.id,
        path=found.file.path,
        head=found.file.head,
        deleted_by=row.deleter,
        deleted_at=at,
        purge=row.purge,
        parked=row.parked,
    )


def _number(text: str) -> Number:
    number = number_of(text)
    if number is None:
        raise Invalid(f"“{text}” is no revision number. Write it like 5.2.")
    return number


def _pair(text: str) -> tuple[int, int]:
    number = _number(text)
    return number.major, number.minor


def _cursor(*place: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(cursor: str) -> tuple[str, str]:
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=tuple[str, str])
        if any("\0" in each for each in place):
            raise UnicodeError("no text of ours")
    except (binascii.Error, msgspec.DecodeError, UnicodeError) as error:
        raise Invalid("This cursor is none that the server gave out. Begin with the first page.") from error
    return place
