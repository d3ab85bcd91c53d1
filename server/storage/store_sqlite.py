"""The store in one SQLite file: each transaction off the event loop."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from server.storage.migrate import migrate
from server.storage.store import STREAMS_EACH, Store
from server.storage.waiting import SharedRoom
from server.storage.writer import Writer, full_database_said_plainly

T = TypeVar("T")

READERS = 4
"""Threads that read at the same time; each sees its own snapshot."""
OPEN_SNAPSHOTS = 32
"""Connections that may be reading at the same time, streams included."""
STREAMS = OPEN_SNAPSHOTS - READERS
"""Streams at the same time; the next waits. Whoever reads slowly leaves the readers their connections."""
STREAM_SECONDS = 10.0
"""The next waits so long at most."""
_BUSY_SECONDS = 30.0
_END = object()


class SqliteStore(Store):
    """With a writer thread of its own and readers beside it, which see the last commit (WAL)."""

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self.writer = Writer(writer, self.figures)
        self.write_engine = writer
        self._reader = reader
        self._read_threads = ThreadPoolExecutor(READERS, "store-reader")
        self._streams = SharedRoom(STREAMS, STREAM_SECONDS, each=STREAMS_EACH)

    @classmethod
    async def open(cls, url: str, *, alone: bool = False) -> "SqliteStore":
        """The file at that URL, made if it is not there. Raises as Store.open, DatabaseError for no database.

        Its folder has a lock, which keeps it to one server.
        """
        store = cls(
            _engine(url, begin="BEGIN IMMEDIATE", pool_size=1, query_only=False),
            _engine(url, begin="BEGIN", pool_size=OPEN_SNAPSHOTS, query_only=True),
        )
        try:
            await store.writer.run(store._migrate)
        except BaseException:
            await store.close()
            raise
        return store

    async def read(self, use_case: Callable[[Connection], T]) -> T:
        """In one of a few threads; the others wait."""

        def work() -> T:
            with self._reader.begin() as connection:
                return use_case(connection)

        with self.figures.reads.one():
            return await asyncio.get_running_loop().run_in_executor(self._read_threads, work)

    async def write(self, use_case: Callable[[Connection], T]) -> T:
        """In the writer's thread, one after the other; those that wait for it together share a commit."""
        with self.figures.writes.one():
            return await self.writer.write(use_case)

    async def write_first(self, use_case: Callable[[Connection], T]) -> T:
        """In the writer's thread, as the next."""
        with self.figures.writes.one():
            return await self.writer.write(use_case, first=True)

    async def stream(
        self, use_case: Callable[[Connection], Generator[T]], *, whose: str | None = None
    ) -> AsyncGenerator[T]:
        """On a connection of its own, as often in a thread as something is asked for."""
        async with self.figures.streams.in_turn(self._streams.place_of(whose)):
            connection = await asyncio.get_running_loop().run_in_executor(self._read_threads, self._reader.connect)
            items = _in_snapshot(connection, use_case)
            job: Future[Any] | None = None
            try:
                while True:
                    job = self._read_threads.submit(next, items, _END)
                    item = await asyncio.wrap_future(job)
                    if item is _END:
                        return
                    yield item
            finally:
                # Whoever stops listening in the middle leaves a thread at work: it lets go of the snapshot at its end.
                if job is None:
                    connection.close()
                else:
                    job.add_done_callback(lambda _: _let_go(items, connection))

    async def close(self) -> None:
        """Finish what is being done and let go of the file."""
        await asyncio.get_running_loop().run_in_executor(None, self._shut)

    def _migrate(self) -> None:
        with full_database_said_plainly(), self.write_engine.begin() as connection:
            migrate(connection)

    def _shut(self) -> None:
        self.writer.close()
        self._read_threads.shutdown()
        self._reader.dispose()
        self.write_engine.dispose()


def _in_snapshot(connection: Connection, use_case: Callable[[Connection], Generator[T]]) -> Generator[T]:
    connection.begin()
    yield from use_case(connection)


def _let_go(items: Generator[Any], connection: Connection) -> None:
    """The query first: a connection with an open one keeps its old snapshot, for whoever reads with it next."""
    items.close()
    connection.close()


def _engine(url: str, *, begin: str, pool_size: int, query_only: bool) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS},
    )

    def connected(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by itself, late and deferred.
        dbapi_connection.isolation_level = None
        pragmas = ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"]
        if query_only:
            pragmas.append("query_only = ON")
        for pragma in pragmas:
            dbapi_connection.execute(f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
