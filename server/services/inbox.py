"""Personal messages: numbered for each person, kept until they are read and after."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from server.bus.base import ChangedHint, InboxHint
from server.domain.errors import Invalid, NotFound
from server.domain.session import Session
from server.protocol.calls import Acknowledge, Inbox, InboxEntry, InboxKind
from server.protocol.limits import PAGE_ITEMS
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.storage.tables import inbox, person, request

_ENTRIES: Select[Any] = select(inbox, request.c.answer, request.c.id.label("asked")).outerjoin(
    request, request.c.id == inbox.c.request
)
"""What people were told, each with how the request that it is about ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person is told."""

    kind: InboxKind
    vault: str | None = None
    file: str | None = None
    path: str | None = None
    by: str | None = None
    """The name of whose doing it is."""
    computer: str | None = None
    text: str | None = None
    request: str | None = None
    message: str | None = None
    """The ids of what it is about."""


def send(connection: Connection, person_id: str, message: Message, *, at: datetime) -> InboxHint:
    """Put a message into the person's inbox."""
    number: int = connection.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(inbox_number=person.c.inbox_number + 1)
        .returning(person.c.inbox_number)
    ).scalar_one()
    connection.execute(insert(inbox).values(person=person_id, number=number, at=at, **asdict(message)))
    return InboxHint(person_id, number)


def send_all(connection: Connection, messages: Iterable[tuple[str, Message]], *, at: datetime) -> tuple[InboxHint, ...]:
    """Put messages into the inboxes of several people, by their ids, in an order in which nobody waits for another."""
    return tuple(send(connection, whom, message, at=at) for whom, message in sorted(messages, key=lambda each: each[0]))


def read_inbox(connection: Connection, session: Session, *, since: int) -> Inbox:
    """My messages after that number, at most a page of them, the oldest first."""
    numbers = connection.execute(
        select(person.c.inbox_number, person.c.inbox_seen).where(person.c.id == session.person_id)
    ).one()
    rows = connection.execute(
        _ENTRIES.where(inbox.c.person == session.person_id, inbox.c.number > since)
        .order_by(inbox.c.number)
        .limit(PAGE_ITEMS)
    )
    return Inbox(number=numbers.inbox_number, entries=[_entry_in(row, seen=numbers.inbox_seen) for row in rows])


def acknowledge(connection: Connection, session: Session, wish: Acknowledge) -> Outcome[Inbox]:
    """Remember up to which number I have seen my messages; it never goes back, nor beyond the newest."""
    mine = connection.execute(
        select(person.c.inbox_number, person.c.inbox_seen).where(person.c.id == session.person_id).with_for_update()
    ).one()
    seen = max(mine.inbox_seen, min(wish.number, mine.inbox_number))
    connection.execute(update(person).where(person.c.id == session.person_id).values(inbox_seen=seen))
    hint = InboxHint(session.person_id, mine.inbox_number)
    return Outcome(Inbox(number=mine.inbox_number, entries=[]), (hint,))


def open_messages(connection: Connection, session: Session) -> list[InboxEntry]:
    """Messages of administrators to me that I have not acknowledged, at most a page, the oldest first."""
    seen = connection.execute(select(person.c.inbox_seen).where(person.c.id == session.person_id)).scalar_one()
    rows = connection.execute(
        _ENTRIES.where(
            inbox.c.person == session.person_id, inbox.c.message.is_not(None), inbox.c.acknowledged.is_(None)
        )
        .order_by(inbox.c.number)
        .limit(PAGE_ITEMS)
    )
    return [_entry_in(row, seen=seen) for row in rows]


def acknowledge_message(
    connection: Connection, session: Session, number: int, *, at: datetime
) -> Outcome[InboxEntry]:  # fmt: skip
    """A message of an administrator is understood, which its sender can see. Raises NotFound, Invalid."""
    this = (inbox.c.person == session.person_id) & (inbox.c.number == number)
    mine = connection.execute(
        select(person.c.inbox_number, person.c.inbox_seen).where(person.c.id == session.person_id).with_for_update()
    ).one()
    row = connection.execute(_ENTRIES.where(this)).one_or_none()
    if row is None:
        raise NotFound(f"You have no message of number {number:,}.")
    if row.message is None:
        raise Invalid(
            "Only a message of an administrator is acknowledged by itself. Acknowledge this one by its number."
        )
    if row.acknowledged is not None:
        return Outcome(_entry_in(row, seen=mine.inbox_seen))
    connection.execute(update(inbox).where(this).values(acknowledged=at))
    write_audit(connection, [entry_of(session, "message_acknowledged", at=at, message=row.message)])
    now = connection.execute(_ENTRIES.where(this)).one()
    hints = (InboxHint(session.person_id, mine.inbox_number), ChangedHint("messages", _concerned(connection, session)))
    return Outcome(_entry_in(now, seen=mine.inbox_seen), hints)


def _concerned(connection: Connection, session: Session) -> frozenset[str]:
    """Whoever looks at messages: the administrators, and the person with all its seats."""
    administrators = connection.execute(select(person.c.id).where(person.c.administrator.is_(True))).scalars()
    return frozenset({session.person_id, *administrators})


def _entry_in(row: Row[Any], *, seen: int) -> InboxEntry:
    # A request goes with its file when that is purged; nobody waits for an answer to it any more.
    gone = row.request is not None and row.asked is None
    return InboxEntry(
        number=row.number,
        kind=row.kind,
        at=row.at,
        acknowledged=row.number <= seen if row.message is None else row.acknowledged is not None,
        vault=row.vault,
        file=row.file,
        path=row.path,
        by=row.by,
        computer=row.computer,
        text=row.text,
        request=row.request,
        answer="over" if gone else row.answer,
        message=row.message,
    )
