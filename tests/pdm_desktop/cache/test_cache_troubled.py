"""A cache that cannot be used: it can be thrown away, so it never stops anything."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from pdm_desktop.cache import schema
from pdm_desktop.cache.cache import Cache
from pdm_desktop.cache.worker import CacheWorker
from server.protocol.calls import TreeHead
from server.protocol.set_rule import DEFAULT_RULE
from server.protocol.vault import Vault
from server.protocol.wire import plain
from tests.support.facts import NOW, file, lock

VAULT = Vault(id="v", name="Production", role="editor", seq=0, sets=DEFAULT_RULE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache with one held file."""
    path = tmp_path / "cache.sqlite3"
    with closing(Cache(path)) as cache:
        cache.put_vaults("e1", [VAULT])
        cache.begin_snapshot()
        cache.add_to_snapshot(msgspec.json.encode(plain(file("f1", "a/x.nc", held=lock()))))
        cache.finish_snapshot(TreeHead(epoch="e1", vault="v", seq=7, files=1))
        cache.mark(NOW)
    return path


def everything(cache: Cache) -> object:
    return cache.true_at(), cache.vaults(), cache.tree("v"), cache.files_of("v", "a")


@contextmanager
def closed_at_the_end(worker: CacheWorker) -> Iterator[CacheWorker]:
    try:
        yield worker
    finally:
        worker.close()


def damaged(_: Cache) -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise error


@pytest.mark.parametrize(
    "where",
    [
        "UPDATE meta SET value = replace(value, '-', '!') WHERE key = 'true_at'",
        "UPDATE vaults SET sets = replace(sets, ':', '!')",
        "UPDATE files_1 SET head = replace(head, '2026-', 'yester')",
        "UPDATE files_1 SET lock = substr(lock, 2)",
    ],
)
async def test_a_word_that_cannot_be_read_is_damage(path: Path, where: str) -> None:
    """A byte of a bad disk that no check of SQLite sees: the cache begins anew, and whoever follows fills it."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(where)
        raw.commit()
    lost: list[str] = []
    with closed_at_the_end(CacheWorker(path)) as worker:
        worker.lost = lambda: lost.append("all is read again")
        met: Exception | None = None
        try:
            await worker.run(everything)
        except (sqlite3.Error, ValueError) as error:
            met = error
        assert isinstance(met, schema.Unreadable)
        assert lost == ["all is read again"]
        assert await worker.run(Cache.vaults) == []


async def test_a_cache_that_is_damaged_and_held_open_is_in_memory_until_the_next_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows a file that a backup has open cannot be removed."""

    def held(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "The process cannot access the file", str(self))

    lost: list[str] = []
    with closed_at_the_end(CacheWorker(path)) as worker:
        worker.lost = lambda: lost.append("all is read again")
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", held)
            with pytest.raises((sqlite3.Error, OSError)):
                await worker.run(damaged)
            seqs: object = None
            try:
                seqs = await worker.run(Cache.seqs)
            except sqlite3.Error as error:
                seqs = error
        assert seqs == {}, "it is dead until the program is started again"
        assert lost == ["all is read again"]
        await worker.run(lambda cache: cache.put_vaults("e2", [VAULT]))
        assert await worker.run(Cache.epoch) == "e2"
    with closed_at_the_end(CacheWorker(path)) as worker:
        assert await worker.run(Cache.epoch) == "e1"


def test_an_error_of_pythons_own_is_no_damage() -> None:
    assert not schema.is_damage(sqlite3.ProgrammingError("Cannot operate on a closed database."))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program has the file for itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


async def test_a_cache_that_stays_locked_is_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "PATIENCE", 0.5)
    with locked(path):
        worker = CacheWorker(path)
        assert not worker.opens_within(0.0), "whoever asks is not kept waiting"
        assert list(await asyncio.gather(worker.run(Cache.epoch), return_exceptions=True)) == [None]
        with closed_at_the_end(worker):
            await worker.run(lambda cache: cache.put_vaults("e2", [VAULT]))
            assert await worker.run(Cache.epoch) == "e2"
    with closed_at_the_end(CacheWorker(path)) as worker:
        assert await worker.run(Cache.epoch) == "e1"


async def test_a_cache_that_is_locked_for_a_moment_is_read_then(path: Path) -> None:
    with closed_at_the_end(hindered(path)) as worker:
        assert await worker.run(Cache.epoch) == "e1"


def hindered(path: Path) -> CacheWorker:
    with locked(path):
        worker = CacheWorker(path)
        assert not worker.opens_within(0.0)
    return worker


async def test_a_folder_that_cannot_be_made_leaves_it_in_memory(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"no folder")
    with closed_at_the_end(CacheWorker(tmp_path / "data" / "cache.sqlite3")) as worker:
        assert await worker.run(Cache.vaults) == []
