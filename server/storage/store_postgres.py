"""The store in a PostgreSQL database, which several servers may share: one writes at a time, whoever it is.

Every change adds to the one chain of the audit trail, so that no two can be committed side by side in any case. Each
takes the turn (an advisory lock of the database) as the first thing in its transaction: then it sees all that was
committed before, and every use case may look first and act then, as it does with SQLite's one writer.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar

import asyncpg
import structlog
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.domain.errors import Full, NotReady
from server.storage.discreet import make_discreet
from server.storage.figures import noted_from_now
from server.storage.migrate import migrate, newest, reached
from server.storage.postgres_opening import CONNECT_SECONDS, STATEMENT_SECONDS, connect, dial_first, prepare, words_of
from server.storage.postgres_presence import Elsewhere, Presence, require_no_older, who
from server.storage.postgres_pulse import Pulse
from server.storage.postgres_same import SameDatabase, Seen, WentBack
from server.storage.postgres_trouble import OtherDatabase, Trouble, trouble_in, was_answered
from server.storage.store import STREAMS_EACH, Store
from server.storage.waiting import Room, SharedRoom

T = TypeVar("T")

log = structlog.get_logger(__name__)

WRITERS: Final = 2
"""Connections that write: while one commits, the next is in line already."""
READERS: Final = 8
"""Connections that read at the same time; each sees its own snapshot."""
STREAMS: Final = 16
"""Streams at the same time; the next waits. Whoever reads slowly leaves the readers their connections."""
CONNECTIONS: Final = WRITERS + READERS + STREAMS + 2
"""So many one server has open at most, with that of its pulse and that of those who go first."""
TURN: Final = 0x50444D
"""The advisory lock that whoever writes holds: a number of our own (“PDM”), the same for every version."""
TRIES: Final = 5
"""So often a transaction is begun that others were in the way of, or that found an old connection dead."""
AGAIN_SECONDS: Final = 0.02
"""The time before it is tried again, doubled with each try."""
RETRY_SECONDS: Final = 2.0
"""What somebody who comes while the database is away is told to wait."""
READER_SECONDS: Final = 10.0
"""Who reads waits so long at most for a connection."""
WRITER_SECONDS: Final = 30.0
"""Who writes waits so long at most for a connection, and once more for its turn."""
NAME: Final = {"application_name": "pdm-server"}
"""As what our connections are known to PostgreSQL."""
LEAVING_SECONDS: Final = 5.0
"""So long a server that has just ended may still seem to be connected."""
SESSION: Final = {
    **NAME,
    "jit": "off",  # it takes longer than any of our queries
    "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
}  # fmt: skip
"""What each connection asks of PostgreSQL: a server whose computer vanished is not waited for."""
READING: Final = {"statement_timeout": f"{STATEMENT_SECONDS:.0f}s"}
"""Of all that serve calls: whoever asked may have gone without a word."""
WRITING: Final = {**READING, "lock_timeout": "30s", "idle_in_transaction_session_timeout": "30s"}
"""Of those that write: one that stands still in its turn is ended, for the sake of all others."""
_END = object()
_TAKE_TURN = select(func.pg_advisory_xact_lock(bindparam("turn", TURN)))


class PostgresStore(Store):
    """With a few connections for writers, readers and streams."""

    def __init__(self, url: str, *, mark: str, settings: Mapping[str, str], pulse: Pulse) -> None:
        self._mark = mark
        self._same = SameDatabase()
        self._pulse = pulse
        writing = partial(self._watched, url, {**settings, **WRITING}, mark)
        reading = partial(self._watched, url, {**settings, **READING}, mark)
        self._writer = _engine(writing, WRITERS, "READ COMMITTED")
        self._first = _engine(writing, 1, "READ COMMITTED")
        reader = _engine(reading, READERS + STREAMS, "REPEATABLE READ")
        self._reader = reader.execution_options(postgresql_readonly=True)
        self._readers = Room(READERS, READER_SECONDS)
        self._streams = SharedRoom(STREAMS, READER_SECONDS, each=STREAMS_EACH)
        self._writers = Room(WRITERS, WRITER_SECONDS)
        self._going_first = Room(1, READER_SECONDS)

    @classmethod
    async def open(cls, url: str, *, alone: bool = False) -> "PostgresStore":
        """The database at that URL, which its administrator has made. Raises as Store.open."""
        tables = newest()
        presence = Presence(alone=alone, tables=tables)

        def bring_up(connection: Connection) -> None:
            if reached(connection) not in (None, tables):
                require_no_older(connection, tables)
            migrate(connection)

        connection = await dial_first(url, {**SESSION, **who()})
        try:
            await presence.take(connection, patience=LEAVING_SECONDS)  # before the turn: nobody waits for it meanwhile
            mark, durable = await prepare(url, SESSION, partial(_in_turn, bring_up))
        except BaseException:
            connection.terminate()
            raise

        async def present_again() -> asyncpg.Connection:
            another = await connect(url, {**SESSION, **who()}, mark)
            try:
                await presence.take_again(another)
            except BaseException:
                another.terminate()
                raise
            return another

        return cls(url, mark=mark, settings={**SESSION, **durable}, pulse=Pulse(connection, present_again))

    @property
    def mark(self) -> str:
        """Which cluster, which life of it, which database and which table: each way to bring one back changes one."""
        return self._mark

    async def hold(self) -> None:
        """By its tables, epoch and mark, and the length of the audit trail; compared in each turn."""
        self._same.hold(await self.read(Seen.by))

    async def look(self) -> None:
        """In a snapshot; what is wrong is said in a turn. First whether the database answers at all."""
        try:
            if not await self._pulse.beat():
                return
        except Elsewhere as other:
            self._same.give_up(other)
            return
        with suppress(NotReady, Full):
            if await self.read(self._same.look) is not None:
                await self.write(lambda _: None)

    async def read(self, use_case: Callable[[Connection], T]) -> T:
        """On one of a few connections; tried again where that was dead."""

        async def once() -> T:
            async with self._readers.place(), self._connected(self._reader) as connection:
                return await connection.run_sync(use_case)

        with self.figures.reads.one():
            return await _tried(once)

    async def write(self, use_case: Callable[[Connection], T]) -> T:
        """In its turn among those of all servers; the whole again where others were in the way."""

        def work(connection: Connection) -> tuple[T, list[str]]:
            self._same.require_in_turn(connection)
            noted = noted_from_now(connection)
            return use_case(connection), noted

        async def once() -> T:
            async with self._writers.place(), self._connected(self._writer) as connection:
                try:
                    found, noted = await connection.run_sync(partial(_in_turn, work))
                except WentBack as other:
                    await _commit(connection)
                    self._same.give_up(other)
                    raise
                await _commit(connection)
            self.figures.commits += 1
            self.figures.committed.update(noted)
            return found

        with self.figures.writes.one():
            return await _tried(once)

    async def write_first(self, use_case: Callable[[Connection], T]) -> T:
        """On a connection of its own, beside whoever has the turn."""

        async def once() -> T:
            async with self._going_first.place(), self._connected(self._first) as connection:
                found = await connection.run_sync(use_case)
                await _commit(connection)
            self.figures.commits += 1
            return found

        with self.figures.writes.one():
            return await _tried(once)

    async def stream(
        self, use_case: Callable[[Connection], Generator[T]], *, whose: str | None = None
    ) -> AsyncGenerator[T]:
        """On a connection of its own, which keeps its query open."""

        async def begin() -> tuple[AsyncConnection, Generator[T], Any]:
            self._require()
            connection = await self._reader.connect().start()
            try:
                items = await connection.run_sync(use_case)
                return connection, items, await _next(items, connection)
            except BaseException as error:
                if isinstance(error, TimeoutError):
                    await _drop(connection)
                await connection.close()
                raise

        async with self.figures.streams.in_turn(self._streams.place_of(whose)):
            connection, items, item = await _tried(begin)
            try:
                while item is not _END:
                    yield item
                    item = await _said_plainly(self._next_of_same(items, connection))
            finally:
                await _let_go(items, connection)

    async def _next_of_same(self, items: Generator[T], connection: AsyncConnection) -> Any:
        self._require()
        try:
            return await _next(items, connection)
        except TimeoutError:
            await _drop(connection)
            raise

    def _require(self) -> None:
        """Raises OtherDatabase, Silent."""
        self._same.require()
        self._pulse.require()

    async def _watched(self, *connecting: Any, **_: Any) -> asyncpg.Connection:
        connection = await connect(*connecting)
        self._pulse.watch(connection)
        return connection

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """A connection for the block. One that did not answer in time is gone without a goodbye."""
        self._require()
        async with engine.connect() as connection:
            try:
                yield connection
            except TimeoutError:
                await _drop(connection)
                raise

    async def close(self) -> None:
        """Let go of the database."""
        await self._writer.dispose()
        await self._first.dispose()
        await self._reader.dispose()
        await self._pulse.close()  # nobody begins here before


async def _tried(once: Callable[[], Awaitable[T]]) -> T:
    """Try it a few times. Raises Full, NotReady, and whatever is no trouble of the database's."""
    for tried in range(1, TRIES + 1):
        try:
            return await once()
        except Exception as error:
            trouble = trouble_in(error)
            if trouble is None or (tried == TRIES and trouble is Trouble.COLLIDED):
                raise
            if trouble not in (Trouble.COLLIDED, Trouble.BROKEN) or tried == TRIES:
                raise _plainly(trouble, error) from error
            await asyncio.sleep(AGAIN_SECONDS * 2 ** (tried - 1))
    raise AssertionError("the last try returns or raises")


async def _said_plainly(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except Exception as error:
        trouble = trouble_in(error)
        if trouble is None:
            raise
        raise _plainly(trouble, error) from error


def _plainly(trouble: Trouble, error: Exception) -> Exception:
    if trouble is Trouble.FULL:
        return Full()
    log.warning("database_away", reason=words_of(error))
    if isinstance(error, OtherDatabase):
        return NotReady(str(error), retry_after=RETRY_SECONDS)
    return NotReady(
        "The server cannot reach its database at the moment. Nothing was changed; please try again in a few seconds.",
        retry_after=RETRY_SECONDS,
    )


def _in_turn(use_case: Callable[[Connection], T], connection: Connection) -> T:
    connection.execute(_TAKE_TURN)
    return use_case(connection)


async def _commit(connection: AsyncConnection) -> None:
    """Commit. Raises NotReady where nobody can say whether it is done, and what PostgreSQL says if it is not."""
    try:
        await connection.commit()
    except Exception as error:
        if was_answered(error) or trouble_in(error) is None:
            raise
        log.warning("commit_not_answered", reason=words_of(error))
        raise NotReady(
            "The database broke off in the very moment in which it was to keep this change, so that nobody can say"
            " whether it has. Please send the same call again in a few seconds, with the same Idempotency-Key: then it"
            " is done once.",
            retry_after=RETRY_SECONDS,
        ) from error


async def _drop(connection: AsyncConnection) -> None:
    if connection.invalidated:
        return
    raw = await connection.get_raw_connection()
    if isinstance(raw.driver_connection, asyncpg.Connection):
        raw.driver_connection.terminate()


async def _next(items: Generator[Any], connection: AsyncConnection) -> Any:
    return await connection.run_sync(lambda _: next(items, _END))


async def _let_go(items: Generator[Any], connection: AsyncConnection) -> None:
    """Whoever stops listening in the middle leaves an open query: it ends first, and its snapshot with it."""
    try:
        await connection.run_sync(lambda _: items.close())
    finally:
        await connection.close()


def _engine(connect: Callable[..., Awaitable[Any]], size: int, isolation: str) -> AsyncEngine:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        hide_parameters=True,
        isolation_level=isolation,
        pool_size=size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        connect_args={"prepared_statement_cache_size": 500},
    )
    make_discreet(engine.sync_engine)
    return engine
