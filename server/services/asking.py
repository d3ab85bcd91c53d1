"""Ask the holder of a file for it, and what becomes of that."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select

from server.bus.base import ChangedHint
from server.domain.errors import NotFound, Otherwise
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.text import optional_line
from server.protocol.calls import AskForFile, KeepFile, Request
from server.protocol.limits import PAGE_ITEMS
from server.services.checkout import living_file_for, seat_of
from server.services.identity import new_id
from server.services.inbox import Message, send
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.releasing import answered, end_request
from server.services.rights import file_for, readable_vaults
from server.storage.tables import file, person, request, seat

_asker, _holder = person.alias("asking"), person.alias("holding")
_REQUESTS: Select[Any] = select(
    request,
    file.c.vault,
    file.c.path,
    _asker.c.name.label("asker_name"),
    _holder.c.name.label("holder_name"),
    seat.c.computer,
).select_from(
    request.join(file, file.c.id == request.c.file)
    .join(_asker, _asker.c.id == request.c.asker)
    .join(_holder, _holder.c.id == request.c.holder)
    .join(seat, seat.c.id == request.c.seat)
)


def ask_for_file(
    connection: Connection, session: Session, file_id: str, wish: AskForFile, *, at: datetime
) -> Outcome[Request]:
    """Ask the holder of a file for it. One who asks again before there is an answer asks nothing new.

    Raises NotFound, Forbidden, Gone, NoSeat, Invalid; Otherwise when it is free, mine, or asked for by me already.
    """
    asking_seat = seat_of(session)
    found = living_file_for(connection, session, file_id)
    path, held = found.file.path, found.file.lock
    if held is None:
        raise Otherwise(f"“{path}” is free. Check it out.", path=path)
    if found.holder_id == session.person_id:
        raise Otherwise(f"You have “{path}” yourself, on {held.computer}.", path=path, lock=held)
    mine = (request.c.file == file_id) & (request.c.asker == session.person_id) & request.c.answered.is_(None)
    if connection.execute(select(request.c.id).where(mine)).first() is not None:
        why = f"You have asked {held.locked_by} for “{path}” already. Wait for the answer, or withdraw your request."
        raise Otherwise(why, path=path, lock=held)
    text, made = optional_line(wish.text, "message"), new_id(at)
    connection.execute(
        insert(request).values(
            id=made,
            file=file_id,
            token=held.token,
            asker=session.person_id,
            seat=asking_seat,
            holder=found.holder_id,
            at=at,
            text=text,
        )
    )
    message = Message(
        kind="release_requested",
        vault=found.vault,
        file=file_id,
        path=path,
        by=session.person,
        computer=session.computer,
        text=text,
        request=made,
    )
    row = _request(connection, made)
    hint = send(connection, row.holder, message, at=at)
    entry = entry_of(session, "asked_for", at=at, vault_id=found.vault, file_id=file_id, request=made)
    write_audit(connection, [entry])
    return Outcome(_view(row), (_concerned(row), hint))


def open_requests(connection: Connection, session: Session) -> list[Request]:
    """Requests to me and by me that wait for an answer, the oldest first."""
    mine = or_(request.c.asker == session.person_id, request.c.holder == session.person_id)
    readable = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    rows = connection.execute(
        _REQUESTS.where(mine, request.c.answered.is_(None), file.c.vault.in_([each.id for each in readable]))
        .order_by(request.c.at, request.c.id)
        .limit(PAGE_ITEMS)
    )
    return [_view(row) for row in rows]


def keep_file(
    connection: Connection, session: Session, request_id: str, wish: KeepFile, *, at: datetime
) -> Outcome[Request]:
    """Say no to a request for a file of mine. Raises NotFound, Invalid, and Otherwise when it is over."""
    row = _request(connection, request_id)
    if row.holder != session.person_id:
        raise NotFound(_NO_REQUEST)
    found = file_for(connection, session, row.file, Action.READ)
    row = _require_open(connection, request_id)
    reply = optional_line(wish.reply, "reply")
    end_request(connection, row, "kept", at=at, reply=reply)
    hint = send(connection, row.asker, answered(session, found, request_id, text=reply), at=at)
    write_audit(
        connection, [entry_of(session, "kept", at=at, vault_id=row.vault, file_id=row.file, request=request_id)]
    )
    return Outcome(_view(_request(connection, request_id)), (_concerned(row), hint))


def withdraw_request(connection: Connection, session: Session, request_id: str, *, at: datetime) -> Outcome[None]:
    """Ask no longer. Raises NotFound, and Otherwise when it is over."""
    if _request(connection, request_id).asker != session.person_id:
        raise NotFound(_NO_REQUEST)
    row = _require_open(connection, request_id)
    end_request(connection, row, "withdrawn", at=at)
    entry = entry_of(session, "request_withdrawn", at=at, vault_id=row.vault, file_id=row.file, request=request_id)
    write_audit(connection, [entry])
    return Outcome(None, (_concerned(row),))


_NO_REQUEST = "There is no such request to you or by you. Look at the list again."


def _request(connection: Connection, request_id: str) -> Row[Any]:
    row = connection.execute(_REQUESTS.where(request.c.id == request_id)).one_or_none()
    if row is None:
        raise NotFound(_NO_REQUEST)
    return row


def _require_open(connection: Connection, request_id: str) -> Row[Any]:
    """The request, locked against another answer. Raises Otherwise."""
    row = connection.execute(_REQUESTS.where(request.c.id == request_id).with_for_update(of=request)).one()
    if row.answered is not None:
        raise Otherwise(f"This request for “{row.path}” is over. Look at the list again.", path=row.path)
    return row


def _concerned(row: Row[Any]) -> ChangedHint:
    return ChangedHint("requests", frozenset({row.asker, row.holder}))


def _view(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        vault=row.vault,
        file=row.file,
        path=row.path,
        token=row.token,
        asker=row.asker_name,
        computer=row.computer,
        holder=row.holder_name,
        at=row.at,
        text=row.text,
        answer=row.answer,
        answered=row.answered,
        reply=row.reply,
    )
