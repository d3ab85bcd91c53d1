"""Many seats that only listen: sessions put straight into a stopped server's database, sockets held by one process.

`python -m tests.bench.crowd ADDRESS TOKENS` connects all, prints `ready`, and reads until its standard input ends.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, select
from websockets.frames import Frame, Opcode

from server.auth.tokens import Tokens, key_in
from server.config import load
from server.protocol.events import Resume
from server.protocol.wire import encode
from server.storage import tables
from server.storage.store import Store
from tests.support.desktop import running
from tests.support.server import ROOT

PING = 0x89
"""The first byte of a whole ping (RFC 6455, 5.2); a seat that does not answer it is cut off."""


async def sign_in_many(data: Path, person: str, count: int) -> dict[str, str]:
    """Seats of a person, each with a session, in the database of a server that does not run. Seat id to token."""
    tokens = Tokens(key_in(data / "token.key"))
    now = datetime.now(UTC)
    expires = now + timedelta(days=1)
    seats = [f"crowd-{number}" for number in range(count)]

    def write(connection: Connection) -> None:
        who = connection.execute(select(tables.person.c.id).where(tables.person.c.name == person)).scalar_one()
        described = {"person": who, "system": "none", "version": "0.1.0", "last_contact": now}
        connection.execute(insert(tables.seat), [{"id": seat, "computer": seat, **described} for seat in seats])
        held = {"person": who, "began": now, "expires": expires}
        connection.execute(insert(tables.session), [{"id": f"of-{seat}", "seat": seat, **held} for seat in seats])

    store = await Store.open(load(flags={"data": data}, environment={}, file=None).database)
    try:
        await store.write(write)
    finally:
        await store.close()
    return {seat: tokens.token_for(f"of-{seat}", expires=expires) for seat in seats}


@contextmanager
def connected(address: str, tokens: dict[str, str], folder: Path) -> Iterator[None]:
    """All these seats connected, in a process of their own."""
    listed = folder / "crowd.json"
    listed.write_text(json.dumps(tokens), encoding="utf-8")
    command = [sys.executable, "-m", "tests.bench.crowd", address, str(listed)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with running(command, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n", "the crowd did not connect"
        yield


class Listener(asyncio.Protocol):
    """A seat that does next to nothing with what it hears, so that the crowd's own work is not what is measured."""

    def __init__(self, host: str, seat: str, token: str, ready: Callable[[], None]) -> None:
        self._request = (
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y3Jvd2Qgb2Ygc2VhdHMhIQ==\r\n"
            f"Authorization: Bearer {token}\r\nX-Seat-Id: {seat}\r\n\r\n"
        )
        self._ready = ready
        self._transport: asyncio.Transport | None = None
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request.encode())

    def data_received(self, data: bytes) -> None:
        assert self._transport
        if not self._open:
            assert data.startswith(b"HTTP/1.1 101"), data
            self._open = True
            self._say(Opcode.TEXT, encode(Resume(), timestamp=datetime.now(UTC)))
            self._ready()
        elif data[0] == PING:
            self._say(Opcode.PONG, data[2 : 2 + data[1]])

    def _say(self, kind: Opcode, data: bytes) -> None:
        assert self._transport
        self._transport.write(Frame(kind, data).serialize(mask=True))


async def listen_all(address: str, tokens: dict[str, str]) -> None:
    """Connect all, say so, and listen until standard input ends."""
    where = urlsplit(address)
    host, port = where.hostname or "", where.port or 0
    loop = asyncio.get_running_loop()
    there = asyncio.Semaphore(0)
    for seat, token in tokens.items():

        def listener(seat: str = seat, token: str = token) -> Listener:
            return Listener(where.netloc, seat, token, there.release)

        _ = await loop.create_connection(listener, host, port)
        await there.acquire()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(listen_all(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
