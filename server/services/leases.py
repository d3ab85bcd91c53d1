"""Leases: what one of several nodes alone works on, by a row that its holder keeps alive.

Beats go before all other changes: a node with much to do is not taken for dead. No clock of another node is believed:
a lease is over when whoever waits for it has seen it without a beat for a while.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import Connection, delete, insert, select, update

from server.storage.gate import Fence, Process
from server.storage.store import Store
from server.storage.tables import lease

log = structlog.get_logger(__name__)

BEAT_SECONDS = 2.0
SILENT_SECONDS = 8.0
"""Without a beat for so long a lease is over: its node has ended, or its holder has to end by itself."""
LOOK_SECONDS = 0.2
"""Between two looks at a lease that somebody else holds."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as it was seen."""

    holder: str
    beat: int


class Leases:
    """Those of this node. Used from the server's event loop only; at work within `run`."""

    def __init__(self, store: Store, *, place: str = "", running: str = "") -> None:
        """`place` is where this node runs; one process at a time does there.

        Of two processes there with the same `running` the earlier one has ended.
        """
        self.node = f"{running}{secrets.token_hex(8)}"
        self.place = place
        self._running = running
        self._store = store
        self._lost: dict[str, Callable[[], None]] = {}
        """What we hold, and what is to be called when it is lost."""
        self._last_beat = 0.0
        self._looked_at: Mapping[str, Held] = {}

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Keep what is held alive, until the end of the block; then let go of it."""
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(self._beat_on_and_on(), name="leases")
            try:
                yield
            finally:
                beating.cancel()
        try:
            await self._store.write(partial(let_go_of_all, holder=self.node))
        except Exception:  # the database is away: they are over when nobody has seen a beat for a while
            log.exception("leases_not_let_go")

    async def take(
        self, name: str, *, patience: float, lost: Callable[[], None] = lambda: None, former: bool = False
    ) -> bool:
        """Hold it, after waiting so many seconds at most for whoever holds it; whether we do.

        Who has ended without a word is waited for SILENT_SECONDS, unless it is `former`: a process that ran where we
        do. `lost` is called when it is not ours any more.
        """
        begun = since = _seconds()
        seen: Held | None = None
        while True:
            over = _seconds() - since > SILENT_SECONDS or (former and seen is not None and self._is_former(seen))
            dead = seen if over else None
            found = await self._store.read(partial(look_at, name=name))
            if found is None or found == dead or found.holder == self.node:
                found = await self._store.write(partial(take, name=name, holder=self.node, dead=dead))
            if found is None:
                self.adopt(name, lost=lost)
                return True
            if found != seen:
                seen, since = found, _seconds()
            if _seconds() - begun >= patience:
                return False
            await asyncio.sleep(LOOK_SECONDS)

    def _is_former(self, held: Held) -> bool:
        return bool(self._running) and held.holder.startswith(self._running)

    def adopt(self, name: str, *, lost: Callable[[], None]) -> None:
        """Keep a lease alive that was just written down as ours."""
        if not self._lost:
            self._last_beat = _seconds()
        self._lost[name] = lost

    @property
    def alive(self) -> bool:
        """Whether no other node can have taken this one for dead."""
        return _seconds() - self._last_beat < SILENT_SECONDS

    async def is_free(self, name: str) -> bool:
        """Wait until no other node holds it: without end, if one does not let go."""
        while True:
            found = await self._store.read(partial(look_at, name=name))
            if found is None or found.holder == self.node:
                return True
            await asyncio.sleep(LOOK_SECONDS)

    async def is_kept(self, name: str) -> bool:
        """Whether somebody keeps it alive: known with the next beat, and that nobody does after SILENT_SECONDS."""
        begun, first = _seconds(), await self._store.read(partial(look_at, name=name))
        found = first
        while found is not None and _seconds() - begun <= SILENT_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            found = await self._store.read(partial(look_at, name=name))
            if found is not None and found != first:
                return True
        return False

    async def forget_dead(self) -> None:
        """Remove what nobody has kept alive since the last call, which is long ago: what was left by who has ended."""
        found = await self._store.read(look_at_all)
        dead = {name: held for name, held in self._looked_at.items() if found.get(name) == held}
        if dead:
            await self._store.write(partial(remove_dead, dead=dead))
        self._looked_at = found

    async def let_go(self, name: str) -> None:
        """Others may have it now. Nothing is raised: what cannot be written down is over after a while."""
        self._lost.pop(name, None)
        try:
            await self._store.write(partial(let_go, name=name, holder=self.node))
        except Exception:
            log.exception("lease_not_let_go", name=name)

    @asynccontextmanager
    async def held(self, name: str, *, patience: float) -> AsyncIterator[bool]:
        """Hold it for the block, if it can be had; whether it is ours."""
        ours = await self.take(name, patience=patience)
        try:
            yield ours
        finally:
            if ours:
                await self.let_go(name)

    async def _beat_on_and_on(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if self._lost:
                await self._beat()

    async def _beat(self) -> None:
        if not self.alive:  # this node has slept, or the database was away
            self._lose(tuple(self._lost))
            return
        begun, held = _seconds(), tuple(self._lost)
        try:
            kept = await self._store.write_first(partial(keep, names=held, holder=self.node))
        except Exception:
            log.exception("leases_not_kept")
            return
        self._last_beat = begun
        self._lose(set(held) - kept)

    def _lose(self, names: Collection[str]) -> None:
        for name in names:
            lost = self._lost.pop(name, None)
            if lost is not None:
                log.warning("lease_lost", name=name)
                lost()


class LeaseFence(Fence):
    """Ours, as long as a lease is that was taken before, and that is not taken again before we are done."""

    def __init__(self, leases: Leases, name: str, *, lost: Callable[[], Exception]) -> None:
        """`lost` makes what is raised when it is not ours any more."""
        self.process = Process(leases.node, leases.place)
        self._node = leases.node
        self._name = name
        self._lost = lost

    def require(self, connection: Connection) -> None:
        """Raises what `lost` makes where this node was taken for dead: nothing may be written down then."""
        found = look_at(connection, name=self._name)
        if found is None or found.holder != self._node:
            raise self._lost()


def look_at(connection: Connection, *, name: str) -> Held | None:
    """Who holds it."""
    row = connection.execute(select(lease).where(lease.c.name == name)).one_or_none()
    return None if row is None else Held(row.holder, row.beat)


def look_at_all(connection: Connection) -> Mapping[str, Held]:
    """Who holds what."""
    return {row.name: Held(row.holder, row.beat) for row in connection.execute(select(lease))}


def remove_dead(connection: Connection, *, dead: Mapping[str, Held]) -> None:
    """Those that stand still as they were seen are nobody's."""
    for name, held in dead.items():
        same = (lease.c.name == name) & (lease.c.holder == held.holder) & (lease.c.beat == held.beat)
        connection.execute(delete(lease).where(same))


def take(connection: Connection, *, name: str, holder: str, dead: Held | None) -> Held | None:
    """Make it that holder's, if it is nobody's, or stands as `dead` still; otherwise whose it is."""
    found = look_at(connection, name=name)
    if found is not None and found.holder != holder and found != dead:
        return found
    if found is not None:
        as_seen = () if found.holder == holder else (lease.c.beat == found.beat,)
        gone = delete(lease).where(lease.c.name == name, lease.c.holder == found.holder, *as_seen)
        if not connection.execute(gone).rowcount:  # a beat takes no turn: one came since it was looked at
            return look_at(connection, name=name) or found
    connection.execute(insert(lease).values(name=name, holder=holder, beat=1))
    return None


def keep(connection: Connection, *, names: Collection[str], holder: str) -> set[str]:
    """Those of the names that are that holder's still; they live on."""
    kept = (
        update(lease)
        .where(lease.c.name.in_(names), lease.c.holder == holder)
        .values(beat=lease.c.beat + 1)
        .returning(lease.c.name)
    )
    return set(connection.execute(kept).scalars())


def let_go(connection: Connection, *, name: str, holder: str) -> None:
    """It is nobody's, if it was that holder's."""
    connection.execute(delete(lease).where(lease.c.name == name, lease.c.holder == holder))


def let_go_of_all(connection: Connection, *, holder: str) -> None:
    """Nothing is that holder's any more."""
    connection.execute(delete(lease).where(lease.c.holder == holder))


def _seconds() -> float:
    return asyncio.get_running_loop().time()
