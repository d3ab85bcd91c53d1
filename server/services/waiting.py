"""The line for a file: who wants to be told when it is free, in order. It reserves nothing."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select

from server.bus.base import Hint
from server.domain.errors import NotFound, Otherwise
from server.domain.permissions import Action
from server.domain.session import Session
from server.protocol.calls import Line, Lines, Waiter
from server.services.checkout import living_file_for
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.releasing import LINES_CHANGED, tell_next
from server.services.rights import file_for, readable_vaults
from server.services.stored import StoredFile
from server.storage.tables import file, person, waiting


def wait_for_file(connection: Connection, session: Session, file_id: str, *, at: datetime) -> Outcome[Line]:
    """Be told when the file is free; who waits already keeps the place.

    Raises NotFound, Forbidden, Gone, and Otherwise when it is free or mine.
    """
    found = living_file_for(connection, session, file_id)
    path, held = found.file.path, found.file.lock
    if held is None:
        raise Otherwise(f"“{path}” is free. Check it out.", path=path)
    if found.holder_id == session.person_id:
        raise Otherwise(f"You have “{path}” yourself, on {held.computer}.", path=path, lock=held)
    if _is_in_line(connection, session, file_id):
        return Outcome(_line(connection, found))
    last = connection.execute(select(func.max(waiting.c.place)).where(waiting.c.file == file_id)).scalar_one()
    place = 1 if last is None else last + 1
    connection.execute(insert(waiting).values(file=file_id, person=session.person_id, place=place, since=at))
    entry = entry_of(session, "waits_for", at=at, vault_id=found.vault, file_id=file_id, place=place)
    write_audit(connection, [entry])
    return Outcome(_line(connection, found), (LINES_CHANGED,))


def wait_no_longer(connection: Connection, session: Session, file_id: str, *, at: datetime) -> Outcome[Line]:
    """Leave the line; when the file is free, the next one is told. Raises NotFound: also when I do not wait."""
    found = file_for(connection, session, file_id, Action.READ)
    mine = (waiting.c.file == file_id) & (waiting.c.person == session.person_id)
    left = connection.execute(delete(waiting).where(mine).returning(waiting.c.told)).one_or_none()
    if left is None:
        raise NotFound(f"You do not wait for “{found.file.path}”. Look at the list again.", path=found.file.path)
    hints: list[Hint] = [LINES_CHANGED]
    if left.told is not None and found.file.lock is None and found.deleted is None:
        hints += tell_next(connection, found.vault, found.file, by=None, at=at)
    write_audit(connection, [entry_of(session, "waits_no_longer", at=at, vault_id=found.vault, file_id=file_id)])
    return Outcome(_line(connection, found), tuple(dict.fromkeys(hints)))


def line_of(connection: Connection, session: Session, file_id: str) -> Line:
    """Who waits for one file. Raises NotFound."""
    return _line(connection, file_for(connection, session, file_id, Action.READ))


def lines(connection: Connection, session: Session, *, mine: bool = False) -> Lines:
    """Who waits for which file, of those that I may read, by vault and path; `mine`: only where I wait as well."""
    readable = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    which = file.c.vault.in_([each.id for each in readable]) & file.c.deleted.is_(None)
    if mine:
        which &= file.c.id.in_(select(waiting.c.file).where(waiting.c.person == session.person_id))
    rows = _rows(connection, which)
    return Lines(
        lines=[
            Line(vault=vault_id, file=file_id, path=path, waiters=[_waiter(row) for row in of_file])
            for (vault_id, path, file_id), of_file in groupby(rows, key=lambda row: (row.vault, row.path, row.file))
        ]
    )


def _is_in_line(connection: Connection, session: Session, file_id: str) -> bool:
    mine = (waiting.c.file == file_id) & (waiting.c.person == session.person_id)
    return connection.execute(select(waiting.c.place).where(mine)).one_or_none() is not None


def _line(connection: Connection, found: StoredFile) -> Line:
    rows = _rows(connection, waiting.c.file == found.file.id)
    return Line(vault=found.vault, file=found.file.id, path=found.file.path, waiters=[_waiter(row) for row in rows])


def _rows(connection: Connection, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return connection.execute(
        select(waiting, person.c.name, file.c.vault, file.c.path)
        .join(file, file.c.id == waiting.c.file)
        .join(person, person.c.id == waiting.c.person)
        .where(which)
        .order_by(file.c.vault, file.c.path, waiting.c.file, waiting.c.place)
    ).all()


def _waiter(row: Row[Any]) -> Waiter:
    return Waiter(person=row.name, since=row.since, told=row.told)
