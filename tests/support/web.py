"""The HTTP routes on a real loopback server in a thread of this process, so that a test can look into the store."""

import asyncio
import contextlib
import secrets
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import httpx
import uvicorn
from blake3 import blake3
from fastapi import FastAPI

from server.auth.gitlab import Gitlab
from server.auth.guard import Guard
from server.auth.passwords import Passwords
from server.auth.throttle import Throttle
from server.auth.tokens import Tokens
from server.bus.base import BusFigures, Hint
from server.bus.memory import MemoryBus
from server.domain.session import Session
from server.domain.spread import Spread
from server.hub.contacts import Contact, Contacts
from server.hub.figures import Figures
from server.hub.roster import Connected
from server.protocol.events import Report
from server.routes import problems
from server.routes.api import install
from server.routes.exposition import Exposition, Meters
from server.routes.parts import Parts
from server.routes.traffic import Traffic
from server.services import people
from server.services.backing_up import BackingUp
from server.services.beginning import begin
from server.services.readiness import Readiness
from server.services.reading import session_of
from server.services.surroundings import Surroundings
from server.services.upkeep import Upkeep
from server.storage.backups import Backups
from server.storage.blobs import Blobs
from server.storage.blobs_disk import DiskBlobs
from server.storage.gate import Gate
from server.storage.installers import Installers
from server.storage.premises import Premises
from server.storage.releases import Releases
from server.storage.store import Store
from server.storage.turns import Turns
from server.storage.whole_reads import WholeReads
from server.version import OLDEST_CLIENT
from tests.support.new_database import new_store
from tests.support.passwords import cheaply_hashed
from tests.support.vault_data import Clock, dump

PASSWORD = "correct horse"
HASHED = cheaply_hashed(PASSWORD)


@dataclass(frozen=True)
class WebSettings:
    name: str = "Test server"
    max_file_bytes: int = 3 * 2**20
    session_days: int = 30
    password_least: int = 8
    code_hours: int = 24
    gitlab_role: Literal["", "reader", "editor"] = ""
    gitlab_required: bool = False
    upload_hours: int = 24
    open_uploads: int = 5
    open_upload_hours: int = 48
    parked_days: int = 90
    purge_days: int = 2
    backup_folder: Path | None = None
    backups_kept: int = 7
    metrics_token: str = ""
    trusted_proxies: str = ""


@dataclass
class WebPresence:
    """Who is online, as a test says it."""

    seats: set[str] = field(default_factory=set)
    reports: dict[str, Report] = field(default_factory=dict)
    people: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """By seat: who is connected there, and since when."""
    ids: set[str] = field(default_factory=set)
    """Of people who are connected."""
    sessions: set[str] = field(default_factory=set)
    left: dict[str, datetime] = field(default_factory=dict)
    """By seat: since when nobody has touched it."""
    away_ids: dict[str, datetime] = field(default_factory=dict)
    """Of people: since when they are at none of their seats."""

    def connected(self) -> list[Connected]:
        return [
            Connected(person=person, seat=seat, since=since, away=self.away(seat))
            for seat, (person, since) in self.people.items()
        ]

    def away(self, seat: str) -> datetime | None:
        return self.left.get(seat)

    def people_away(self) -> dict[str, datetime]:
        return self.away_ids

    def online(self, seat: str) -> bool:
        return seat in self.seats

    def people_online(self) -> set[str]:
        return self.ids

    def sessions_online(self) -> set[str]:
        return self.sessions

    def reported(self, file: str) -> Report | None:
        return self.reports.get(file)


QUIET = Figures(
    seats=0,
    people=0,
    events=0,
    frames=0,
    fan_out=Spread(1.0),
    arrivals=0,
    too_slow=0,
    step_failures={"watch": 0},
    vaults_behind=0,
    waiting_bytes=0,
    most_waiting_bytes=0,
)


def silent_exposition(store: Store) -> Exposition:
    """The figures of a server whose calls nobody counts, and to which nobody connects."""
    return Exposition(Meters(traffic=Traffic(), hub=lambda: QUIET, bus=BusFigures, store=store.figures))


def quiet_contacts(clock: Callable[[], datetime]) -> Contacts:
    """Those of a server to which nobody connects."""

    async def write(_: Mapping[Contact, datetime]) -> None:
        raise AssertionError("nobody connects")

    return Contacts(write, clock)


@dataclass
class Web:
    """The running server, taken apart, and its address."""

    url: str
    folder: Path
    parts: Parts
    presence: WebPresence
    hints: list[Hint]
    loop: asyncio.AbstractEventLoop
    clock: Clock
    stopping: list[bool]

    def add_person(self, name: str, *, administrator: bool = False) -> None:
        def add(connection: Any) -> None:
            at = datetime.now(UTC)
            operator = people.operator(connection, at=at, lifetime=timedelta(hours=1))
            people.add_person(connection, operator, name, password=HASHED, administrator=administrator, at=at)

        self.run(self.parts.store.write(add))

    def run(self, awaitable: Any) -> Any:
        """What an awaitable gives on the server's own loop."""

        async def await_it() -> Any:
            return await awaitable

        waiting: Future[Any] = asyncio.run_coroutine_threadsafe(await_it(), self.loop)
        return waiting.result(60)

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        rows: dict[str, list[tuple[Any, ...]]] = self.run(self.parts.store.read(dump))
        return rows

    def stored_files(self) -> set[str]:
        """The names of all content on the disk, whole or not."""
        return {path.name for path in (self.folder / "blobs").rglob("*") if path.is_file()}

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=_trust())

    def seat(self, name: str, *, seat: str | None = None) -> "Seat":
        """Sign somebody in on a seat."""
        with self.client() as client:
            info = {"id": seat or f"seat-{name}", "computer": f"CAM-{name}", "system": "Windows 11", "version": "0.1.0"}
            answer = client.post("/api/session", json={"name": name, "password": PASSWORD, "seat": info})
            assert answer.status_code == 201, answer.text
        return Seat(self.client(authorization=f"Bearer {answer.json()['token']}"), answer.json())


@dataclass
class Seat:
    """One signed-in seat that calls the server."""

    client: httpx.Client
    signed_in: dict[str, Any]

    def get(self, path: str, **named: Any) -> httpx.Response:
        return self.client.get(f"/api{path}", **named)

    def change(
        self, path: str, body: object = None, *, method: str = "POST", key: str | None = None, **headers: str
    ) -> httpx.Response:
        named: dict[str, Any] = {} if body is None else {"json": body}
        headers["Idempotency-Key"] = key or secrets.token_hex(8)
        return self.client.request(method, f"/api{path}", headers=headers, **named)

    def vault(self) -> str:
        vault: str = self.get("/vaults").json()["vaults"][0]["id"]
        return vault

    def upload(self, content: bytes) -> dict[str, Any]:
        """An upload, as the fields of a call that names it."""
        answer = self.client.post("/api/uploads", content=content)
        assert answer.status_code == 201, answer.text
        return {"upload": answer.json()["id"], "size": len(content), "hash": blake3(content).hexdigest()}

    def add(self, path: str, content: bytes = b"G0 X0\n") -> dict[str, Any]:
        answer = self.change(f"/vaults/{self.vault()}/files", {"path": path, **self.upload(content)})
        assert answer.status_code == 201, answer.text
        file: dict[str, Any] = answer.json()["file"]
        return file


class _Server(uvicorn.Server):
    """Says when it listens."""

    when_started: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.when_started()


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    settings: WebSettings | None = None,
    gitlab: Gitlab | None = None,
    database: str | None = None,
    blobs: Blobs | None = None,
) -> Iterator[Web]:
    """A server on a free port of the loopback, with Anna and Ben, ended when the block ends.

    `database` is the URL of another than a SQLite file in the folder, `blobs` others than those of a folder in it.
    """
    ready: Future[Web] = Future()
    servers: list[uvicorn.Server] = []

    async def serve() -> None:
        contents = blobs or DiskBlobs(folder / "blobs")
        async with _web(folder, settings or WebSettings(), gitlab, database, contents) as (app, web):
            server = _Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, http="httptools"))
            servers.append(server)

            def started() -> None:
                web.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
                ready.set_result(web)

            server.when_started = started
            await server.serve()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=run, name="web")
    thread.start()
    try:
        yield ready.result(60)
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(60)


@contextlib.asynccontextmanager
async def _web(
    folder: Path, settings: WebSettings, gitlab: Gitlab | None, database: str | None, blobs: Blobs
) -> AsyncIterator[tuple[FastAPI, Web]]:
    clock = Clock(datetime.now(UTC))
    stopping = [False]
    store = await (Store.open(database) if database else new_store(folder / "vault.sqlite3"))
    await store.write(lambda connection: begin(connection, vault_name="Production", at=clock()))
    passwords, presence, hints, bus = Passwords(), WebPresence(), list[Hint](), MemoryBus()
    whole_reads = WholeReads()
    blobs.prepare()
    bus.subscribe(hints.append)
    tokens = Tokens(secrets.token_bytes(32))

    async def find(session_id: str) -> Session | None:
        return await store.read(lambda connection: session_of(connection, session_id, now=clock()))

    backing_up = BackingUp(Backups(folder, settings.backup_folder, kept=settings.backups_kept), store, bus, clock)
    premises = Premises(data=folder, backups=settings.backup_folder, database="vault.sqlite3")
    readiness = Readiness(store, blobs, bus)
    parts = Parts(
        backing_up=backing_up,
        premises=premises,
        upkeep=Upkeep(clock()),
        settings=settings,
        store=store,
        blobs=blobs,
        whole_reads=whole_reads,
        gate=Gate(),
        turns=Turns(),
        releases=Releases(Installers(folder / "installers", settled=0), oldest=OLDEST_CLIENT),
        bus=bus,
        presence=presence,
        contacts=quiet_contacts(clock),
        clock=clock,
        passwords=passwords,
        tokens=tokens,
        throttle=Throttle(),
        guard=Guard(tokens, find),
        stopping=lambda: stopping[0],
        readiness=readiness,
        surroundings=Surroundings(readiness, store, premises, backing_up),
        exposition=silent_exposition(store),
        gitlab=gitlab,
    )
    app = _free.pop() if _free else _put_together()
    app.state.parts = parts
    problems.install(app)  # a test may look at what its server refuses
    app.middleware_stack = None
    try:
        async with backing_up.at_work():
            web = Web(
                url="",
                folder=folder,
                parts=parts,
                presence=presence,
                hints=hints,
                loop=asyncio.get_running_loop(),
                clock=clock,
                stopping=stopping,
            )
            yield app, web
    finally:
        await bus.close()
        await store.close()
        passwords.close()
        whole_reads.close()
        app.state.parts = None
        _free.append(app)


_free: list[FastAPI] = []
"""Applications that no server has: their routes take longer to put together than most tests."""


def _put_together() -> FastAPI:
    made = FastAPI()
    install(made, None)
    return made


@cache
def _trust() -> ssl.SSLContext:
    """Nothing is encrypted here, and to load what the computer trusts takes longer than most tests."""
    return ssl.create_default_context()
