"""From a connection to the disk in flat memory: one thread writes what has come, while more comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

PIECE_BYTES = 2**20
"""How much is gathered before it is written; twice that is in memory, since the next gathers meanwhile."""
BETWEEN_SECONDS = 1.0
"""How often something is done between, while bytes come."""


async def pour(
    pieces: AsyncIterator[bytes],
    write: Callable[[bytearray], None],
    *,
    limit: int,
    between: Callable[[], Awaitable[object]] | None = None,
) -> bool:
    """Write all that comes, also what came before it breaks off; False at the first byte above the limit.

    `between` is called now and then, when everything before is written. Raises what the two and the pieces raise.
    """
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
