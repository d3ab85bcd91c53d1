"""Requests and places in line of people who may not change a file any more, or not sign in: they are over."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, union, update

from server.bus.base import Hint
from server.domain.permissions import Action
from server.services.reading import people_who_may
from server.services.releasing import LINES_CHANGED
from server.storage.tables import file, request, waiting


def drop_claims_of(connection: Connection, person_id: str, *, at: datetime) -> tuple[Hint, ...]:
    """That person asks for nothing any more, and waits for nothing. Call it before the person's row is changed."""
    return _drop(connection, request.c.asker == person_id, waiting.c.person == person_id, at=at)


def drop_lost_claims(connection: Connection, vault_id: str, *, at: datetime) -> tuple[Hint, ...]:
    """So it is of everybody who may not change that vault's files by now. Call it after access has changed."""
    files = select(file.c.id).where(file.c.vault == vault_id).scalar_subquery()
    asking = select(request.c.asker).where(request.c.file.in_(files), request.c.answered.is_(None))
    in_line = select(waiting.c.person).where(waiting.c.file.in_(files))
    people = connection.execute(union(asking, in_line)).scalars().all()
    strangers = set(people) - people_who_may(connection, vault_id, Action.CHANGE, among=people)
    if not strangers:
        return ()
    asked = request.c.file.in_(files) & request.c.asker.in_(strangers)
    waits = waiting.c.file.in_(files) & waiting.c.person.in_(strangers)
    return _drop(connection, asked, waits, at=at)


def drop_claims_lost_by(connection: Connection, person_id: str, *, at: datetime) -> tuple[Hint, ...]:
    """So it is of that person in every vault: what the server says of somebody counts in all. Call it after that."""
    asking = select(file.c.vault).join(request, request.c.file == file.c.id)
    in_line = select(file.c.vault).join(waiting, waiting.c.file == file.c.id)
    mine = asking.where(request.c.asker == person_id, request.c.answered.is_(None))
    vaults = connection.execute(union(mine, in_line.where(waiting.c.person == person_id))).scalars().all()
    hints = [hint for each in sorted(vaults) for hint in drop_lost_claims(connection, each, at=at)]
    return tuple(dict.fromkeys(hints))


def _drop(
    connection: Connection, asked: ColumnElement[bool], waits: ColumnElement[bool], *, at: datetime
) -> tuple[Hint, ...]:
    over = update(request).where(asked, request.c.answered.is_(None)).values(answer="over", answered=at)
    left = connection.execute(delete(waiting).where(waits)).rowcount
    return (LINES_CHANGED,) if connection.execute(over).rowcount + left else ()
