"""Turns over several nodes: one of them at a time works on each name, and who lingers at another one is ended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from server.bus.base import Bus, Hint, TurnHint
from server.domain.errors import NotReady
from server.services.leases import SILENT_SECONDS, LeaseFence, Leases
from server.storage.gate import Fence
from server.storage.turns import TakenOver, Turns

PATIENCE_SECONDS = SILENT_SECONDS + 4.0
"""For a turn at another node. Its node may have ended without a word."""
RETRY_SECONDS = 5.0


class SharedTurns(Turns):
    """One turn at a time for each name, whichever node it is at."""

    def __init__(self, leases: Leases, bus: Bus) -> None:
        super().__init__()
        self._leases = leases
        self._bus = bus
        bus.subscribe(self._hear)

    @contextlib.asynccontextmanager
    async def passing(self, name: str) -> AsyncIterator[Fence]:
        """A turn that ends, with TakenOver, as soon as somebody else wants one, here or at another node."""
        async with super().passing(name), self._lease(name) as fence:
            yield fence

    @contextlib.asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[Fence]:
        """A turn that nobody ends; whoever comes waits, here and at other nodes."""
        async with super().alone(name), self._lease(name) as fence:
            yield fence

    async def settled(self, name: str, *, patience: float) -> bool:
        """Wait until nobody has a turn, so many seconds at most, and end nobody's. Whether nobody has one now."""
        try:
            async with asyncio.timeout(patience):
                return await super().settled(name, patience=patience) and await self._leases.is_free(_lease_of(name))
        except TimeoutError:
            return False

    @contextlib.asynccontextmanager
    async def _lease(self, name: str) -> AsyncIterator[Fence]:
        lease = _lease_of(name)
        if not await self._leases.take(lease, patience=0, lost=lambda: self.end(name)):
            await self._bus.publish(TurnHint(name, self._leases.node))
            if not await self._leases.take(lease, patience=PATIENCE_SECONDS, lost=lambda: self.end(name)):
                raise NotReady(
                    "Another node of the server is at work on this upload. Please try again in a moment.",
                    retry_after=RETRY_SECONDS,
                )
        try:
            yield LeaseFence(self._leases, lease, lost=TakenOver)
        finally:
            await asyncio.shield(self._leases.let_go(lease))

    def _hear(self, hint: Hint) -> None:
        if isinstance(hint, TurnHint) and hint.node != self._leases.node:
            self.end(hint.name)


def _lease_of(name: str) -> str:
    return f"turn/{name}"
