"""When each connection begins to be sent events: after its `resume`, or when it has said none for long enough.

A task for it lives only as long as there is something to catch up with; a connection that is live has none.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from server.hub.connection import Connection
from server.protocol.closing import CloseCode
from server.protocol.events import Resume

log = structlog.get_logger(__name__)


class Starts:
    """All that have not begun, or are catching up. Used from the server's event loop only."""

    def __init__(self, start: Callable[[Connection, Resume | None], Awaitable[None]], *, patience: float) -> None:
        """`start` brings a connection to where it is live. `patience`: seconds to wait for a `resume`."""
        self._start = start
        self._patience = patience
        self._catching_up: set[asyncio.Task[None]] = set()
        self._tasks: asyncio.TaskGroup

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """At work until the end of the block."""
        async with asyncio.TaskGroup() as self._tasks:
            try:
                yield
            finally:
                for task in self._catching_up:
                    task.cancel()

    def expect(self, connection: Connection) -> None:
        """It has been greeted, and is to say `resume`."""
        connection.starting = asyncio.get_running_loop().call_later(self._patience, self.begin, connection, None)

    def begin(self, connection: Connection, resume: Resume | None) -> None:
        """It has said `resume`, or waited too long. Once for each."""
        self.forget(connection)
        connection.resumed = True
        task = self._tasks.create_task(self._catch_up(connection, resume), name=f"start {connection.seat}")
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)
        connection.starting = task

    def forget(self, connection: Connection) -> None:
        """It is gone, or begins."""
        if connection.starting is not None:
            connection.starting.cancel()
            connection.starting = None

    async def _catch_up(self, connection: Connection, resume: Resume | None) -> None:
        try:
            await self._start(connection, resume)
        except Exception:  # whatever it was, it ends this socket, and no other
            log.exception("connection_broke", person=connection.person, seat=connection.seat)
            connection.end(CloseCode.INTERNAL, "the server made a mistake")
        finally:
            connection.starting = None
