"""Everybody's seats and browsers, for administrators of the server: the list, and the end of one."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from server.bus.base import Hint
from server.domain.errors import NotFound
from server.domain.session import Session
from server.protocol.calls import SeatOf
from server.services.administrators import OPERATOR, require_administrator
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.sessions import end_sessions, seats_changed
from server.storage.tables import person, seat, session


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What the store does not say: which sessions are connected now, and which seats were a moment ago."""

    sessions: Collection[str]
    last: Mapping[str, datetime]
    """When a seat came or went, where that is not stored yet."""
    away: Callable[[str], datetime | None]
    """Since when nobody has touched a seat that is connected."""


def list_seats_of_all(connection: Connection, mine: Session, *, connected: Connected, now: datetime) -> list[SeatOf]:
    """All seats, and the browsers that are signed in, by person and computer. Raises Forbidden."""
    require_administrator(mine)
    going_on = and_(session.c.ended.is_(None), session.c.expires > now, person.c.disabled.is_(None))
    begun = {
        row.seat or row.id: row
        for row in connection.execute(
            select(session, person.c.name)
            .join(person, person.c.id == session.c.person)
            .where(going_on, person.c.name_key != OPERATOR)
        )
    }
    seats = connection.execute(select(seat, person.c.name).join(person, person.c.id == seat.c.person)).all()
    known = {row.id for row in seats}
    found = [_seat_in(row, begun.get(row.id), connected) for row in seats]
    found += [_browser_in(row, connected) for key, row in begun.items() if key not in known]
    return sorted(
        found, key=lambda each: (each.person.casefold(), each.browser, (each.computer or "").casefold(), each.id)
    )


def end_seat_of(connection: Connection, mine: Session, seat_id: str, *, at: datetime) -> Outcome[None]:
    """Somebody has to sign in there again, on a seat or in a browser; check-outs stay. Raises Forbidden, NotFound."""
    require_administrator(mine)
    owner, which = _owner_of(connection, seat_id)
    ended = end_sessions(connection, which, at=at)
    if not ended:
        return Outcome(None)
    named = connection.execute(select(person.c.name).where(person.c.id == owner)).scalar_one()
    write_audit(connection, [entry_of(mine, "sign_in_ended", at=at, seat=seat_id, name=named)])
    hints: tuple[Hint, ...] = (*ended, seats_changed(connection, owner))
    return Outcome(None, hints)


def _owner_of(connection: Connection, seat_id: str) -> tuple[str, Any]:
    """Whose it is, and which sessions are its own. Raises NotFound."""
    owner = connection.execute(select(seat.c.person).where(seat.c.id == seat_id)).scalar_one_or_none()
    if owner is not None:
        return owner, session.c.seat == seat_id
    browser = (session.c.id == seat_id) & session.c.seat.is_(None)
    query = select(session.c.person).join(person, person.c.id == session.c.person)
    owner = connection.execute(query.where(browser, person.c.name_key != OPERATOR)).scalar_one_or_none()
    if owner is None:
        raise NotFound("There is no such seat and no such browser. Look at the list of seats again.")
    return owner, browser


def _seat_in(row: Row[Any], begun: Row[Any] | None, connected: Connected) -> SeatOf:
    return SeatOf(
        id=row.id,
        person=row.name,
        browser=False,
        online=begun is not None and begun.id in connected.sessions,
        away=connected.away(row.id),
        signed_in=begun is not None,
        computer=row.computer,
        system=row.system,
        version=row.version,
        last_contact=max(row.last_contact, connected.last.get(row.id, row.last_contact)),
        since=None if begun is None else begun.began,
        address=None if begun is None else begun.address,
    )


def _browser_in(row: Row[Any], connected: Connected) -> SeatOf:
    return SeatOf(
        id=row.id,
        person=row.name,
        browser=True,
        online=row.id in connected.sessions,
        signed_in=True,
        since=row.began,
        address=row.address,
    )
