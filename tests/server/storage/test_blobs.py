"""Content: nobody sees it before it is whole, it lies under its hash, and nothing is left of what broke off."""

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from blake3 import blake3

from server.storage.blobs import Blobs, Content
from server.storage.blobs_disk import DiskBlobs
from tests.support.blob_places import BlobPlace

CONTENT = b"G1 X10 Y10\n" * 1_000
HASH = blake3(CONTENT).hexdigest()
WHOLE = Content(size=len(CONTENT), hash=HASH)
LARGE = os.urandom(2**20) * 9 + b"and a little more"


@pytest.fixture
def blobs(place: BlobPlace) -> Blobs:
    return place.blobs()


@pytest.fixture
def disk(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "blobs")


def store(blobs: Blobs, content: bytes = CONTENT) -> str:
    incoming = blobs.begin()
    for start in range(0, len(content), 2**20):
        incoming.write(content[start : start + 2**20])
    kept = incoming.finish()
    incoming.assemble()
    incoming.keep()
    incoming.discard()
    return kept.hash


def test_content_is_hashed_as_it_comes_and_read_from_any_place(blobs: Blobs) -> None:
    incoming = blobs.begin()
    for start in range(0, len(CONTENT), 1_000):
        incoming.write(CONTENT[start : start + 1_000])
    assert incoming.finish().hash == HASH
    assert not blobs.has(WHOLE)
    incoming.assemble()
    incoming.keep()
    assert blobs.has(WHOLE)
    assert blobs.is_settled(WHOLE)
    with blobs.open(HASH) as stored:
        stored.seek(5)
        assert stored.read(10) == CONTENT[5:15]
        stored.seek(-7, os.SEEK_END)
        assert stored.tell() == len(CONTENT) - 7
        assert stored.read(10) == CONTENT[-7:]
        assert stored.read(10) == b""
    with blobs.open(HASH, at=7) as stored:
        assert stored.read(3) == CONTENT[7:10]


@pytest.mark.parametrize("content", [b"", LARGE], ids=["nothing", "much"])
def test_content_of_any_size_comes_back_as_it_was(blobs: Blobs, place: BlobPlace, content: bytes) -> None:
    whole = Content(size=len(content), hash=store(blobs, content))
    assert blobs.is_whole(whole)
    with blobs.open(whole.hash) as stored:
        assert stored.read() == content
    assert place.stored() == {whole.hash: content}


def test_a_range_is_just_that_wherever_it_begins(blobs: Blobs) -> None:
    kept = store(blobs, LARGE)
    for start in (0, 2**18 - 1, 2**20, 5 * 2**20 + 3, len(LARGE) - 1, len(LARGE), len(LARGE) + 5):
        with blobs.open(kept, at=start) as stored:
            found = bytearray()
            while len(found) < 2**20 + 7 and (piece := stored.read(2**20 + 7 - len(found))):
                found += piece
            assert found == LARGE[start : start + 2**20 + 7], start
            stored.seek(1)
            assert stored.read(1) == LARGE[1:2]


def test_what_a_bad_disk_has_cut_is_not_stored_and_what_it_has_changed_is_not_whole(
    blobs: Blobs, place: BlobPlace
) -> None:
    assert not blobs.is_whole(WHOLE)
    store(blobs)
    assert (blobs.has(WHOLE), blobs.is_whole(WHOLE)) == (True, True)
    for left, is_as_long in ((CONTENT[::-1], True), (CONTENT[:-1], False), (b"", False)):
        place.spoil(HASH, left)
        assert (blobs.has(WHOLE), blobs.is_whole(WHOLE)) == (is_as_long, False)
    store(blobs)
    assert blobs.is_whole(WHOLE), "what comes whole takes the place of what is not"


@pytest.mark.parametrize("content", [b"y", LARGE], ids=["little", "much"])
def test_what_is_given_up_leaves_nothing(blobs: Blobs, place: BlobPlace, content: bytes) -> None:
    early, late = blobs.begin(), blobs.begin()
    early.write(content)
    early.discard()
    late.write(content)
    late.finish()
    late.discard()
    assert place.stored() == {}


def test_the_same_content_twice_is_stored_once(blobs: Blobs, place: BlobPlace) -> None:
    assert store(blobs) == store(blobs)
    assert place.stored().keys() == {HASH}


def test_removed_content_is_gone_and_removing_it_again_is_no_fault(blobs: Blobs) -> None:
    store(blobs)
    blobs.remove(HASH)
    blobs.remove(HASH)
    assert not blobs.has(WHOLE)
    with pytest.raises(FileNotFoundError):
        blobs.open(HASH)


def test_old_content_and_broken_off_arrivals_are_found_by_age(blobs: Blobs, place: BlobPlace) -> None:
    store(blobs)
    break_off(place)
    now = datetime.now(UTC)
    assert list(blobs.older_than(now - timedelta(hours=1))) == []
    assert blobs.discard_incoming(before=now - timedelta(hours=1)) == 0
    later = now + timedelta(hours=1)
    assert list(blobs.older_than(later)) == [HASH]
    assert list(blobs.older_than(later, since=now - timedelta(hours=1))) == [HASH]
    assert list(blobs.older_than(later, since=later)) == []
    assert blobs.discard_incoming(before=later) == 1
    assert place.stored().keys() == {HASH}


def break_off(place: BlobPlace) -> None:
    """What a server that ended had not received to its end."""
    incoming = place.blobs().begin()
    for _ in range(5):
        incoming.write(LARGE[: 2**20])
    incoming.finish()


def test_what_is_under_way_stays_whatever_the_clock_says_and_keeps_nothing_else_from_going(
    blobs: Blobs, place: BlobPlace
) -> None:
    """A virtual machine that slept, say: hours have passed within one call."""
    later = datetime.now(UTC) + timedelta(hours=2)
    arriving = [blobs.begin(), blobs.begin()]
    for each in arriving:
        each.write(LARGE[: 2**22])
    break_off(place)
    assert blobs.discard_incoming(before=later) == 1
    for each in arriving:
        each.write(CONTENT)
    content = arriving[0].finish()
    arriving[0].assemble()
    arriving[0].keep()
    for each in arriving:
        each.discard()
    assert place.stored() == {content.hash: LARGE[: 2**22] + CONTENT}


def test_content_that_is_being_read_may_come_again_and_be_removed(blobs: Blobs, place: BlobPlace) -> None:
    store(blobs)
    with blobs.open(HASH) as stored:
        assert store(blobs) == HASH
        blobs.remove(HASH)
        assert stored.read() == CONTENT
    blobs.remove(HASH)
    assert place.stored() == {}


def test_what_is_no_content_is_not_among_the_old_ones(blobs: Blobs, place: BlobPlace) -> None:
    store(blobs)
    place.litter("Thumbs.db", beside=HASH)
    assert list(blobs.older_than(datetime.now(UTC) + timedelta(hours=1))) == [HASH]


def test_many_small_ones_come_in_their_order_and_none_spoils_another(blobs: Blobs, place: BlobPlace) -> None:
    contents = [b"%d" % number * number for number in range(40)]
    wanted = [Content(size=len(each), hash=store(blobs, each)) for each in contents]
    blobs.remove(wanted[7].hash)
    place.spoil(wanted[20].hash, b"cut")
    found = list(blobs.small(wanted))
    assert isinstance(found[7], FileNotFoundError)
    assert isinstance(found[20], EOFError)
    assert [each for each in found if isinstance(each, bytes)] == contents[:7] + contents[8:20] + contents[21:]


def test_no_hash_leads_anywhere_else(blobs: Blobs) -> None:
    with pytest.raises(ValueError, match="hash of no content"):
        blobs.open("../token.key")
    with pytest.raises(ValueError, match="hash of no content"):
        blobs.remove("growing/one")


def test_what_ends_while_the_folder_is_read_is_passed_by(
    disk: DiskBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As each upload that ends between the look at the folder and that at the file."""
    for _ in range(3):
        DiskBlobs(tmp_path / "blobs").begin().finish()
    scandir = os.scandir

    @contextlib.contextmanager
    def busy(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scandir(folder) as entries:
            found = list(entries)
        Path(found[0].path).unlink()
        yield iter(found)

    monkeypatch.setattr(os, "scandir", busy)
    assert disk.discard_incoming(before=datetime.now(UTC) + timedelta(hours=1)) == 2


def test_who_only_reads_makes_nothing(disk: DiskBlobs, tmp_path: Path) -> None:
    """A backup may lie where nobody can write, and a tool that copied it may have left out empty folders."""
    later = datetime.now(UTC)
    assert not disk.has(WHOLE)
    assert not disk.is_whole(WHOLE)
    assert (list(disk.older_than(later)), list(disk.growing_older_than(later))) == ([], [])
    assert disk.discard_incoming(before=later) == 0
    assert list(tmp_path.iterdir()) == []


def test_content_goes_to_no_other_disk_when_its_own_is_gone(disk: DiskBlobs, tmp_path: Path) -> None:
    """What is seen then is the empty folder at which the disk was connected."""
    store(disk)
    shutil.rmtree(tmp_path / "blobs")
    (tmp_path / "blobs").mkdir()
    with pytest.raises(FileNotFoundError):
        disk.begin()
    with pytest.raises(FileNotFoundError):
        disk.growing("one").open(0)
    assert list((tmp_path / "blobs").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows renames durably by a call of its own")
def test_the_bytes_are_synced_before_the_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "bytes")
        real_sync(descriptor)

    def replace(source: Path, target: Path) -> Path:
        steps.append("name")
        return real_replace(source, target)

    blobs = DiskBlobs(tmp_path)
    monkeypatch.setattr("os.fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    store(blobs)
    assert "bytes" in steps[: steps.index("name")]
    assert steps[-2:] == ["name", "folder"]


@pytest.mark.skipif(sys.platform == "win32", reason="NTFS writes folders into its journal by itself")
def test_folders_that_a_process_before_has_made_are_synced_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have ended between making them and bringing their names to the disk."""
    blobs = DiskBlobs(tmp_path / "blobs")
    folders = [tmp_path / "blobs", *blobs.place(HASH).parents[:2]]
    for folder in (folders[1], tmp_path / "blobs" / "incoming", tmp_path / "blobs" / "growing"):
        folder.mkdir(parents=True)
    synced, real_sync = set[tuple[int, int]](), os.fsync

    def sync(descriptor: int) -> None:
        real_sync(descriptor)
        found = os.fstat(descriptor)
        synced.add((found.st_dev, found.st_ino))

    monkeypatch.setattr("os.fsync", sync)
    store(blobs)
    above = {folder: folder.parent.stat() for folder in folders}
    assert [str(each) for each, found in above.items() if (found.st_dev, found.st_ino) not in synced] == []
