"""A bad network: a TCP proxy in front of a server that counts, cuts, slices, delays and refuses."""

import asyncio
import copy
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.bodies import Bodies, place_of

BLOCK = 1 << 16
PATIENCE = 60.0
"""Seconds after which nothing is expected to come any more."""


@dataclass(eq=False)
class _Stop:
    """Where the line is cut in the content itself: it waits there until `goes` is set."""

    direction: str
    at: int
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goes: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """Forwards to one server. What it should do wrong is set while it runs."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        assert parts.hostname
        assert parts.port
        self._target = parts.hostname, parts.port
        self.address = ""
        self.up = 0
        """Bytes that went to the server."""
        self.down = 0
        """Bytes that came from it."""
        self.content = {"up": 0, "down": 0}
        """Those of them that are content, and not heads or answers in words."""
        self.cuts: list[tuple[str, int]] = []
        """Direction (`up`, `down`) and number of bytes, counted from now on in that direction, after which to cut."""
        self.is_refusing = False
        """New connections are closed at once."""
        self.most = BLOCK
        """So many bytes go on at once: with few of them, what was sent as one arrives in slices."""
        self.delay = 0.0
        """Seconds that each piece is on its way."""
        self._passed = asyncio.Event()
        self._stop: _Stop | None = None
        self._deadly: tuple[str, int] | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Event] = {}
        """Connections, and what is set when one has ended."""
        self._lost: bytes | None = None

    def unplug(self) -> None:
        """The cable is out: everything is cut, and nothing connects until it is plugged in."""
        self.is_refusing = True
        for each in list(self._open):
            _abort(each)

    def plug_in(self) -> None:
        """The cable is back."""
        self.is_refusing = False

    def lose_answer(self, to: bytes) -> None:
        """The next call with these bytes in it arrives, and its answer does not: the line is cut instead."""
        self._lost = to

    @property
    def has_lost(self) -> bool:
        """The answer that was to be lost is lost."""
        return self._lost is None

    def die(self, after: int) -> None:
        """Cut after so many bytes more to the server, and take no connection from then on."""
        self.cut("up", after)
        self._deadly = self.cuts[-1]

    def moved(self, direction: str) -> int:
        """Bytes that went in a direction."""
        return self.up if direction == "up" else self.down

    async def has_moved(self, direction: str, count: int) -> None:
        """Wait until so many bytes have gone in a direction, counted from now on."""
        wanted = count + self.moved(direction)
        while self.moved(direction) < wanted:
            self._passed.clear()
            await self._passed.wait()

    def cut(self, direction: str, after: int) -> None:
        """Cut whatever connection carries the byte that comes so many bytes from now."""
        self.cuts.append((direction, self.moved(direction) + after))

    def cut_content(self, direction: str, after: int) -> None:
        """Cut the connection before the byte of content that comes after so many, counted from now on.

        There is one such cut at a time. What the system has of the bytes before may be lost with them: little.
        """
        self._stop = _Stop(direction, self.content[direction] + after)
        self._stop.goes.set()

    @asynccontextmanager
    async def halted(self, direction: str, after: int) -> AsyncIterator[None]:
        """Begins where `cut_content` would cut. The connection waits there until the end, and is cut then.

        Raises TimeoutError when nothing gets that far.
        """
        stop = self._stop = _Stop(direction, self.content[direction] + after)
        try:
            async with asyncio.timeout(PATIENCE):
                await stop.reached.wait()
            yield
        finally:
            stop.goes.set()

    @property
    def is_whole(self) -> bool:
        """Nothing is to be cut any more."""
        return self._stop is None and self.cuts == []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it or it is cut."""
        if self.is_refusing:
            _abort(writer)
            return
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
        except OSError:  # nobody listens there just now
            _abort(writer)
            return
        for each in (writer, there_writer):
            _keep_little(each)
        self._open[writer] = asyncio.Event()
        loses = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump("up", reader, there_writer, loses), name="up")
                both.create_task(self._pump("down", there_reader, writer, loses), name="down")
        except* (_Cut, OSError):
            pass
        finally:
            for each in (writer, there_writer):
                _abort(each)
            self._open.pop(writer).set()

    async def end(self) -> None:
        """End every connection, and wait until that has happened."""
        for writer, ended in list(self._open.items()):
            _abort(writer)
            await ended.wait()

    async def _pump(
        self, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, loses: asyncio.Event
    ) -> None:
        bodies = Bodies()
        while block := await reader.read(self.most):
            if self.delay:
                await asyncio.sleep(self.delay)
            if direction == "up" and self._lost is not None and self._lost in block:
                loses.set()
            if direction == "down" and loses.is_set():
                self._lost = None
                raise _Cut
            stop, place = self._stop, self._place_of_stop(direction, block, bodies)
            if stop is not None and place is not None:
                self._stop = None
                await self._pass(direction, block[:place], writer, bodies)
                stop.reached.set()
                await stop.goes.wait()
                raise _Cut
            allowed = self._allowed(direction, len(block))
            await self._pass(direction, block[:allowed], writer, bodies)
            if allowed < len(block):
                raise _Cut
        with suppress(OSError):
            writer.write_eof()

    async def _pass(self, direction: str, block: bytes, writer: asyncio.StreamWriter, bodies: Bodies) -> None:
        writer.write(block)
        await writer.drain()
        if direction == "up":
            self.up += len(block)
        else:
            self.down += len(block)
        self.content[direction] += sum(end - start for start, end in bodies.spans(block))
        self._passed.set()

    def _place_of_stop(self, direction: str, block: bytes, bodies: Bodies) -> int | None:
        """Where in a block that is about to pass the content is to be cut; None: it passes whole."""
        if self._stop is None or self._stop.direction != direction:
            return None
        return place_of(copy.copy(bodies).spans(block), self._stop.at - self.content[direction])

    def _allowed(self, direction: str, wanted: int) -> int:
        done = self.moved(direction)
        for each in self.cuts:
            where, at = each
            if where == direction and done + wanted > at:
                self.cuts.remove(each)
                self.is_refusing = self.is_refusing or each == self._deadly
                return at - done
        return wanted


@asynccontextmanager
async def proxy(target: str) -> AsyncIterator[Proxy]:
    """A proxy to the server at an address, on a free port of the loopback."""
    made = Proxy(target)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await made.end()
        await server.wait_closed()


class _Cut(Exception):
    """Ends both directions of a connection."""


def _keep_little(writer: asyncio.StreamWriter) -> None:
    """What waits in a buffer here is lost by a cut, though it counts as passed on: let it be little."""
    writer.transport.set_write_buffer_limits(high=0)
    plug = writer.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BLOCK)


def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection as a broken network does, not as a program."""
    plug = writer.get_extra_info("socket")
    if plug is not None:
        with suppress(OSError):
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
