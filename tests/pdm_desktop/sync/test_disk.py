"""The workspace's folder: links never lead out of it, and a file that a program has open is never let go of."""

import os
import sys
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core.errors import ForbiddenPath, InUse, NotWritable
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync.disk import LocalDisk
from tests.support.links import needs_links


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the workspace, with somebody's file in it."""
    folder = tmp_path / "outside" / "unfinished"
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_bytes(b"dear")
    os.chmod(folder / "letter.txt", 0o400)  # noqa: PTH101 - as the program itself sets it
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    (tmp_path / "workspace").mkdir()
    return LocalDisk(tmp_path / "workspace")


def is_untouched(outside: Path) -> bool:
    letter = outside / "letter.txt"
    return letter.read_bytes() == b"dear" and not letter.stat().st_mode & 0o222


@needs_links
@pytest.mark.parametrize("link", [OWN_FOLDER, f"{OWN_FOLDER}/unfinished"])
def test_a_linked_folder_of_its_own_is_never_swept(disk: LocalDisk, outside: Path, link: str) -> None:
    (disk.root / link).parent.mkdir(exist_ok=True)
    (disk.root / link).symlink_to(outside.parent if link == OWN_FOLDER else outside, target_is_directory=True)
    with pytest.raises(ForbiddenPath):
        disk.prepare()
    assert is_untouched(outside)


@needs_links
def test_a_link_left_unfinished_is_swept_and_what_it_leads_to_is_not(disk: LocalDisk, outside: Path) -> None:
    disk.prepare()
    unfinished = disk.root / OWN_FOLDER / "unfinished"
    (unfinished / "link").symlink_to(outside / "letter.txt")
    disk.prepare()
    assert list(unfinished.iterdir()) == []
    assert is_untouched(outside)


@needs_links
def test_a_link_in_the_place_of_a_file_is_neither_read_nor_written(disk: LocalDisk, outside: Path) -> None:
    (disk.root / "plate.nc").symlink_to(outside / "letter.txt")
    for act in (
        lambda: disk.look(PurePath("plate.nc")),
        lambda: list(disk.blocks(PurePath("plate.nc"))),
        lambda: disk.set_writable(PurePath("plate.nc"), True),
    ):
        with pytest.raises(ForbiddenPath):
            act()
    assert is_untouched(outside)


def test_a_program_that_may_still_write_is_seen(disk: LocalDisk) -> None:
    path = disk.root / "plate.nc"
    path.write_bytes(b"G0\n")
    assert disk.may_be_written(PurePath("plate.nc")) is False
    with path.open("ab"):
        assert disk.may_be_written(PurePath("plate.nc")) is True
    with path.open("rb"):
        assert disk.may_be_written(PurePath("plate.nc")) is False


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows keeps a file from going while it is open")
def test_a_read_only_file_that_cannot_go_while_it_is_open_stays_read_only(disk: LocalDisk) -> None:
    path = disk.root / "plate.nc"
    path.write_bytes(b"G0\n")
    disk.set_writable(PurePath("plate.nc"), False)
    with path.open("rb"), pytest.raises(InUse):
        disk.remove(PurePath("plate.nc"))
    assert not path.stat().st_mode & 0o200
    disk.remove(PurePath("plate.nc"))
    assert not path.exists()


def test_unfinished_content_that_is_read_only_already_can_be_given_up(disk: LocalDisk) -> None:
    unfinished = disk.begin()
    unfinished.write(b"G0\n")
    unfinished.finish()
    disk.set_writable(unfinished.path, False)
    unfinished.discard()
    assert disk.look(unfinished.path) is None
    unfinished.discard()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows writes the rename itself through")
def test_content_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_is_told(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    number_of: dict[int, str] = {}
    sync, replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        sync(handle)
        done.append(f"sync {number_of.get(os.fstat(handle).st_ino, 'another')}")

    def named(source: Path, target: Path) -> None:
        replace(source, target)
        done.append("name")

    disk.prepare()
    (disk.root / "Jobs").mkdir()
    number_of[(disk.root / "Jobs").stat().st_ino] = "folder"
    unfinished = disk.begin()
    number_of[(disk.root / unfinished.path).stat().st_ino] = "content"
    unfinished.write(b"G0\n")
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", named)
    unfinished.finish()
    disk.place(unfinished.path, PurePath("Jobs", "plate.nc"))
    assert done[:3] == ["sync content", "name", "sync folder"]
    assert (disk.root / "Jobs" / "plate.nc").read_bytes() == b"G0\n"


def test_a_path_that_is_too_long_for_this_computer_is_said_plainly(disk: LocalDisk) -> None:
    unfinished = disk.begin()
    unfinished.finish()
    with pytest.raises(NotWritable, match="is too long for this computer") as met:
        disk.place(unfinished.path, PurePath("x" * 300))
    assert met.value.advice is not None
    assert "shorter path" in met.value.advice


@pytest.mark.parametrize("yes", [True, False])
def test_an_attribute_that_does_not_take_is_said(
    disk: LocalDisk, monkeypatch: pytest.MonkeyPatch, *, yes: bool
) -> None:
    path = disk.root / "plate.nc"
    path.write_bytes(b"G0\n")
    disk.set_writable(PurePath("plate.nc"), not yes)
    monkeypatch.setattr(os, "chmod", lambda *_args, **_more: None)  # as some guards of folders do, without a word
    with pytest.raises(NotWritable, match="could not be made " + ("writable" if yes else "read-only")):
        disk.set_writable(PurePath("plate.nc"), yes)
    monkeypatch.undo()
    disk.set_writable(PurePath("plate.nc"), True)
