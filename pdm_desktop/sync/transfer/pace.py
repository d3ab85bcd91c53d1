"""Keeps the transfers of one direction under a limit: each piece waits for its turn, on the loop and in no thread."""

import asyncio
from collections.abc import Callable, Iterator

from pdm_desktop.core.pace import Bucket, piece_of


class Pace:
    """Shared by all transfers of a direction. `clock` gives seconds; usually it is the loop's."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._bucket = Bucket()
        self._changed = asyncio.Event()

    @property
    def is_free(self) -> bool:
        """There is no limit."""
        return self._bucket.rate <= 0

    def limit(self, rate: float) -> None:
        """At most so many bytes a second from now on, for who waits already too; 0: no limit."""
        self._bucket = self._bucket.limited(rate, self._now())
        self._changed.set()
        self._changed = asyncio.Event()

    async def take(self, count: int) -> None:
        """Return when so many bytes may go."""
        if self.is_free:
            return
        self._bucket = self._bucket.take(count, self._now())
        ticket = self._bucket.taken
        while (seconds := self._bucket.wait(ticket, self._now())) > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def pieces(self, block: bytes) -> Iterator[bytes]:
        """A block in pieces that are worth waiting for; as it is while there is no limit."""
        size = piece_of(self._bucket.rate)
        if self.is_free or len(block) <= size:
            yield block
            return
        view = memoryview(block)
        for start in range(0, len(block), size):
            yield bytes(view[start : start + size])

    def _now(self) -> float:
        return self._clock() if self._clock is not None else asyncio.get_running_loop().time()
