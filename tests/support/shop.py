"""Store, hub and a real socket on the loopback, in the test's own loop; people and events are rows put in directly."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable, insert, select, update

from server.auth.guard import Guard
from server.auth.tokens import Tokens
from server.bus.base import AccessHint, Bus, InboxHint, VaultHint
from server.bus.memory import MemoryBus
from server.config import DATABASE, Config
from server.domain.session import Session
from server.hub.gathered import Gathered
from server.hub.hub import Hub
from server.routes.socket import Socket
from server.routes.source import StoreSource
from server.services import reading
from server.serving.process import Process, listen, uvicorn_config
from server.storage import tables
from server.storage.installers import Installers
from server.storage.releases import Releases
from server.storage.store import Store
from tests.support.ear import Ear, listening
from tests.support.new_database import new_store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Shop:
    """What a hub test plays with."""

    store: Store
    bus: Bus
    hub: Hub
    tokens: Tokens
    url: str
    socket: Socket
    """The application that serves `/ws`, for those who leave the network out."""
    sessions: dict[str, str] = field(default_factory=dict)
    """The session of each seat."""

    async def person(self, name: str, *, administrator: bool = False) -> str:
        """Somebody new, whose id is the name in lower case."""
        row = {"id": name.lower(), "name": name, "name_key": name.casefold(), "administrator": administrator}
        await _write(self.store, insert(tables.person).values(row | {"made": NOW, "inbox_number": 0, "inbox_seen": 0}))
        return name.lower()

    async def sign_in(self, person: str, seat: str) -> str:
        """A seat of the person and a session on it. Returns the token."""
        session = f"session-of-{seat}-{len(self.sessions)}"
        self.sessions[seat] = session

        def write(connection: Connection) -> None:
            if connection.execute(select(tables.seat).where(tables.seat.c.id == seat)).first() is None:
                connection.execute(
                    insert(tables.seat).values(
                        id=seat, person=person, computer=seat.upper(), system="Any", version="1", last_contact=NOW
                    )
                )
            connection.execute(
                insert(tables.session).values(
                    id=session, person=person, seat=seat, began=NOW, expires=datetime.now(UTC) + timedelta(days=1)
                )
            )

        await self.store.write(write)
        return self.tokens.token_for(session, expires=datetime.now(UTC) + timedelta(days=1))

    async def end_session(self, seat: str) -> None:
        """Sign the seat out, without telling anybody."""
        sessions = tables.session
        await _write(self.store, update(sessions).where(sessions.c.id == self.sessions[seat]).values(ended=NOW))

    async def vault(self, name: str, *, default_role: str | None = "editor") -> str:
        """A new vault, whose id is its name."""
        row = {"id": name, "name": name, "name_key": name, "seq": 0, "default_role": default_role, "made": NOW}
        await _write(self.store, insert(tables.vault).values(row))
        return name

    async def grant(self, person: str, vault: str, role: str | None, *, hint: bool = True) -> None:
        """Change one person's access."""

        def write(connection: Connection) -> None:
            access = tables.access
            connection.execute(access.delete().where(access.c.person == person, access.c.vault == vault))
            connection.execute(insert(access).values(person=person, vault=vault, role=role))
            connection.execute(update(tables.server).values(access_version=tables.server.c.access_version + 1))

        await self.store.write(write)
        if hint:
            await self.bus.publish(AccessHint())

    async def write_inbox(self, person: str) -> None:
        """One more personal message."""
        people = tables.person
        await _write(
            self.store, update(people).where(people.c.id == person).values(inbox_number=people.c.inbox_number + 1)
        )
        number = await self.store.read(lambda connection: reading.inbox_number(connection, person))
        await self.bus.publish(InboxHint(person, number))

    async def happen(self, vault: str, *, count: int = 1, size: int = 10, hint: bool = True) -> int:
        """So many new events of the vault, each with `size` characters of text. Returns the last seq."""

        def write(connection: Connection) -> int:
            rows = tables.vault
            seq: int = connection.execute(select(rows.c.seq).where(rows.c.id == vault)).scalar_one()
            events = [_event(vault, number, size) for number in range(seq + 1, seq + 1 + count)]
            connection.execute(insert(tables.event), events)
            connection.execute(update(rows).where(rows.c.id == vault).values(seq=seq + count))
            return seq + count

        seq = await self.store.write(write)
        if hint:
            await self.bus.publish(VaultHint(vault, seq))
        return seq

    def listen(self, token: str, seat: str, **options: Any) -> AbstractAsyncContextManager[Ear]:
        """Connect that seat."""
        return listening(self.url, token=token, seat=seat, **options)

    @asynccontextmanager
    async def seat(self, name: str, *, seat: str | None = None) -> AsyncIterator[Ear]:
        """Somebody new, signed in on a seat, greeted, and live from the heads."""
        token = await self.sign_in(await self.person(name), seat or f"seat-of-{name}")
        async with self.listen(token, seat or f"seat-of-{name}") as ear:
            await ear.greeted()
            await ear.resume()
            yield ear


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_shop(folder: Path, *, direct: bool, bus: Bus | None = None, **settings: Any) -> AsyncIterator[Shop]:
    """A shop. `direct`: the hub writes ready frames; otherwise it has nothing but ASGI."""
    config = _config(folder).model_copy(update=settings)  # unchecked: a test may need what nobody may set
    store = await new_store(config.data / DATABASE)
    row = {"id": 1, "epoch": "first", "began": NOW, "access_version": 1}
    await _write(store, insert(tables.server).values(row))
    async with _serving(store, bus or MemoryBus(), config, direct=direct) as shop:
        yield shop
    await store.close()


@asynccontextmanager
async def another_node(shop: Shop, folder: Path, *, bus: Bus | None = None, direct: bool = True) -> AsyncIterator[Shop]:
    """One more node of that shop, over the same store; it shares what the tests know of sessions."""
    config = _config(folder)
    async with _serving(shop.store, bus or shop.bus, config, direct=direct) as node:
        node.sessions = shop.sessions
        yield node


def _config(folder: Path) -> Config:
    settings: dict[str, Any] = {"data": folder, "port": 0, "presence_window": 0.05, "resume_wait": 5}
    return Config(**settings)


@asynccontextmanager
async def _serving(store: Store, bus: Bus, config: Config, *, direct: bool) -> AsyncIterator[Shop]:
    releases = Releases(Installers(config.data / "installers"), oldest=config.oldest_client)
    hub = Hub(StoreSource(store, _now), bus, config, releases, _now)
    tokens = Tokens(b"k" * 32)

    async def find_sessions(session_ids: Collection[str]) -> Mapping[str, Session | None]:
        now = datetime.now(UTC)
        return await store.read(lambda connection: reading.sessions_of(connection, session_ids, now=now))

    sessions = Gathered(find_sessions)
    socket = Socket(Guard(tokens, sessions.ask), hub, contact=lambda _: None)
    serving = uvicorn_config(socket, config)
    if not direct:
        serving.ws = "websockets-sansio"
    ready = asyncio.Event()
    process = Process(serving, ready=ready.set, stopping=lambda: None, signals=False)
    with listen(config) as listening_socket:
        async with sessions.run(), hub.run(), asyncio.TaskGroup() as tasks:
            tasks.create_task(process.serve([listening_socket]), name="serving")
            await ready.wait()
            port = listening_socket.getsockname()[1]
            try:
                yield Shop(store, bus, hub, tokens, f"http://127.0.0.1:{port}", socket)
            finally:
                process.should_exit = True


def _event(vault: str, seq: int, size: int) -> dict[str, Any]:
    data = {
        "file": f"file-{seq}",
        "path": f"Parts/{seq}.nc",
        "filename": f"{seq}.nc",
        "locked_by": "Ada",
        "seat": "somewhere",
        "computer": "CNC-1",
        "since": NOW.isoformat(),
        "token": seq,
        "message": "x" * size,
    }
    return {"vault": vault, "seq": seq, "type": "file_locked", "at": NOW, "data": json.dumps(data)}


async def _write(store: Store, statement: Executable) -> None:
    def write(connection: Connection) -> None:
        connection.execute(statement)

    await store.write(write)
