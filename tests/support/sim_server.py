"""The real server inside a simulated world: its application over its real store and blobs, called without a socket.

`SimServer` is the assembly of `server.app` without hub and socket. It can end at any moment of its storage (`Watched`
blobs, the store's transactions) and start again over the same data. `Network` carries the calls of seats to it, and has
weather: calls and answers that are late, lost or doubled, and content that is cut.
"""

import asyncio
import random
import sqlite3
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
from blake3 import blake3
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, event, insert, select

from pdm_desktop.net.http import Http
from pdm_desktop.net.vault import VaultCalls
from server.auth.guard import Guard
from server.auth.passwords import Passwords
from server.auth.throttle import Throttle
from server.auth.tokens import Tokens
from server.bus.memory import MemoryBus
from server.domain.session import Session
from server.protocol import calls
from server.routes.api import install
from server.routes.parts import Parts
from server.services import people, sessions
from server.services.backing_up import BackingUp
from server.services.beginning import begin
from server.services.readiness import Readiness
from server.services.reading import StoredEvent, epoch_of, events_after, session_of
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
from server.storage.store_sqlite import OPEN_SNAPSHOTS, SqliteStore, _engine
from server.storage.tables import answer, person, seat, vault
from server.storage.turns import Turns
from server.storage.whole_reads import WholeReads
from server.version import OLDEST_CLIENT
from tests.support.client import Client
from tests.support.gitlab import TrustingGitlab
from tests.support.new_database import put_new_database
from tests.support.points import Call, Ended, Watched, Watcher
from tests.support.sim import START, VirtualClock
from tests.support.web import WebPresence, WebSettings, quiet_contacts, silent_exposition

T = TypeVar("T")

VAULT = "Production"
PIECE = 1 << 16
"""So many bytes of a body come at once."""
_KEY = bytes(range(32))
_DATABASE = "vault.sqlite3"
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class SignedInSeat:
    """A seat with its session."""

    person: str
    seat: str
    token: str


class SimServer:
    """One server of a simulated world."""

    def __init__(self, folder: Path, clock: VirtualClock, *watchers: Watcher) -> None:
        self.folder = folder
        self.clock = clock
        self.settings = WebSettings()
        self.vault = ""
        self.ends = 0
        """How often it ended in the middle of something."""
        self.commits = 0
        """How often something was committed: when this is as it was, nothing has changed."""
        self._heard: list[StoredEvent] = []
        self._heard_of = -1
        """The commits when they were last read."""
        self._watchers = watchers
        self._store: Store | None = None
        self._parts: Parts | None = None
        self._tokens = Tokens(_KEY)
        self._seats = 0

    @property
    def runs(self) -> bool:
        """It takes calls."""
        return self._parts is not None

    async def start(self, *watchers: Watcher) -> None:
        """Begin, or begin again over the same data; `watchers` hear of its storage from now on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / _DATABASE).exists():
            await put_new_database(self.folder / _DATABASE)
        self._watchers = watchers
        store = _WatchedStore.over(self.folder / _DATABASE, watchers, committed=self._committed)
        self._store = store
        self._parts = self._assembled(store)
        await store.write(lambda connection: begin(connection, vault_name=VAULT, at=self.clock()))
        if not self.vault:
            self.vault = await self.read(lambda c: c.execute(select(vault.c.id)).scalar_one())

    def _committed(self) -> None:
        self.commits += 1

    async def stop(self) -> None:
        """End in order, or after everything has stopped in the middle."""
        store, self._store, self._parts = self._store, None, None
        if store is not None:
            await store.close()

    def ends_the_backup(self) -> None:
        """The one that was begun is over."""
        assert self._parts is not None, "it does not run"
        self._parts.backing_up.give_up()

    async def read(self, use_case: Callable[[Connection], T]) -> T:
        """Look into its store."""
        assert self._store is not None, "it does not run"
        return await self._store.read(use_case)

    async def epoch(self) -> str:
        """Its epoch."""
        return await self.read(epoch_of)

    async def head(self) -> int:
        """The seq of its vault."""
        return await self.read(lambda c: c.execute(select(vault.c.seq).where(vault.c.id == self.vault)).scalar_one())

    async def events(self, *, after: int) -> list[StoredEvent]:
        """What has happened in its vault."""
        return await self.read(lambda connection: events_after(connection, self.vault, after, limit=10_000))

    async def news(self, *, after: int) -> list[StoredEvent]:
        """The same for those that ask after every commit: nothing is read twice."""
        if self._heard_of != self.commits:
            commits, known = self.commits, self._heard[-1].seq if self._heard else 0
            new = await self.events(after=known)
            last = self._heard[-1].seq if self._heard else 0
            self._heard += [each for each in new if each.seq > last]
            self._heard_of = commits
        return [each for each in self._heard if each.seq > after]

    async def has_settled(self, request: httpx.Request) -> bool:
        """The call was carried out, and comes to the same answer whenever it is made again."""
        key = request.headers.get("Idempotency-Key")
        return self.runs and key is not None and await self.has_key(key)

    async def has_key(self, key: str) -> bool:
        """A call with that key was carried out."""
        return await self.read(lambda c: c.execute(select(answer.c.at).where(answer.c.key == key)).first() is not None)

    async def write(self, use_case: Callable[[Connection], T]) -> T:
        """Change something in its store, as an operator's hand."""
        assert self._store is not None, "it does not run"
        return await self._store.write(use_case)

    async def call(self, request: httpx.Request) -> "Answer":
        """Do one call. Raises httpx.ConnectError when it does not run, httpx.ReadError when it ends in the middle."""
        if self._parts is None:
            raise httpx.ConnectError("nobody listens")
        app = _application()
        app.state.parts = self._parts
        try:
            request.stream = _InPieces(await request.aread())
            response = await httpx.ASGITransport(app).handle_async_request(request)
            content = b"".join([each async for each in cast("httpx.AsyncByteStream", response.stream)])
        except BaseException as error:
            if not _has_ended(error):
                raise
            self.ends += 1
            await self.stop()
            raise httpx.ReadError("the server is gone") from None
        return Answer(response.status_code, response.headers.raw, content)

    async def sign_in(self, name: str, seat_id: str, *, administrator: bool = False) -> SignedInSeat:
        """A person, new or known, with a session on a seat."""
        assert self._store is not None, "it does not run"
        self._seats += 1
        session_id = f"session-{self._seats}-{seat_id}"
        begun = await self._store.write(
            lambda connection: self._begin_session(connection, name, seat_id, session_id, administrator=administrator)
        )
        return SignedInSeat(name, seat_id, self._tokens.token_for(begun.id, expires=begun.expires))

    def _begin_session(
        self, connection: Connection, name: str, seat_id: str, session_id: str, *, administrator: bool
    ) -> Session:
        now = self.clock()
        operator = people.operator(connection, at=now, lifetime=timedelta(days=1))
        known = connection.execute(select(person).where(person.c.name == name)).one_or_none()
        if known is None:
            people.add_person(connection, operator, name, password="kept", administrator=administrator, at=now)
            known = connection.execute(select(person).where(person.c.name == name)).one()
        if connection.execute(select(seat.c.id).where(seat.c.id == seat_id)).one_or_none() is None:
            row = {"id": seat_id, "person": known.id, "computer": f"CAM-{seat_id}", "system": "Simulated"}
            connection.execute(insert(seat).values(row | {"version": "0.1.0", "last_contact": now}))
        begun = Session(
            id=session_id,
            person_id=known.id,
            person=name,
            administrator=known.administrator,
            seat=seat_id,
            computer=f"CAM-{seat_id}",
            expires=now + timedelta(days=3_650),
        )
        sessions.begin_session(connection, begun, at=now)
        return begun

    def _assembled(self, store: Store) -> Parts:
        async def find(session_id: str) -> Session | None:
            return await store.read(lambda connection: session_of(connection, session_id, now=self.clock()))

        disk: Any = DiskBlobs(self.folder / "blobs")
        blobs = Watched(disk, "blobs", *self._watchers) if self._watchers else disk  # a watched file is read by `with`
        bus = MemoryBus()
        backups = Backups(self.folder, self.folder.parent, kept=1)
        backing_up = BackingUp(backups, store, bus, self.clock)  # nobody is at work: what is begun stays so
        premises = Premises(data=self.folder, database=_DATABASE)
        readiness = Readiness(store, cast("Blobs", blobs), bus)
        return Parts(
            backing_up=backing_up,
            premises=premises,
            upkeep=Upkeep(self.clock()),
            settings=self.settings,
            store=store,
            blobs=cast("Blobs", blobs),
            whole_reads=WholeReads(),
            gate=Gate(),
            turns=Turns(),
            releases=Releases(Installers(self.folder / "installers"), oldest=OLDEST_CLIENT),
            bus=bus,
            presence=WebPresence(),
            contacts=quiet_contacts(self.clock),
            clock=self.clock,
            passwords=_QuickPasswords(),
            tokens=self._tokens,
            throttle=Throttle(),
            guard=Guard(self._tokens, find),
            stopping=lambda: False,
            readiness=readiness,
            surroundings=Surroundings(readiness, store, premises, backing_up),
            exposition=silent_exposition(store),
            gitlab=TrustingGitlab(),
        )


@dataclass(frozen=True)
class Answer:
    """What the server answered, as it is on the wire."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes

    def arriving(self, *, up_to: int | None = None) -> httpx.Response:
        """The answer as it arrives, cut after so many bytes."""
        return httpx.Response(self.status, headers=self.headers, stream=_Arriving(self.content, up_to))


class _WatchedStore(SqliteStore):
    """The real store; watchers hear of each transaction before it is committed, and after."""

    _hears: tuple[Watcher, ...] = ()
    _committed: Callable[[], None]

    @classmethod
    def over(cls, database: Path, watchers: tuple[Watcher, ...], *, committed: Callable[[], None]) -> "_WatchedStore":
        """The store over a database that has this version's tables."""
        _now_open.append(database)
        for each in _engines():
            each.dispose()  # a run that broke off may have left its connections open
        store = cls(*_engines())
        store._hears = watchers
        store._committed = committed
        return store

    async def write(self, use_case: Callable[[Connection], T]) -> T:
        commit = Call("store", "commit")

        def watched(connection: Connection) -> T:
            answer = use_case(connection)
            for each in self._hears:
                each.before(commit)
            return answer

        answer = await super().write(watched)
        self._committed()
        for each in self._hears:
            each.after(commit)
        return answer


@dataclass
class Weather:
    """How likely it is that the network does this to a call; the default is a calm day."""

    lost: float = 0.0
    """The call does not arrive."""
    answer_lost: float = 0.0
    """It is done, and nobody hears of it."""
    doubled: float = 0.0
    """It arrives a second time, right after the first."""
    doubled_late: float = 0.0
    """It arrives a second time, after others: `Network.deliver_late`.

    One that was refused does not: no refusal is kept under a key, so that it might have an effect then.
    """
    refused_late: float = 0.0
    """One that was refused does as well."""
    slow: float = 0.0
    """Seconds that a call or an answer may take: others overtake it."""
    cut: float = 0.0
    """Only the first part of the answer arrives."""


STORM = Weather(lost=0.05, answer_lost=0.08, doubled=0.05, doubled_late=0.05, slow=2.0, cut=0.08)


class Network(httpx.AsyncBaseTransport):
    """Between one seat and the server."""

    def __init__(self, server: SimServer, chance: random.Random, weather: Weather | None = None) -> None:
        self.server = server
        self.weather = weather or Weather()
        self.is_cut = False
        """The cable is out."""
        self._random = chance
        self._late: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=await request.aread())
        await self._take_time()
        if self.is_cut:
            raise httpx.ConnectError("the cable is out")
        if self._happens(self.weather.lost):
            raise httpx.ReadTimeout("the call was lost")
        answer = await self.server.call(_again(sent))
        if self._happens(self.weather.doubled):
            answer = await self.server.call(_again(sent))
        if self._happens(self.weather.doubled_late) and (
            await self.server.has_settled(sent) or self._happens(self.weather.refused_late)
        ):
            self._late.append(sent)
        await self._take_time()
        if self._happens(self.weather.answer_lost):
            raise httpx.ReadError("the answer was lost")
        cut = self._random.randrange(len(answer.content) + 1) if self._happens(self.weather.cut) else None
        return answer.arriving(up_to=cut)

    async def deliver_late(self) -> int:
        """Calls that the network doubled arrive once more; how many. Nobody hears the answers."""
        late, self._late = self._late, []
        for each in late:
            if self.server.runs:
                await self.server.call(_again(each))
        return len(late)

    async def _take_time(self) -> None:
        if self.weather.slow:
            await asyncio.sleep(self._random.random() * self.weather.slow)

    def _happens(self, likely: float) -> bool:
        return likely > 0 and self._random.random() < likely


class _Arriving(httpx.AsyncByteStream):
    def __init__(self, content: bytes, up_to: int | None) -> None:
        self._content = content
        self._up_to = up_to

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content[: self._up_to]
        if self._up_to is not None:
            raise httpx.ReadError("the answer was cut")


class _QuickPasswords(Passwords):
    """Told apart as the real ones are, without the work that makes guessing slow."""

    async def hashed(self, password: str) -> str:
        return blake3(password.encode()).hexdigest()

    async def marked(self, password: str, *, purpose: str) -> str:
        return blake3(f"{purpose} {password}".encode()).hexdigest()


class _InPieces(httpx.AsyncByteStream):
    """A body as a socket gives it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), PIECE):
            yield self._content[start : start + PIECE]


def vault_calls(who: SignedInSeat, network: httpx.AsyncBaseTransport) -> VaultCalls:
    """The engine's calls, over a simulated network."""
    return VaultCalls(Http("http://server", token=who.token, seat=who.seat, tls=_TLS, transport=network))


@asynccontextmanager
async def client_of(who: SignedInSeat, network: httpx.AsyncBaseTransport) -> AsyncIterator[Client]:
    """The calls of a test, over a simulated network."""
    headers = {"Authorization": f"Bearer {who.token}", "X-Seat-Id": who.seat}
    async with httpx.AsyncClient(base_url="http://server", transport=network, headers=headers) as http:
        signed_in = calls.SignedIn(
            person=who.person, administrator=False, server="", epoch="", seat=who.seat, token=who.token, expires=START
        )
        yield Client(http, "http://server", signed_in, None)


def _again(request: httpx.Request) -> httpx.Request:
    """The same call: what was sent once cannot be sent by the same object twice."""
    return httpx.Request(request.method, request.url, headers=request.headers, content=request.content)


def _has_ended(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_has_ended(each) for each in error.exceptions)
    return isinstance(error, Ended)


@cache
def _application() -> FastAPI:
    """The routes, put together once: they find their server's parts in the application's state."""
    app = FastAPI()
    install(app, None)
    return app


@cache
def _engines() -> tuple[Engine, Engine]:
    """The store's writer and reader, for whatever database is open now.

    An engine keeps every statement that it has ever compiled; compiling them again in each run takes most of its time.
    """

    def connect(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(_now_open[-1], **options)
        return connection

    engines = (
        _engine("sqlite:///any", begin="BEGIN IMMEDIATE", pool_size=1, query_only=False),
        _engine("sqlite:///any", begin="BEGIN", pool_size=OPEN_SNAPSHOTS, query_only=True),
    )
    for each in engines:
        event.listen(each, "do_connect", connect)
    return engines


_now_open: deque[Path] = deque(maxlen=1)
