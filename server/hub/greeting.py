"""What a seat is told first. Those who come in the same turn of the loop are greeted together."""

import asyncio

import structlog

from server.hub.access import AccessWatch
from server.hub.connection import Connection
from server.hub.encoded import Encoded, encode_now
from server.hub.roster import Roster
from server.hub.source import Arrival
from server.hub.streams import Streams
from server.protocol import events
from server.storage.releases import Releases
from server.version import VERSION

log = structlog.get_logger(__name__)


class Greeting:
    """Enters who comes into the roster and says `hello`, who is online, and how far the inbox has come."""

    def __init__(
        self, roster: Roster, streams: Streams, access: AccessWatch, releases: Releases, *, ping_interval: float
    ) -> None:
        self.server = ""
        """The server's id."""
        self.epoch = ""
        """The server's epoch."""
        self._roster = roster
        self._streams = streams
        self._access = access
        self._releases = releases
        self._ping_interval = ping_interval
        self._coming: list[tuple[Connection, Arrival]] = []

    async def greet(self, connection: Connection, arrival: Arrival) -> bool:
        """Whether the seat is in the roster now and has been told everything.

        It is not when somebody's access has changed since that arrival was asked for: then ask again, and come again.
        """
        coming = self._coming
        coming.append((connection, arrival))
        await asyncio.sleep(0)
        if coming is self._coming:  # the first of them to go on greets all
            self._coming = []
            self._greet_all([each for each in coming if each[1].access >= self._access.version])
        return connection.access >= 0

    def _greet_all(self, coming: list[tuple[Connection, Arrival]]) -> None:
        """Those whose vaults are not older than what the roster is true for: nobody looks at them again for that."""
        for connection, arrival in coming:
            self._roster.enter(connection)
            connection.access = arrival.access
            for vault in arrival.vaults:
                connection.vaults[vault.id] = vault
                connection.marks[vault.id] = self._streams.open(vault.id, head=vault.seq).head
        online = encode_now(events.Presence(users=self._roster.presence.tell(), away=self._roster.away_by_name()))
        for connection, arrival in coming:
            connection.write(self._hello(connection))
            connection.write(online)
            if arrival.inbox:
                connection.write(encode_now(events.InboxHint(number=arrival.inbox)))
            log.info("seat_connected", person=connection.person, seat=connection.seat, seats=len(self._roster))

    def _hello(self, connection: Connection) -> Encoded:
        return encode_now(
            events.Hello(
                user=connection.person,
                seat=connection.seat,
                server=self.server,
                epoch=self.epoch,
                vaults=list(connection.vaults.values()),
                ping_interval=self._ping_interval,
                server_version=VERSION,
                oldest_client=self._releases.oldest,
                newest_client=self._releases.newest,
            )
        )
