"""The vaults that somebody listens to: what is new is read and sent, what is older is read for those who resume."""

import asyncio
import time
from collections.abc import Iterable, Sequence

import structlog

from server.hub.connection import Connection
from server.hub.encoded import encode_now
from server.hub.figures import Tally
from server.hub.source import News, Source, StoredEvent
from server.hub.stream import VaultStream
from server.protocol.events import Head, Resync
from server.protocol.limits import REPLAY_EVENTS

log = structlog.get_logger(__name__)

READ_EVENTS = 500
"""Events of a vault that one question to the store asks for."""
SLICE_EVENTS = 32
"""Events that are written before the sockets get their turn."""
REPLAY_STEP = 100
"""Events of a replay that are written before looking whether the socket keeps up."""


class Streams:
    """One VaultStream for each vault, and the reading that moves them on."""

    def __init__(self, source: Source, tally: Tally) -> None:
        self._source = source
        self._tally = tally
        self._streams: dict[str, VaultStream] = {}
        self._reading = asyncio.Lock()

    def open(self, vault: str, *, head: int) -> VaultStream:
        """The vault's stream; a new one begins at `head`."""
        return self._streams.setdefault(vault, VaultStream(vault, head=head))

    def get(self, vault: str) -> VaultStream:
        """The stream of a vault that was opened."""
        return self._streams[vault]

    def behind(self, vault: str, seq: int) -> bool:
        """Somebody listens to the vault, and `seq` has not been sent."""
        stream = self._streams.get(vault)
        return stream is not None and stream.head < seq

    @property
    def vaults(self) -> set[str]:
        """Vaults that were opened."""
        return set(self._streams)

    async def read_on(self, vaults: Iterable[str]) -> News:
        """One step: what is new in these vaults, not sent yet. Hand it to `send`."""
        after = {vault: self._streams[vault].head for vault in vaults}
        return await self._source.news(after, limit=READ_EVENTS)

    async def send(self, news: News) -> list[StoredEvent]:
        """Send what is new, a few at a time so that sockets can take them, and return what was sent."""
        sent: list[StoredEvent] = []
        for vault, events in news.events.items():
            stream = self._streams[vault]
            for start in range(0, len(events), SLICE_EVENTS):
                sent += self._deliver(stream, events[start : start + SLICE_EVENTS])
                await asyncio.sleep(0)
        return sent

    def _deliver(self, stream: VaultStream, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        began = time.perf_counter()
        sent = stream.deliver(events)
        if sent:
            self._tally.fan_out.add(time.perf_counter() - began)
        self._tally.events += len(sent)
        self._tally.frames += len(sent) * len(stream.live)
        for event in sent:
            log.info("delivered", vault=stream.vault, seq=event.seq, type=event.type, seats=len(stream.live))
        return sent

    def tell_heads(self, connections: Iterable[Connection]) -> None:
        """How far each vault has come: one message for all who read the same vaults."""
        groups: dict[frozenset[str], list[Connection]] = {}
        for connection in connections:
            groups.setdefault(frozenset(connection.vaults), []).append(connection)
        for vaults, readers in groups.items():
            message = encode_now(Head(vaults={vault: self._streams[vault].head for vault in sorted(vaults)}))
            for connection in readers:
                connection.write(message)

    async def replay(self, connection: Connection, vault: str, *, after: int) -> None:
        """Send what the seat has missed, at the pace at which it reads, then let it be live. Nothing twice, no gap."""
        stream = self._streams[vault]
        while vault in connection.vaults and not connection.ended:
            missed = stream.after(after, limit=REPLAY_STEP)
            if missed is None:
                after = await self._from_store(connection, stream, after=after)
            elif missed:
                for message in missed:
                    connection.write(message)
                after += len(missed)
                await connection.drained()
            else:
                stream.live[connection] = None
                return

    async def _from_store(self, connection: Connection, stream: VaultStream, *, after: int) -> int:
        """Read older events into memory; a seat that is too far back begins at the head, after `resync`."""
        async with stream.filling:
            if after < stream.oldest:
                wanted = {stream.vault: max(0, stream.head - REPLAY_EVENTS)}
                news = await self._source.news(wanted, limit=REPLAY_EVENTS)
                stream.remember(news.events.get(stream.vault, ()))
        if after >= stream.oldest:
            return after
        connection.write(encode_now(Resync(vault=stream.vault)))
        return stream.head
