"""How often one may try to sign in at several nodes: each counts the others' tries as well, as it hears of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from server.auth.throttle import Throttle
from server.bus.base import Bus, Hint, TryHint
from server.domain.errors import TooManyTries


class SharedThrottle(Throttle):
    """Counts tries per person and address over all nodes. While they do not hear each other, each counts its own."""

    def __init__(self, bus: Bus, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._node = secrets.token_hex(8)
        self._bus = bus
        self._clock = clock
        self._told: asyncio.Queue[TryHint] = asyncio.Queue()
        bus.subscribe(self._hear)

    def admit(self, *, name: str, address: str, now: datetime) -> None:
        """Let one try begin. Raises TooManyTries."""
        super().admit(name=name, address=address, now=now)
        self._tell(name=name, address=address)

    def admit_token(self, *, beside: str | None = None, address: str, now: datetime) -> None:
        """Let one try with a token of GitLab begin. Raises TooManyTries."""
        super().admit_token(beside=beside, address=address, now=now)
        self._tell(name=beside, address=address, token=True)

    def succeeded(self, *, name: str, address: str) -> None:
        """That try was right."""
        super().succeeded(name=name, address=address)
        self._tell(name=name, address=address, right=True)

    def token_succeeded(self, *, beside: str | None = None, address: str) -> None:
        """That try with a token was right."""
        super().token_succeeded(beside=beside, address=address)
        self._tell(name=beside, address=address, token=True, right=True)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Tell the other nodes, until the end of the block."""
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(self._tell_on_and_on(), name="throttle")
            try:
                yield
            finally:
                telling.cancel()

    def _tell(self, *, name: str | None, address: str, token: bool = False, right: bool = False) -> None:
        self._told.put_nowait(TryHint(node=self._node, name=name, address=address, token=token, right=right))

    async def _tell_on_and_on(self) -> None:
        while True:
            await self._bus.publish(await self._told.get())

    def _hear(self, hint: Hint) -> None:
        if not isinstance(hint, TryHint) or hint.node == self._node:
            return
        now = self._clock()
        with suppress(TooManyTries):  # the other node has let it begin all the same
            match hint:
                case TryHint(token=True, right=False, name=name, address=address):
                    super().admit_token(beside=name, address=address, now=now)
                case TryHint(token=True, name=name, address=address):
                    super().token_succeeded(beside=name, address=address)
                case TryHint(right=False, name=str(name), address=address):
                    super().admit(name=name, address=address, now=now)
                case TryHint(name=str(name), address=address):
                    super().succeeded(name=name, address=address)
