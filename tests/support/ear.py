"""A seat's WebSocket for tests: says and hears the real messages over a real connection."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.protocol import wire
from server.protocol.events import FROM_SERVER, Hello, Presence, Resume, ServerMessage

M = TypeVar("M")

PATIENCE = 10.0
"""Seconds after which a test that waits has failed."""


class Ear:
    """One connection. Everything heard is kept in `heard`, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[wire.Envelope[ServerMessage]] = []

    async def next(self) -> wire.Envelope[ServerMessage]:
        """The next message."""
        async with asyncio.timeout(PATIENCE):
            raw = await self.socket.recv()
        envelope = wire.decode(raw, FROM_SERVER)
        self.heard.append(envelope)
        return envelope

    async def until(self, kind: type[M]) -> wire.Envelope[M]:
        """The next message of that kind; what comes before it is kept in `heard` alone."""
        while True:
            envelope = await self.next()
            message = envelope.message
            if isinstance(message, kind):
                return wire.Envelope(
                    message=message, timestamp=envelope.timestamp, vault=envelope.vault, seq=envelope.seq
                )

    async def event(self, *, seq: int) -> wire.Envelope[ServerMessage]:
        """The next event with that seq."""
        while (envelope := await self.next()).seq != seq:
            pass
        return envelope

    @property
    def seqs(self) -> list[int]:
        """The seqs of the events heard, in order."""
        return [each.seq for each in self.heard if each.seq is not None]

    async def say(self, message: object) -> None:
        """Send one message of the protocol."""
        await self.socket.send(wire.encode(message, timestamp=datetime.now(UTC)).decode())

    async def say_raw(self, raw: str | bytes) -> None:
        """Send anything."""
        await self.socket.send(raw)

    async def closed(self) -> tuple[int, str]:
        """Hear on until the server closes: with which code and reason."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as end:
            return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")

    async def greeted(self) -> Hello:
        """Hear `hello` and `presence`."""
        hello = (await self.until(Hello)).message
        await self.until(Presence)
        return hello

    async def resume(self, **vaults: int) -> None:
        """Resume each vault after that seq, in the epoch of `hello`."""
        epoch = next(each.message.epoch for each in self.heard if isinstance(each.message, Hello))
        await self.say(Resume(epoch=epoch, vaults=vaults))


@asynccontextmanager
async def listening(
    url: str, *, token: str, seat: str | None, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[Ear]:
    """Connect as a seat. Raises websockets' InvalidStatus when refused."""
    headers: Mapping[str, str] = {"Authorization": f"Bearer {token}"} | ({"X-Seat-Id": seat} if seat else {})
    async with connect(
        url.replace("http", "ws", 1) + "/ws",
        additional_headers=headers,
        compression=None,
        ssl=tls,
        proxy=None,
        open_timeout=PATIENCE,
        close_timeout=1,
        **options,
    ) as socket:
        yield Ear(socket)
