"""Room for so many at a time. Who waits too long for it is told to come again: nobody queues up without end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.domain.errors import NotReady

RETRY_SECONDS = 2.0
"""What somebody is told to wait who has waited in vain."""


class Room:
    """Places, given out in the order in which they are asked for."""

    def __init__(self, places: int, seconds: float) -> None:
        """Who finds them taken waits so many seconds at most."""
        self._free = asyncio.Semaphore(places)
        self._seconds = seconds

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the places, for the block. Raises NotReady."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise NotReady(
                "The server has more to do than it can at the moment. Nothing was changed; please try again in a few"
                " seconds.",
                retry_after=RETRY_SECONDS,
            ) from None
        try:
            yield
        finally:
            self._free.release()
