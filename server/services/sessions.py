"""Sessions and seats: how they begin and how they end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from server.bus.base import ChangedHint, Hint, SessionHint
from server.domain.audit import Entry
from server.domain.entrance import GitlabPerson, TokenNeeded, TokenRule
from server.domain.errors import NotFound, ProblemError, SeatTaken, WrongPassword
from server.domain.session import Session
from server.domain.text import one_line, same_name
from server.protocol.calls import Me, Seat, SeatInfo, SignedIn
from server.protocol.events import Troubles
from server.services.administrators import administrators
from server.services.identity import new_secret_id
from server.services.outcome import Outcome
from server.services.reading import epoch_of, identity_of
from server.services.record import entry_of, write_audit
from server.storage.tables import person, seat, session


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenShown:
    """What a sign-in shows of GitLab beside its proof, and when that is demanded."""

    rule: TokenRule
    owner: GitlabPerson | None
    """Whose token came along, by GitLab's word."""
    trouble: ProblemError | None = None
    """Why GitLab could not say whose it is: that keeps out those alone of whom a token is demanded."""


DEAD_KEPT: Final = timedelta(days=90)
"""So long the row of a session stays after its end."""
NO_TOKEN: Final = TokenShown(rule=TokenRule(offered=False, always=False), owner=None)
"""Where there is no GitLab."""


def kept_password(connection: Connection, name: str) -> str | None:
    """What is kept of the password of somebody who may sign in; None when nobody may by that name."""
    return connection.execute(
        select(person.c.password).where(person.c.name_key == same_name(name), person.c.disabled.is_(None))
    ).scalar_one_or_none()


def sign_in(
    connection: Connection,
    name: str,
    kept: str,
    *,
    seat_info: SeatInfo | None,
    lifetime: timedelta,
    at: datetime,
    address: str | None = None,
    shown: TokenShown = NO_TOKEN,
) -> Outcome[Session]:
    """Begin a session for somebody whose password was found to be `kept`. A former session of the seat ends.

    Raises WrongPassword when that has changed since it was checked, TokenNeeded, SeatTaken, Invalid.
    """
    found = connection.execute(
        select(person).where(
            person.c.name_key == same_name(name), person.c.password == kept, person.c.disabled.is_(None)
        )
    ).one_or_none()
    if found is None:
        raise WrongPassword
    hints = take_token(connection, found, shown)
    return come_in(
        connection, found, "password", seat_info=seat_info, lifetime=lifetime, at=at, address=address, hints=hints
    )


def take_token(connection: Connection, found: Row[Any], shown: TokenShown) -> tuple[Hint, ...]:
    """Look at the token of somebody whose row was found, if one is demanded or came along; the demand is met by it.

    Raises TokenNeeded, and the trouble with GitLab.
    """
    owner = shown.owner
    if owner is None:
        if shown.rule.demands(linked=found.gitlab is not None, due=found.token_due):
            raise shown.trouble or TokenNeeded
        return ()
    if found.gitlab != str(owner.number):
        raise TokenNeeded(
            f"This token belongs to “{owner.username}” at GitLab, and that account is not linked to you here. Give a"
            " token of your own, or ask an administrator to link the account."
        )
    connection.execute(
        update(person).where(person.c.id == found.id).values(token_due=False, gitlab_name=owner.username)
    )
    return (ChangedHint("people"),)


def come_in(
    connection: Connection,
    found: Row[Any],
    way: str,
    *,
    seat_info: SeatInfo | None,
    lifetime: timedelta,
    at: datetime,
    address: str | None,
    hints: tuple[Hint, ...],
    entries: tuple[Entry, ...] = (),
) -> Outcome[Session]:
    """Begin a session for somebody who has proved to be the person of that row, by that way.

    It is the last thing in its transaction; `entries` of the audit trail are written with its own.

    Raises SeatTaken, Invalid.
    """
    told = list(hints)
    if seat_info is not None:
        told += _take_seat(connection, found.id, seat_info, at=at)
    told.append(seats_changed(connection, found.id))
    begun = Session(
        id=new_secret_id(),
        person_id=found.id,
        person=found.name,
        administrator=found.administrator,
        seat=None if seat_info is None else seat_info.id,
        computer=None if seat_info is None else seat_info.computer,
        expires=at + lifetime,
    )
    begin_session(connection, begun, at=at, address=address)
    was_here(connection, found.id, begun.seat, at=at)
    write_audit(connection, [*entries, entry_of(begun, "signed_in", at=at, seat=begun.seat, by=way)])
    return Outcome(begun, tuple(told))


def begin_session(connection: Connection, begun: Session, *, at: datetime, address: str | None = None) -> None:
    """Store a new session; `address` is that from which somebody signed in."""
    connection.execute(
        insert(session).values(
            id=begun.id, person=begun.person_id, seat=begun.seat, began=at, expires=begun.expires, address=address
        )
    )


def signed_in(connection: Connection, begun: Session, *, token: str | None) -> SignedIn:
    """What is answered to a sign-in."""
    return SignedIn(
        person=begun.person,
        administrator=begun.administrator,
        server=identity_of(connection),
        epoch=epoch_of(connection),
        expires=begun.expires,
        seat=begun.seat,
        token=token,
    )


def me(connection: Connection, mine: Session) -> Me:
    """Whose session it is, and where."""
    return Me(
        person=mine.person,
        administrator=mine.administrator,
        server=identity_of(connection),
        epoch=epoch_of(connection),
        expires=mine.expires,
        seat=mine.seat,
    )


def sign_out(connection: Connection, mine: Session, *, at: datetime) -> Outcome[None]:
    """End my session."""
    hints = end_sessions(connection, session.c.id == mine.id, at=at)
    write_audit(connection, [entry_of(mine, "signed_out", at=at)])
    return Outcome(None, (*hints, seats_changed(connection, mine.person_id)))


def change_password(connection: Connection, mine: Session, *, kept: str, new: str, at: datetime) -> Outcome[None]:
    """Keep a new password and end my other sessions. Raises WrongPassword when `kept` is no longer what is kept."""
    changed = connection.execute(
        update(person)
        .where(person.c.id == mine.person_id, person.c.password == kept)
        .values(password=new, code=None, code_expires=None)
    ).rowcount
    if not changed:
        raise WrongPassword
    hints = end_sessions(connection, (session.c.person == mine.person_id) & (session.c.id != mine.id), at=at)
    write_audit(connection, [entry_of(mine, "password_changed", at=at)])
    return Outcome(None, (*hints, seats_changed(connection, mine.person_id)))


def list_seats(connection: Connection, mine: Session) -> list[Seat]:
    """My seats, the last used first; nobody here knows which are online."""
    rows = connection.execute(
        select(seat).where(seat.c.person == mine.person_id).order_by(seat.c.last_contact.desc(), seat.c.id)
    )
    return [
        Seat(
            id=row.id,
            computer=row.computer,
            system=row.system,
            version=row.version,
            last_contact=row.last_contact,
            online=False,
        )
        for row in rows
    ]


def end_seat(connection: Connection, mine: Session, seat_id: str, *, at: datetime) -> Outcome[None]:
    """End the sessions of one of my seats. What is checked out there stays so. Raises NotFound."""
    owner = connection.execute(select(seat.c.person).where(seat.c.id == seat_id)).scalar_one_or_none()
    if owner != mine.person_id:
        raise NotFound("You have no such seat. Look at the list of your seats again.")
    hints = end_sessions(connection, session.c.seat == seat_id, at=at)
    write_audit(connection, [entry_of(mine, "seat_ended", at=at, seat=seat_id)])
    return Outcome(None, (*hints, seats_changed(connection, mine.person_id)))


def was_here(connection: Connection, person_id: str, seat_id: str | None, *, at: datetime) -> None:
    """Remember that somebody was in contact, and on which seat; it never goes back."""
    if seat_id is not None:
        connection.execute(update(seat).where(seat.c.id == seat_id, seat.c.last_contact < at).values(last_contact=at))
    earlier = or_(person.c.last_seen.is_(None), person.c.last_seen < at)
    connection.execute(update(person).where(person.c.id == person_id, earlier).values(last_seen=at))


def seats_changed(connection: Connection, person_id: str) -> ChangedHint:
    """The hint that somebody's seats are others now: to that person and to administrators."""
    return ChangedHint("seats", administrators(connection) | {person_id})


def keep_troubles(connection: Connection, seat_id: str, troubles: Troubles) -> bool:
    """Keep what needs the person at a seat; nothing when all is well. Whether that is something else than before.

    It says how a seat stands, as its last contact does, and is no change of anybody's: the audit trail has none of it.
    """
    told = None if troubles == Troubles() else msgspec.json.encode(troubles).decode()
    changed = update(seat).where(seat.c.id == seat_id, seat.c.troubles.is_distinct_from(told)).values(troubles=told)
    return bool(connection.execute(changed).rowcount)


def end_sessions(connection: Connection, which: ColumnElement[bool], *, at: datetime) -> tuple[SessionHint, ...]:
    """End those of the sessions that still go on."""
    ended = connection.execute(
        update(session).where(which, session.c.ended.is_(None)).values(ended=at).returning(session.c.id)
    ).scalars()
    return tuple(SessionHint(each) for each in ended)


def forget_old_sessions(connection: Connection, *, now: datetime) -> int:
    """Forget sessions by which nobody has been able to do anything for long; how many. The audit trail has them."""
    before = now - DEAD_KEPT
    dead = or_(session.c.ended <= before, session.c.expires <= before)
    return connection.execute(delete(session).where(dead)).rowcount


def _take_seat(connection: Connection, person_id: str, info: SeatInfo, *, at: datetime) -> list[Hint]:
    owner = connection.execute(select(seat.c.person).where(seat.c.id == info.id).with_for_update()).scalar_one_or_none()
    if owner is not None and owner != person_id:
        raise SeatTaken
    shown = {
        "computer": one_line(info.computer, "name of the computer"),
        "system": one_line(info.system, "name of the system"),
        "version": one_line(info.version, "version"),
        "last_contact": at,
    }
    if owner is None:
        connection.execute(insert(seat).values(id=info.id, person=person_id, **shown))
    else:
        connection.execute(update(seat).where(seat.c.id == info.id).values(**shown))
    return list(end_sessions(connection, session.c.seat == info.id, at=at))
