"""A deleted file goes for good: an administrator of its vault asks for it, with a delay in which to think again."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, exists, func, select, update

from server.bus.base import ChangedHint
from server.domain.audit import Entry
from server.domain.errors import Invalid
from server.domain.permissions import Action
from server.domain.session import Session
from server.protocol.calls import Purge
from server.services.administrators import OPERATOR
from server.services.counting import end_of
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.rights import file_for
from server.services.stored import StoredFile
from server.storage.tables import file, handover, parked, request, revision, server, vault, waiting, watch

LIST_CHANGED = ChangedHint("deleted")


def ask_purge(
    connection: Connection, session: Session, file_id: str, *, delay: timedelta, at: datetime
) -> Outcome[Purge]:
    """Have a deleted file and all its revisions removed when the delay is over. Asked again, it stays as it was.

    Raises NotFound, Forbidden, and Invalid: it is not deleted.
    """
    found = _deleted_file(connection, session, file_id)
    when = _when(connection, file_id)
    if when is not None:
        return Outcome(_answer(found, when))
    when = end_of(connection, delay, at=at)
    _set(connection, session, found, when, action="purge_asked", at=at)
    return Outcome(_answer(found, when), (LIST_CHANGED,))


def keep_file(connection: Connection, session: Session, file_id: str, *, at: datetime) -> Outcome[Purge]:
    """Do not purge it after all; it stays deleted. Raises NotFound, Forbidden, and Invalid: it is not deleted."""
    found = _deleted_file(connection, session, file_id)
    if _when(connection, file_id) is None:
        return Outcome(_answer(found, None))
    _set(connection, session, found, None, action="purge_called_off", at=at)
    return Outcome(_answer(found, None), (LIST_CHANGED,))


def purge_due(connection: Connection, *, limit: int, now: datetime) -> int:
    """Remove deleted files whose time is over, at most so many; how many. Their contents are collected as any other.

    A file with parked versions stays until they are gone: somebody may check in from one once the file is restored.
    The time is that of the last count, so that nothing goes while time cannot be counted.
    """
    # As for every change of files their vaults are locked first: nobody restores one of them meanwhile.
    homes = select(_due().subquery().c.vault)
    connection.execute(select(vault.c.id).where(vault.c.id.in_(homes)).order_by(vault.c.id).with_for_update())
    due = connection.execute(_due().order_by(file.c.purge, file.c.id).limit(limit)).all()
    if not due:
        return 0
    entries = [_entry(connection, row, at=now) for row in due]
    ids = [row.id for row in due]
    for table in (revision, request, waiting, handover, watch):
        connection.execute(delete(table).where(table.c.file.in_(ids)))
    connection.execute(delete(file).where(file.c.id.in_(ids)))
    write_audit(connection, entries)
    return len(ids)


def _due() -> Select[Any]:
    return select(file.c.id, file.c.vault, file.c.path, file.c.major, file.c.minor, file.c.purge).where(
        file.c.deleted.is_not(None),
        file.c.purge <= select(server.c.counted).scalar_subquery(),
        ~exists().where(parked.c.file == file.c.id),
    )


def _deleted_file(connection: Connection, session: Session, file_id: str) -> StoredFile:
    found = file_for(connection, session, file_id, Action.ADMINISTER)
    if found.deleted is None:
        path = found.file.path
        raise Invalid(f"“{path}” is not deleted, so it stays. Delete it first; then it can be purged.", path=path)
    return found


def _when(connection: Connection, file_id: str) -> datetime | None:
    when: datetime | None = connection.execute(select(file.c.purge).where(file.c.id == file_id)).scalar_one()
    return when


def _set(
    connection: Connection, session: Session, found: StoredFile, when: datetime | None, *, action: str, at: datetime
) -> None:
    connection.execute(update(file).where(file.c.id == found.file.id).values(purge=when))
    about = {"path": found.file.path} if when is None else {"path": found.file.path, "purge": when}
    write_audit(connection, [entry_of(session, action, at=at, vault_id=found.vault, file_id=found.file.id, **about)])


def _answer(found: StoredFile, when: datetime | None) -> Purge:
    return Purge(vault=found.vault, file=found.file.id, path=found.file.path, purge=when)


def _entry(connection: Connection, row: Row[Any], *, at: datetime) -> Entry:
    """What is left of it: who asked for it stands in the entry of that."""
    of_file = revision.c.file == row.id
    count: int = connection.execute(select(func.count()).select_from(revision).where(of_file)).scalar_one()
    detail = {"path": row.path, "head": f"{row.major}.{row.minor}", "revisions": count}
    return Entry(
        at=at,
        person=OPERATOR,
        action="purged",
        vault=row.vault,
        file=row.id,
        detail=msgspec.json.encode(detail).decode(),
    )
