"""One vault's events on their way out: in order, each encoded once, the newest kept for those who resume."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from server.hub.connection import Connection
from server.hub.encoded import Encoded
from server.hub.source import StoredEvent
from server.protocol import wire
from server.protocol.limits import REPLAY_EVENTS

KEPT_EVENTS = 2 * REPLAY_EVENTS
"""How many events are kept: a replay may go on while as many as it began with are new."""


class VaultStream:
    """What a vault has said up to `head`, and who hears what it says next."""

    def __init__(self, vault: str, *, head: int) -> None:
        self.vault = vault
        self.head = head
        """The seq of the last event that went out."""
        self.live: dict[Connection, None] = {}
        """In the order in which they came, which is nearly that of memory: a round to all of them is quicker so."""
        self.filling = asyncio.Lock()
        """Held by who reads older events into memory, so that many who resume cost one query."""
        self._recent: deque[Encoded] = deque()

    @property
    def oldest(self) -> int:
        """The seq after which every event is in memory."""
        return self.head - len(self._recent)

    def deliver(self, events: Iterable[StoredEvent]) -> Sequence[StoredEvent]:
        """Send the events after `head` to all that are live, and return them. Stops at a gap: it is read again."""
        sent = []
        for event in events:
            if event.seq <= self.head:
                continue
            if event.seq != self.head + 1:
                break
            self._say(event)
            sent.append(event)
        return sent

    def after(self, seq: int, *, limit: int) -> list[Encoded] | None:
        """Events after `seq`, the oldest first, from memory; None when memory does not reach back so far."""
        if seq < self.oldest:
            return None
        start = seq - self.oldest
        return list(islice(self._recent, start, start + limit))

    def remember(self, events: Sequence[StoredEvent]) -> None:
        """Put events that were read from the store before those in memory. What does not join them is left out."""
        for event in reversed(events):
            if event.seq == self.oldest:
                self._recent.appendleft(_encode(event))

    def _say(self, event: StoredEvent) -> None:
        message = _encode(event)
        self.head = event.seq
        self._recent.append(message)
        if len(self._recent) > KEPT_EVENTS:
            self._recent.popleft()
        for connection in self.live:
            connection.write(message)


def _encode(event: StoredEvent) -> Encoded:
    return Encoded(wire.encode_data(event.type, event.data, timestamp=event.at, vault=event.vault, seq=event.seq))
