"""A gate between content and its row: whoever stores passes, whoever collects closes it for a moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Gate:
    """Many may pass at the same time, and nobody while it is closed."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._passing = 0
        self._closed = False

    @contextlib.asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Hold the gate open, waiting first while it is closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._passing += 1
        try:
            yield
        finally:
            async with self._changed:
                self._passing -= 1
                self._changed.notify_all()

    @contextlib.asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Close the gate, and wait until nobody is in it."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._closed = True
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._passing == 0)
            yield
        finally:
            async with self._changed:
                self._closed = False
                self._changed.notify_all()
