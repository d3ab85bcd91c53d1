"""The line between a server and its PostgreSQL, which can break in the very moment of a commit.

async with line_to(postgres.database()) as line:
store = await Store.open(line.url)
line.break_at_commit("after")      # PostgreSQL commits, and nobody hears of it
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit

from tests.support.waiting import wait_for_async

BLOCK = 1 << 16
COMMIT = b"COMMIT;"
"""The statement as the driver sends it; `READ COMMITTED` is none."""

When = Literal["before", "after"]
"""Whether PostgreSQL still hears the commit."""


class Line:
    """Forwards to one PostgreSQL until it is told to break."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._breaks: When | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._goes = asyncio.Event()
        self._goes.set()
        self.port = 0
        self.broken = 0
        """How often it broke at a commit."""

    @property
    def url(self) -> str:
        """The database, by this line."""
        return self._target._replace(netloc=f"{self._target.username}@127.0.0.1:{self.port}").geturl()

    def break_at_commit(self, when: When) -> None:
        """At the next one, once; whoever connects then gets through again."""
        self._breaks = when

    def stall(self) -> None:
        """From now on it swallows everything, as a network without an end does: whoever connects does get through."""
        self._goes.clear()

    def go_on(self) -> None:
        """It carries again what it is given, and what it has swallowed."""
        self._goes.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        await self._goes.wait()
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        both = {writer, back}
        self._open |= both
        breaking = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send(reader, back, breaking), name="to PostgreSQL")
                tasks.create_task(self._answer(there, writer, breaking), name="from PostgreSQL")
        except* (OSError, _Broken):
            pass
        finally:
            self._open -= both
            for each in both:
                each.transport.abort()

    async def _send(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, breaking: asyncio.Event) -> None:
        while data := await reader.read(BLOCK):
            if COMMIT in data and self._breaks:
                when, self._breaks = self._breaks, None
                self.broken += 1
                if when == "before":
                    raise _Broken
                breaking.set()
            await self._goes.wait()
            back.write(data)
            await back.drain()
        raise _Broken

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, breaking: asyncio.Event) -> None:
        while data := await there.read(BLOCK):
            if breaking.is_set():
                raise _Broken  # it has answered: the commit is done
            await self._goes.wait()
            writer.write(data)
            await writer.drain()
        raise _Broken

    async def is_quiet(self) -> bool:
        """Nobody is connected."""
        return not self._open

    def end(self) -> None:
        """It breaks for everybody who is connected, and stalls no more."""
        self._goes.set()
        for each in self._open:
            each.transport.abort()


class _Broken(Exception):
    """The line is gone."""


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """A line to a database by its URL, cut at the end of the block."""
    line = Line(url)
    listening = await asyncio.start_server(line.take, "127.0.0.1", 0)
    line.port = listening.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        listening.close()
        line.end()
        await wait_for_async(line.is_quiet)
