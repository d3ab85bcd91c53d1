"""Collection in trouble: a file that does not go keeps no other, and a full disk is made room on."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from server.domain.errors import Full
from server.services.collecting import collect
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.gate import Gate
from server.storage.tables import blob
from tests.support.stored import keep
from tests.support.vault_data import VaultData


class Shelf:
    """Twenty old contents; one more began to arrive as long ago, and one in parts that nobody has open any more."""

    def __init__(self, root: Path, data: VaultData) -> None:
        data.clock.forward(days=100)
        self.data = data
        self.old = data.clock.now - timedelta(days=2)
        self.blobs = DiskBlobs(root)
        self.contents = [keep(self.blobs, bytes([each]), at=self.old) for each in range(20)]
        broken_off = DiskBlobs(root).begin()
        broken_off.finish()
        [self.incoming] = (root / "incoming").iterdir()
        self.growing = root / "growing" / "given-up"
        part = self.blobs.growing("given-up")
        part.open(0)
        part.close()
        for each in (self.incoming, self.growing):
            os.utime(each, (self.old.timestamp(), self.old.timestamp()))

    @property
    def left(self) -> list[Content]:
        return [each for each in self.contents if self.blobs.has(each)]

    async def collect(self) -> None:
        await collect(self.data.store, blobs=self.blobs, gate=Gate(), now=self.data.clock.now)


@pytest.fixture
def shelf(tmp_path: Path, data: VaultData) -> Shelf:
    return Shelf(tmp_path / "blobs", data)


@pytest.mark.parametrize("which", ["incoming", "growing", "unused", "unknown"])
async def test_one_file_that_cannot_be_removed_keeps_no_other(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    """A bad sector, or a file of another account that an administrator copied there."""
    if which == "unused":
        rows = [{"hash": each.hash, "size": each.size, "arrived": shelf.old} for each in shelf.contents]
        await shelf.data.store.write(lambda c: c.execute(insert(blob), rows))
    bad = {"incoming": shelf.incoming, "growing": shelf.growing}.get(which, shelf.blobs.place(shelf.contents[7].hash))
    unlink = Path.unlink

    def picky(self: Path, missing_ok: bool = False) -> None:
        if self == bad:
            raise OSError(errno.EIO, "I/O error", str(self))
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", picky)
    await shelf.collect()
    files = [shelf.incoming, shelf.growing, *(shelf.blobs.place(each.hash) for each in shelf.contents)]
    assert [each for each in files if each.exists()] == [bad]
    monkeypatch.undo()
    await shelf.collect()
    assert not bad.exists(), "it goes as soon as it can"


async def test_what_ends_while_its_folder_is_read_keeps_nothing_else(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As each upload that ends between the look at the folder and that at the file."""
    content, scandir = shelf.blobs.place(shelf.contents[7].hash), os.scandir

    @contextlib.contextmanager
    def busy(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scandir(folder) as entries:
            found = list(entries)
        if Path(folder) == content.parent:
            content.unlink()
        yield iter(found)

    monkeypatch.setattr(os, "scandir", busy)
    await shelf.collect()
    assert shelf.left == []


async def test_a_folder_that_cannot_be_read_keeps_no_other(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, scandir = shelf.blobs.place(shelf.contents[7].hash).parent, os.scandir

    def picky(folder: Path) -> object:
        if folder == bad:
            raise OSError(errno.EIO, "I/O error", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", picky)
    await shelf.collect()
    assert shelf.left == [shelf.contents[7]]


async def test_a_full_disk_is_made_room_on(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database has no room for a row: what needs none goes all the same."""

    async def full(_: object) -> None:
        raise Full

    monkeypatch.setattr(shelf.data.store, "write", full)
    with contextlib.suppress(Full):  # the server logs it, and tries again in an hour
        await shelf.collect()
    assert (shelf.left, shelf.incoming.exists(), shelf.growing.exists()) == ([], False, False)


async def test_what_needs_no_room_goes_before_the_first_row(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it frees is there for the rows of the same hour."""
    left: list[int] = []
    write = shelf.data.store.write

    async def noted(use_case: Callable[[Connection], Any]) -> Any:
        left.append(len(shelf.left))
        return await write(use_case)

    monkeypatch.setattr(shelf.data.store, "write", noted)
    await shelf.collect()
    assert left[0] == 0
