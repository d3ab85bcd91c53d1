"""A check-out goes from one person to another, with the work that is saved and not checked in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from server.bus.base import Hint
from server.domain.errors import Invalid, NotFound, Otherwise
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.text import same_name
from server.protocol.calls import FileState, HandedOver, InboxKind, TransferFile
from server.protocol.events import FileLocked
from server.protocol.vault import Lock
from server.services.change import Change, changed_file
from server.services.checkout import living_file_for, next_token, require_lock, seat_of
from server.services.given import give_parked
from server.services.inbox import Message, send
from server.services.outcome import Outcome
from server.services.reading import people_who_may
from server.services.record import entry_of, write_audit
from server.services.releasing import close_requests, has_begun
from server.services.rights import file_for
from server.services.stored import StoredFile
from server.services.unparking import list_changed
from server.storage.tables import handover, lock, parked, person, request, seat

Online = Callable[[str], bool]
"""Whether the seat of that id is connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who gets a file, and where."""

    person_id: str
    person: str
    seat: str
    computer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What goes to the receiver. `parked` is the work; None: there is none, or, if `is_awaited`, none yet."""

    receiver: Receiver
    held: Lock
    """The check-out that ends by it."""
    giver_id: str
    parked: str | None = None
    is_awaited: bool = False
    text: str | None = None
    """Why, if somebody else than the holder does it."""


def transfer_file(
    connection: Connection,
    session: Session,
    file_id: str,
    wish: TransferFile,
    *,
    online: Online,
    lifetime: timedelta,
    at: datetime,
) -> Outcome[FileState]:
    """Give a file that this seat holds to somebody who may change it. The work that goes along is kept for `lifetime`.

    Raises NotFound, Forbidden, Gone, NoSeat, NotYours; Invalid when it cannot go to that person, Otherwise when the
    request is over.
    """
    seat_of(session)
    found = living_file_for(connection, session, file_id)
    require_lock(session, found, token=wish.token)
    held = held_by(found)
    receiver = receiver_of(connection, found, wish.to, online=online)
    if receiver.person_id == session.person_id:
        raise Invalid(
            f"You have “{found.file.path}” yourself. To go on with it on another computer, take it over there."
        )
    if wish.request is not None:
        receiver = _where_it_was_asked(connection, found, receiver, wish.request)
    if wish.parked is not None:
        _require_work(connection, session, found, wish.parked)
    gift = Gift(receiver=receiver, held=held, giver_id=session.person_id, parked=wish.parked)
    return changed_file(
        connection, found.vault, give(connection, session, found, gift, lifetime=lifetime, at=at), at=at
    )


def give(
    connection: Connection,
    session: Session,
    found: StoredFile,
    gift: Gift,
    *,
    action: str = "transferred",
    lifetime: timedelta,
    at: datetime,
) -> Change:
    """The lock and the work go to the receiver, who is told; requests are answered, and nobody in the line is told."""
    receiver, held = gift.receiver, gift.held
    taken = Lock(
        locked_by=receiver.person,
        seat=receiver.seat,
        computer=receiver.computer,
        since=at,
        token=next_token(connection, found.file.id),
        message=held.message,
    )
    connection.execute(
        update(lock)
        .where(lock.c.file == found.file.id)
        .values(person=receiver.person_id, seat=receiver.seat, since=at, token=taken.token)
    )
    hints = _give_work(connection, found, gift, lifetime=lifetime, at=at)
    hints += close_requests(
        connection, session, found, lambda who: "transferred" if who == receiver.person_id else "over", at=at
    )
    hints += has_begun(connection, found, receiver.person_id)
    hints.append(send(connection, receiver.person_id, _note(session, found, gift), at=at))
    now = replace(found.file, lock=taken)
    event = FileLocked(
        file=now.id,
        path=now.path,
        filename=now.filename,
        locked_by=taken.locked_by,
        seat=taken.seat,
        computer=taken.computer,
        since=taken.since,
        token=taken.token,
        message=taken.message,
        from_=held.locked_by,
        by=None if session.person_id == gift.giver_id else session.person,
    )
    entry = entry_of(
        session,
        action,
        at=at,
        vault_id=found.vault,
        file_id=now.id,
        giver=held.locked_by,
        receiver=taken.locked_by,
        seat=taken.seat,
        token=taken.token,
        ended=held.token,
        parked=gift.parked,
        **({} if gift.text is None else {"reason": gift.text}),
    )
    return Change(file=now, events=(event,), entry=entry, hints=tuple(hints))


def handed_over(connection: Connection, session: Session, file_id: str) -> HandedOver:
    """What comes to me with a file that I hold. Raises NotFound: also when it did not come from anybody."""
    found = file_for(connection, session, file_id, Action.READ)
    row = connection.execute(
        select(handover, person.c.name)
        .join(person, person.c.id == handover.c.giver)
        .where(handover.c.file == file_id, handover.c.receiver == session.person_id)
        .where(handover.c.at == (None if found.file.lock is None else found.file.lock.since))  # of this check-out
        .order_by(handover.c.parked.is_(None), handover.c.token.desc())  # what is here, and the latest of that
        .limit(1)
    ).one_or_none()
    if row is None or found.holder_id != session.person_id:
        raise NotFound(f"No work of somebody else comes to you with “{found.file.path}”.", path=found.file.path)
    return HandedOver(file=file_id, giver=row.name, at=row.at, parked=row.parked)


def work_has_come(
    connection: Connection,
    session: Session,
    found: StoredFile,
    parked_id: str,
    *,
    token: int,
    lifetime: timedelta,
    at: datetime,
) -> tuple[Hint, ...]:
    """What a check-out has left on its seat is parked: it is the receiver's as well, if the file went to somebody.

    Who may not read it now, or not sign in, sees and hears nothing of it until that is over (`tell_of_late_work`).
    """
    ended = (handover.c.file == found.file.id) & (handover.c.token == token) & (handover.c.giver == session.person_id)
    row = connection.execute(select(handover.c.receiver, handover.c.parked).where(ended)).one_or_none()
    if row is None or row.parked == parked_id:
        return ()
    connection.execute(update(handover).where(ended).values(parked=parked_id))
    given = give_parked(connection, parked_id, row.receiver, lifetime=lifetime, at=at)
    if row.receiver not in people_who_may(connection, found.vault, Action.READ, among=[row.receiver]):
        return given  # the lock stayed, the right to read did not: a parked version is read by that right as well
    return (*given, send(connection, row.receiver, _of_its_seat("work_arrived", session, found), at=at))


def nothing_will_come(
    connection: Connection,
    session: Session,
    found: StoredFile,
    *,
    token: int,
    at: datetime,
    why: Literal["nothing_left", "work_held_back"] = "nothing_left",
) -> tuple[Hint, ...]:
    """Nothing of a check-out comes from its seat: who got the file by its end waits no longer, and is told why."""
    awaits = handover.c.parked.is_(None) & (handover.c.token == token) & (handover.c.giver == session.person_id)
    receiver = connection.execute(
        delete(handover).where(handover.c.file == found.file.id, awaits).returning(handover.c.receiver)
    ).scalar_one_or_none()
    if receiver is None:
        return ()
    if why == "nothing_left":
        entry = entry_of(session, "nothing_left", at=at, vault_id=found.vault, file_id=found.file.id, token=token)
    else:
        entry = entry_of(session, "work_held_back", at=at, vault_id=found.vault, file_id=found.file.id, token=token)
    hints: list[Hint] = []
    if receiver in people_who_may(connection, found.vault, Action.READ, among=[receiver]):
        message = _of_its_seat(why, session, found)
        hints = [list_changed(receiver), send(connection, receiver, message, at=at)]
    write_audit(connection, [entry])
    return tuple(hints)


def receiver_of(connection: Connection, found: StoredFile, name: str, *, online: Online) -> Receiver:
    """Who of that name gets the file, at a seat that is connected, or else was in contact last. Raises Invalid."""
    path = found.file.path
    row = connection.execute(
        select(person.c.id, person.c.name).where(person.c.name_key == same_name(name))
    ).one_or_none()
    if row is None or row.id not in people_who_may(connection, found.vault, Action.CHANGE, among=[row.id]):
        raise Invalid(f"“{path}” cannot go to {name}, who may not change it. Choose somebody else.", path=path)
    seats = connection.execute(
        select(seat.c.id, seat.c.computer)
        .where(seat.c.person == row.id)
        .order_by(seat.c.last_contact.desc(), seat.c.id)
    ).all()
    if not seats:
        why = f"“{path}” cannot go to {row.name}, who has not signed in on any computer yet. Choose somebody else."
        raise Invalid(why, path=path)
    where = next((each for each in seats if online(each.id)), seats[0])
    return Receiver(person_id=row.id, person=row.name, seat=where.id, computer=where.computer)


def held_by(found: StoredFile) -> Lock:
    """The lock of a file that somebody holds. Raises Otherwise."""
    if found.file.lock is None:
        raise Otherwise(f"“{found.file.path}” is not checked out any more.", path=found.file.path)
    return found.file.lock


def _where_it_was_asked(connection: Connection, found: StoredFile, receiver: Receiver, request_id: str) -> Receiver:
    row = connection.execute(
        select(request.c.seat, seat.c.computer)
        .join(seat, seat.c.id == request.c.seat)
        .where(request.c.id == request_id, request.c.file == found.file.id, request.c.asker == receiver.person_id)
        .where(request.c.answered.is_(None))
    ).one_or_none()
    if row is None:
        why = f"{receiver.person} does not ask for “{found.file.path}” any more. You still have it."
        raise Otherwise(why, path=found.file.path)
    return replace(receiver, seat=row.seat, computer=row.computer)


def _require_work(connection: Connection, session: Session, found: StoredFile, parked_id: str) -> Row[Any]:
    """Raises NotFound unless it is a parked version of the file that this person has."""
    mine = or_(parked.c.person == session.person_id, parked.c.given_to == session.person_id)
    row = connection.execute(
        select(parked.c.id).where(parked.c.id == parked_id, parked.c.file == found.file.id, mine)
    ).one_or_none()
    if row is None:
        path = found.file.path
        raise NotFound(f"There is no such parked version of “{path}” of yours. Park the work again.", path=path)
    return row


def _give_work(
    connection: Connection, found: StoredFile, gift: Gift, *, lifetime: timedelta, at: datetime
) -> list[Hint]:
    _pass_on_what_is_awaited(connection, found, gift, at=at)
    if gift.parked is None and not gift.is_awaited:
        return []
    connection.execute(
        insert(handover).values(
            file=found.file.id,
            token=gift.held.token,
            giver=gift.giver_id,
            receiver=gift.receiver.person_id,
            at=at,
            parked=gift.parked,
        )
    )
    if gift.parked is None:
        return []
    return [*give_parked(connection, gift.parked, gift.receiver.person_id, lifetime=lifetime, at=at)]


def _pass_on_what_is_awaited(connection: Connection, found: StoredFile, gift: Gift, *, at: datetime) -> None:
    """Work that is to come with this check-out, from a seat of somebody before, is awaited by the next one instead."""
    to_come = (handover.c.file == found.file.id) & handover.c.parked.is_(None)
    with_this = (handover.c.receiver == gift.giver_id) & (handover.c.at == gift.held.since)
    connection.execute(update(handover).where(to_come, with_this).values(receiver=gift.receiver.person_id, at=at))


def _of_its_seat(kind: InboxKind, session: Session, found: StoredFile) -> Message:
    """What the receiver is told when the seat of the giver is back."""
    return Message(
        kind=kind,
        vault=found.vault,
        file=found.file.id,
        path=found.file.path,
        by=session.person,
        computer=session.computer,
    )


def _note(session: Session, found: StoredFile, gift: Gift) -> Message:
    return Message(
        kind="lock_transferred",
        vault=found.vault,
        file=found.file.id,
        path=found.file.path,
        by=session.person,  # who decided it: whose work comes with it, `handed_over` says
        computer=session.computer,
        text=gift.text,
    )
