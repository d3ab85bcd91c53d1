"""Whether PostgreSQL answers at all: asked each second on the connection by which a server says that it is there.

One that hangs, or a network that swallows everything, says nothing for minutes. Whoever waits for it then is told so,
and whoever comes later at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from weakref import WeakSet

import asyncpg
import structlog

from server.storage.postgres_presence import Elsewhere
from server.storage.postgres_trouble import OtherDatabase, Silent

log = structlog.get_logger(__name__)

PULSE_SECONDS: Final = 3.0
"""So long an answer to nothing at all may take."""
MISSED: Final = 2
"""So many in a row without an answer: this process may have been held up itself."""
_SAID_AT_ONCE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""A no is an answer: whoever asks next hears it, too."""


class Pulse:
    """Feels it with each `beat`. Used from the event loop only."""

    def __init__(
        self, connection: asyncpg.Connection, connect_again: Callable[[], Awaitable[asyncpg.Connection]]
    ) -> None:
        self._connection: asyncpg.Connection | None = connection
        self._connect_again = connect_again
        self._missed = 0
        self._others: WeakSet[asyncpg.Connection] = WeakSet()

    def watch(self, connection: asyncpg.Connection) -> None:
        """Whoever waits for an answer on this one does not when there is no pulse."""
        self._others.add(connection)

    def require(self) -> None:
        """Raises Silent while there is none."""
        if self._missed >= MISSED:
            raise Silent

    async def beat(self) -> bool:
        """Ask once; whether there was an answer. A connection that was lost is made anew.

        Raises Elsewhere. Whatever else is wrong is told to whoever needs the database.
        """
        try:
            async with asyncio.timeout(PULSE_SECONDS):
                if not await self._answers():
                    self._connection = await self._connect_again()
        except TimeoutError:
            self._missed += 1
            self._end()
            if self._missed >= MISSED:
                self._give_up()
            return False
        except (*_SAID_AT_ONCE, OtherDatabase) as no:
            self._end()
            if isinstance(no, Elsewhere):
                raise
        if self._missed >= MISSED:
            log.info("database_answers_again")
        self._missed = 0
        return True

    async def _answers(self) -> bool:
        """Whether there is an answer by the connection that there is."""
        if self._connection is None or self._connection.is_closed():
            return False
        try:
            await self._connection.execute("SELECT 1")
        except _SAID_AT_ONCE:
            self._end()
            return False
        return True

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            with suppress(*_SAID_AT_ONCE):
                await self._connection.close(timeout=PULSE_SECONDS)
        self._end()

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _give_up(self) -> None:
        """Whoever waits stops waiting: with a goodbye, or a statement to take back another, they would wait on."""
        if self._missed == MISSED:
            log.warning("database_silent", seconds=MISSED * PULSE_SECONDS)
        for each in tuple(self._others):
            each.terminate()
