"""Turns at things that only one call may work on at a time; whoever comes ends the turn of whoever lingers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from server.storage.gate import Fence


class TakenOver(Exception):
    """Somebody else wanted the turn."""


@dataclass(slots=True)
class _Place:
    free: asyncio.Lock = field(default_factory=asyncio.Lock)
    here: int = 0
    """How many have or want a turn."""
    newest: int = 0
    """The number of the newest who may be ended."""
    current: asyncio.Timeout | None = None
    """What ends the present turn, if it may be ended."""


class Turns:
    """One turn at a time for each name."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    @contextlib.asynccontextmanager
    async def passing(self, name: str) -> AsyncIterator[Fence]:
        """A turn that ends, with TakenOver, as soon as somebody else wants one: what is cleaned up there still is.

        Behind the fence stands what was done in it: TakenOver is raised there where the turn was lost unseen.
        """
        place = self._places.setdefault(name, _Place())
        place.newest += 1
        number = place.newest
        async with self._at(name, place):
            if number != place.newest:
                raise TakenOver
            limit = asyncio.timeout(None)
            try:
                async with limit:
                    place.current = limit
                    yield Fence()
            except TimeoutError:
                if limit.expired():
                    raise TakenOver from None
                raise
            finally:
                place.current = None

    @contextlib.asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[Fence]:
        """A turn that nobody ends; whoever comes waits. Behind the fence as in `passing`."""
        async with self._at(name, self._places.setdefault(name, _Place())):
            yield Fence()

    def end(self, name: str) -> None:
        """End the present turn, if it may be ended: it is wanted elsewhere."""
        place = self._places.get(name)
        if place is not None and place.current is not None:
            place.current.reschedule(asyncio.get_running_loop().time())

    async def settled(self, name: str, *, patience: float) -> bool:
        """Wait until nobody has a turn, so many seconds at most, and end nobody's. Whether nobody has one now."""
        place = self._places.get(name)
        if place is None:
            return True
        try:
            async with asyncio.timeout(patience), place.free:
                return True
        except TimeoutError:
            return False

    @contextlib.asynccontextmanager
    async def _at(self, name: str, place: _Place) -> AsyncIterator[None]:
        place.here += 1
        current, place.current = place.current, None
        if current is not None:
            current.reschedule(asyncio.get_running_loop().time())
        try:
            async with place.free:
                yield
        finally:
            place.here -= 1
            if place.here == 0:
                del self._places[name]
