"""A gate between content and its row: whoever stores passes, whoever collects closes it for a moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Process:
    """Who we are, where other nodes are at work as well."""

    node: str
    """Another one after each start."""
    place: str
    """Where it runs: one process at a time."""


class Fence:
    """Holds for who is in the gate, or has closed it. A process that stood still may be out of it and not know."""

    process: Process | None = None
    """Who we are among several nodes; None: there is no other."""

    def require(self, connection: Connection) -> None:
        """Raises NotReady in a transaction that would come too late; of one process there is none that does."""


class Gate:
    """Many may pass at the same time, and nobody while it is closed."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._passing = 0
        self._closed = False

    @contextlib.asynccontextmanager
    async def passing(self) -> AsyncIterator[Fence]:
        """Hold the gate open, waiting first while it is closed. What is stored is written down behind the fence."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._passing += 1
        try:
            yield Fence()
        finally:
            async with self._changed:
                self._passing -= 1
                self._changed.notify_all()

    @contextlib.asynccontextmanager
    async def closed(self) -> AsyncIterator[Fence]:
        """Close the gate, and wait until nobody is in it. What is removed is written down behind the fence."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._closed = True
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._passing == 0)
            yield Fence()
        finally:
            async with self._changed:
                self._closed = False
                self._changed.notify_all()
