"""Collect what is no longer needed: what has expired, content without a use, arrivals that broke off."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from server.services.arrivals import forget_expired_arrivals, unknown_arrivals
from server.services.idempotency import forget_old_answers
from server.services.parking import forget_old_parked
from server.services.uploads import forget_expired, forget_unused_content, unknown_content
from server.storage.blobs import Blobs
from server.storage.gate import Gate
from server.storage.store import Store

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
    answers: int
    contents: int
    arrivals: int


Named = Callable[[Collection[str]], Collection[str]]
"""Those of some hashes that are named elsewhere, and stay. May wait for the disk."""


def _nowhere(_: Collection[str]) -> Collection[str]:
    return ()


async def collect(store: Store, *, blobs: Blobs, gate: Gate, now: datetime, named: Named = _nowhere) -> Collected:
    """Collect everything once: at the start of a server and each hour after. What is `named` elsewhere stays."""
    arrivals = await asyncio.to_thread(blobs.discard_incoming, before=now - BROKEN_OFF)
    await store.write(lambda connection: forget_expired_arrivals(connection, now=now))
    arrivals += await _collect_parts(store, blobs, before=now - BROKEN_OFF)
    uploads = await store.write(lambda connection: forget_expired(connection, now=now))
    parked = await store.write(lambda connection: forget_old_parked(connection, now=now))
    answers = await store.write(lambda connection: forget_old_answers(connection, now=now))
    contents = await _collect_unused(store, blobs, gate, before=now - SPARED, named=named)
    contents += await _collect_unknown(store, blobs, gate, before=now - SPARED, named=named)
    return Collected(uploads=uploads, parked=parked, answers=answers, contents=contents, arrivals=arrivals)


async def _collect_parts(store: Store, blobs: Blobs, *, before: datetime) -> int:
    """Parts of uploads that are no longer written down. The row is there before the first byte, and goes first."""
    collected = 0
    growing = blobs.growing_older_than(before)
    while portion := await asyncio.to_thread(_portion, growing):
        unknown = await store.read(partial(unknown_arrivals, ids=portion))
        for each in unknown:
            await asyncio.to_thread(blobs.growing(each).discard)
        collected += len(unknown)
    return collected


async def _collect_unused(store: Store, blobs: Blobs, gate: Gate, *, before: datetime, named: Named) -> int:
    """Content that is written down and that nothing refers to. First the row goes, then the bytes."""
    collected = 0
    while True:
        async with gate.closed():
            hashes = await store.write(
                lambda connection: forget_unused_content(connection, before=before, limit=_AT_ONCE)
            )
            collected += await _remove(blobs, hashes, named)
        if len(hashes) < _AT_ONCE:
            return collected


async def _collect_unknown(store: Store, blobs: Blobs, gate: Gate, *, before: datetime, named: Named) -> int:
    """Content that a server stored and did not live to write down."""
    collected = 0
    stored = blobs.older_than(before)
    while portion := await asyncio.to_thread(_portion, stored):
        async with gate.closed():
            # What came again since it was listed is written down by now: nobody is in the gate.
            unknown = await store.read(partial(unknown_content, hashes=portion))
            collected += await _remove(blobs, unknown, named)
    return collected


async def _remove(blobs: Blobs, hashes: Collection[str], named: Named) -> int:
    """Remove those that are not named elsewhere; how many."""
    if not hashes:
        return 0
    gone = set(hashes).difference(await asyncio.to_thread(named, hashes))
    for each in gone:
        await asyncio.to_thread(blobs.remove, each)
    return len(gone)


def _portion(stored: Iterator[str]) -> list[str]:
    return list(islice(stored, _AT_ONCE))
