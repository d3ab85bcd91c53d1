"""Content: nobody sees it before it is whole, it lies under its hash, and nothing is left of what broke off."""

import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from blake3 import blake3

from server.storage.blobs import Blobs, Content
from server.storage.blobs_disk import DiskBlobs

CONTENT = b"G1 X10 Y10\n" * 1_000
HASH = blake3(CONTENT).hexdigest()
WHOLE = Content(size=len(CONTENT), hash=HASH)


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "blobs")


def store(blobs: Blobs, content: bytes = CONTENT) -> str:
    incoming = blobs.begin()
    incoming.write(content)
    kept = incoming.finish()
    incoming.keep()
    incoming.discard()
    return kept.hash


def test_content_is_hashed_as_it_comes_and_read_from_any_place(blobs: Blobs) -> None:
    incoming = blobs.begin()
    for start in range(0, len(CONTENT), 1_000):
        incoming.write(CONTENT[start : start + 1_000])
    assert incoming.finish().hash == HASH
    assert not blobs.has(WHOLE)
    incoming.keep()
    assert blobs.has(WHOLE)
    with blobs.open(HASH) as stored:
        stored.seek(5)
        assert stored.read(10) == CONTENT[5:15]


def test_what_a_bad_disk_has_cut_is_not_stored_and_what_it_has_changed_is_not_whole(blobs: DiskBlobs) -> None:
    assert not blobs.is_whole(WHOLE)
    store(blobs)
    assert (blobs.has(WHOLE), blobs.is_whole(WHOLE)) == (True, True)
    for left, is_as_long in ((CONTENT[::-1], True), (CONTENT[:-1], False), (b"", False)):
        blobs.place(HASH).write_bytes(left)
        assert (blobs.has(WHOLE), blobs.is_whole(WHOLE)) == (is_as_long, False)
    store(blobs)
    assert blobs.is_whole(WHOLE), "what comes whole takes the place of what is not"


def test_what_is_given_up_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    early, late = blobs.begin(), blobs.begin()
    early.write(b"x")
    early.discard()
    late.write(b"y")
    late.finish()
    late.discard()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_same_content_twice_is_stored_once(blobs: Blobs, tmp_path: Path) -> None:
    assert store(blobs) == store(blobs)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [HASH]


def test_removed_content_is_gone_and_removing_it_again_is_no_fault(blobs: Blobs) -> None:
    store(blobs)
    blobs.remove(HASH)
    blobs.remove(HASH)
    assert not blobs.has(WHOLE)
    with pytest.raises(FileNotFoundError):
        blobs.open(HASH)


def test_old_content_and_broken_off_arrivals_are_found_by_age(blobs: Blobs) -> None:
    store(blobs)
    broken_off = blobs.begin()
    broken_off.finish()
    now = datetime.now(UTC)
    assert list(blobs.older_than(now - timedelta(hours=1))) == []
    assert blobs.discard_incoming(before=now - timedelta(hours=1)) == 0
    assert list(blobs.older_than(now + timedelta(hours=1))) == [HASH]
    assert blobs.discard_incoming(before=now + timedelta(hours=1)) == 1


def test_what_somebody_has_open_keeps_nothing_else_from_going(blobs: Blobs, tmp_path: Path) -> None:
    arriving = [blobs.begin() for _ in range(3)]
    for each in (arriving[0], arriving[2]):
        each.finish()
    blobs.discard_incoming(before=datetime.now(UTC) + timedelta(hours=1))
    with_the_open_one = 1 if sys.platform == "win32" else 0
    assert len(list((tmp_path / "blobs" / "incoming").iterdir())) == with_the_open_one
    arriving[1].discard()


def test_content_that_is_being_read_may_come_again_and_be_removed(blobs: Blobs, tmp_path: Path) -> None:
    store(blobs)
    with blobs.open(HASH) as stored:
        assert store(blobs) == HASH
        blobs.remove(HASH)
        assert stored.read() == CONTENT
    blobs.remove(HASH)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_no_content_is_not_among_the_old_ones(blobs: DiskBlobs) -> None:
    store(blobs)
    (blobs.place(HASH).parent / "Thumbs.db").write_bytes(b"made by a program that looked in")
    assert list(blobs.older_than(datetime.now(UTC) + timedelta(hours=1))) == [HASH]


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
