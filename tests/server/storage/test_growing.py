"""Content in parts: cut back to what counts, hashed once, and read again only by another process."""

import contextlib
import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from blake3 import blake3

from server.domain.errors import Full
from server.storage.blobs import Blobs, Content, Growing
from server.storage.blobs_disk import DiskBlobs
from server.storage.growing_disk import DiskGrowing
from tests.support import blob_places
from tests.support.blob_places import KINDS, BlobPlace

CONTENT = os.urandom(2**20 * 10 + 77)
HASH = blake3(CONTENT).hexdigest()
WHOLE = Content(size=len(CONTENT), hash=HASH)
HALF = len(CONTENT) // 2


@pytest.fixture(params=[*KINDS, "shared disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> BlobPlace:
    """A fresh and empty place of each kind, and a disk that several nodes share."""
    return blob_places.place_of(request, tmp_path)


@pytest.fixture
def blobs(place: BlobPlace) -> Blobs:
    return place.blobs()


@pytest.fixture
def disk(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "blobs")


def append(growing: Growing, piece: bytes, *, at: int, token: int = 0) -> int:
    growing.open(at, token=token)
    for start in range(0, len(piece), 2**20):
        growing.write(piece[start : start + 2**20])
    size = growing.sync()
    growing.close()
    return size


def test_parts_become_content_under_its_hash(blobs: Blobs, place: BlobPlace) -> None:
    growing = blobs.growing("one")
    assert growing.on_disk() is None
    assert append(growing, CONTENT[:HALF], at=0) == HALF
    assert append(growing, CONTENT[HALF:], at=HALF) == len(CONTENT)
    assert growing.content().hash == HASH
    growing.assemble(WHOLE)
    growing.keep(WHOLE)
    assert growing.on_disk() is None
    assert place.stored() == {HASH: CONTENT}


@pytest.mark.parametrize("content", [b"", b"G1", CONTENT[: 2**22]], ids=["nothing", "little", "one segment"])
def test_little_content_is_kept_as_much_is(blobs: Blobs, place: BlobPlace, content: bytes) -> None:
    growing = blobs.growing("one")
    assert append(growing, content, at=0) == len(content)
    assert growing.on_disk() == len(content)
    growing.keep(whole := Content(size=len(content), hash=blake3(content).hexdigest()))
    assert blobs.is_whole(whole)
    assert place.stored() == {whole.hash: content}


def test_another_node_goes_on_where_the_first_one_was_cut_off(blobs: Blobs, place: BlobPlace) -> None:
    """All that was said to be kept is where the other finds it, also a few bytes at its end."""
    first = blobs.growing("one")
    first.open(0)
    kept = []
    for start in range(0, HALF, 2**19 + 1):
        first.write(CONTENT[start : start + 2**19 + 1])
        kept.append(first.sync())
        assert kept[-1] == start + 2**19 + 1
    first.write(b"and this was not kept")  # nobody closes it: the node is dead
    there = place.blobs().growing("one")
    assert (there.on_disk() or 0) >= kept[-1]
    append(there, CONTENT[kept[-1] :], at=kept[-1])
    there.assemble(WHOLE)
    there.keep(WHOLE)
    assert place.blobs().is_whole(WHOLE)
    assert place.stored().keys() == {HASH}
    first.close()


def test_what_was_put_together_and_is_gone_again_is_put_together_again(blobs: Blobs) -> None:
    """As when the same content was old, and collected between the two."""
    growing = blobs.growing("one")
    append(growing, CONTENT, at=0)
    growing.assemble(WHOLE)
    blobs.remove(HASH)
    growing.keep(WHOLE)
    assert blobs.is_whole(WHOLE)


def test_what_is_kept_takes_the_place_of_what_is_damaged(blobs: Blobs, place: BlobPlace) -> None:
    append(growing := blobs.growing("one"), CONTENT, at=0)
    growing.keep(WHOLE)
    place.spoil(HASH, bytes(len(CONTENT)))
    append(growing := blobs.growing("two"), CONTENT, at=0)
    growing.assemble(WHOLE)
    growing.keep(WHOLE)
    assert blobs.is_whole(WHOLE)


def test_the_same_process_reads_nothing_again_and_another_reads_it_once(
    disk: DiskBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    hash_again = DiskGrowing._hash_again

    def watched(self: DiskGrowing, stored: object, at: int) -> None:
        read.append(at)
        hash_again(self, stored, at)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(DiskGrowing, "_hash_again", watched)
    append(disk.growing("one"), CONTENT[:HALF], at=0)
    append(disk.growing("one"), CONTENT[HALF : HALF + 9], at=HALF)
    assert read == []
    after_a_restart = DiskBlobs(tmp_path / "blobs").growing("one")
    append(after_a_restart, CONTENT[HALF + 9 :], at=HALF + 9)
    after_a_restart.open(len(CONTENT))
    after_a_restart.close()
    assert read == [HALF + 9]
    assert after_a_restart.content().hash == HASH


def test_what_lies_behind_the_place_where_it_goes_on_is_cut_off(blobs: Blobs) -> None:
    growing = blobs.growing("one")
    append(growing, CONTENT[:HALF] + b"never written down", at=0)
    append(growing, CONTENT[HALF:], at=HALF)
    assert growing.content().hash == HASH
    assert growing.on_disk() == len(CONTENT)


def test_a_dropped_part_counts_no_more(blobs: Blobs) -> None:
    growing = blobs.growing("one")
    append(growing, CONTENT[:HALF], at=0)
    growing.open(HALF, hash_part=True)
    growing.write(b"another part")
    assert growing.part_hash() == blake3(b"another part").hexdigest()
    growing.drop_part()
    growing.close()
    append(growing, CONTENT[HALF:], at=HALF)
    assert growing.content().hash == HASH


def test_a_piece_without_room_does_not_count_and_the_ones_before_do(
    disk: DiskBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = disk.growing("one")
    growing.open(0)
    growing.write(CONTENT[:HALF])

    def half_a_piece(_: DiskGrowing, file: object, piece: bytes) -> None:
        file.write(piece[:5])  # type: ignore[attr-defined]  # the file of the test
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(DiskGrowing, "_write_all", half_a_piece)
        with pytest.raises(Full):
            growing.write(CONTENT[HALF:])
    assert growing.sync() == HALF
    growing.close()
    append(growing, CONTENT[HALF:], at=HALF)
    assert growing.content().hash == HASH


@pytest.mark.parametrize("call", ["sync", "flush"])
def test_what_a_failed_sync_may_have_lost_counts_no_more(
    disk: DiskBlobs, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A system says so once: asked again it says yes, and the bytes are nowhere."""

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    growing = disk.growing("one")
    growing.open(0)
    growing.write(CONTENT[:5])
    assert growing.sync() == 5
    growing.write(CONTENT[5:HALF])
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="Input/output error"):
            getattr(growing, call)()
    with pytest.raises(OSError, match="Input/output error"):
        growing.sync()
    with pytest.raises(OSError, match="Input/output error"):
        growing.write(CONTENT[HALF:])
    assert growing.content() == Content(size=5, hash=blake3(CONTENT[:5]).hexdigest())
    growing.close()
    assert append(growing, CONTENT[5:], at=5) == len(CONTENT)
    assert growing.content() == WHOLE


def test_there_is_no_file_for_what_goes_on_in_its_middle(blobs: Blobs) -> None:
    growing = blobs.growing("one")
    with pytest.raises(EOFError):
        growing.open(5)
    assert growing.on_disk() is None


def test_it_cannot_go_on_behind_its_end(blobs: Blobs) -> None:
    growing = blobs.growing("one")
    append(growing, b"12345", at=0)
    with pytest.raises(EOFError):
        growing.open(6)
    growing.close()


def test_old_ones_are_found_by_their_names_and_are_no_content(blobs: Blobs) -> None:
    append(blobs.growing("one"), b"12345", at=0)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert list(blobs.growing_older_than(later)) == ["one"]
    assert list(blobs.growing_older_than(later - timedelta(hours=2))) == []
    assert list(blobs.older_than(later)) == []
    blobs.growing("one").discard()
    blobs.growing("one").discard()
    assert list(blobs.growing_older_than(later)) == []


def test_kept_content_is_young_however_long_it_took(disk: DiskBlobs, tmp_path: Path) -> None:
    growing = disk.growing("one")
    append(growing, CONTENT, at=0)
    long_ago = datetime.now(UTC) - timedelta(days=2)
    os.utime(tmp_path / "blobs" / "growing" / "one", (long_ago.timestamp(), long_ago.timestamp()))
    growing.keep(WHOLE)
    assert list(disk.older_than(datetime.now(UTC) - timedelta(hours=1))) == []


def test_how_far_it_is_hashed_is_remembered_of_so_many_only(disk: DiskBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.storage.blobs_disk._REMEMBERED", 2)
    first = disk.growing("1")
    assert disk.growing("1") is first
    disk.growing("2"), disk.growing("3")
    assert disk.growing("1") is not first


@pytest.mark.parametrize("missing", [1, len(CONTENT)], ids=["the last byte", "all"])
def test_content_in_parts_never_lies_under_another_hash(blobs: Blobs, missing: int) -> None:
    growing = blobs.growing("one")
    append(growing, CONTENT[:-missing], at=0)
    with pytest.raises(ValueError, match="is not known to be"):
        growing.keep(WHOLE)
    assert growing.on_disk() == len(CONTENT) - missing
    assert list(blobs.older_than(datetime.now(UTC) + timedelta(hours=1))) == []


def test_what_is_forgotten_between_is_read_again_before_it_is_kept(
    disk: DiskBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.storage.blobs_disk._REMEMBERED", 1)
    append(disk.growing("one"), CONTENT, at=0)
    disk.growing("another").on_disk()
    with pytest.raises(ValueError, match="is not known to be"):
        disk.growing("one").keep(WHOLE)
    again = disk.growing("one")
    again.open(len(CONTENT))
    again.keep(WHOLE)
    assert disk.place(HASH).read_bytes() == CONTENT


@pytest.mark.parametrize("place", ["s3", "shared disk"], indirect=True)
@pytest.mark.parametrize("moment", ["before the next part", "before it is whole", "afterwards"])
@pytest.mark.parametrize("how", ["writes on", "opens again"])
def test_a_node_that_stood_still_changes_nothing_of_what_another_went_on_with(
    place: BlobPlace, moment: str, how: str
) -> None:
    """It was thought to be dead, and goes on with its part, with other bytes even, at its old place."""
    slow, quick = place.blobs().growing("one"), place.blobs().growing("one")
    append(slow, CONTENT[:HALF], at=0, token=1)
    slow.open(HALF, token=1)
    slow.write(b"of the slow one")

    def go_on() -> None:
        with contextlib.suppress(OSError, EOFError):
            if how == "opens again":
                slow.open(HALF, token=1)
            slow.write(b"x" * 2**23)
            slow.sync()
        slow.close()

    append(quick, CONTENT[HALF : HALF + 2**20], at=HALF, token=2)
    if moment == "before the next part":
        go_on()
    append(quick, CONTENT[HALF + 2**20 :], at=HALF + 2**20, token=2)
    if moment == "before it is whole":
        go_on()
    quick.open(len(CONTENT), token=2)
    quick.close()
    assert quick.content() == WHOLE
    quick.assemble(WHOLE)
    quick.keep(WHOLE)
    if moment == "afterwards":
        go_on()
    assert place.blobs().is_whole(WHOLE)
