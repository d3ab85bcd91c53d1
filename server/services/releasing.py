"""What follows when a check-out begins, ends or goes to somebody else: requests for the file end, its line is told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, or_, select, update

from server.bus.base import ChangedHint, Hint
from server.domain.permissions import Action
from server.domain.session import Session
from server.protocol.calls import RequestAnswer
from server.protocol.vault import File
from server.services.inbox import Message, send, send_all
from server.services.reading import people_who_may
from server.services.stored import StoredFile
from server.storage.tables import handover, request, waiting

LINES_CHANGED = ChangedHint("requests")
"""Everybody who may read a file sees who waits for it."""

# Built once: every check-in asks, and building such statements takes longer than running them.
_OPEN = select(request.c.id, request.c.asker, request.c.holder).where(
    request.c.file == bindparam("of_file"), request.c.answered.is_(None)
)
_UNTOLD = (
    select(waiting.c.person)
    .where(waiting.c.file == bindparam("of_file"), waiting.c.told.is_(None))
    .order_by(waiting.c.place)
)
_OUT_OF_LINE = (
    delete(waiting)
    .where(waiting.c.file == bindparam("of_file"))
    .where(or_(waiting.c.person == bindparam("whose"), waiting.c.told.is_not(None)))
    .returning(waiting.c.person)
)


def has_begun(connection: Connection, found: StoredFile, person_id: str) -> tuple[Hint, ...]:
    """Somebody has the file now: that person waits no longer, and for whom it was free it is that no longer."""
    if not found.in_line:
        return ()
    left = connection.execute(_OUT_OF_LINE, {"of_file": found.file.id, "whose": person_id}).scalars().all()
    return (LINES_CHANGED,) if left else ()


def is_released(connection: Connection, session: Session, found: StoredFile, *, at: datetime) -> tuple[Hint, ...]:
    """The file is free: who asked for it is answered, and the first in its line is told."""
    hints = close_requests(connection, session, found, lambda _: "released", at=at)
    if not found.in_line:
        return hints
    return (*hints, *tell_next(connection, found.vault, found.file, by=session.person, at=at))


def close_requests(
    connection: Connection,
    session: Session,
    found: StoredFile,
    answer: Callable[[str], RequestAnswer],
    *,
    at: datetime,
) -> tuple[Hint, ...]:
    """Answer every open request for a file, each by the id of its asker, who is told.

    Who gets the file by it is told in another way.
    """
    if not found.asked_for:
        return ()
    rows = connection.execute(_OPEN, {"of_file": found.file.id}).all()
    told: list[tuple[str, Message]] = []
    for row in rows:
        end_request(connection, row, answer(row.asker), at=at)
        if row.asker != session.person_id and answer(row.asker) != "transferred":
            told.append((row.asker, answered(session, found, row.id)))
    concerned = frozenset(each for row in rows for each in (row.asker, row.holder))
    return (ChangedHint("requests", concerned), *send_all(connection, told, at=at))


def end_request(
    connection: Connection, row: Row[Any], answer: RequestAnswer, *, at: datetime, reply: str | None = None
) -> None:
    """Write down how a request ended."""
    ended = {"answer": answer, "answered": at, "reply": reply}
    connection.execute(update(request).where(request.c.id == row.id).values(ended))


def answered(session: Session, found: StoredFile, request_id: str, *, text: str | None = None) -> Message:
    """What the asker is told."""
    return Message(
        kind="release_answered",
        vault=found.vault,
        file=found.file.id,
        path=found.file.path,
        by=session.person,
        computer=session.computer,
        text=text,
        request=request_id,
    )


def follow_adoption(connection: Connection, file_id: str, token: int, *, since: datetime, at: datetime) -> None:
    """The holder has the file on another seat now, and had it there since some moment.

    What was asked of that person is asked still, and what came with the file is part of this check-out.
    """
    is_open = (request.c.file == file_id) & request.c.answered.is_(None)
    connection.execute(update(request).where(is_open).values(token=token))
    connection.execute(update(handover).where(handover.c.file == file_id, handover.c.at == since).values(at=at))


def tell_next(connection: Connection, vault_id: str, free: File, *, by: str | None, at: datetime) -> tuple[Hint, ...]:
    """Tell the first in a free file's line who was not told yet. Who may not change it any more leaves the line."""
    people = connection.execute(_UNTOLD, {"of_file": free.id}).scalars().all()
    if not people:
        return ()
    may = people_who_may(connection, vault_id, Action.CHANGE, among=people)
    strangers = [each for each in people if each not in may]
    if strangers:
        connection.execute(delete(waiting).where(waiting.c.file == free.id, waiting.c.person.in_(strangers)))
    first = next((each for each in people if each in may), None)
    if first is None:
        return (LINES_CHANGED,)
    in_line = (waiting.c.file == free.id) & (waiting.c.person == first)
    connection.execute(update(waiting).where(in_line).values(told=at))
    message = Message(kind="file_free", vault=vault_id, file=free.id, path=free.path, by=by)
    return (LINES_CHANGED, send(connection, first, message, at=at))
