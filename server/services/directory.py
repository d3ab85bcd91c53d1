"""The list of people, as administrators of the server see it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.permissions import Grant, role_in
from server.domain.session import Session
from server.protocol.calls import Account, People, RoleIn
from server.services.administrators import OPERATOR, require_administrator
from server.storage.tables import access, lock, person, session, vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What the store does not say: who is connected now, and who was a moment ago."""

    people: Collection[str]
    """Ids of those who are connected."""
    away: Mapping[str, datetime]
    """Of these, who is at none of the seats, and since when."""
    last: Mapping[str, datetime]
    """When somebody (id) came or went, where that is not stored yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Default:
    """A vault, and what it grants everybody."""

    id: str
    name: str
    role: Any


def list_people(connection: Connection, mine: Session, *, present: Present, now: datetime) -> People:
    """Everybody who has an account, by name. Raises Forbidden."""
    require_administrator(mine)
    rows = connection.execute(select(person).where(person.c.name_key != OPERATOR).order_by(person.c.name_key)).all()
    seats = _counts(connection, session.c.person, session.c.ended.is_(None) & (session.c.expires > now))
    held = _counts(connection, lock.c.person)
    roles = _Roles(connection)
    return People(
        people=[
            Account(
                name=row.name,
                administrator=row.administrator,
                disabled=row.disabled is not None,
                made=row.made,
                seen=_later(row.last_seen, present.last.get(row.id)),
                online=row.id in present.people,
                away=present.away.get(row.id),
                usual=row.by_default,
                new=row.looked_at is None,
                has_password=row.password is not None,
                code_until=row.code_expires if row.code is not None and _is_after(row.code_expires, now) else None,
                seats=seats.get(row.id, 0),
                checked_out=held.get(row.id, 0),
                roles=roles.of(row),
                gitlab=None if row.gitlab is None else int(row.gitlab),
                gitlab_name=row.gitlab_name,
                token_due=row.token_due,
            )
            for row in rows
        ]
    )


class _Roles:
    """Who is what in which vault."""

    def __init__(self, connection: Connection) -> None:
        query = select(vault.c.id, vault.c.name, vault.c.default_role).order_by(vault.c.name_key)
        self._vaults = [_Default(id=row.id, name=row.name, role=row.default_role) for row in connection.execute(query)]
        self._granted: dict[str, dict[str, Grant]] = defaultdict(dict)
        for row in connection.execute(select(access.c.person, access.c.vault, access.c.role)):
            self._granted[row.person][row.vault] = Grant(role=row.role)

    def of(self, somebody: Row[Any]) -> list[RoleIn]:
        """Every vault that the person may read; none for administrators of the server."""
        if somebody.administrator:
            return []
        granted = self._granted.get(somebody.id, {})
        found = []
        for each in self._vaults:
            role = role_in(
                default=each.role if somebody.by_default else None,
                grant=granted.get(each.id),
                server_administrator=False,
            )
            if role is not None:
                found.append(RoleIn(vault=each.id, name=each.name, role=role))
        return found


def _counts(connection: Connection, whose: Any, which: Any = None) -> dict[str, int]:
    """How many rows each person has."""
    query = select(whose, func.count()).group_by(whose)
    rows = connection.execute(query if which is None else query.where(which))
    return {person_id: count for person_id, count in rows}  # noqa: C416 - dict() loses the types


def _later(stored: datetime | None, noted: datetime | None) -> datetime | None:
    return max((each for each in (stored, noted) if each is not None), default=None)


def _is_after(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now
