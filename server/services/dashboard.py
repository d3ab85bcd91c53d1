"""The numbers of the shop, and the first of each list: only of vaults that the person may read.

Who is online everybody hears who is signed in. Their computers, and what a seat needs, concern those alone who share a
vault with that person, and administrators of the server.

Every question here is bounded: by the number of locks, of people who wait, of seats, or by an index and a limit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, exists, func, or_, select, true, type_coerce

from server.domain.session import Session
from server.protocol.calls import Contended, Happening, Line, Waiter
from server.protocol.events import Troubles
from server.services.administrators import OPERATOR
from server.services.happenings import happenings_in
from server.services.listing import HELD, Held, held_in
from server.services.rights import readable_vaults, readers_of
from server.storage.tables import audit, file, lock, person, seat, waiting

ROWS: Final = 8
"""Of each list of files."""
LINES: Final = 12
"""People who wait, in all lines that are shown."""
TROUBLES: Final = 20
DAY, MONTH = timedelta(days=1), timedelta(days=30)
HOURS: Final = 24
_HOUR_MICROSECONDS: Final = 3_600_000_000
WAITS: Final = ("asked_for", "waits_for")
"""What the audit trail calls it when somebody wants a file that is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatHolds:
    """A seat that holds files, with how many."""

    seat: str
    person: str
    computer: str
    last_contact: datetime
    check_outs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledSeat:
    """What a seat told last of what needs its person."""

    seat: str
    person: str
    computer: str
    last_contact: datetime
    troubles: Troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What the store knows for the dashboard; who is online, others know."""

    people: int
    holding: list[SeatHolds]
    computers: dict[str, str]
    """Of the seats that were named."""
    waiters: int
    awaited: int
    in_lines: int
    """People in lines, in each line counted."""
    active: int
    """Locks that are not older than a day."""
    check_ins: int
    hours: list[int]
    newest: list[Held]
    oldest: list[Held]
    lines: list[Line]
    happenings: list[Happening]
    contended: list[Contended]
    contended_in_all: int
    troubled: list[TroubledSeat]
    troubled_in_all: int


def numbers(connection: Connection, session: Session, *, connected: Collection[str], now: datetime) -> Numbers:
    """How it stands with the vaults that I may read; `connected` are the seats whose computers are wanted."""
    vaults = [
        each.id
        for each in readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    ]
    near = true() if session.administrator else or_(person.c.id == session.person_id, readers_of(vaults))
    waiters, awaited, in_lines = _waiting_numbers(connection, vaults)
    contended, contended_in_all = _contended(connection, vaults, since=now - MONTH)
    troubled, troubled_in_all = _troubled(connection, near)
    return Numbers(
        people=_people(connection),
        holding=_holding(connection, vaults),
        computers=_computers(connection, connected, near),
        waiters=waiters,
        awaited=awaited,
        in_lines=in_lines,
        active=_active(connection, vaults, since=now - DAY),
        check_ins=_check_ins(connection, vaults, since=now - DAY),
        hours=_check_outs_by_hour(connection, vaults, now=now),
        newest=_held(connection, vaults, lock.c.since.desc()),
        oldest=_held(connection, vaults, lock.c.since),
        lines=_lines(connection, vaults),
        happenings=happenings_in(connection, vaults, limit=ROWS),
        contended=contended,
        contended_in_all=contended_in_all,
        troubled=troubled,
        troubled_in_all=troubled_in_all,
    )


def _readable(of: ColumnElement[str], vaults: Sequence[str]) -> ColumnElement[bool]:
    """The file lies in one of the vaults. Asked for each row: else a planner may begin with all files of a vault."""
    return exists().where(file.c.id == of, file.c.vault.in_(vaults), file.c.deleted.is_(None))


def _people(connection: Connection) -> int:
    able = (person.c.disabled.is_(None), person.c.name_key != OPERATOR)
    count: int = connection.execute(select(func.count()).select_from(person).where(*able)).scalar_one()
    return count


def _holding(connection: Connection, vaults: Sequence[str]) -> list[SeatHolds]:
    held = (
        select(lock.c.seat, lock.c.person, func.count().label("files"))
        .where(_readable(lock.c.file, vaults))
        .group_by(lock.c.seat, lock.c.person)
        .subquery()
    )
    rows = connection.execute(
        select(held.c.seat, held.c.files, person.c.name, seat.c.computer, seat.c.last_contact)
        .join(person, person.c.id == held.c.person)
        .join(seat, seat.c.id == held.c.seat)
        .order_by(person.c.name_key, seat.c.id)
    )
    return [
        SeatHolds(
            seat=row.seat,
            person=row.name,
            computer=row.computer,
            last_contact=row.last_contact,
            check_outs=row.files,
        )
        for row in rows
    ]


def _computers(connection: Connection, seats: Collection[str], near: ColumnElement[bool]) -> dict[str, str]:
    rows = connection.execute(
        select(seat.c.id, seat.c.computer).join(person, person.c.id == seat.c.person).where(seat.c.id.in_(seats), near)
    )
    return {row.id: row.computer for row in rows}


def _waiting_numbers(connection: Connection, vaults: Sequence[str]) -> tuple[int, int, int]:
    """People who wait, files for which they do, and places in lines."""
    people, files = func.count(waiting.c.person.distinct()), func.count(waiting.c.file.distinct())
    row = connection.execute(select(people, files, func.count()).where(_readable(waiting.c.file, vaults))).one()
    return row[0], row[1], row[2]


def _active(connection: Connection, vaults: Sequence[str], *, since: datetime) -> int:
    newer = select(func.count()).select_from(lock).where(lock.c.since > since, _readable(lock.c.file, vaults))
    count: int = connection.execute(newer).scalar_one()
    return count


def _check_ins(connection: Connection, vaults: Sequence[str], *, since: datetime) -> int:
    count: int = connection.execute(
        select(func.count())
        .select_from(audit)
        .where(audit.c.action == "checked_in", audit.c.at >= since, audit.c.vault.in_(vaults))
    ).scalar_one()
    return count


def _check_outs_by_hour(connection: Connection, vaults: Sequence[str], *, now: datetime) -> list[int]:
    """Files that were checked out in each of the last hours, the oldest first; the last one ends now."""
    end = int(now.timestamp()) * 1_000_000 + now.microsecond
    ago = (end - type_coerce(audit.c.at, BigInteger)) // _HOUR_MICROSECONDS
    lately = (audit.c.action == "checked_out", audit.c.at > now - timedelta(hours=HOURS), audit.c.vault.in_(vaults))
    rows = connection.execute(select(ago, func.count()).where(*lately).group_by(ago))
    counted = {row[0]: row[1] for row in rows}
    return [counted.get(hours, 0) for hours in range(HOURS - 1, -1, -1)]


def _held(connection: Connection, vaults: Sequence[str], order: ColumnElement[Any]) -> list[Held]:
    first = select(lock.c.file).where(_readable(lock.c.file, vaults)).order_by(order, lock.c.file).limit(ROWS)
    wanted = list(connection.execute(first).scalars())
    found = {row.id: held_in(row) for row in connection.execute(HELD.where(file.c.id.in_(wanted)))}
    return [found[each] for each in wanted]


def _lines(connection: Connection, vaults: Sequence[str]) -> list[Line]:
    """The lines of the files for which somebody waits longest."""
    longest = (
        select(waiting.c.file, func.min(waiting.c.since).label("since"))
        .where(_readable(waiting.c.file, vaults))
        .group_by(waiting.c.file)
        .order_by(func.min(waiting.c.since), waiting.c.file)
        .limit(LINES)
        .subquery()
    )
    rows = connection.execute(
        select(file.c.vault, file.c.id, file.c.path, person.c.name, waiting.c.since, waiting.c.told)
        .join_from(longest, waiting, waiting.c.file == longest.c.file)
        .join(file, file.c.id == waiting.c.file)
        .join(person, person.c.id == waiting.c.person)
        .order_by(longest.c.since, file.c.id, waiting.c.place)
        .limit(LINES)
    )
    return [
        Line(
            vault=vault_id,
            file=file_id,
            path=path,
            waiters=[Waiter(person=row.name, since=row.since, told=row.told) for row in line],
        )
        for (vault_id, file_id, path), line in groupby(rows, key=lambda row: (row.vault, row.id, row.path))
    ]


def _contended(connection: Connection, vaults: Sequence[str], *, since: datetime) -> tuple[list[Contended], int]:
    """The first of them, and how many there are."""
    wanted = (
        select(audit.c.file, func.count().label("waits"))
        .where(audit.c.action.in_(WAITS), audit.c.at >= since, audit.c.vault.in_(vaults), audit.c.file.is_not(None))
        .group_by(audit.c.file)
        .subquery()
    )
    rows = connection.execute(
        select(file.c.vault, file.c.id, file.c.path, wanted.c.waits, func.count().over().label("in_all"))
        .join(wanted, wanted.c.file == file.c.id)
        .where(file.c.deleted.is_(None), file.c.vault.in_(vaults))
        .order_by(wanted.c.waits.desc(), file.c.path, file.c.id)
        .limit(ROWS)
    ).all()
    found = [Contended(vault=row.vault, file=row.id, path=row.path, waits=row.waits) for row in rows]
    return found, rows[0].in_all if rows else 0


def _troubled(connection: Connection, near: ColumnElement[bool]) -> tuple[list[TroubledSeat], int]:
    """The first of them, and how many there are."""
    in_all = func.count().over().label("in_all")
    rows = connection.execute(
        select(seat.c.id, seat.c.computer, seat.c.last_contact, seat.c.troubles, person.c.name, in_all)
        .join(person, person.c.id == seat.c.person)
        .where(seat.c.troubles.is_not(None), person.c.disabled.is_(None), near)
        .order_by(person.c.name_key, seat.c.computer, seat.c.id)
        .limit(TROUBLES)
    ).all()
    found = [
        TroubledSeat(
            seat=row.id,
            person=row.name,
            computer=row.computer,
            last_contact=row.last_contact,
            troubles=msgspec.json.decode(row.troubles, type=Troubles),
        )
        for row in rows
    ]
    return found, rows[0].in_all if rows else 0
