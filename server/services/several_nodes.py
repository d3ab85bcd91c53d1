"""What makes several nodes one server: a bus, turns and a gate between them, one key for tokens, the same contents."""

import asyncio
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import Connection, select, update

from server.bus.base import Bus
from server.bus.memory import MemoryBus
from server.services.leases import SILENT_SECONDS, Leases
from server.services.reading import epoch_of, identity_of
from server.services.shared_gate import SharedGate
from server.services.shared_turns import SharedTurns
from server.storage.gate import Gate
from server.storage.shared_folder import SharedFolder
from server.storage.store import Store
from server.storage.tables import server
from server.storage.turns import Turns


class NotShared(RuntimeError):
    """The nodes do not have the same contents. The text says what to do."""


class OneNode:
    """A server that is one process: nothing has to be agreed on with anybody."""

    def __init__(self) -> None:
        self.bus: Bus = MemoryBus()
        self.turns = Turns()
        self.gate = Gate()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """At work until the end of the block."""
        yield

    @asynccontextmanager
    async def alone(self, _: str) -> AsyncIterator[bool]:
        """Do something that one node at a time does; whether it is our turn."""
        yield True

    async def key(self, mine: bytes) -> bytes:
        """The key by which tokens are signed."""
        return mine

    async def require_shared(self, _: SharedFolder | None) -> None:
        """Whatever the folder, it is nobody else's."""

    @property
    def place(self) -> str | None:
        """Where this node is, if there are others."""
        return None


class SeveralNodes(OneNode):
    """One of several: they share the database, hints go by Redis, and what one alone does goes by leases."""

    def __init__(self, store: Store, redis_url: str, *, channel: str, data: str) -> None:
        from server.bus.redis import RedisBus  # only where there is a Redis

        super().__init__()
        self._store = store
        self._leases = Leases(store, place=f"{platform.node()}:{data}")
        self._redis = RedisBus(redis_url, channel=channel)
        self._gate = SharedGate(self._leases, store)
        self.bus, self.gate, self.turns = self._redis, self._gate, SharedTurns(self._leases, self._redis)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Hear and be heard by the other nodes, until the end of the block."""
        async with self._redis.at_work(), self._leases.run(), self._gate.run():
            yield

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """Do something that one node at a time does; whether it is our turn."""
        async with self._leases.held(f"alone/{name}", patience=SILENT_SECONDS + 2.0) as ours:
            yield ours

    async def key(self, mine: bytes) -> bytes:
        """The key of all nodes. The first one gives its own, so that who is signed in there stays so."""
        return await self._store.write(partial(_key_for_all, mine=mine))

    async def require_shared(self, folder: SharedFolder | None) -> None:
        """Raises NotShared unless the folder is that of the other nodes. The first node says which one that is."""
        if folder is None:
            return
        if await asyncio.to_thread(folder.mark) is None and await self._store.read(_known_mark) is None:
            await asyncio.to_thread(folder.put_mark)
        found = await asyncio.to_thread(folder.mark)
        if found is None or await self._store.write(partial(_agree, found=found)) != found:
            raise NotShared(
                f"The contents in {folder.root} are not those of the server's other nodes. All nodes need the same"
                " folder there, of a disk that they share, or one bucket (the setting “blobs_url”)."
            )

    @property
    def place(self) -> str | None:
        """The computer and the folder: what is left of a node that has ended is known by it."""
        return self._leases.place


async def nodes_of(store: Store, *, redis_url: str, data: str) -> OneNode:
    """This node, among others if there is a Redis to hear them by."""
    if not redis_url:
        return OneNode()
    # A database that was brought back is another one: its nodes do not hear those that still go by the former.
    channel = f"pdm:{await store.read(identity_of)}:{await store.read(epoch_of)}"
    return SeveralNodes(store, redis_url, channel=channel, data=data)


def _key_for_all(connection: Connection, *, mine: bytes) -> bytes:
    kept: str | None = connection.execute(select(server.c.token_key)).scalar_one()
    if kept is not None:
        return bytes.fromhex(kept)
    connection.execute(update(server).values(token_key=mine.hex()))
    return mine


def _known_mark(connection: Connection) -> str | None:
    known: str | None = connection.execute(select(server.c.contents_mark)).scalar_one()
    return known


def _agree(connection: Connection, *, found: str) -> str:
    """The mark of the contents of all nodes: the one that was found where none is known yet."""
    known = _known_mark(connection)
    if known is None:
        connection.execute(update(server).values(contents_mark=found))
        return found
    return known
