"""The cache: what it keeps, in which order, and what it does about a file that is broken."""

import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from pdm_desktop.cache.cache import Cache, cache_file
from pdm_desktop.cache.part import parts_there
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.fold import Numbered
from server.protocol.calls import TreeHead
from server.protocol.events import FileAdded, FileDeleted, FileMoved, FolderMoved, VaultEvent
from server.protocol.set_rule import DEFAULT_RULE
from server.protocol.vault import File, Vault
from server.protocol.vault_rules import VaultRules
from server.protocol.wire import plain
from tests.support.facts import NOW, file, lock, locked, unlocked
from tests.support.seat_parts import until

VAULT = Vault(id="v", name="Production", role="editor", seq=9)
OTHER = Vault(id="w", name="Archive", role="reader", seq=0)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    made = Cache(tmp_path / "cache.sqlite3")
    made.put_vaults("e1", [VAULT])
    yield made
    made.close()


def fill(cache: Cache, files: list[File], *, seq: int = 0, vault: str = "v") -> None:
    cache.begin_snapshot()
    cache.add_to_snapshot(lines(*files))
    cache.finish_snapshot(TreeHead(epoch="e1", vault=vault, seq=seq, files=len(files)))
    cache.drop_leftovers()


def lines(*files: File) -> bytes:
    return b"\n".join(msgspec.json.encode(plain(each)) for each in files)


def numbered(*events: VaultEvent, first: int = 1) -> list[Numbered]:
    return [Numbered(vault="v", seq=seq, event=event) for seq, event in enumerate(events, start=first)]


def files_in(cache: Cache, folder: str) -> list[File]:
    return sorted((each for _, each in cache.files_of("v", folder).files), key=lambda each: each.path)


def test_a_snapshot_is_kept_whole(cache: Cache) -> None:
    kept = [file("f1", "a/x.nc", held=lock(message="why")), file("f2", "a/y.nc"), file("f3", "top.nc")]
    fill(cache, kept, seq=7)
    tree = cache.tree("v")
    assert tree is not None
    assert (tree.seq, sorted(tree.folders), tree.held) == (7, [("", 1), ("a", 2)], kept[:1])
    assert files_in(cache, "a") == kept[:2]
    assert cache.held_by("Tomas Ruiz").files == [("v", kept[0])]
    assert cache.files(["f3", "gone"]).files == [("v", kept[2])]
    assert cache.seqs() == {"v": 7}


def test_a_vault_keeps_its_rules(cache: Cache) -> None:
    rules = VaultRules(extensions=[".nc"], comment=True, counting="major")
    ruled = replace(VAULT, seq=0, sets=replace(DEFAULT_RULE, sheets=[]), rules=rules)
    cache.put_vaults("e1", [ruled, OTHER])
    assert cache.vaults() == [OTHER, ruled]
    cache.put_vaults("e1", [replace(VAULT, seq=0)])
    assert cache.vaults() == [replace(VAULT, seq=0)]


def test_nothing_is_known_of_a_vault_before_its_snapshot(cache: Cache) -> None:
    assert cache.tree("v") is None
    assert cache.seqs() == {}
    cache.apply(numbered(FileAdded(file=file(), by="Mei Tanaka")))
    assert cache.tree("v") is None


def test_events_and_their_seqs_are_kept_together(cache: Cache) -> None:
    fill(cache, [file("f1", "a/x.nc"), file("f2", "a/b/y.nc")])
    cache.apply(
        numbered(
            locked("a/x.nc"),
            unlocked("a/x.nc", why="checked_in", number="1.1"),
            FileAdded(file=file("f3", "n.nc", held=lock()), by="Mei Tanaka"),
            FileMoved(file=file("f3", "a/n.nc"), from_="n.nc", by="Mei Tanaka"),
            FolderMoved(from_="a", to="z", by="Mei Tanaka"),
            FileDeleted(file=file("f3", "z/n.nc"), by="Mei Tanaka"),
        )
    )
    assert files_in(cache, "z") == [file("f1", "z/x.nc", number="1.1")]
    assert files_in(cache, "z/b") == [file("f2", "z/b/y.nc")]
    assert files_in(cache, "a") == []
    assert cache.seqs() == {"v": 6}
    assert cache.held_by("Tomas Ruiz").files == []


def test_a_folder_whose_name_only_begins_alike_stays(cache: Cache) -> None:
    fill(cache, [file("f1", "a/x.nc"), file("f2", "ab/x.nc"), file("f3", "a b/x.nc"), file("f4", "a-b/x.nc")])
    cache.apply(numbered(FolderMoved(from_="a", to="z", by="Mei Tanaka")))
    tree = cache.tree("v")
    assert tree is not None
    assert sorted(folder for folder, _ in tree.folders) == ["a b", "a-b", "ab", "z"]


def test_events_that_are_known_are_dropped_and_a_gap_asks_for_a_snapshot(cache: Cache) -> None:
    fill(cache, [file("f1", "a/x.nc")], seq=5)
    cache.apply(numbered(locked("a/x.nc"), first=5))
    assert files_in(cache, "a") == [file("f1", "a/x.nc")]
    cache.apply(numbered(locked("a/x.nc"), first=7))
    assert cache.seqs() == {}


def test_it_knows_until_when_it_is_true(cache: Cache, tmp_path: Path) -> None:
    fill(cache, [file("f1", "a/x.nc")])
    assert cache.true_at() is None
    cache.mark(NOW)
    cache.apply(numbered(locked("a/x.nc"), first=0))
    assert cache.true_at() == NOW, "what is known already changes nothing"
    cache.apply(numbered(locked("a/x.nc")), true_at=NOW + timedelta(hours=1))
    again = Cache(tmp_path / "cache.sqlite3")
    assert again.true_at() == NOW + timedelta(hours=1)
    again.close()


def test_what_it_got_while_it_caught_up_is_not_told_as_of_before(cache: Cache) -> None:
    fill(cache, [file("f1", "a/x.nc")])
    cache.mark(NOW)
    cache.apply(numbered(locked("a/x.nc")))
    assert cache.true_at() is None, "others may be missing, and this was not so by then"
    cache.mark(NOW)
    cache.put_vaults("e1", [VAULT, OTHER])
    fill(cache, [file("f2", "b/y.nc")], vault="w")
    assert cache.true_at() is None, "nor was what a snapshot of another vault says"


def test_replaying_any_piece_again_changes_nothing(cache: Cache) -> None:
    fill(cache, [file(f"f{n}", f"a/{n}.nc") for n in range(5)])
    chance = random.Random(7)
    events = numbered(
        *(locked(f"a/{n % 5}.nc", id_=f"f{n % 5}") if n < 5 else unlocked(id_=f"f{n % 5}") for n in range(10))
    )
    for place in range(len(events)):
        first = chance.randrange(place + 1)
        cache.apply(events[first : place + 1])
    assert cache.seqs() == {"v": 10}
    assert cache.held_by("Tomas Ruiz").files == []


def test_search_finds_parts_of_names_in_any_case(cache: Cache) -> None:
    fill(cache, [file("f1", "a/Manifold block.nc"), file("f2", "manifold/other.nc"), file("f3", "b/100%_x.nc")])
    assert [each.id for _, each in cache.search("MANIF", 10).files] == ["f1"]
    assert [each.id for _, each in cache.search("ma", 10).files] == ["f1"]
    assert [each.id for _, each in cache.search("0%_", 10).files] == ["f3"]
    assert [each.id for _, each in cache.search("%_", 10).files] == ["f3"]
    assert cache.search('no "such" file', 10).files == []
    cut = cache.search(".nc", 2)
    assert (len(cut.files), cut.cut) == (2, True)


def test_search_sees_what_came_and_went_since(cache: Cache) -> None:
    fill(cache, [file("f1", "a/old name.nc")])
    cache.apply(
        numbered(
            FileMoved(file=file("f1", "a/fresh.nc"), from_="a/old name.nc", by="Mei Tanaka"),
            FileAdded(file=file("f2", "a/second.nc"), by="Mei Tanaka"),
        )
    )
    assert [each.id for _, each in cache.search("fresh", 10).files] == ["f1"]
    assert [each.id for _, each in cache.search("second", 10).files] == ["f2"]
    assert cache.search("old name", 10).files == []


def test_a_name_with_all_the_pieces_of_a_text_but_not_the_text_is_no_hit(cache: Cache) -> None:
    fill(cache, [file("f1", "a/abcd-cdef-bcde.nc"), file("f2", "a/Xabcdef.nc"), file("f3", "a/ÄBCDEF.nc")])
    assert [each.id for _, each in cache.search("abcdef", 10).files] == ["f2"]
    assert [each.id for _, each in cache.search("äbcd", 10).files] == ["f3"]


def test_a_search_goes_on_in_the_next_vault_until_there_are_enough_hits(cache: Cache) -> None:
    cache.put_vaults("e1", [VAULT, OTHER])
    fill(cache, [file(f"f{n}", f"a/plate {n}.nc") for n in range(3)])
    fill(cache, [file(f"g{n}", f"a/plate {n}.nc") for n in range(3)], vault="w")
    for text in ("plate", "pl"):
        assert len(cache.search(text, 4).files) == 4
        assert cache.search(text, 5).cut
        assert {vault for vault, _ in cache.search(text, 6).files} == {"v", "w"}
        assert not cache.search(text, 6).cut


def test_a_vault_is_what_it_was_until_all_of_its_snapshot_is_here(cache: Cache) -> None:
    fill(cache, [file("f1", "a/old.nc")], seq=3)
    cache.begin_snapshot()
    assert cache.add_to_snapshot(lines(file("f1", "a/new.nc"), file("f2", "a/newer.nc"))) == 2
    assert cache.add_to_snapshot(lines(file("f3", "b/new.nc"))) == 1
    assert files_in(cache, "a") == [file("f1", "a/old.nc")]
    assert [each.path for _, each in cache.search("new", 10).files] == []
    cache.apply(numbered(locked("a/old.nc"), first=4))
    assert [each.id for _, each in cache.held_by("Tomas Ruiz").files] == ["f1"]
    cache.finish_snapshot(TreeHead(epoch="e1", vault="v", seq=9, files=3))
    assert [each.path for each in files_in(cache, "a")] == ["a/new.nc", "a/newer.nc"]
    assert cache.held_by("Tomas Ruiz").files == []
    assert cache.seqs() == {"v": 9}


@pytest.mark.parametrize("part", ["head", "lock"])
def test_what_could_not_be_read_later_is_no_part_of_a_snapshot(cache: Cache, part: str) -> None:
    line = msgspec.json.decode(lines(file("f1", "a/x.nc", held=lock())))
    line[part] = {"at": "some day"}
    cache.begin_snapshot()
    with pytest.raises(msgspec.DecodeError):
        cache.add_to_snapshot(msgspec.json.encode(line))
    assert cache.seqs() == {}


def test_what_a_cut_snapshot_has_left_goes_with_the_next_one(cache: Cache) -> None:
    fill(cache, [file("f1", "a/old.nc")], seq=3)
    cache.begin_snapshot()
    cache.add_to_snapshot(lines(file("f1", "a/lost.nc")))
    fill(cache, [file("f1", "a/new.nc")], seq=9)
    assert [each.path for each in files_in(cache, "a")] == ["a/new.nc"]
    assert cache.search("lost", 10).files == []
    assert len(parts_there(cache._connection)) == 1, "what does not count takes no room"


def test_a_cache_that_began_anew_does_not_take_the_rest_of_a_snapshot(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "other.sqlite3")
    cache.put_vaults("e1", [VAULT])
    with pytest.raises(sqlite3.OperationalError):
        cache.add_to_snapshot(lines(file()))
    with pytest.raises(sqlite3.OperationalError):
        cache.finish_snapshot(TreeHead(epoch="e1", vault="v", seq=9, files=1))
    assert cache.seqs() == {}
    cache.close()


def test_a_second_snapshot_replaces_the_first(cache: Cache) -> None:
    fill(cache, [file("f1", "a/x.nc", held=lock())], seq=1)
    fill(cache, [file("f2", "b/y.nc")], seq=4)
    assert files_in(cache, "a") == []
    assert files_in(cache, "b") == [file("f2", "b/y.nc")]
    assert cache.search("x.nc", 10).files == []
    assert cache.held_by("Tomas Ruiz").files == []


def test_a_new_epoch_makes_every_vault_unread(cache: Cache) -> None:
    fill(cache, [file()], seq=3)
    cache.put_vaults("e1", [VAULT])
    assert cache.seqs() == {"v": 3}
    cache.put_vaults("e2", [VAULT])
    assert cache.seqs() == {}
    assert cache.epoch() == "e2"


def test_a_vault_that_may_not_be_read_is_forgotten(cache: Cache) -> None:
    cache.put_vaults("e1", [VAULT, OTHER])
    fill(cache, [file("f1", "a/x.nc")])
    fill(cache, [file("f2", "a/x.nc")], vault="w")
    cache.put_vaults("e1", [OTHER])
    assert [vault.name for vault in cache.vaults()] == ["Archive"]
    assert [each.id for _, each in cache.search("x.nc", 10).files] == ["f2"]


@pytest.mark.parametrize("junk", [b"no database at all, but long enough to be read as one" * 40, b""])
def test_a_broken_file_is_made_again(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "cache.sqlite3"
    path.write_bytes(junk)
    cache = Cache(path)
    assert cache.vaults() == []
    cache.close()


def test_people_and_servers_have_caches_of_their_own(tmp_path: Path) -> None:
    names = {cache_file(tmp_path, server, person) for server in ("a", "b") for person in ("x", "y")}
    assert len(names) == 4


async def test_the_worker_keeps_events_in_order_and_before_what_is_read(tmp_path: Path) -> None:
    worker = CacheWorker(tmp_path / "cache.sqlite3")
    try:
        worker.put(lambda cache: cache.put_vaults("e1", [VAULT]))
        await worker.run(lambda cache: fill(cache, [file(f"f{n}", f"a/{n}.nc") for n in range(100)]))
        for number, event in enumerate((locked(f"a/{n}.nc", id_=f"f{n}") for n in range(100)), start=1):
            worker.keep(Numbered(vault="v", seq=number, event=event), true_at=NOW + timedelta(seconds=number))
        found = await worker.run(lambda cache: cache.held_by("Tomas Ruiz"))
        assert (len(found.files), found.seqs) == (100, {"v": 100})
        assert await worker.run(Cache.true_at) == NOW + timedelta(seconds=100)
    finally:
        worker.close()


async def test_events_of_one_turn_of_the_loop_are_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    apply = Cache.apply

    def counted(cache: Cache, batch: Sequence[Numbered], *, true_at: datetime | None = None) -> None:
        batches.append(len(batch))
        apply(cache, batch, true_at=true_at)

    monkeypatch.setattr(Cache, "apply", counted)
    worker = CacheWorker(tmp_path / "cache.sqlite3")
    try:
        worker.put(lambda cache: cache.put_vaults("e1", [VAULT]))
        await worker.run(lambda cache: fill(cache, [file(f"f{n}", f"a/{n}.nc") for n in range(100)]))
        for number in range(100):
            worker.keep(Numbered(vault="v", seq=number + 1, event=locked(f"a/{number}.nc", id_=f"f{number}")))
        assert batches == []
        assert await worker.run(Cache.seqs) == {"v": 100}
        assert batches == [100]
        worker.keep(Numbered(vault="v", seq=101, event=unlocked("a/0.nc", id_="f0")))
        await until(lambda: batches == [100, 1])
    finally:
        worker.close()


async def test_a_mark_that_cannot_be_written_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_cache: Cache, _true_at: datetime) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    lost: list[str] = []
    worker = CacheWorker(tmp_path / "cache.sqlite3")
    worker.lost = lambda: lost.append("all is read again")
    try:
        monkeypatch.setattr(Cache, "mark", full)
        worker.mark(NOW)
        assert await worker.run(Cache.true_at) is None
        assert lost == []
    finally:
        worker.close()


async def test_a_mark_says_nothing_of_what_was_kept_after_it(tmp_path: Path) -> None:
    worker = CacheWorker(tmp_path / "cache.sqlite3")
    go_on = threading.Event()

    def wait(_: Cache) -> None:
        go_on.wait()

    try:
        worker.put(lambda cache: cache.put_vaults("e1", [VAULT]))
        await worker.run(lambda cache: fill(cache, [file(f"f{n}", f"a/{n}.nc") for n in range(2)]))
        worker.put(wait)
        worker.keep(Numbered(vault="v", seq=1, event=locked("a/0.nc", id_="f0")))
        worker.mark(NOW)
        worker.keep(Numbered(vault="v", seq=2, event=locked("a/1.nc", id_="f1")))
        go_on.set()
        found = await worker.run(lambda cache: (cache.seqs(), cache.true_at()))
        assert found == ({"v": 2}, None), "the second lock is younger than the mark"
        worker.mark(NOW)
        assert await worker.run(Cache.true_at) == NOW
    finally:
        go_on.set()
        worker.close()


async def test_the_worker_begins_anew_when_the_file_breaks(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite3"
    worker = CacheWorker(path)
    try:
        await worker.run(lambda cache: cache.put_vaults("e1", [VAULT]))

        def broken(_: Cache) -> None:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

        with pytest.raises(sqlite3.DatabaseError):
            await worker.run(broken)
        assert await worker.run(lambda cache: cache.vaults()) == []
    finally:
        worker.close()
