"""The gate between content and its row, over several nodes: no node stores while one collects.

A node at which somebody passes says so by a lease, and keeps it while more pass: not each content costs a write. Who
closes the gate says so by a lease as well, and waits until no other node has anybody in it. Both are written one
after the other, since a store lets one write at a time: either who passes sees that it is closed, or who closes sees
that somebody passes.

A process may stand still and be taken for dead. So each writes down what it did behind a fence, in a transaction that
looks whether its lease has been its own all the time.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from sqlalchemy import Connection, select

from server.domain.errors import NotReady
from server.services.leases import LOOK_SECONDS, SILENT_SECONDS, LeaseFence, Leases, look_at, take
from server.storage.gate import Fence, Gate
from server.storage.store import Store
from server.storage.tables import lease

CLOSED = "gate closed"
PASSING = "gate passed at "
PATIENCE_SECONDS = 60.0
"""Who stores waits so long at most for who collects; a portion takes less."""
RETRY_SECONDS = 5.0


class SharedGate(Gate):
    """Many may pass at the same time, at all nodes, and nobody while it is closed at one. At work within `run`."""

    def __init__(self, leases: Leases, store: Store) -> None:
        super().__init__()
        self._leases = leases
        self._store = store
        self._marking = asyncio.Lock()
        self._marked = False
        """It is written down that somebody passes here."""
        self._mark = 0
        """Which mark that is: another one after each that was lost."""
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._wanted = False
        """Another node wants to close it: nobody new comes in here until it has."""

    @contextlib.asynccontextmanager
    async def passing(self) -> AsyncIterator[Fence]:
        """Hold the gate open, waiting first while it is closed.

        Raises NotReady when it stays closed for too long, or when this node was held up and taken for dead meanwhile:
        what was stored may be gone then, and is to be sent again.
        """
        async with super().passing():
            mark = await self._enter()
            try:
                yield self._fence(PASSING + self._leases.node)
                if mark != self._mark or not self._leases.alive:
                    raise _held_up()
            finally:
                self._inside -= 1
                if not self._inside:
                    self._empty.set()

    @contextlib.asynccontextmanager
    async def closed(self) -> AsyncIterator[Fence]:
        """Close it, and wait until nobody is in it, at any node. Raises NotReady when another node keeps it closed."""
        async with super().closed():
            async with self._marking:
                await self._leave()
            async with self._leases.held(CLOSED, patience=PATIENCE_SECONDS) as ours:
                if not ours:
                    raise NotReady("Another node of the server is collecting.", retry_after=RETRY_SECONDS)
                await self._until_empty()
                yield self._fence(CLOSED)

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Look whether another node wants to close the gate, and let go of it when nobody passes any more."""
        async with asyncio.TaskGroup() as tasks:
            resting = tasks.create_task(self._rest_on_and_on(), name="gate")
            try:
                yield
            finally:
                resting.cancel()

    def _fence(self, name: str) -> LeaseFence:
        return LeaseFence(self._leases, name, lost=_held_up)

    async def _enter(self) -> int:
        """Go in, under a mark that says so; which one it is."""
        async with self._marking:
            if not self._marked or self._wanted:
                await self._empty.wait()  # those that are in it leave before another node closes it
                await self._leave()
                await self._put_mark()
            self._inside += 1
            self._empty.clear()
            return self._mark

    async def _put_mark(self) -> None:
        begun = asyncio.get_running_loop().time()
        while not await self._store.write(partial(_say_passing, node=self._leases.node)):
            # Whoever closed it is waited for, or taken for dead after a while, as by everybody who waits for a lease.
            async with self._leases.held(CLOSED, patience=SILENT_SECONDS + 2.0):
                pass
            if asyncio.get_running_loop().time() - begun > PATIENCE_SECONDS:
                raise NotReady("Another node of the server is collecting.", retry_after=RETRY_SECONDS)
        self._leases.adopt(PASSING + self._leases.node, lost=self._lose)
        self._marked = True

    async def _leave(self) -> None:
        """Take the mark away; nobody is inside."""
        if self._marked:
            self._marked = False
            await self._leases.let_go(PASSING + self._leases.node)
        self._wanted = False

    def _lose(self) -> None:
        self._marked = False
        self._mark += 1

    async def _rest_on_and_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._marked:
                continue
            if not self._inside:
                async with self._marking:
                    if not self._inside:
                        await self._leave()
            elif not self._wanted:
                self._wanted = await self._is_wanted()

    async def _is_wanted(self) -> bool:
        try:
            found = await self._store.read(partial(look_at, name=CLOSED))
        except NotReady:
            return False
        return found is not None and found.holder != self._leases.node

    async def _until_empty(self) -> None:
        """Whoever passes elsewhere lets go soon; a node that does not has ended, and its lease is taken from it."""
        while others := await self._store.read(_passing):
            for name in others:
                async with self._leases.held(name, patience=SILENT_SECONDS + 2.0):
                    pass


def _held_up() -> NotReady:
    return NotReady("The server was held up. Please send this again.", retry_after=RETRY_SECONDS)


def _say_passing(connection: Connection, *, node: str) -> bool:
    """Say that somebody passes at that node, unless the gate is closed at another one; whether it is said."""
    closed = look_at(connection, name=CLOSED)
    if closed is not None and closed.holder != node:
        return False
    return take(connection, name=PASSING + node, holder=node, dead=None) is None


def _passing(connection: Connection) -> list[str]:
    """The leases of nodes at which somebody passes."""
    return list(connection.execute(select(lease.c.name).where(lease.c.name.startswith(PASSING))).scalars())
