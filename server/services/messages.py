"""What administrators of the server tell one person or all, through their inboxes, and who has acknowledged it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update

from server.bus.base import ChangedHint, Hint, InboxHint
from server.domain.errors import Invalid, NotFound
from server.domain.session import Session
from server.domain.text import optional_lines
from server.protocol.calls import Receipt, Receipts, SendMessage, SentMessage, SentMessages
from server.protocol.limits import PAGE_ITEMS
from server.services.administrators import OPERATOR, administrators, require_administrator
from server.services.identity import new_id
from server.services.outcome import Outcome
from server.services.people import find_person
from server.services.record import entry_of, write_audit
from server.storage.tables import inbox, message, person

_sender = person.alias("sender")
_receiver = person.alias("receiver")
_got = select(
    inbox.c.message,
    func.count().label("receivers"),
    func.count(inbox.c.acknowledged).label("acknowledged"),
    func.min(inbox.c.person).label("one"),
).group_by(inbox.c.message)


def send_message(connection: Connection, mine: Session, wish: SendMessage, *, at: datetime) -> Outcome[SentMessage]:
    """Tell one person, or everybody else who may sign in. Raises Forbidden, NotFound, Invalid."""
    require_administrator(mine)
    text = optional_lines(wish.text, "message")
    if text is None:
        raise Invalid("The message is empty. Please fill it in.")
    if (wish.to is None) != wish.everybody:
        raise Invalid("A message goes to one person or to everybody. Name one of “to” and “everybody”.")
    to, whom = _receivers(connection, mine, wish.to)
    made = new_id(at)
    numbers = _next_numbers(connection, whom)
    if not numbers:
        raise Invalid("There is nobody else who could read it. Add somebody first.")
    connection.execute(
        insert(message).values(id=made, sender=mine.person_id, everybody=wish.everybody, text=text, at=at)
    )
    entry = {"kind": "message", "at": at, "by": mine.person, "text": text, "message": made}
    connection.execute(insert(inbox), [{"person": who, "number": number, **entry} for who, number in numbers])
    entries = [entry_of(mine, "message_sent", at=at, message=made, to=to, receivers=len(numbers))]
    write_audit(connection, entries)
    sent = SentMessage(
        id=made, sender=mine.person, everybody=wish.everybody, text=text, at=at, receivers=len(numbers), acknowledged=0,
        to=to,
    )  # fmt: skip
    hints: list[Hint] = [InboxHint(who, number) for who, number in numbers]
    return Outcome(sent, (*hints, ChangedHint("messages", administrators(connection))))


def list_messages(connection: Connection, mine: Session, *, cursor: str | None) -> SentMessages:
    """All messages, the newest first, and a cursor if there are more. Raises Forbidden."""
    require_administrator(mine)
    rows = _messages(connection, None if cursor is None else message.c.id < cursor, limit=PAGE_ITEMS + 1)
    more = rows[PAGE_ITEMS - 1].id if len(rows) > PAGE_ITEMS else None
    return SentMessages(messages=[_message_in(row) for row in rows[:PAGE_ITEMS]], cursor=more)


def receipts_of(connection: Connection, mine: Session, message_id: str) -> Receipts:
    """Who got a message, those who have not acknowledged it first. Raises Forbidden, NotFound."""
    require_administrator(mine)
    found = _messages(connection, message.c.id == message_id, limit=1)
    if not found:
        raise NotFound("There is no such message. Look at the list of messages again.")
    rows = connection.execute(
        select(person.c.name, inbox.c.acknowledged)
        .join(person, person.c.id == inbox.c.person)
        .where(inbox.c.message == message_id)
        .order_by(person.c.name_key)
    )
    receipts = [Receipt(person=row.name, acknowledged=row.acknowledged) for row in rows]
    return Receipts(
        message=_message_in(found[0]), receipts=sorted(receipts, key=lambda each: each.acknowledged is not None)
    )


def _receivers(connection: Connection, mine: Session, to: str | None) -> tuple[str | None, ColumnElement[bool]]:
    """The one who is told, by the name on the account, and those in the table."""
    if to is None:
        others = and_(person.c.disabled.is_(None), person.c.name_key != OPERATOR, person.c.id != mine.person_id)
        return None, others
    found = find_person(connection, to)
    if found.disabled is not None:
        raise Invalid(f"{found.name} may not sign in any more and would not read it. Enable {found.name} first.")
    return found.name, person.c.id == found.id


def _next_numbers(connection: Connection, whom: ColumnElement[bool]) -> list[tuple[str, int]]:
    """A number in each inbox, in one statement: there may be thousands."""
    rows = connection.execute(
        update(person)
        .where(whom)
        .values(inbox_number=person.c.inbox_number + 1)
        .returning(person.c.id, person.c.inbox_number)
    )
    return sorted((row.id, row.inbox_number) for row in rows)


def _messages(connection: Connection, which: ColumnElement[bool] | None, *, limit: int) -> list[Row[Any]]:
    got = _got.where(inbox.c.message.is_not(None)).subquery()
    query = (
        select(
            message,
            _sender.c.name.label("by"),
            _receiver.c.name.label("name"),
            got.c.receivers,
            got.c.acknowledged,
        )
        .join(_sender, _sender.c.id == message.c.sender)
        .outerjoin(got, got.c.message == message.c.id)
        .outerjoin(_receiver, _receiver.c.id == got.c.one)
        .order_by(message.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query if which is None else query.where(which)))


def _message_in(row: Row[Any]) -> SentMessage:
    return SentMessage(
        id=row.id,
        sender=row.by,
        everybody=row.everybody,
        text=row.text,
        at=row.at,
        receivers=row.receivers or 0,
        acknowledged=row.acknowledged or 0,
        to=None if row.everybody else row.name,
    )
