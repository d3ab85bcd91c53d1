"""The numbers of a server that its database knows."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from server.domain.session import Session
from server.protocol.calls import SeatVersion, VaultRate
from server.protocol.versions import is_version, numbers_of
from server.services.administrators import require_administrator
from server.services.reading import epoch_of
from server.storage.size import bytes_of
from server.storage.tables import arrival, blob, event, parked, seat, vault

MINUTES: Final = 60
LATELY: Final = timedelta(days=30)
"""A seat that was not here for longer counts no more."""
_MOST_EVENTS: Final = 100_000
"""Of one vault in the last hour: a bound for the search, which begins at its end."""
_MINUTE_MICROSECONDS: Final = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What there is, at one moment."""

    epoch: str
    database_bytes: int | None
    """None: its file says it."""
    contents: int
    content_bytes: int
    open_uploads: int
    parked: int
    parked_bytes: int
    rates: list[VaultRate]
    seats: list[SeatVersion]
    sockets: int


def numbers(
    connection: Connection, session: Session, *, newest: str, online: Callable[[str], bool], now: datetime
) -> Numbers:
    """All of them; for administrators of the server. Raises Forbidden."""
    require_administrator(session)
    contents = connection.execute(select(func.count(), func.coalesce(func.sum(blob.c.size), 0)).select_from(blob)).one()
    parked_ones = connection.execute(
        select(func.count(), func.coalesce(func.sum(parked.c.size), 0)).select_from(parked)
    ).one()
    seats = connection.execute(select(seat.c.id, seat.c.version).where(seat.c.last_contact >= now - LATELY)).all()
    return Numbers(
        epoch=epoch_of(connection),
        database_bytes=bytes_of(connection),
        contents=contents[0],
        content_bytes=int(contents[1]),
        open_uploads=open_uploads(connection),
        parked=parked_ones[0],
        parked_bytes=int(parked_ones[1]),
        rates=_rates(connection, now),
        seats=_versions([(each.version, online(each.id)) for each in seats], newest=newest),
        sockets=sum(online(each.id) for each in seats),
    )


def open_uploads(connection: Connection) -> int:
    """How many uploads in parts are not finished."""
    count: int = connection.execute(select(func.count()).select_from(arrival)).scalar_one()
    return count


def _rates(connection: Connection, now: datetime) -> list[VaultRate]:
    """Events of each vault in each of the last 60 minutes, by the name of the vault."""
    minute = type_coerce(event.c.at, BigInteger) // _MINUTE_MICROSECONDS
    last = int(now.timestamp()) // 60
    rates = []
    for each in connection.execute(select(vault.c.id, vault.c.name, vault.c.seq).order_by(vault.c.name_key)).all():
        lately = (
            (event.c.vault == each.id)
            & (event.c.seq > each.seq - _MOST_EVENTS)
            & (event.c.at > now - timedelta(minutes=MINUTES))
        )
        counted = {
            row[0]: row[1] for row in connection.execute(select(minute, func.count()).where(lately).group_by(minute))
        }
        minutes = [counted.get(number, 0) for number in range(last - MINUTES + 1, last + 1)]
        rates.append(VaultRate(vault=each.id, name=each.name, minutes=minutes))
    return rates


def _versions(seats: list[tuple[str, bool]], *, newest: str) -> list[SeatVersion]:
    """The newest first; what is no version comes last, and counts as older."""
    known, here = Counter(version for version, _ in seats), Counter(version for version, is_here in seats if is_here)
    return [
        SeatVersion(
            version=version,
            seats=count,
            online=here[version],
            older=not is_version(version) or numbers_of(version) < numbers_of(newest),
        )
        for version, count in sorted(known.items(), key=lambda each: _place(each[0]), reverse=True)
    ]


def _place(version: str) -> tuple[int, ...]:
    return tuple(numbers_of(version)) if is_version(version) else ()
