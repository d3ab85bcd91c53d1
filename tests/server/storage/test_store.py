"""The store: transactions whole or not at all, readers with a snapshot, streams that let go, data of other versions."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Generator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, insert, select, text
from sqlalchemy.exc import StatementError

from server.domain.errors import Full
from server.storage import store_postgres, store_sqlite
from server.storage.migrate import NewerData
from server.storage.store import Store
from server.storage.store_sqlite import SqliteStore
from server.storage.tables import blob, metadata

START = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)


pytestmark = pytest.mark.postgres


@pytest.fixture
def url(tmp_path: Path, database: str | None) -> str:
    return database or f"sqlite:///{(tmp_path / 'test.sqlite3').as_posix()}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await Store.open(url)
    yield opened
    await opened.close()


def add(connection: Connection, name: str, at: datetime = START) -> None:
    connection.execute(insert(blob).values(hash=name, size=1, arrived=at))


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(blob.c.hash).order_by(blob.c.hash)).scalars())


async def test_what_is_written_is_there_for_every_reader(store: Store) -> None:
    await store.write(lambda connection: add(connection, "a"))
    assert await store.read(names) == ["a"]


async def test_a_use_case_that_raises_changes_nothing(store: Store) -> None:
    def half(connection: Connection) -> None:
        add(connection, "a")
        raise KeyError("half-way")

    with pytest.raises(KeyError):
        await store.write(half)
    assert await store.read(names) == []


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StatementError, match=r"read-?only"):
        await store.read(lambda connection: add(connection, "a"))


async def test_writers_take_turns(store: Store) -> None:
    def count_up(connection: Connection) -> None:
        add(connection, f"{len(names(connection)):03}")

    await asyncio.gather(*(store.write(count_up) for _ in range(50)))
    assert await store.read(names) == [f"{number:03}" for number in range(50)]


async def test_a_stream_sees_one_snapshot_while_others_write(store: Store) -> None:
    for name in "abc":
        await store.write(partial(add, name=name))

    def one_by_one(connection: Connection) -> Generator[str]:
        for name in names(connection):
            yield name
            assert len(names(connection)) == 3

    seen = []
    async for name in store.stream(one_by_one):
        seen.append(name)
        await store.write(partial(add, name=f"{name}-later"))
    assert seen == ["a", "b", "c"]
    assert len(await store.read(names)) == 6


async def test_streams_that_are_left_in_the_middle_give_their_connection_back(store: Store) -> None:
    def endless(connection: Connection) -> Generator[int]:
        names(connection)
        yield from range(1_000_000)

    for _ in range(100):
        stream = store.stream(endless)
        assert await anext(stream) == 0
        await stream.aclose()
    assert await store.read(names) == []


@pytest.mark.sqlite
async def test_a_reader_that_is_cut_off_leaves_no_old_snapshot_behind(store: Store) -> None:
    """Whoever is kept in memory by the exception that cut the reader off, the next reader sees what is stored now."""
    for number in range(100):
        await store.write(partial(add, name=f"{number:04}"))
    at_work, go_on = threading.Event(), threading.Event()
    alive = []

    def slowly(connection: Connection) -> Generator[str]:
        query = select(blob.c.hash).execution_options(yield_per=10)
        with connection.execute(query) as found:
            for row in found:
                at_work.set()
                assert go_on.wait(10)
                yield row.hash

    async def read_one() -> None:
        items = store.stream(slowly)
        alive.append(items)
        await anext(items)

    for round_ in range(5):
        at_work.clear()
        go_on.clear()
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(read_one(), name="reader")
            await asyncio.to_thread(at_work.wait, 10)
            reading.cancel()
        go_on.set()
        await store.write(partial(add, name=f"later-{round_}"))
        for _ in range(10):
            assert f"later-{round_}" in await store.read(names)


async def test_streams_that_nobody_reads_on_stop_no_reader(store: Store) -> None:
    async with asyncio.timeout(10), contextlib.AsyncExitStack() as open_streams:
        for _ in range(streams_of(store)):
            stream = await open_streams.enter_async_context(contextlib.aclosing(store.stream(lambda _: iter_of("abc"))))
            assert await anext(stream) == "a"
        waiting = store.stream(lambda _: iter_of("xyz"))
        async with asyncio.TaskGroup() as tasks:
            next_in_line = tasks.create_task(_first(waiting), name="next in line")
            assert await asyncio.gather(*(store.read(names) for _ in range(20))) == [[]] * 20
            await store.write(partial(add, name="a"))
            assert not next_in_line.done()
            await stream.aclose()
            assert await next_in_line == "x"
        await waiting.aclose()


def streams_of(store: Store) -> int:
    return store_sqlite.STREAMS if isinstance(store, SqliteStore) else store_postgres.STREAMS


def iter_of(letters: str) -> Generator[str]:
    yield from letters


async def _first(stream: AsyncIterator[str]) -> str:
    return await anext(stream)


async def test_a_fault_in_a_stream_reaches_its_reader(store: Store) -> None:
    def broken(connection: Connection) -> Generator[int]:
        yield 1
        raise KeyError("broken")

    with pytest.raises(KeyError):
        _ = [each async for each in store.stream(broken)]


async def test_times_come_back_as_they_went_in_whatever_their_zone(store: Store) -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=9)))
    await store.write(lambda connection: add(connection, "a", elsewhere))
    assert await store.read(lambda connection: connection.execute(select(blob.c.arrived)).scalar_one()) == START
    with pytest.raises(StatementError):
        await store.write(lambda connection: add(connection, "b", START.replace(tzinfo=None)))


@pytest.mark.sqlite
async def test_each_commit_is_synced_and_foreign_keys_count(store: Store) -> None:
    def pragmas(connection: Connection) -> list[object]:
        wanted = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted]

    assert await store.write(pragmas) == ["wal", 2, 1]


@pytest.mark.sqlite
async def test_a_full_disk_is_said_plainly_and_changes_nothing(store: Store) -> None:
    def fill(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.execute(
            insert(blob), [{"hash": "x" * 200 + str(n), "size": 1, "arrived": START} for n in range(100)]
        )

    with pytest.raises(Full):
        await store.write(fill)
    assert await store.read(names) == []


async def test_no_migration_is_missing(store: Store) -> None:
    differences = await store.write(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    assert differences == []


@pytest.mark.sqlite
async def test_migrations_make_exactly_the_tables_that_the_program_knows(store: Store, tmp_path: Path) -> None:
    def layout(connection: Connection) -> dict[str, list[str]]:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {name: in_any_order(sql) for name, sql in rows if name != "alembic_version"}

    def in_any_order(sql: str) -> list[str]:
        """The parts of a statement: which constraint stands last is nobody's business."""
        one_line = " ".join(sql.replace('"', "").split()).replace(") WITHOUT ROWID", "), WITHOUT ROWID")
        return sorted(part.rstrip(" )") for part in one_line.split(", "))

    engine = create_engine(f"sqlite:///{(tmp_path / 'direct.sqlite3').as_posix()}")
    with engine.begin() as connection:
        metadata.create_all(connection)
        assert await store.read(layout) == layout(connection)
    engine.dispose()


async def test_opening_again_keeps_what_is_there(url: str) -> None:
    for name in ("a", "b"):
        store = await Store.open(url)
        await store.write(partial(add, name=name))
        await store.close()
    store = await Store.open(url)
    assert await store.read(names) == ["a", "b"]
    await store.close()


async def test_data_of_a_newer_version_is_not_touched(url: str) -> None:
    store = await Store.open(url)
    await store.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    with pytest.raises(NewerData, match="newer version"):
        await Store.open(url)


@pytest.mark.sqlite
async def test_another_kind_of_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"sqlite:///.*not in a database of mysql"):
        await Store.open("mysql://somewhere/pdm")
