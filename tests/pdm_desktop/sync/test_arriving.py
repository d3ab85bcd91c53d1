"""Content that comes: it has its name only when it is whole, and is known only when it is on the disk."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import FIRST, on_disk, unfinished_files
from tests.support.seat_parts import workplace


class Spoiling(VaultCalls):
    """A vault whose content arrives with one byte changed."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().content(file, revision) as blocks:

            async def spoiled() -> AsyncIterator[bytes]:
                async for block in blocks:
                    yield bytes([block[0] ^ 1]) + block[1:]

            yield spoiled()


async def test_content_with_a_wrong_hash_never_gets_the_name(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Spoiling) as place:
        result = await place.one(requests.GetLatest(files=(file.id,)))
        assert result.outcome is Outcome.UNFINISHED
        assert "did not arrive as Rev 1.0 is stored" in result.text
        assert not on_disk(place, file).exists()
        assert unfinished_files(place.root) == []


async def test_what_was_left_unfinished_is_swept_at_the_start(anna: Client, tmp_path: Path) -> None:
    async with workplace(anna, tmp_path) as place:
        left = LocalDisk(place.root).begin()
        left.write(b"half")
        left.finish()
        assert len(unfinished_files(place.root)) == 1
    async with workplace(anna, tmp_path) as place:
        assert unfinished_files(place.root) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs neither folders nor what others have written")
@pytest.mark.parametrize("number", [1, 2])
async def test_what_is_found_in_its_place_is_on_the_disk_before_it_is_recorded(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """By itself and in a bundle: a person's copy, or a name whose folder could not be synced, may not be there yet."""
    second = (await anna.add(await anna.vault(), f"{file.folder}/vise.nc", FIRST)).file
    files = [file, second][:number]
    real, synced = os.fsync, set[int]()

    def fsync(descriptor: int) -> None:
        real(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    async with workplace(anna, tmp_path) as place:
        paths = [place.root / "Production" / each.path for each in files]
        paths[0].parent.mkdir(parents=True)
        for path in paths:
            path.write_bytes(FIRST)
        monkeypatch.setattr(os, "fsync", fsync)
        await place.do(requests.GetLatest(files=tuple(each.id for each in files)))
        assert {copy.file for copy in place.journal.copies()} == {each.id for each in files}
        assert {path.stat().st_ino for path in [*paths, paths[0].parent]} <= synced
        synced.clear()
        await place.do(requests.GetLatest(files=tuple(each.id for each in files)))
        assert synced.isdisjoint(path.stat().st_ino for path in paths), "it was seen to once"
