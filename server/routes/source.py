"""What the hub reads, answered from the store: one snapshot for each question."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from server.hub.source import Access, Arrival, Look, News
from server.protocol.events import Troubles
from server.services import reading
from server.services.rights import readable_by
from server.services.sessions import keep_troubles
from server.storage.store import Store


class StoreSource:
    """The store, as the hub asks it."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def identity(self) -> str:
        """The server's id."""
        return await self._store.read(reading.identity_of)

    async def epoch(self) -> str:
        """The server's epoch."""
        return await self._store.read(reading.epoch_of)

    async def arrivals(self, people: Collection[str]) -> Mapping[str, Arrival]:
        """For each of these people (ids), who connect."""

        def read(connection: Connection) -> Mapping[str, Arrival]:
            version, vaults = reading.access_version(connection), readable_by(connection, people)
            inboxes = reading.inbox_numbers(connection, people)
            return {
                person: Arrival(access=version, vaults=vaults[person], inbox=inboxes.get(person, 0))
                for person in people
            }

        return await self._store.read(read)

    async def news(self, after: Mapping[str, int], *, limit: int) -> News:
        """Up to `limit` events of each vault after the seq given for it."""

        def read(connection: Connection) -> News:
            return News(
                access=reading.access_version(connection),
                events={
                    vault: reading.events_after(connection, vault, seq, limit=limit) for vault, seq in after.items()
                },
            )

        return await self._store.read(read)

    async def look(self, sessions: Collection[str]) -> Look:
        """Which of these sessions have ended."""

        def read(connection: Connection) -> Look:
            return Look(
                access=reading.access_version(connection),
                ended=reading.ended_sessions(connection, sessions, now=self._clock()),
            )

        return await self._store.read(read)

    async def access(self, people: Collection[str]) -> Access:
        """What these people (ids) may read."""

        def read(connection: Connection) -> Access:
            return Access(access=reading.access_version(connection), vaults=readable_by(connection, people))

        return await self._store.read(read)

    async def inboxes(self, people: Collection[str]) -> Mapping[str, int]:
        """The number of the newest message of each of these people (ids) who has any."""
        return await self._store.read(lambda connection: reading.inbox_numbers(connection, people))

    async def held(self, person_id: str, seat: str) -> Collection[str]:
        """Ids of the files that the person holds on that seat."""
        return await self._store.read(lambda connection: reading.held_by_seat(connection, person_id, seat))

    async def keep_troubles(self, seat: str, troubles: Troubles) -> bool:
        """Write down what needs the person at a seat; whether that is something else than before."""
        return await self._store.write(lambda connection: keep_troubles(connection, seat, troubles))
