"""What a store counts: only what was committed, and each transaction while it waits and when it is over."""

import asyncio
import threading
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from server.storage.figures import note
from server.storage.store import Store
from server.storage.store_sqlite import STREAMS


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{(tmp_path / 'test.sqlite3').as_posix()}")
    yield opened
    await opened.close()


async def test_actions_count_once_they_are_committed_and_not_before(store: Store) -> None:
    def fails(connection: Connection) -> None:
        note(connection, ["checked_out"])
        raise KeyError("half-way")

    with pytest.raises(KeyError):
        await store.write(fails)
    assert not store.figures.committed
    await store.write(lambda connection: note(connection, ["checked_in", "checked_in"]))
    await store.write(lambda connection: note(connection, ["checked_out"]))
    assert store.figures.committed == {"checked_in": 2, "checked_out": 1}


async def test_a_commit_that_fails_counts_nothing(store: Store) -> None:
    def breaks_at_the_commit(connection: Connection) -> None:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        connection.execute(text("INSERT INTO access (person, vault, role) VALUES ('nobody', 'nowhere', 'reader')"))
        note(connection, ["role_given"])

    with pytest.raises(Exception, match="FOREIGN KEY"):
        await store.write(breaks_at_the_commit)
    assert not store.figures.committed


async def test_writes_that_wait_for_their_turn_are_seen(store: Store) -> None:
    go_on = threading.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(3):
            tasks.create_task(store.write(lambda _: go_on.wait(30)), name=f"write {number}")
        await asyncio.sleep(0)
        assert store.figures.writes.open == 3
        go_on.set()
    assert (store.figures.writes.open, store.figures.writes.seconds.count) == (0, 3)


async def test_reads_count_also_when_they_fail(store: Store) -> None:
    def fails(_: Connection) -> None:
        raise KeyError("not there")

    with pytest.raises(KeyError):
        await store.read(fails)
    assert (store.figures.reads.open, store.figures.reads.seconds.count) == (0, 1)


async def test_streams_count_while_they_are_read_and_while_they_wait(store: Store) -> None:
    def numbers(_: Connection) -> Generator[int]:
        yield from range(3)

    streams = [store.stream(numbers) for _ in range(STREAMS)]
    assert [await anext(each) for each in streams] == [0] * STREAMS
    assert store.figures.streams.open == STREAMS
    for each in streams:
        await each.aclose()
    assert store.figures.streams.open == 0
