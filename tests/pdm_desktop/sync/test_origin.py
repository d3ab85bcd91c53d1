"""The mark of the web: on Windows on what comes from the vault, and never in the way of anything."""

import sys
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync import origin
from pdm_desktop.sync.disk import LocalDisk
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import FIRST, added, on_disk
from tests.support.seat_parts import Workplace, workplace

WINDOWS = sys.platform == "win32"
STREAM = "Zone.Identifier"


class Marks:
    """What was marked, and what each file was like then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.zones: list[int] = []
        self.contents: list[bytes] = []
        self.was_writable: list[bool] = []
        monkeypatch.setattr(origin, "mark", self._mark)

    def _mark(self, path: Path, zone: int) -> None:
        self.zones.append(zone)
        self.contents.append(path.read_bytes())
        self.was_writable.append(bool(path.stat().st_mode & 0o200))
        # What the real mark does on NTFS: the time of the file is another afterwards.
        path.touch()


def disk_of(root: Path) -> LocalDisk:
    return LocalDisk(root, zone=origin.INTERNET)


async def test_what_comes_from_the_vault_is_marked_before_it_has_its_place(
    anna: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await added(anna)
    async with workplace(anna, tmp_path, make_disk=disk_of) as place:
        marks = Marks(monkeypatch)
        done = await place.one(requests.GetLatest(files=(file.id,)))
        assert done.outcome is Outcome.DONE
        assert marks.zones == [origin.INTERNET] * len(marks.zones)
        assert FIRST in marks.contents
        assert all(marks.was_writable)
        await place.engine.look_at_all()
        assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.UNCHANGED


async def test_files_of_the_shops_own_network_are_not_marked(
    place: Workplace, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = Marks(monkeypatch)
    await place.do(requests.GetLatest(files=(file.id,)))
    assert marks.zones == []
    assert on_disk(place, file).read_bytes() == FIRST


@pytest.mark.skipif(WINDOWS, reason="there Windows says in which zone a server lies")
def test_elsewhere_nothing_is_marked(tmp_path: Path) -> None:
    assert origin.zone_of("https://pdm.hartmann.example") is None
    path = tmp_path / "plate.nc"
    path.write_bytes(FIRST)
    origin.mark(path, origin.INTERNET)
    assert [each.name for each in tmp_path.iterdir()] == ["plate.nc"]


@pytest.mark.skipif(not WINDOWS, reason="only Windows has such marks")
def test_windows_says_in_which_zone_a_server_lies() -> None:
    assert origin.zone_of("https://pdm.hartmann.example") == origin.INTERNET


@pytest.mark.skipif(not WINDOWS, reason="only Windows has such marks")
def test_a_mark_leaves_the_content_as_it_is_and_no_file_beside_it(tmp_path: Path) -> None:
    disk = disk_of(tmp_path)
    disk.prepare()
    unfinished = disk.begin()
    unfinished.write(FIRST)
    unfinished.finish()
    assert disk.place_new(unfinished.path, PurePath("plate.nc"))
    path = tmp_path / "plate.nc"
    assert path.read_bytes() == FIRST
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["plate.nc"]
    marked = Path(f"{path}:{STREAM}")
    try:
        found = marked.read_bytes()
    except OSError:
        pytest.skip("this file system has no streams, and the file is whole all the same")
    assert found == b"[ZoneTransfer]\r\nZoneId=3\r\n"
