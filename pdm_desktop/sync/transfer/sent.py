"""A file's blocks on their way into a request: read one ahead on a thread, and sent as fast as they may go."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

from pdm_desktop.sync.transfer.traffic import Moving


async def sent(blocks: Iterator[bytes], moving: Moving) -> AsyncGenerator[bytes, None]:
    """The blocks, counted as they go. Close it when it is not taken to its end: a thread may be at the file."""
    reading = _Reading(blocks)
    try:
        while block := await reading.next():
            for piece in moving.pace.pieces(block):
                await moving.pace.take(len(piece))
                moving.progress.add(len(piece))
                yield piece
    finally:
        await reading.close()


class _Reading:
    """Blocks of a file, one ahead of whoever takes them."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._next = self._begin()

    async def next(self) -> bytes | None:
        """The next one, or None after the last. Raises what reading raises."""
        block = await asyncio.shield(self._next)
        if block is not None:
            self._next = self._begin()
        return block

    async def close(self) -> None:
        """No more is wanted: when no thread reads any longer, the file is closed."""
        await asyncio.wait([self._next])
        if not self._next.cancelled():
            self._next.exception()  # whoever takes no more need not hear of it
        close = getattr(self._blocks, "close", None)
        if close is not None:
            await asyncio.to_thread(close)

    def _begin(self) -> "asyncio.Future[bytes | None]":
        return asyncio.get_running_loop().run_in_executor(None, _next, self._blocks)


def _next(blocks: Iterator[bytes]) -> bytes | None:
    return next(blocks, None)
