"""What nobody waits for any more is not read, and what is written is never broken off."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdm_desktop.app.tasks import Tasks
from pdm_desktop.cache.cache import Cache
from pdm_desktop.cache.worker import CacheWorker
from server.protocol.vault import Vault
from tests.support.seat_parts import until

VAULT = Vault(id="v", name="Production", role="editor", seq=0)
LONG = "WITH RECURSIVE n (x) AS (SELECT begun() UNION ALL SELECT x + 1 FROM n WHERE x < 1000000) SELECT count(*) FROM n"
"""Takes a while, and tells when it has begun."""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[CacheWorker]:
    made = CacheWorker(tmp_path / "cache.sqlite3")
    yield made
    made.close()


@pytest.fixture
def tasks() -> Tasks:
    return Tasks(lambda _: None)


class Statement:
    """A long statement as a job: whether it has begun, and how it ended."""

    def __init__(self, sql: str = LONG) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.ended: object = None
        self._sql = sql

    def __call__(self, cache: Cache) -> None:
        cache._connection.create_function("begun", 0, self._begin)
        try:
            self.ended = cache._connection.execute(self._sql).fetchall()
        except sqlite3.Error as error:
            self.ended = error
            raise

    def _begin(self) -> int:
        self.begun.set()
        self.go_on.wait()
        return 1


async def test_a_search_that_nobody_waits_for_is_broken_off(worker: CacheWorker, tasks: Tasks) -> None:
    search = Statement()
    reading = tasks.begin(worker.read(search), name="search")
    await until(search.begun.is_set)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await worker.run(Cache.vaults) == []
    assert isinstance(search.ended, sqlite3.OperationalError), f"it was read to its end: {search.ended}"


async def test_a_search_that_has_not_begun_never_does(worker: CacheWorker, tasks: Tasks) -> None:
    first, second = Statement(), Statement()
    first.go_on.clear()
    try:
        worker.put(first)
        await until(first.begun.is_set)
        reading = tasks.begin(worker.read(second), name="search")
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    finally:
        first.go_on.set()
    await worker.run(Cache.vaults)
    assert first.ended == [(1_000_000,)]
    assert not second.begun.is_set()


async def test_what_is_written_behind_a_search_is_not_broken_off(worker: CacheWorker, tasks: Tasks) -> None:
    await worker.run(lambda cache: cache.put_vaults("e1", [VAULT]))
    search = Statement("SELECT begun()")
    writing = Statement("UPDATE vaults SET seq = begun()")
    writing.go_on.clear()
    try:
        reading = tasks.begin(worker.read(search), name="search")
        await asyncio.sleep(0)
        worker.put(writing)
        assert writing.begun.wait(10)  # on this thread: the loop has not heard yet that the search has ended
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    finally:
        writing.go_on.set()
    assert await worker.run(Cache.seqs) == {"v": 1}, f"the write ended with {writing.ended}"
