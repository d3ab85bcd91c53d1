"""A file is cut on another thread, which stops when nobody waits for it any more."""

import asyncio
import random
import threading
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import cast

import pytest

from pdm_desktop.core import delta
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.transfer.overlap import Base, overlap_with_base, read_on_thread
from server.protocol.chunks import cut, encode
from tests.support.waiting import wait_for


class Endless(LocalDisk):
    """A disk whose file never ends."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.given = 0
        self.thread: int | None = None
        self.is_closed = False

    def blocks(self, path: PurePath, *, start: int = 0) -> Iterator[bytes]:
        self.thread = threading.get_ident()
        try:
            while True:
                self.given += 1
                yield bytes(start)
        finally:
            self.is_closed = True


async def test_the_loop_goes_on_while_a_file_is_read_and_a_cancelled_reading_ends(tmp_path: Path) -> None:
    disk = Endless(tmp_path)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(
            read_on_thread(disk, PurePath("a.mcam"), lambda blocks: sum(len(block) for block in blocks), start=5),
            name="reading",
        )
        await asyncio.sleep(0)
        await asyncio.to_thread(wait_for, lambda: disk.given > 1_000)
        reading.cancel()
    assert reading.cancelled()
    assert disk.thread != threading.get_ident()
    assert disk.is_closed, "nothing holds the file any more"


async def test_what_reading_raises_is_heard(tmp_path: Path) -> None:
    def broken(blocks: Iterator[bytes]) -> None:
        next(blocks)
        raise LookupError("as it is")

    with pytest.raises(LookupError, match="as it is"):
        await read_on_thread(Endless(tmp_path), PurePath("a.mcam"), broken)


class Listed:
    """A server that has one content."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def chunks(self, _file: str, _revision: str, *, size: int) -> bytes:
        assert size == len(self._content)
        return encode(cut([self._content]))


class Counted(LocalDisk):
    """A disk that counts what is read."""

    read = 0

    def blocks(self, path: PurePath, *, start: int = 0) -> Iterator[bytes]:
        for block in super().blocks(path, start=start):
            self.read += 1
            yield block


MIB = 1 << 20


async def planned(tmp_path: Path, older: bytes, content: bytes) -> tuple[list[delta.Piece], int]:
    (tmp_path / "a.mcam").write_bytes(content)
    disk = Counted(tmp_path)
    base = Base(file="a", number="1.0", size=len(older))
    pieces = await overlap_with_base(
        cast("Vault", Listed(older)), disk, PurePath("a.mcam"), size=len(content), base=base
    )
    return pieces, disk.read


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of 16 MiB are sampled as those of 64 MiB are."""
    monkeypatch.setattr(delta, "SAMPLED_BYTES", 16 * MIB)
    monkeypatch.setattr(delta, "SAMPLES", 16)


@pytest.mark.usefixtures("sampled")
async def test_large_content_with_nothing_in_common_is_not_cut_whole(tmp_path: Path) -> None:
    dice = random.Random(1)
    pieces, read = await planned(tmp_path, dice.randbytes(16 * MIB), dice.randbytes(16 * MIB))
    assert (pieces, read) == ([], 16)


@pytest.mark.usefixtures("sampled")
@pytest.mark.parametrize("place", [0, 5_000_001, 16 * MIB - 2 * MIB])
async def test_a_stretch_in_common_is_found_wherever_it_lies(tmp_path: Path, place: int) -> None:
    dice = random.Random(2)
    older, content = dice.randbytes(16 * MIB), bytearray(dice.randbytes(16 * MIB))
    content[place : place + 2 * MIB] = older[3 * MIB : 5 * MIB]
    pieces, _ = await planned(tmp_path, older, bytes(content))
    assert sum(each.size for each in pieces if each.start is not None) > 1.8 * MIB
