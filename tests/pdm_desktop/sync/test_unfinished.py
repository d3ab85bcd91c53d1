"""What others put into the program's own folder for unfinished content stops nothing."""

from pathlib import Path

import pytest

from pdm_desktop.sync.disk import LocalDisk


@pytest.mark.parametrize("name", ["@eaDir/SYNOFILE", "New folder/plate.nc"])
def test_a_folder_of_somebody_else_keeps_nobody_from_starting(tmp_path: Path, name: str) -> None:
    disk = LocalDisk(tmp_path)
    disk.prepare()
    own = disk.begin()
    own.write(b"unfinished")
    own.finish()
    theirs = tmp_path / ".pdm-desktop" / "unfinished" / name
    theirs.parent.mkdir()
    theirs.write_bytes(b"somebody's")
    again = LocalDisk(tmp_path)
    again.prepare()
    assert theirs.read_bytes() == b"somebody's"
    assert again.look(own.path) is None
