"""A revision from the server into an unfinished file that is checked; a cut goes on by ranges."""

import asyncio
from collections.abc import AsyncIterator

from blake3 import blake3

from pdm_desktop.core.errors import Spoiled, Told, Unreachable
from pdm_desktop.sync.ports import Disk, Unfinished, Vault
from pdm_desktop.sync.transfer.attempts import Attempts
from pdm_desktop.sync.transfer.progress import Progress
from server.protocol.vault import File, Revision


async def download(vault: Vault, disk: Disk, file: File, revision: Revision, progress: Progress) -> Unfinished:
    """Fetch one revision into an unfinished file, checked and on the disk. A cut goes on where it was.

    Raises core.errors.
    """
    unfinished = await asyncio.to_thread(disk.begin)
    try:
        digest = blake3()
        size = 0
        attempts = Attempts()
        while True:
            try:
                async with vault.content(file.id, revision.number, start=size) as blocks:
                    async for block in _gathered(blocks):
                        digest.update(block)
                        size += len(block)
                        await asyncio.to_thread(unfinished.write, block)
                        progress.add(len(block))
                        attempts.moved()
                break
            except Unreachable as error:
                if size >= revision.size:
                    break  # only the end of the answer was lost
                await attempts.wait(error)
        if (size, digest.hexdigest()) != (revision.size, revision.hash):
            raise Spoiled(
                f"{file.filename} did not arrive as Rev {revision.number} is stored.",
                advice="Nothing has changed here. Try again; if it stays so, tell an administrator.",
            )
        await asyncio.to_thread(unfinished.finish)
    except BaseException as error:
        await asyncio.to_thread(unfinished.discard)
        progress.end(error if isinstance(error, Told) else None)
        raise
    progress.end()
    return unfinished


async def _gathered(blocks: AsyncIterator[bytes], least: int = 1 << 20) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a trip to the disk's thread. Raises what the source raises, after all it gave."""
    waiting = bytearray()
    cut: Unreachable | None = None
    try:
        async for block in blocks:
            waiting += block
            if len(waiting) >= least:
                yield bytes(waiting)
                waiting.clear()
    except Unreachable as error:
        cut = error
    if waiting:
        yield bytes(waiting)
    if cut is not None:
        raise cut
