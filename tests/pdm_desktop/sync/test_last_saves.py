"""What a program saves right before a copy goes is kept with it, and its person hears of it."""

import os
from collections.abc import Callable
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import TroubleMet
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import Between, FsShim
from tests.support.meanwhile import seq, tell, turns
from tests.support.one_file import FIRST, WORK, force, on_disk
from tests.support.seat_parts import Workplace, workplace


async def deleted(client: Client, other: Client, folder: Path, file: File, act: Callable[[Path], object]) -> Workplace:
    """The copy of a deleted file goes, and something happens to it right before."""
    path = folder / "workspace" / "Production" / file.path
    moment = Between("place", 2, lambda: act(path))  # the record comes first, then the file
    is_near = False

    class Near:
        """Counts from when the file was deleted."""

        def before(self, call: object) -> None:
            if is_near:
                moment.before(call)  # type: ignore[arg-type]  # a call of the shim

        def after(self, _call: object) -> None:
            """Nothing."""

    async with workplace(client, folder, make_disk=lambda root: FsShim(LocalDisk(root), Near())) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        since = await seq(other)
        await other.delete(file.id)
        is_near = True
        await tell(place, other, since)
        await turns(place)
        assert moment.was
        assert not on_disk(place, file).exists()
    return place


def troubles(place: Workplace) -> list[tuple[str, str]]:
    return [(event.trouble.title, event.trouble.text) for event in place.events if isinstance(event, TroubleMet)]


async def test_what_is_saved_as_a_deleted_files_copy_goes_is_told(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    place = await deleted(anna, tomas, tmp_path, file, lambda path: force(path, WORK))
    assert place.kept() == [WORK]
    told = troubles(place)
    assert [title for title, _ in told] == ["plate.nc was saved while it was deleted in the vault"]
    assert told[0][1].startswith("What was saved is kept in .pdm-desktop/recovery/")


async def test_of_a_deleted_copy_that_nobody_saved_nothing_is_told(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    place = await deleted(anna, tomas, tmp_path, file, lambda path: os.utime(path, (1, 1)))
    assert place.kept() == [FIRST]
    assert troubles(place) == []
