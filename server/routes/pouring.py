"""From a connection to the disk in flat memory: one thread writes what has come, while more comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self

PIECE_BYTES = 2**20
"""How much is gathered before it is written; twice that is in memory, since the next gathers meanwhile."""
FLUSH_BYTES = 2**23
"""After so many bytes the disk begins with them, so that there is little left to wait for at the end."""
BETWEEN_SECONDS = 1.0
"""How often something is done between, while bytes come."""


async def pour(
    pieces: AsyncIterator[bytes],
    write: Callable[[bytearray], None],
    *,
    limit: int,
    between: Callable[[], Awaitable[object]] | None = None,
    flush: Callable[[], None] = lambda: None,
) -> bool:
    """Write all that comes, also what came before it breaks off; False at the first byte above the limit.

    `between` is called now and then, when everything before is written. `flush` brings to the disk itself what was
    written so far, on a thread beside the one that writes. Raises what the three and the pieces raise.
    """
    async with _Flushing(flush) as flushing:
        return await _pour(pieces, write, limit=limit, between=between, flushing=flushing)


class _Flushing:
    """One flush at a time, of what was written before it. What it raises is raised at the next, or at the end."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._running: asyncio.Future[None] | None = None
        self._bytes = 0

    def wrote(self, count: int) -> None:
        """So much more is written."""
        self._bytes += count
        if self._bytes < FLUSH_BYTES or (self._running is not None and not self._running.done()):
            return
        if self._running is not None:
            self._running.result()
        self._running, self._bytes = asyncio.get_running_loop().run_in_executor(None, self._flush), 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            await self._running


async def _pour(
    pieces: AsyncIterator[bytes],
    write: Callable[[bytearray], None],
    *,
    limit: int,
    between: Callable[[], Awaitable[object]] | None,
    flushing: _Flushing,
) -> bool:
    loop = asyncio.get_running_loop()
    writing: asyncio.Future[None] | None = None
    gathered, total, looked = bytearray(), 0, loop.time()
    try:
        async for piece in pieces:
            total += len(piece)
            if total > limit:
                return False
            gathered += piece
            due = between is not None and loop.time() - looked >= BETWEEN_SECONDS
            if len(gathered) < PIECE_BYTES and not due:
                continue
            if writing is not None:
                await asyncio.shield(writing)
                flushing.wrote(PIECE_BYTES)
            writing, gathered = loop.run_in_executor(None, write, gathered), bytearray()
            if between is not None and due:
                await asyncio.shield(writing)
                await between()
                looked = loop.time()
    finally:
        # Nobody may take the file away from under a thread that writes to it, nor write behind a gap.
        if writing is not None:
            await writing
        await asyncio.to_thread(write, gathered)
    return True
