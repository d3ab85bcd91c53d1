"""The writer: who waits together is committed together, each whole or not at all, and nobody is answered before."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection, event, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from server.domain.errors import Full
from server.storage import writer
from server.storage.store_sqlite import SqliteStore
from server.storage.tables import blob
from server.storage.writer import MOST

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SqliteStore]:
    monkeypatch.setattr(writer, "SECONDS", 60)
    opened = await SqliteStore.open(f"sqlite:///{(tmp_path / 'test.sqlite3').as_posix()}")
    yield opened
    await opened.close()


@contextmanager
def at_commit(store: SqliteStore, act: Callable[[], None]) -> Iterator[None]:
    """Do something before each commit."""

    def committing(_connection: Connection) -> None:
        act()

    event.listen(store.write_engine, "commit", committing)
    yield
    event.remove(store.write_engine, "commit", committing)


async def together(store: SqliteStore, use_cases: list[Callable[[Connection], str]]) -> list[str | BaseException]:
    """What came of each of them, begun while the thread is held up, so that they wait for it together."""
    go_on = threading.Event()

    async def let_go() -> None:
        go_on.set()

    writes = [store.write(each) for each in use_cases]
    async with asyncio.timeout(10):
        _, *answers, _ = await asyncio.gather(
            store.writer.run(partial(go_on.wait, 10)), *writes, let_go(), return_exceptions=True
        )
    return cast("list[str | BaseException]", answers)


def adding(name: str) -> Callable[[Connection], str]:
    def use_case(connection: Connection) -> str:
        connection.execute(insert(blob).values(hash=name, size=1, arrived=START))
        return name

    return use_case


def half(connection: Connection) -> str:
    adding("half")(connection)
    raise KeyError("half-way")


def ending_all(connection: Connection) -> str:
    """As SQLite does by itself when the disk is full or fails."""
    adding("last")(connection)
    connection.exec_driver_sql("ROLLBACK")
    raise OperationalError("INSERT", {}, full_disk())


def full_disk() -> sqlite3.OperationalError:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    return full


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(blob.c.hash).order_by(blob.c.hash)).scalars())


async def test_those_who_wait_together_share_one_commit(store: SqliteStore) -> None:
    commits: list[None] = []
    with at_commit(store, lambda: commits.append(None)):
        answers = await together(store, [adding(f"{number:02}") for number in range(MOST)])
    assert answers == await store.read(names) == [f"{number:02}" for number in range(MOST)]
    assert len(commits) == 1
    assert (store.writer.commits, store.writer.committed) == (1, MOST)


async def test_a_transaction_takes_so_many_in_and_no_more(store: SqliteStore) -> None:
    await together(store, [adding(f"{number:03}") for number in range(2 * MOST + 5)])
    assert (store.writer.commits, store.writer.committed) == (3, 2 * MOST + 5)
    assert len(await store.read(names)) == 2 * MOST + 5


async def test_a_transaction_takes_nobody_in_after_its_time(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SECONDS", 0)
    assert await together(store, [adding("a"), adding("b"), adding("c")]) == ["a", "b", "c"]
    assert (store.writer.commits, store.writer.committed) == (3, 3)


async def test_who_goes_first_waits_for_nobody_else_who_waits(store: SqliteStore) -> None:
    order, go_on = list[str](), threading.Event()

    async def let_go() -> None:
        go_on.set()

    others = [store.write(lambda _: order.append("other")) for _ in range(3)]
    first = store.write_first(lambda _: order.append("first"))
    async with asyncio.timeout(10):
        await asyncio.gather(store.writer.run(partial(go_on.wait, 10)), *others, first, let_go())
    assert order == ["first", *["other"] * 3]


async def test_they_go_in_the_order_in_which_they_came(store: SqliteStore) -> None:
    def counting(connection: Connection) -> str:
        return adding(f"{len(names(connection)):02}")(connection)

    assert await together(store, [counting] * 20) == [f"{number:02}" for number in range(20)]


async def test_one_that_raises_leaves_nothing_and_takes_nothing_from_the_others(store: SqliteStore) -> None:
    before, failing, twin, after = await together(store, [adding("a"), half, adding("a"), adding("b")])
    assert (before, type(failing), type(twin), after) == ("a", KeyError, IntegrityError, "b")
    assert await store.read(names) == ["a", "b"]


async def test_nobody_is_answered_before_the_commit(store: SqliteStore) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        at_work.set()
        assert go_on.wait(10)

    answered: list[str] = []

    async def write(name: str) -> str:
        answered.append(await store.write(adding(name)))
        return name

    with at_commit(store, hold):
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            held_up = tasks.create_task(store.writer.run(partial(at_work.wait, 0)), name="before them")
            writes = [tasks.create_task(write(name), name=name) for name in "abc"]
            await asyncio.to_thread(at_work.wait, 10)
            assert held_up.done()
            assert await store.read(names) == answered == []
            go_on.set()
    assert await store.read(names) == [await each for each in writes] == answered == ["a", "b", "c"]


async def test_a_commit_without_room_fails_for_each_of_them_and_changes_nothing(store: SqliteStore) -> None:
    def no_room() -> None:
        raise OperationalError("COMMIT", {}, full_disk())

    with at_commit(store, no_room):
        answers = await together(store, [adding("a"), half, adding("b")])
    assert [type(each) for each in answers] == [Full, KeyError, Full]
    assert await store.read(names) == []
    assert (store.writer.commits, store.writer.committed) == (0, 0)
    assert await store.write(adding("c")) == "c"
    assert await store.read(names) == ["c"]


async def test_one_that_ends_the_transaction_fails_those_before_it_and_none_behind(store: SqliteStore) -> None:
    answers = await together(store, [adding("a"), half, ending_all, adding("b"), adding("c")])
    assert [type(each) for each in answers] == [Full, KeyError, Full, str, str]
    assert await store.read(names) == ["b", "c"]


async def test_whoever_has_gone_away_is_passed_over(store: SqliteStore) -> None:
    go_on = threading.Event()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(store.writer.run(partial(go_on.wait, 10)), name="held up")
        writes = [tasks.create_task(store.write(adding(name)), name=name) for name in "abc"]
        await asyncio.sleep(0)
        writes[1].cancel()
        await asyncio.sleep(0)
        go_on.set()
    assert await store.read(names) == ["a", "c"]
    assert [each.cancelled() for each in writes] == [False, True, False]
