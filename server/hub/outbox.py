"""The bounded way out to one socket: written to without waiting, by everybody; nobody's slowness is another's.

`DirectOutbox` writes ready frames into the socket's transport, where the server that runs us offers that.
`QueuedOutbox` needs nothing but ASGI: a queue, and one task that sends.
"""

import asyncio
import contextlib
from asyncio import WriteTransport
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from server.hub.encoded import Encoded
from server.protocol.closing import CloseCode

DIRECT = "pdm.direct"
"""The ASGI extension (`scope["extensions"]`) that holds a Direct."""
REPLAY_BYTES = 65_536
"""A replay goes on when less than this waits."""
CLOSING_SECONDS = 5.0
"""How long a socket that was told to close may take over it."""


class Direct(Protocol):
    """What the server offers under DIRECT for one accepted WebSocket."""

    transport: WriteTransport
    """Takes whole frames, and keeps what the socket does not take yet."""

    async def room(self) -> None:
        """Wait until little is waiting, or the connection is gone."""

    def end(self, code: int, reason: str) -> None:
        """Begin to close, behind what waits; a peer that does not answer is cut off after a while."""


class Outbox(Protocol):
    """One socket's way out."""

    def write(self, message: Encoded) -> int:
        """Send soon, in order, without waiting; not to be called after `end`. Returns what is `waiting` then."""

    def waiting(self) -> int:
        """Bytes written and not yet taken by the socket."""

    async def drained(self) -> None:
        """Wait until little is waiting, or the connection is gone."""

    def end(self, code: CloseCode, reason: str = "") -> None:
        """Close the socket without waiting. The first call counts."""


class DirectOutbox:
    """Frames go to the transport as they are: encoded once, no task, no queue of our own."""

    __slots__ = ("_direct", "_transport")

    def __init__(self, direct: Direct) -> None:
        self._direct = direct
        self._transport = direct.transport  # asked for each frame to each seat: nothing stands between

    def write(self, message: Encoded) -> int:
        """Hand the frame to the transport, unless the connection is gone."""
        transport = self._transport
        if transport.is_closing():
            return 0
        transport.write(message.frame)
        return transport.get_write_buffer_size()

    def waiting(self) -> int:
        """Bytes in the transport's write buffer."""
        return self._transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Wait until the transport's buffer is low."""
        await self._direct.room()

    def end(self, code: CloseCode, reason: str = "") -> None:
        """Let the server close."""
        self._direct.end(code, reason)


class QueuedOutbox:
    """A queue in front of ASGI's `send`; `run` is the task that empties it."""

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self._queue: deque[Encoded] = deque()
        self._bytes = 0
        self._closing: tuple[CloseCode, str] | None = None
        self._news = asyncio.Event()
        self._low = asyncio.Event()
        self._low.set()
        self._limit: asyncio.Timeout | None = None

    def write(self, message: Encoded) -> int:
        """Put the message into the queue."""
        self._queue.append(message)
        self._count(len(message.frame))
        self._news.set()
        return self._bytes

    def waiting(self) -> int:
        """Bytes in the queue."""
        return self._bytes

    async def drained(self) -> None:
        """Wait until the queue is low."""
        await self._low.wait()

    def end(self, code: CloseCode, reason: str = "") -> None:
        """Close after what is queued, or instead of it when the reader is too slow for it."""
        if self._closing is not None:
            return
        self._closing = (code, reason)
        if code is CloseCode.TOO_SLOW:
            self._queue.clear()
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + CLOSING_SECONDS)
        self._low.set()
        self._news.set()

    async def run(self) -> None:
        """Send what is queued until the end, then close, within CLOSING_SECONDS even if the peer takes nothing."""
        # A peer that takes nothing is left to the server that runs us; OSError is how ASGI says that it is gone.
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(None if self._closing is None else CLOSING_SECONDS) as self._limit:
                await self._send_all()

    async def _send_all(self) -> None:
        while True:
            while self._queue:
                message = self._queue.popleft()
                await self._send({"type": "websocket.send", "text": message.text})
                self._count(-len(message.frame))
            if self._closing is not None:
                code, reason = self._closing
                await self._send({"type": "websocket.close", "code": int(code), "reason": reason})
                return
            self._news.clear()
            await self._news.wait()

    def _count(self, change: int) -> None:
        self._bytes += change
        if self._bytes < REPLAY_BYTES:
            self._low.set()
        else:
            self._low.clear()
