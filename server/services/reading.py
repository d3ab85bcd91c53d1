"""What the socket side reads: sessions, readable vaults, their readers, and events after a seq."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, or_, select, true

from server.domain.permissions import Action, Grant, may, role_in
from server.domain.session import Session
from server.storage.listed import as_list, listed
from server.storage.tables import access, event, lock, person, seat, server, session, vault

# Built once: every call asks for them, and building them takes longer than running them.
_EPOCH = select(server.c.epoch)
_WORKING = (
    select(
        session.c.id,
        session.c.person,
        session.c.seat,
        session.c.expires,
        person.c.name,
        person.c.administrator,
        seat.c.computer,
    )
    .select_from(session.join(person, person.c.id == session.c.person).outerjoin(seat, seat.c.id == session.c.seat))
    .where(session.c.ended.is_(None), session.c.expires > bindparam("now"))
    .where(person.c.disabled.is_(None))
)
_WORKING_SESSION = _WORKING.where(session.c.id == bindparam("wanted"))
_WORKING_SESSIONS = _WORKING.where(session.c.id.in_(bindparam("wanted", expanding=True)))
_LISTED = listed("wanted")
_ENDED_SESSIONS = select(_LISTED).where(
    ~exists(select(session.c.id).join_from(session, person, person.c.id == session.c.person))
    .where(session.c.id == _LISTED, session.c.ended.is_(None), session.c.expires > bindparam("now"))
    .where(person.c.disabled.is_(None))
)
_INBOX_NUMBERS = select(person.c.id, person.c.inbox_number).where(
    person.c.id.in_(select(listed("people"))), person.c.inbox_number > 0
)
_ACCESS_VERSION = select(server.c.access_version)
_EVENTS_AFTER = (
    select(event.c.vault, event.c.seq, event.c.type, event.c.at, event.c.data)
    .where(event.c.vault == bindparam("wanted"), event.c.seq > bindparam("after"))
    .order_by(event.c.seq)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One event of a vault, its data as plain JSON."""

    vault: str
    seq: int
    type: str
    at: datetime
    data: dict[str, Any]


def identity_of(connection: Connection) -> str:
    """Which server this is: the same for as long as there are its data, whatever becomes of address and epoch."""
    identity: str = connection.execute(select(server.c.identity)).scalar_one()
    return identity


def epoch_of(connection: Connection) -> str:
    """Which life of the data this is."""
    epoch: str = connection.execute(_EPOCH).scalar_one()
    return epoch


def session_of(connection: Connection, session_id: str, *, now: datetime) -> Session | None:
    """The session, or None when it has ended or expired, or its person is disabled."""
    row = connection.execute(_WORKING_SESSION, {"wanted": session_id, "now": now}).one_or_none()
    return None if row is None else _session_in(row)


def sessions_of(connection: Connection, session_ids: Collection[str], *, now: datetime) -> dict[str, Session | None]:
    """The same of each of these, by one statement."""
    found: dict[str, Session | None] = dict.fromkeys(session_ids)
    for row in connection.execute(_WORKING_SESSIONS, {"wanted": list(session_ids), "now": now}):
        found[row.id] = _session_in(row)
    return found


def _session_in(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        person_id=row.person,
        person=row.name,
        administrator=row.administrator,
        seat=row.seat,
        expires=row.expires,
        computer=row.computer,
    )


def ended_sessions(connection: Connection, session_ids: Collection[str], *, now: datetime) -> set[str]:
    """Those of the sessions that no longer work."""
    asked = {"wanted": as_list(session_ids), "now": now}
    return set(connection.execute(_ENDED_SESSIONS, asked).scalars())


def readers_of(connection: Connection, vault_id: str) -> set[str]:
    """The ids of everybody who may read the vault."""
    return people_who_may(connection, vault_id, Action.READ)


def people_who_may(
    connection: Connection, vault_id: str, action: Action, *, among: Collection[str] | None = None
) -> set[str]:
    """The ids of everybody who may do that in the vault; with `among` of these people only."""
    anybody = true() if among is None else person.c.id.in_(among)
    rows = connection.execute(
        select(
            person.c.id,
            person.c.administrator,
            person.c.by_default,
            vault.c.default_role,
            access.c.person,
            access.c.role,
        )
        .select_from(person)
        .join(vault, vault.c.id == vault_id)
        .outerjoin(access, and_(access.c.vault == vault.c.id, access.c.person == person.c.id))
        .where(
            anybody,
            person.c.disabled.is_(None),
            or_(person.c.administrator, vault.c.default_role.is_not(None), access.c.person.is_not(None)),
        )
    )
    return {
        reader
        for reader, administrator, usual, default, granted_to, granted in rows
        if may(
            role_in(
                default=default if usual else None,
                grant=None if granted_to is None else Grant(role=granted),
                server_administrator=administrator,
            ),
            action,
        )
    }


def access_version(connection: Connection) -> int:
    """A number that grows whenever anybody's access to any vault changes."""
    version: int = connection.execute(_ACCESS_VERSION).scalar_one()
    return version


def events_after(connection: Connection, vault_id: str, seq: int, *, limit: int) -> list[StoredEvent]:
    """The vault's events above that seq, the oldest first, at most `limit`."""
    rows = connection.execute(_EVENTS_AFTER, {"wanted": vault_id, "after": seq, "most": limit})
    return [
        StoredEvent(vault=row.vault, seq=row.seq, type=row.type, at=row.at, data=json.loads(row.data)) for row in rows
    ]


def inbox_number(connection: Connection, person_id: str) -> int:
    """The number of the person's newest message; 0 before the first."""
    return inbox_numbers(connection, [person_id]).get(person_id, 0)


def inbox_numbers(connection: Connection, people: Collection[str]) -> dict[str, int]:
    """The same of each of these people (ids) who has any."""
    return {row.id: row.inbox_number for row in connection.execute(_INBOX_NUMBERS, {"people": as_list(people)})}


def held_by_seat(connection: Connection, person_id: str, seat_id: str) -> set[str]:
    """The ids of the files that the person holds on that seat."""
    return set(
        connection.execute(select(lock.c.file).where(lock.c.seat == seat_id, lock.c.person == person_id)).scalars()
    )
