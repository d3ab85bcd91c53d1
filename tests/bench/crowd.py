"""Many seats that only listen: sessions put straight into a stopped server's database, sockets held by one process.

`python -m tests.bench.crowd ADDRESS TOKENS` connects all, prints `ready`, and reads until its standard input ends.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from server.auth.tokens import Tokens, key_in
from server.config import load
from server.protocol.events import Resume
from server.protocol.wire import encode
from server.storage import tables
from server.storage.store import Store
from tests.support.desktop import running
from tests.support.server import ROOT

AT_ONCE = 50
"""Connections that are opened at the same time."""


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


async def listen(address: str, seat: str, token: str, ready: asyncio.Semaphore, there: asyncio.Queue[str]) -> None:
    """One seat that reads what comes."""
    headers = {"Authorization": f"Bearer {token}", "X-Seat-Id": seat}
    async with ready:
        socket = await connect(
            address.replace("http", "ws", 1) + "/ws",
            additional_headers=headers,
            compression=None,
            proxy=None,
            open_timeout=60,
            ping_interval=None,
        )
        await socket.send(encode(Resume(), timestamp=datetime.now(UTC)).decode())
        there.put_nowait(seat)
    try:
        async for _ in socket:
            pass
    except ConnectionClosed:
        return


async def listen_all(address: str, tokens: dict[str, str]) -> None:
    """Connect all, say so, and listen."""
    gate, there = asyncio.Semaphore(AT_ONCE), asyncio.Queue[str]()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(listen(address, seat, token, gate, there), name=seat) for seat, token in tokens.items()
        ]
        for _ in tokens:
            await there.get()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(listen_all(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
