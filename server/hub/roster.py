"""Who is connected: each connection of this node found by its seat and its person, and the seats of other nodes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.bus.base import SeatSeen
from server.hub.connection import Connection
from server.hub.elsewhere import Elsewhere
from server.hub.encoded import Encoded
from server.hub.presence import Presence
from server.protocol.closing import REPLACED, CloseCode

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A person on a seat that is connected, and since when."""

    person: str
    seat: str
    since: datetime
    away: datetime | None = None
    """Since when nobody has touched the computer; None: somebody is at it, or that is not known."""


class Roster:
    """All connections of this node, and who is connected elsewhere. A seat has one: a second takes its place."""

    def __init__(self) -> None:
        self.presence = Presence()
        self.elsewhere = Elsewhere(self.presence)
        self._by_seat: dict[str, Connection] = {}
        self._by_person: dict[str, set[Connection]] = {}

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._by_seat.values())

    def __len__(self) -> int:
        return len(self._by_seat)

    @property
    def sessions(self) -> set[str]:
        """Ids of the sessions that are connected to this node."""
        return {connection.session for connection in self}

    @property
    def people(self) -> set[str]:
        """Ids of the people who are connected to this node."""
        return set(self._by_person)

    def everywhere(self) -> Iterator[Connection | SeatSeen]:
        """Each seat that is connected, to whichever node."""
        yield from self
        yield from (seen for seen in self.elsewhere if seen.seat not in self._by_seat)

    def away(self) -> dict[str, datetime]:
        """The ids of those who are at none of their seats, and since when."""
        return self._away(lambda each: each.person_id)

    def away_by_name(self) -> dict[str, datetime]:
        """The same by name."""
        return self._away(lambda each: each.person)

    def away_at(self, seat: str) -> datetime | None:
        """Since when nobody has touched that seat; None: somebody is at it, that is not known, or it is offline."""
        found = self._by_seat.get(seat) or self.elsewhere.of(seat)
        return None if found is None else found.away

    def at(self, seat: str) -> Connection | None:
        """The connection of that seat to this node."""
        return self._by_seat.get(seat)

    def since(self, seat: str, now: datetime) -> datetime:
        """When a connection of that seat begins which comes now: after that elsewhere, whatever the clocks say."""
        former = self.elsewhere.of(seat)
        return now if former is None else max(now, former.since + _TICK)

    def of_person(self, person_id: str) -> tuple[Connection, ...]:
        """The person's connections to this node."""
        return tuple(self._by_person.get(person_id, ()))

    def has_seat(self, seat: str) -> bool:
        """That seat is connected, to whichever node."""
        return seat in self._by_seat or self.elsewhere.of(seat) is not None

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
        """Send one message to everybody who is connected here, or to those that `whom` picks."""
        for connection in self:
            if whom(connection):
                connection.write(message)

    def _away(self, name: Callable[[Connection | SeatSeen], str]) -> dict[str, datetime]:
        """Most people are at their seats: only those are looked at closer who have left one."""
        left = {name(each) for each in self.everywhere() if each.away is not None}
        if not left:
            return {}
        told: dict[str, list[datetime | None]] = {whose: [] for whose in left}
        for each in self.everywhere():
            if name(each) in left:
                told[name(each)].append(each.away)
        known = {whose: [since for since in told[whose] if since is not None] for whose in left}
        return {whose: max(since) for whose, since in known.items() if len(since) == len(told[whose])}
