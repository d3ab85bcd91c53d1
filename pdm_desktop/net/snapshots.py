"""Reads a vault's snapshot from the server into the cache, and from there into the store."""

import msgspec

from pdm_desktop.cache.cache import Tree
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.errors import BadAnswer
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.locks import HeldFile
from pdm_desktop.state.snapshot import Snapshot
from server.protocol.calls import TreeHead

LINES_AT_ONCE = 2_000


async def read_snapshot(vault: str, calls: VaultCalls, cache: CacheWorker) -> Tree | None:
    """What the vault is now, kept in the cache; None when it may not be read any more. Raises core.errors."""
    await cache.run(lambda cache: cache.begin_snapshot())
    head: TreeHead | None = None
    count = 0
    async with calls.tree(vault) as lines:
        portion: list[str] = []
        async for line in lines:
            if head is None:
                head = msgspec.json.decode(line, type=TreeHead)
                continue
            portion.append(line)
            if len(portion) == LINES_AT_ONCE:
                count += len(portion)
                await _add(cache, portion)
                portion = []
        count += len(portion)
        await _add(cache, portion)
    if head is None or head.files != count:
        raise BadAnswer("The server's list of files did not arrive whole.", advice="It is asked for again.")
    await _finish(cache, head)
    return await cache.run(lambda cache: cache.tree(vault))


def snapshot_of(tree: Tree) -> Snapshot:
    """What the cache has of a vault, as the store takes it."""
    held = [HeldFile(vault=tree.vault, file=file.id, path=file.path, lock=file.lock) for file in tree.held if file.lock]
    return Snapshot(vault=tree.vault, seq=tree.seq, folders=tree.folders, locks=held)


async def _add(cache: CacheWorker, portion: list[str]) -> None:
    await cache.run(lambda cache: cache.add_to_snapshot(portion))


async def _finish(cache: CacheWorker, head: TreeHead) -> None:
    try:
        await cache.run(lambda cache: cache.finish_snapshot(head))
    except msgspec.DecodeError as error:
        raise BadAnswer("The server's list of files could not be read.", advice="It is asked for again.") from error
