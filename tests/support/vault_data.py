"""A store with people, seats and content in it, for tests of use cases: a real database, and a clock that stands."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select, text

from server.domain.session import Session
from server.protocol.calls import AddFile, FileState, Upload
from server.protocol.vault import File
from server.services import adding, people, sessions, uploads
from server.services.beginning import begin
from server.services.outcome import Outcome
from server.services.stored import find_file
from server.storage.blobs import Content
from server.storage.store import Store
from server.storage.tables import metadata, person, seat, session, vault
from tests.support.new_database import new_store

T = TypeVar("T")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Monday morning."""


@dataclass
class Clock:
    """A clock that stands until it is told to go on."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class VaultData:
    """A store, and what it takes to change it in a test."""

    store: Store
    vault: str
    clock: Clock = field(default_factory=Clock)

    @classmethod
    async def open(cls, folder: Path, *, database: str | None = None) -> "VaultData":
        """In a SQLite file of that folder, or in another database by its URL."""
        store = await (Store.open(database) if database else new_store(folder / "vault.sqlite3"))
        await store.write(lambda connection: begin(connection, vault_name="Production", at=START))
        name = await store.read(lambda connection: connection.execute(select(vault.c.id)).scalar_one())
        return cls(store, name)

    async def person(self, name: str, *, seat_id: str | None = None, administrator: bool = False) -> Session:
        """A signed-in person, new or known, on a seat named like the person unless told otherwise."""
        return await self.store.write(
            lambda connection: self._person(connection, name, seat_id or f"seat-{name}", administrator=administrator)
        )

    async def do(self, use_case: Callable[..., Outcome[T]], *arguments: Any, **named: Any) -> T:
        """The answer of one use case, committed at the time that the clock shows."""
        return (await self.outcome(use_case, *arguments, **named)).answer

    async def outcome(self, use_case: Callable[..., Outcome[T]], *arguments: Any, **named: Any) -> Outcome[T]:
        return await self.store.write(lambda connection: use_case(connection, *arguments, at=self.clock.now, **named))

    async def upload(self, who: Session, content: bytes = b"G0 X0\n") -> Upload:
        """Content that has arrived, as far as the store knows."""
        arrived = Content(size=len(content), hash=hash_of(content))
        return await self.store.write(
            lambda connection: uploads.arrived(
                connection, who, arrived, at=self.clock.now, lifetime=timedelta(hours=24)
            )
        )

    async def add(self, who: Session, path: str, content: bytes = b"G0 X0\n") -> FileState:
        return await self.do(adding.add_file, who, self.vault, await self.new_file(who, path, content))

    async def new_file(self, who: Session, path: str, content: bytes = b"G0 X0\n") -> AddFile:
        sent = await self.upload(who, content)
        return AddFile(path=path, upload=sent.id, size=sent.size, hash=sent.hash)

    async def file(self, file_id: str) -> File:
        found = await self.store.read(lambda connection: find_file(connection, file_id))
        assert found is not None
        return found.file

    async def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return await self.store.read(dump)

    @staticmethod
    def _person(connection: Connection, name: str, seat_id: str, *, administrator: bool) -> Session:
        operator = people.operator(connection, at=START, lifetime=timedelta(days=1))
        if connection.execute(select(person.c.id).where(person.c.name == name)).one_or_none() is None:
            people.add_person(connection, operator, name, password="kept", administrator=administrator, at=START)
        known = connection.execute(select(person).where(person.c.name == name)).one()
        if connection.execute(select(seat.c.id).where(seat.c.id == seat_id)).one_or_none() is None:
            connection.execute(
                insert(seat).values(
                    id=seat_id,
                    person=known.id,
                    computer=f"CAM-{seat_id}",
                    system="Windows 11",
                    version="0.1.0",
                    last_contact=START,
                )
            )
        begun = Session(
            id=f"session-{seat_id}-{len(connection.execute(select(session.c.id)).all())}",
            person_id=known.id,
            person=name,
            administrator=known.administrator,
            seat=seat_id,
            computer=f"CAM-{seat_id}",
            expires=START + timedelta(days=30),
        )
        sessions.begin_session(connection, begun, at=START)
        return begun


def dump(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608 - our own names
        for name in sorted(metadata.tables)
    }


def hash_of(content: bytes) -> str:
    """A stand-in for BLAKE3 where nothing is hashed by the server: as long, and as different."""
    return hashlib.sha256(content).hexdigest()
