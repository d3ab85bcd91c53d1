"""A file is cut on another thread, which stops when nobody waits for it any more."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.transfer.overlap import read_on_thread
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
