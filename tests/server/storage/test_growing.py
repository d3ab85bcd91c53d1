"""Content in parts on the disk: cut back to what counts, hashed once, and read again only by another process."""

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from blake3 import blake3

from server.domain.errors import Full
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.growing_disk import DiskGrowing

CONTENT = os.urandom(2**20 * 2 + 77)
HASH = blake3(CONTENT).hexdigest()
WHOLE = Content(size=len(CONTENT), hash=HASH)
HALF = len(CONTENT) // 2


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "blobs")


def append(growing: DiskGrowing, piece: bytes, *, at: int) -> int:
    growing.open(at)
    growing.write(piece)
    size = growing.sync()
    growing.close()
    return size


def test_parts_become_content_under_its_hash(blobs: DiskBlobs) -> None:
    growing = blobs.growing("one")
    assert growing.on_disk() is None
    assert append(growing, CONTENT[:HALF], at=0) == HALF
    assert append(growing, CONTENT[HALF:], at=HALF) == len(CONTENT)
    assert growing.content().hash == HASH
    growing.keep(WHOLE)
    assert growing.on_disk() is None
    assert blobs.place(HASH).read_bytes() == CONTENT


def test_the_same_process_reads_nothing_again_and_another_reads_it_once(
    blobs: DiskBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    hash_again = DiskGrowing._hash_again

    def watched(self: DiskGrowing, stored: object, at: int) -> None:
        read.append(at)
        hash_again(self, stored, at)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(DiskGrowing, "_hash_again", watched)
    append(blobs.growing("one"), CONTENT[:HALF], at=0)
    append(blobs.growing("one"), CONTENT[HALF : HALF + 9], at=HALF)
    assert read == []
    after_a_restart = DiskBlobs(tmp_path / "blobs").growing("one")
    append(after_a_restart, CONTENT[HALF + 9 :], at=HALF + 9)
    after_a_restart.open(len(CONTENT))
    after_a_restart.close()
    assert read == [HALF + 9]
    assert after_a_restart.content().hash == HASH


def test_what_lies_behind_the_place_where_it_goes_on_is_cut_off(blobs: DiskBlobs) -> None:
    growing = blobs.growing("one")
    append(growing, CONTENT[:HALF] + b"never written down", at=0)
    append(growing, CONTENT[HALF:], at=HALF)
    assert growing.content().hash == HASH
    assert growing.on_disk() == len(CONTENT)


def test_a_dropped_part_counts_no_more(blobs: DiskBlobs) -> None:
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
    blobs: DiskBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = blobs.growing("one")
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
    blobs: DiskBlobs, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A system says so once: asked again it says yes, and the bytes are nowhere."""

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    growing = blobs.growing("one")
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


def test_there_is_no_file_for_what_goes_on_in_its_middle(blobs: DiskBlobs) -> None:
    growing = blobs.growing("one")
    with pytest.raises(EOFError):
        growing.open(5)
    assert growing.on_disk() is None


def test_it_cannot_go_on_behind_its_end(blobs: DiskBlobs) -> None:
    growing = blobs.growing("one")
    append(growing, b"12345", at=0)
    with pytest.raises(EOFError):
        growing.open(6)
    growing.close()


def test_old_ones_are_found_by_their_names_and_are_no_content(blobs: DiskBlobs) -> None:
    append(blobs.growing("one"), b"12345", at=0)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert list(blobs.growing_older_than(later)) == ["one"]
    assert list(blobs.growing_older_than(later - timedelta(hours=2))) == []
    assert list(blobs.older_than(later)) == []
    blobs.growing("one").discard()
    blobs.growing("one").discard()
    assert list(blobs.growing_older_than(later)) == []


def test_kept_content_is_young_however_long_it_took(blobs: DiskBlobs, tmp_path: Path) -> None:
    growing = blobs.growing("one")
    append(growing, CONTENT, at=0)
    long_ago = datetime.now(UTC) - timedelta(days=2)
    os.utime(tmp_path / "blobs" / "growing" / "one", (long_ago.timestamp(), long_ago.timestamp()))
    growing.keep(WHOLE)
    assert list(blobs.older_than(datetime.now(UTC) - timedelta(hours=1))) == []


def test_how_far_it_is_hashed_is_remembered_of_so_many_only(blobs: DiskBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.storage.blobs_disk._REMEMBERED", 2)
    first = blobs.growing("1")
    assert blobs.growing("1") is first
    blobs.growing("2"), blobs.growing("3")
    assert blobs.growing("1") is not first


@pytest.mark.parametrize("missing", [1, len(CONTENT)], ids=["the last byte", "all"])
def test_content_in_parts_never_lies_under_another_hash(blobs: DiskBlobs, missing: int) -> None:
    growing = blobs.growing("one")
    append(growing, CONTENT[:-missing], at=0)
    with pytest.raises(ValueError, match="is not known to be"):
        growing.keep(WHOLE)
    assert growing.on_disk() == len(CONTENT) - missing
    assert list(blobs.older_than(datetime.now(UTC) + timedelta(hours=1))) == []


def test_what_is_forgotten_between_is_read_again_before_it_is_kept(
    blobs: DiskBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.storage.blobs_disk._REMEMBERED", 1)
    append(blobs.growing("one"), CONTENT, at=0)
    blobs.growing("another").on_disk()
    with pytest.raises(ValueError, match="is not known to be"):
        blobs.growing("one").keep(WHOLE)
    again = blobs.growing("one")
    again.open(len(CONTENT))
    again.keep(WHOLE)
    assert blobs.place(HASH).read_bytes() == CONTENT
