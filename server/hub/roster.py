"""Who is connected: each connection found by its seat, its person, its session."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from server.hub.connection import Connection
from server.hub.encoded import Encoded
from server.hub.presence import Presence
from server.protocol.closing import REPLACED, CloseCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A person on a seat that is connected, and since when."""

    person: str
    seat: str
    since: datetime
    away: datetime | None = None
    """Since when nobody has touched the computer; None: somebody is at it, or that is not known."""


class Roster:
    """All connections. A seat has one: a second takes its place."""

    def __init__(self) -> None:
        self.presence = Presence()
        self._by_seat: dict[str, Connection] = {}
        self._by_person: dict[str, set[Connection]] = {}

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._by_seat.values())

    def __len__(self) -> int:
        return len(self._by_seat)

    @property
    def sessions(self) -> set[str]:
        """Ids of the sessions that are connected."""
        return {connection.session for connection in self}

    @property
    def people(self) -> set[str]:
        """Ids of the people who are connected."""
        return set(self._by_person)

    def away(self) -> dict[str, datetime]:
        """The ids of those who are at none of their seats, and since when."""
        found = {}
        for person_id, connections in self._by_person.items():
            told = [each.away for each in connections if each.away is not None]
            if len(told) == len(connections):
                found[person_id] = max(told)
        return found

    def away_by_name(self) -> dict[str, datetime]:
        """The same by name."""
        return {next(iter(self._by_person[person_id])).person: since for person_id, since in self.away().items()}

    def away_at(self, seat: str) -> datetime | None:
        """Since when nobody has touched that seat; None: somebody is at it, that is not known, or it is offline."""
        connection = self._by_seat.get(seat)
        return None if connection is None else connection.away

    def of_person(self, person_id: str) -> tuple[Connection, ...]:
        """The person's connections."""
        return tuple(self._by_person.get(person_id, ()))

    def has_seat(self, seat: str) -> bool:
        """That seat is connected."""
        return seat in self._by_seat

    def enter(self, connection: Connection) -> None:
        """A new connection; one of the same seat is closed as replaced."""
        former = self._by_seat.get(connection.seat)
        self.presence.arrive(connection.person)
        if former is not None:
            self.leave(former)
            former.end(CloseCode.NORMAL, REPLACED)
        self._by_seat[connection.seat] = connection
        self._by_person.setdefault(connection.person_id, set()).add(connection)

    def leave(self, connection: Connection) -> None:
        """The connection is over. Once it has left, or was replaced, this does nothing."""
        if self._by_seat.get(connection.seat) is not connection:
            return
        del self._by_seat[connection.seat]
        self.presence.leave(connection.person)
        others = self._by_person[connection.person_id]
        others.discard(connection)
        if not others:
            del self._by_person[connection.person_id]

    def tell(self, message: Encoded, *, whom: Callable[[Connection], bool] = lambda _: True) -> None:
        """Send one message to everybody, or to those that `whom` picks."""
        for connection in self:
            if whom(connection):
                connection.write(message)
