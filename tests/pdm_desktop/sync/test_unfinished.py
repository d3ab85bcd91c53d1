"""What others put into the program's own folder for unfinished content stops nothing."""

import errno
import os
from pathlib import Path

import pytest

from pdm_desktop.core.errors import NotWritable
from pdm_desktop.sync import system
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


@pytest.mark.parametrize(
    "refusal",
    [
        OSError(errno.EBUSY, os.strerror(errno.EBUSY)),
        FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)),
        NotWritable("It is guarded."),
    ],
)
def test_what_cannot_be_thrown_away_keeps_nobody_from_starting_and_nothing_else_from_going(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    """A virus scanner or a backup reads it, or it is what a network drive makes of a file that is open: `.nfs0001`."""
    disk = LocalDisk(tmp_path)
    disk.prepare()
    unfinished = tmp_path / ".pdm-desktop" / "unfinished"
    for name in ("a", "held", "z"):
        (unfinished / name).write_bytes(b"half of it")
    real = system.remove

    def remove(path: Path) -> None:
        if path.name == "held":
            raise refusal
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(system, "remove", remove)
        refused = None
        try:
            disk.prepare()
        except Exception as error:  # noqa: BLE001 - whatever it is
            refused = error
        assert refused is None
    assert [each.name for each in unfinished.iterdir()] == ["held"]
    disk.prepare()
    assert list(unfinished.iterdir()) == []
