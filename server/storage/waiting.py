"""Room for so many at a time. Who waits too long for it is told to come again: nobody queues up without end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.domain.errors import NotReady

RETRY_SECONDS = 2.0
"""What somebody is told to wait who has waited in vain."""
BUSY = "The server has more to do than it can at the moment. Nothing was changed; please try again in a few seconds."


class Room:
    """Places, given out in the order in which they are asked for."""

    def __init__(self, places: int, seconds: float, *, taken: str = BUSY) -> None:
        """Who finds them taken waits so many seconds at most, and is told so then."""
        self._free = asyncio.Semaphore(places)
        self._seconds = seconds
        self._taken = taken

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the places, for the block. Raises NotReady."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise NotReady(self._taken, retry_after=RETRY_SECONDS) from None
        try:
            yield
        finally:
            self._free.release()


class SharedRoom(Room):
    """The same, of which one person takes so many at most: whoever reads slowly leaves the others theirs."""

    def __init__(self, places: int, seconds: float, *, each: int) -> None:
        super().__init__(places, seconds)
        self._each = each
        self._rooms: dict[str, Room] = {}
        self._here: Counter[str] = Counter()
        """How many have or want a place, by person."""

    @asynccontextmanager
    async def place_of(self, whose: str | None) -> AsyncIterator[None]:
        """One of the places, for the block; None: of nobody. Raises NotReady."""
        if whose is None:
            async with self.place():
                yield
            return
        self._here[whose] += 1
        try:
            async with self._of(whose).place(), self.place():
                yield
        finally:
            self._here[whose] -= 1
            if not self._here[whose]:
                del self._here[whose], self._rooms[whose]

    def _of(self, whose: str) -> Room:
        return self._rooms.setdefault(
            whose,
            Room(
                self._each,
                self._seconds,
                taken=f"You have {self._each} long answers under way already (vaults that are read whole, exports), and"
                " this server gives one person no more at a time. Please try again when one of them has ended.",
            ),
        )
