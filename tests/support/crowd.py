"""Seats by the hundred in the test's own process: the socket's application with its network left out."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from server.auth.tokens import Tokens
from server.hub.outbox import DIRECT
from server.protocol import wire
from server.protocol.events import Resume
from server.routes.socket import Socket
from server.storage import tables
from server.storage.store import Store
from tests.support.shop import NOW


class Transport(asyncio.WriteTransport):
    """Takes every frame at once."""

    def __init__(self, heard: "FakeSeat") -> None:
        super().__init__()
        self._heard = heard

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """A server's frame is not masked: two bytes of head, and two more when it is longer."""
        frame = bytes(data)
        start = {126: 4, 127: 10}.get(frame[1], 2)
        self._heard.hear(frame[start:].decode())

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


class FakeSeat:
    """One seat as an ASGI server shows it to the application: with the extension for ready frames or without."""

    def __init__(self, token: str, seat: str, *, direct: bool) -> None:
        self.heard: list[dict[str, Any]] = []
        self.ended: int | None = None
        self._news = asyncio.Event()
        self._says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._says.put_nowait({"type": "websocket.connect"})
        self.transport = Transport(self)
        self.scope = {
            "type": "websocket",
            "path": "/ws",
            "headers": [(b"authorization", f"Bearer {token}".encode()), (b"x-seat-id", seat.encode())],
            "extensions": {DIRECT: self} if direct else {},
        }

    async def room(self) -> None:
        """It is always there."""

    def end(self, code: int, reason: str) -> None:
        """The server has closed."""
        self.ended = code
        self.leave()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """ASGI's `send`."""
        if message["type"] == "websocket.send":
            self.hear(message["text"])
        elif message["type"] == "websocket.close":
            self.end(message["code"], message["reason"])

    async def receive(self) -> dict[str, Any]:
        """ASGI's `receive`."""
        return await self._says.get()

    def hear(self, text: str) -> None:
        """One message."""
        self.heard.append(json.loads(text))
        self._news.set()

    def say(self, message: object) -> None:
        """One message to the server."""
        text = wire.encode(message, timestamp=datetime.now(UTC)).decode()
        self._says.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self) -> None:
        """The connection is over."""
        self._says.put_nowait({"type": "websocket.disconnect", "code": 1000})

    def messages(self, kind: str) -> list[dict[str, Any]]:
        """What was heard of that type."""
        return [each for each in self.heard if each["type"] == kind]

    async def until(self, kind: str) -> dict[str, Any]:
        """The first message of that type, as soon as it is here."""
        await self.hears(lambda: bool(self.messages(kind)))
        return self.messages(kind)[0]

    async def until_seq(self, seq: int) -> None:
        """Until an event with that seq is here."""
        await self.hears(lambda: any(each.get("seq") == seq for each in self.heard))

    async def hears(self, enough: Callable[[], bool]) -> None:
        """Until what was heard is enough."""
        while not enough():
            self._news.clear()
            await self._news.wait()


class FakeCrowd:
    """Many of them."""

    def __init__(self, seats: Sequence[FakeSeat]) -> None:
        self.seats = seats

    async def resume(self, **vaults: int) -> None:
        """All of them, once they are greeted, each after those seqs."""
        for each in self.seats:
            epoch = (await each.until("hello"))["data"]["epoch"]
            each.say(Resume(epoch=epoch, vaults=vaults))

    def heard(self) -> Counter[str]:
        """How many messages of each type were heard, by all together."""
        return Counter(message["type"] for each in self.seats for message in each.heard)

    def seqs(self) -> list[Sequence[int]]:
        """The seqs that each has heard, in order."""
        return [[message["seq"] for message in each.heard if "seq" in message] for each in self.seats]


@asynccontextmanager
async def connected(socket: Socket, tokens: dict[str, str], *, direct: bool) -> AsyncIterator[FakeCrowd]:
    """All these seats, connected at once to one application."""
    seats = [FakeSeat(token, seat, direct=direct) for seat, token in tokens.items()]
    async with asyncio.TaskGroup() as tasks:
        for each in seats:
            tasks.create_task(socket(each.scope, each.receive, each.send), name="seat")
        try:
            yield FakeCrowd(seats)
        finally:
            for each in seats:
                each.leave()


async def sign_in_many(store: Store, tokens: Tokens, count: int) -> dict[str, str]:
    """So many people, each signed in on a seat. Seat to token."""
    expires = datetime.now(UTC) + timedelta(days=1)
    numbers = range(count)
    common = {"administrator": False, "made": NOW, "inbox_number": 0, "inbox_seen": 0}
    people = [
        {"id": f"p{each}", "name": f"Person {each:05}", "name_key": f"person {each:05}"} | common for each in numbers
    ]
    seats = [{"id": f"s{each}", "person": f"p{each}", "computer": f"CNC-{each}"} for each in numbers]
    held = [{"id": f"of-s{each}", "person": f"p{each}", "seat": f"s{each}"} for each in numbers]

    def write(connection: Connection) -> None:
        connection.execute(insert(tables.person), people)
        described = {"system": "none", "version": "1", "last_contact": NOW}
        connection.execute(insert(tables.seat), [each | described for each in seats])
        connection.execute(insert(tables.session), [each | {"began": NOW, "expires": expires} for each in held])

    await store.write(write)
    return {each["seat"]: tokens.token_for(each["id"], expires=expires) for each in held}
