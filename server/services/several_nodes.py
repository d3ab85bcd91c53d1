"""What makes several nodes one server: a bus, turns and a gate between them, one key for tokens, the same contents."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Connection, select, update

from server.bus.base import Bus
from server.bus.memory import MemoryBus
from server.services.administrators import OPERATOR
from server.services.leases import SILENT_SECONDS, Leases
from server.services.reading import epoch_of, identity_of
from server.services.sessions import end_sessions
from server.services.shared_gate import SharedGate
from server.services.shared_turns import SharedTurns
from server.storage.gate import Gate
from server.storage.node_mark import NAME, NodeMark, node_mark_in
from server.storage.store import Store
from server.storage.tables import lease, person, server, session
from server.storage.turns import Turns

log = structlog.get_logger(__name__)

NODE = "node "
"""How the names of the leases of whole nodes begin."""


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

    @asynccontextmanager
    async def present(self) -> AsyncIterator[None]:
        """Known to the other nodes as one of them, until the end of the block. Raises NotShared."""
        yield

    async def is_with_others(self) -> bool:
        """Whether another node is at work. One that has ended without a word is waited for."""
        return False

    async def forget_dead(self, *, at: datetime) -> None:
        """Remove what is left of nodes that have not been at work since the last call, which is an hour ago."""

    @property
    def place(self) -> str | None:
        """Where this node is, if there are others."""
        return None


class SeveralNodes(OneNode):
    """One of several: they share the database, hints go by Redis, and what one alone does goes by leases."""

    def __init__(self, store: Store, redis_url: str, *, channel: str, mark: NodeMark) -> None:
        from server.bus.redis import RedisBus  # only where there is a Redis

        super().__init__()
        self._store = store
        self._leases = Leases(store, place=mark.id, running=mark.running)
        self._known = False
        self._redis = RedisBus(redis_url, channel=channel)
        self._gate = SharedGate(self._leases, store)
        self.bus, self.gate, self.turns = self._redis, self._gate, SharedTurns(self._leases, self._redis)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Hear and be heard by the other nodes, until the end of the block."""
        async with self._redis.at_work(), self._gate.run():
            yield

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """Do something that one node at a time does; whether it is our turn."""
        async with self._leases.held(f"alone/{name}", patience=SILENT_SECONDS + 2.0) as ours:
            yield ours

    async def key(self, mine: bytes) -> bytes:
        """The key of all nodes. The first one gives its own, so that who is signed in there stays so."""
        return await self._store.write(partial(_key_for_all, mine=mine))

    @asynccontextmanager
    async def present(self) -> AsyncIterator[None]:
        """Known to the other nodes as one of them. Raises NotShared where one with the same mark is at work.

        That is a copy of a whole disk or machine: the mark of a copied folder is another one.
        """
        if not await self._be_known(patience=SILENT_SECONDS + 2.0):
            raise NotShared(
                f"Another node is at work that has the same {NAME} as this data folder: one is a copy of the other's"
                f" disk. Stop this node, remove {NAME} in its data folder, and start it again."
            )
        async with self._leases.run(), asyncio.TaskGroup() as tasks:
            staying = tasks.create_task(self._stay_known(), name="node")
            try:
                yield
            finally:
                staying.cancel()

    async def is_with_others(self) -> bool:
        """Whether another node is at work. One that has ended without a word is waited for."""
        others = [name for name in await self._store.read(_nodes) if name != NODE + self._leases.place]
        return any(await asyncio.gather(*map(self._leases.is_kept, others)))

    async def forget_dead(self, *, at: datetime) -> None:
        """Remove what is left of nodes that have not been at work since the last call, which is an hour ago."""
        await self._leases.forget_dead()
        await self._store.write(partial(_end_operators_of_others, at=at))

    async def _be_known(self, *, patience: float) -> bool:
        name = NODE + self._leases.place
        self._known = await self._leases.take(name, patience=patience, lost=self._forgotten, former=True)
        return self._known

    def _forgotten(self) -> None:
        self._known = False

    async def _stay_known(self) -> None:
        """This node was held up and taken for dead: it is not."""
        while True:
            await asyncio.sleep(SILENT_SECONDS)
            if self._known:
                continue
            try:
                if not await self._be_known(patience=0):
                    log.error("node_twice", reason=f"another node has the same {NAME}")
            except Exception:  # the database is away
                log.exception("node_not_known")

    @property
    def place(self) -> str | None:
        """The mark of its data folder: what is left of a node that has ended is known by it."""
        return self._leases.place


async def nodes_of(store: Store, *, redis_url: str, data: Path) -> OneNode:
    """This node, among others if there is a Redis to hear them by."""
    if not redis_url:
        return OneNode()
    # A database that was brought back is another one: its nodes do not hear those that still go by the former.
    channel = f"pdm:{await store.read(identity_of)}:{await store.read(epoch_of)}"
    mark = await asyncio.to_thread(node_mark_in, data)
    return SeveralNodes(store, redis_url, channel=channel, mark=mark)


def _key_for_all(connection: Connection, *, mine: bytes) -> bytes:
    kept: str | None = connection.execute(select(server.c.token_key)).scalar_one()
    if kept is not None:
        return bytes.fromhex(kept)
    connection.execute(update(server).values(token_key=mine.hex()))
    return mine


def _end_operators_of_others(connection: Connection, *, at: datetime) -> None:
    """The operator is signed in at nodes alone that are at work."""
    places = [name.removeprefix(NODE) for name in _nodes(connection)]
    operators = select(person.c.id).where(person.c.name_key == OPERATOR).scalar_subquery()
    end_sessions(connection, (session.c.person == operators) & session.c.address.not_in(places), at=at)


def _nodes(connection: Connection) -> list[str]:
    """The leases of nodes that are at work, or have ended without a word."""
    return list(connection.execute(select(lease.c.name).where(lease.c.name.startswith(NODE))).scalars())
