"""Collect what is no longer needed: what has expired, content without a use, arrivals that broke off."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from server.services import going
from server.services.arrivals import forget_expired_arrivals, unknown_arrivals
from server.services.beginning import began_lately
from server.services.counting import count_time
from server.services.idempotency import forget_old_answers
from server.services.parking import forget_old_parked
from server.services.purging import purge_due
from server.services.sessions import forget_old_sessions
from server.services.uploads import forget_expired, forget_unused_content, unknown_content
from server.storage.blobs import Blobs
from server.storage.gate import Fence, Gate
from server.storage.store import Store

Hashes = TypeVar("Hashes", bound=Collection[str])

log = structlog.get_logger(__name__)

SPARED = timedelta(hours=24)
"""Content younger than this stays, whatever refers to it."""
BROKEN_OFF = timedelta(hours=1)
"""An arrival without a new byte for so long is given up."""
_AT_ONCE = 200
"""How much is removed before others have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """How much was collected."""

    uploads: int
    parked: int
    purged: int
    answers: int
    contents: int
    arrivals: int


Named = Callable[[Collection[str]], Collection[str]]
"""Those of some hashes that are named elsewhere, and stay. May wait for the disk."""


def _nowhere(_: Collection[str]) -> Collection[str]:
    return ()


async def collect(store: Store, *, blobs: Blobs, gate: Gate, now: datetime, named: Named = _nowhere) -> Collected:
    """Collect everything once: at the start of a server and each hour after. What is `named` elsewhere stays.

    Each step goes by itself, and first what needs no room in the database: that makes some on a full disk.
    """
    contents = _Contents(store, blobs, gate, now=now, named=named)
    arrivals = await _try("incoming", asyncio.to_thread(blobs.discard_incoming, before=now - BROKEN_OFF))
    await _try("contents that were left", contents.forget_left())
    unknown = await _try("unknown contents", contents.collect_unknown())
    await _try("open uploads", store.write(partial(forget_expired_arrivals, now=now)))
    arrivals += await _try("parts", _collect_parts(store, blobs, before=now - BROKEN_OFF))
    uploads = await _try("uploads", store.write(partial(forget_expired, now=now)))
    parked = await _try("parked versions", store.write(partial(_count_and_forget, now=now)))
    purged = await _try("deleted files", _purge(store, now=now))
    await _try("sessions", store.write(partial(forget_old_sessions, now=now)))
    answers = await _try("answers", store.write(partial(forget_old_answers, now=now)))
    unused = await _try("unused contents", contents.collect_unused())
    return Collected(
        uploads=uploads, parked=parked, purged=purged, answers=answers, contents=unknown + unused, arrivals=arrivals
    )


async def _try(what: str, step: Awaitable[int]) -> int:
    """How much it collected. What it raises stops nothing else."""
    try:
        return await step
    except Exception:
        log.exception("not_collected", what=what)
        return 0


def _count_and_forget(connection: Connection, *, now: datetime) -> int:
    """One transaction: what is over is over by this very count."""
    count_time(connection, now=now)
    return forget_old_parked(connection)


async def _purge(store: Store, *, now: datetime) -> int:
    """Deleted files that go for good now, some at a time."""
    purged = 0
    while gone := await store.write(partial(purge_due, limit=_AT_ONCE, now=now)):
        purged += gone
    return purged


async def _collect_parts(store: Store, blobs: Blobs, *, before: datetime) -> int:
    """Parts of uploads that are no longer written down. The row is there before the first byte, and goes first."""
    collected = 0
    growing = blobs.growing_older_than(before)
    while portion := await asyncio.to_thread(_portion, growing):
        unknown = await store.read(partial(unknown_arrivals, ids=portion))
        collected += await _remove(unknown, lambda each: blobs.growing(each).discard())
    return collected


class _Contents:
    """Contents that are to be looked at once, each as long as nobody is in the gate."""

    def __init__(self, store: Store, blobs: Blobs, gate: Gate, *, now: datetime, named: Named) -> None:
        self._store = store
        self._blobs = blobs
        self._gate = gate
        self._now = now
        self._named = named

    async def collect_unused(self) -> int:
        """Content that is written down and that nothing refers to. First the row goes, then the bytes."""
        collected, since = 0, await self._since()
        forget = partial(forget_unused_content, before=self._now - SPARED, since=since, limit=_AT_ONCE)
        while True:
            async with self._gate.closed() as fence:
                hashes = await self._store.write(partial(_let_go, forget, fence=fence))
                collected += await self._remove(hashes, fence=fence)
            if len(hashes) < _AT_ONCE:
                return collected

    async def collect_unknown(self) -> int:
        """Content that a server stored and did not live to write down."""
        collected, since = 0, await self._since()
        stored = self._blobs.older_than(self._now - SPARED, since=since)
        while portion := await asyncio.to_thread(_portion, stored):
            async with self._gate.closed() as fence:
                # What came again since it was listed is written down by now: nobody is in the gate.
                find = partial(unknown_content, hashes=portion)
                if fence.process is None:  # nothing to be written down: that would need room in the database
                    unknown = await self._store.read(find)
                else:
                    unknown = await self._store.write(partial(_let_go, find, fence=fence))
                collected += await self._remove(unknown, fence=fence)
        return collected

    async def forget_left(self) -> int:
        """What was left of removals that are over, of ours and of nodes that have ended, may be stored again."""
        async with self._gate.closed() as fence:
            if await self._store.read(partial(going.is_anything_left, by=fence.process)):
                await self._store.write(partial(_behind, fence, partial(going.forget_left, by=fence.process)))
        return 0

    async def _since(self) -> datetime | None:
        """What is older may be named by the database of another epoch, and is spared."""
        return await self._store.read(partial(began_lately, now=self._now))

    async def _remove(self, hashes: Collection[str], *, fence: Fence) -> int:
        """Remove those that are not named elsewhere; how many.

        Raises NotReady where this node was taken for dead meanwhile, and ContentsAway: the next time we let go of them.
        """
        if not hashes:
            return 0
        gone = set(hashes).difference(await asyncio.to_thread(self._named, hashes))
        removed = await _remove(gone, self._blobs.remove)
        if fence.process is not None:
            await self._store.write(partial(_behind, fence, partial(going.leave, hashes=hashes, by=fence.process)))
        return removed


def _let_go(find: Callable[[Connection], Hashes], connection: Connection, *, fence: Fence) -> Hashes:
    """One transaction: contents to which nothing refers; where there are other nodes, they know of it from then on."""
    fence.require(connection)
    found = find(connection)
    if fence.process is not None:
        going.enter(connection, found, by=fence.process)
    return found


def _behind(fence: Fence, act: Callable[[Connection], None], connection: Connection) -> None:
    fence.require(connection)
    act(connection)


async def _remove(names: Collection[str], remove: Callable[[str], None]) -> int:
    """Remove each; how many. What the disk does not let go stays for the next collection, and keeps no other."""
    removed = 0
    for each in names:
        try:
            await asyncio.to_thread(remove, each)
            removed += 1
        except OSError:
            log.exception("not_removed", name=each)
    return removed


def _portion(stored: Iterator[str]) -> list[str]:
    return list(islice(stored, _AT_ONCE))
