"""Links in the workspace: none is followed, and no path leads out."""

import uuid
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import ForbiddenPath
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import LocalsRead, TroubleMet
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.links import needs_links
from tests.support.one_file import FIRST, on_disk
from tests.support.seat_parts import workplace


@needs_links
async def test_a_link_in_the_place_of_one_file_hides_no_other(anna: Client, tmp_path: Path, file: File) -> None:
    other = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/other.nc", FIRST)).file
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id, other.id)))
        path = on_disk(place, file)
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")
    async with workplace(anna, tmp_path) as place:
        (read,) = [each for each in place.events if isinstance(each, LocalsRead)]
        assert set(read.copies) == {other.id}
        (met,) = [each for each in place.events if isinstance(each, TroubleMet)]
        assert "plate.nc leads out of the workspace" in met.trouble.text


@needs_links
async def test_a_link_in_the_workspace_is_never_followed(anna: Client, tmp_path: Path, file: File) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    async with workplace(anna, tmp_path) as place:
        (place.root / "Production").symlink_to(outside, target_is_directory=True)
        result = await place.one(requests.GetLatest(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED
        assert "leads out of the workspace" in result.text
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ""])
def test_no_path_leads_out(tmp_path: Path, path: str) -> None:
    disk = LocalDisk(tmp_path / "workspace")
    with pytest.raises(ForbiddenPath):
        disk.look(PurePath(path))
