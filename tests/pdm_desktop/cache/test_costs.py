"""What a vault of very many files costs, in statements, rows and memory: what it takes does not grow with the vault."""

import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from pdm_desktop.app.shelf import everything_in, snapshot_of
from pdm_desktop.cache.cache import Cache
from pdm_desktop.cache.rows import file_from
from pdm_desktop.core.fold import Numbered
from pdm_desktop.state.store import Store
from server.protocol.calls import TreeHead
from server.protocol.events import FileAdded
from server.protocol.vault import File, Vault
from server.protocol.wire import plain
from tests.support.facts import file, lock, locked
from tests.support.seat_parts import local_now

VAULT = Vault(id="v", name="Production", role="editor", seq=1)
FOLDERS, IN_A_FOLDER = 400, 50
FILES = FOLDERS * IN_A_FOLDER


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    """20,000 files, of which 20 are held."""
    made = Cache(tmp_path_factory.mktemp("costs") / "cache.sqlite3")
    made.put_vaults("e", [VAULT])
    made.begin_snapshot()
    for number in range(FOLDERS):
        made.add_to_snapshot(b"\n".join(lines(number)))
    made.finish_snapshot(TreeHead(epoch="e", vault="v", seq=1, files=FILES))
    yield made
    made.close()


def lines(number: int) -> Iterator[bytes]:
    for each in range(IN_A_FOLDER):
        held = lock() if each == 0 and number % 20 == 0 else None
        one = file(f"f{number}-{each}", f"Jobs/{number:04} Manifold/plate-{number}-op{each}.nc", held=held)
        yield msgspec.json.encode(plain(one))


@contextmanager
def statements(cache: Cache) -> Iterator[Counter[str]]:
    """How often each kind of statement is run, by its first word."""
    seen = Counter[str]()
    cache._connection.set_trace_callback(lambda sql: seen.update([sql.split()[0]]))
    try:
        yield seen
    finally:
        cache._connection.set_trace_callback(None)


def test_a_folder_takes_two_statements(cache: Cache) -> None:
    with statements(cache) as seen:
        assert len(cache.files_of("v", "Jobs/0007 Manifold").files) == IN_A_FOLDER
    assert seen == {"SELECT": 2}, "which vaults there are and as of when they are, and the files"


@pytest.mark.parametrize(
    ("text", "hits"), [("plate", 500), ("pl", 500), ("plate-7-op", 50), ("no such name", 0), ("zq", 0)]
)
def test_a_search_reads_only_what_it_shows(cache: Cache, monkeypatch: pytest.MonkeyPatch, text: str, hits: int) -> None:
    read: list[object] = []

    def counted(row: Iterable[Any]) -> File:
        read.append(row)
        return file_from(row)

    monkeypatch.setattr("pdm_desktop.cache.part.file_from", counted)
    with statements(cache) as seen:
        assert len(cache.search(text, 500).files) == hits
    assert seen["SELECT"] <= 3
    assert len(read) <= hits + 1, "those that are shown, and whether there are more"


def test_a_search_looks_at_blocks_of_names_and_not_at_files(cache: Cache) -> None:
    """Whether there is no such name is asked of a row for each portion of a snapshot, not for each file."""
    rows = cache._connection.execute("SELECT count(*), sum(length(names)) FROM names_1").fetchone()
    names = sum(len(f"plate-{number}-op{each}.nc\n") for number in range(FOLDERS) for each in range(IN_A_FOLDER))
    assert rows == (FOLDERS, names - FOLDERS), "a block for each portion, with a line for each name"


def test_a_file_of_a_snapshot_takes_no_turn_of_the_interpreters_lock(cache: Cache) -> None:
    """A thread that asks SQLite something lets another one go on, and has to wait for that: once for many files."""
    cache.begin_snapshot()
    with statements(cache) as seen:
        cache.add_to_snapshot(b"\n".join(line for number in range(1, 20) for line in lines(number)))
    cache.drop_leftovers()
    assert seen["INSERT"] == 10 + 1, "a hundred files in each, and their names"
    assert sum(seen.values()) < 18


def test_events_take_one_transaction_and_a_few_statements_each(cache: Cache) -> None:
    held = [Numbered(vault="v", seq=seq, event=locked(id_=f"f{seq}-1")) for seq in range(2, 102)]
    with statements(cache) as seen:
        cache.apply(held)
    assert (seen["BEGIN"], seen["COMMIT"]) == (1, 1)
    assert seen["UPDATE"] == 100 + 2, "one for each event, and two for how far the vault has come"
    with statements(cache) as seen:
        cache.apply([Numbered(vault="v", seq=102, event=FileAdded(file=file("new", "Jobs/new.nc"), by="Mei Tanaka"))])
    assert sum(seen.values()) < 20


def test_the_seat_keeps_no_object_for_a_file_nor_for_a_folder(cache: Cache) -> None:
    store = Store(clock=local_now)
    vaults, trees, _ = everything_in(cache)  # once before: classes are made when they are used first
    Store(clock=local_now).load_vaults(vaults, map(snapshot_of, trees))
    del trees
    tracemalloc.start()
    try:
        vaults, trees, _ = everything_in(cache)
        store.load_vaults(vaults, map(snapshot_of, trees))
        del trees
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    folder = store.folders.get("v", "Jobs")
    assert folder is not None
    assert folder.files >= FILES
    assert kept < 5 * FILES + 200 * len(store.locks), "bytes: the folders as one text, and the locks"
    assert most < 2 * kept + 100_000, "it was more while it was read"
