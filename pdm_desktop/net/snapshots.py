"""Reads a vault's snapshot from the server into the cache, and from there into the store."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable

import msgspec

from pdm_desktop.cache.cache import Cache, Tree
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.errors import BadAnswer
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.locks import HeldFile
from pdm_desktop.state.snapshot import Snapshot
from server.protocol.calls import TreeHead

PORTION = 512 << 10
"""Bytes of lines that go into the cache at once: some 1,700 files, which it takes for 20 ms. Folders open between."""


async def read_snapshot(
    vault: str, calls: VaultCalls, cache: CacheWorker, *, progress: Callable[[int, int], None] = lambda _have, _of: None
) -> Snapshot | None:
    """What the vault is now, kept in the cache; None when it may not be read any more. Raises core.errors.

    `progress` is told how many files are here, of how many. A cut leaves the vault as it was.
    """
    await cache.run(Cache.begin_snapshot)
    async with calls.tree_bytes(vault) as blocks:
        head = await _fill(cache, portions(blocks), progress)
    while await cache.run(Cache.complete_snapshot):
        """Folders open between."""
    await cache.run(functools.partial(Cache.finish_snapshot, head=head))
    snapshot = await cache.run(functools.partial(snapshot_in, vault=vault))
    await cache.run(Cache.drop_leftovers)
    return snapshot


def snapshot_in(cache: Cache, vault: str) -> Snapshot | None:
    """What the cache has of a vault, as the store takes it."""
    tree = cache.tree(vault)
    return None if tree is None else snapshot_of(tree)


def snapshot_of(tree: Tree) -> Snapshot:
    """What the cache has of a vault, as the store takes it."""
    held = [HeldFile(vault=tree.vault, file=file.id, path=file.path, lock=file.lock) for file in tree.held if file.lock]
    return Snapshot(vault=tree.vault, seq=tree.seq, folders=tree.folders, locks=held)


async def portions(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The first line alone, then whole lines, PORTION bytes of them at a time. One newline ends each."""
    begun, is_first = bytearray(), True
    async for block in blocks:
        begun += block
        if is_first and b"\n" in begun:
            first, _, begun = begun.partition(b"\n")
            yield bytes(first)
            is_first = False
        if len(begun) >= PORTION:
            whole, _, begun = begun.rpartition(b"\n")
            yield bytes(whole)
    yield bytes(begun)


async def _fill(cache: CacheWorker, lines: AsyncIterator[bytes], progress: Callable[[int, int], None]) -> TreeHead:
    """Put what comes into the cache, while the next of it comes. Raises BadAnswer when it is not whole."""
    count = 0
    adding: asyncio.Future[int] | None = None
    try:
        head = msgspec.json.decode(await anext(lines), type=TreeHead)
        async for portion in lines:
            count += 0 if adding is None else await adding
            progress(count, head.files)
            adding = cache.begin(functools.partial(Cache.add_to_snapshot, lines=portion))
        count += 0 if adding is None else await adding
    except msgspec.DecodeError as error:
        raise BadAnswer("The server's list of files could not be read.", advice="It is asked for again.") from error
    finally:
        if adding is not None:  # what it raises beside another error is heard, and told no more
            await asyncio.wait((adding,))
            adding.cancelled() or adding.exception()
    if head.files != count:
        raise BadAnswer("The server's list of files did not arrive whole.", advice="It is asked for again.")
    return head
