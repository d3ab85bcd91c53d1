"""The workspace's folder: links never lead out of it, and a file that a program has open is never let go of."""

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core.errors import ForbiddenPath, InUse, NotWritable
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync import system
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.ports import Look
from tests.support.links import needs_links
from tests.support.power import Odds, Power


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


@needs_links
@pytest.mark.parametrize("act", [LocalDisk.move, LocalDisk.place, LocalDisk.place_new])
def test_a_link_that_comes_while_folders_are_made_gets_no_other_name(
    disk: LocalDisk,
    outside: Path,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[LocalDisk, PurePath, PurePath], object],
) -> None:
    plate = disk.root / "plate.nc"
    plate.write_bytes(b"G0 X0")
    really = system.sync_folder

    def swap(folder: Path) -> None:
        really(folder)
        plate.unlink(missing_ok=True)
        plate.symlink_to(outside / "letter.txt")

    monkeypatch.setattr(system, "sync_folder", swap)
    with pytest.raises(ForbiddenPath):
        act(disk, PurePath("plate.nc"), PurePath("Other folder", "renamed.nc"))
    assert plate.is_symlink()
    assert not os.path.lexists(disk.root / "Other folder" / "renamed.nc")
    assert is_untouched(outside)


@needs_links
def test_of_many_only_what_a_link_has_taken_the_place_of_gets_no_name(
    disk: LocalDisk, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.nc", "b.nc"):
        (disk.root / name).write_bytes(name.encode())
    really = system.sync_folder

    def swap(folder: Path) -> None:
        really(folder)
        (disk.root / "b.nc").unlink(missing_ok=True)
        (disk.root / "b.nc").symlink_to(outside / "letter.txt")

    monkeypatch.setattr(system, "sync_folder", swap)
    pairs = [(PurePath(name), PurePath("Other folder", name)) for name in ("a.nc", "b.nc")]
    assert disk.place_all_new(pairs) == [True, False]
    assert os.listdir(disk.root / "Other folder") == ["a.nc"]  # noqa: PTH208 - a link is a name, too
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
    disk.prepare()
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


def test_a_folder_where_a_file_belongs_is_said_and_not_waited_for(disk: LocalDisk) -> None:
    disk.prepare()
    unfinished = disk.begin()
    unfinished.finish()
    folder = PurePath("plate.nc")
    (disk.root / folder).mkdir()
    for act in (
        lambda: list(disk.blocks(folder)),
        lambda: disk.place(unfinished.path, folder),
        lambda: disk.remove(folder),
    ):
        with pytest.raises(NotWritable, match="directory"):
            act()
    assert not disk.place_new(unfinished.path, folder)
    assert disk.look(unfinished.path) is not None


def test_a_path_that_is_too_long_for_this_computer_is_said_plainly(disk: LocalDisk) -> None:
    disk.prepare()
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


@pytest.fixture
def pair(disk: LocalDisk) -> tuple[PurePath, PurePath]:
    """Two files, in folders of their own."""
    ours, theirs = PurePath("store", "plate.nc"), PurePath("Jobs", "plate.nc")
    for path, content in ((ours, b"new"), (theirs, b"old")):
        (disk.root / path).parent.mkdir()
        (disk.root / path).write_bytes(content)
    return ours, theirs


def contents(disk: LocalDisk, *paths: PurePath) -> list[bytes]:
    return [(disk.root / each).read_bytes() for each in paths]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows swaps no two files in one step")
def test_two_files_are_swapped_in_one_step_and_both_names_are_on_the_disk(
    disk: LocalDisk, pair: tuple[PurePath, PurePath], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.set_writable(pair[0], False)
    synced: list[str] = []
    monkeypatch.setattr(system, "sync_folder", lambda folder: synced.append(folder.name))
    assert disk.exchange(*pair)
    assert contents(disk, *pair) == [b"old", b"new"]
    assert synced == ["store", "Jobs"], "what was replaced has its name first"
    look = disk.look(pair[1])
    assert look is not None
    assert not look.writable, "it is as it was made"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows swaps no two files in one step")
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_that_swaps_nothing_is_not_asked_again(
    disk: LocalDisk, pair: tuple[PurePath, PurePath], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(system, "_renameat2", lambda *_: ctypes.set_errno(code) or -1)
    assert not disk.exchange(*pair)
    assert not disk.exchanges
    assert contents(disk, *pair) == [b"new", b"old"]


@needs_links
@pytest.mark.skipif(sys.platform == "win32", reason="Windows swaps no two files in one step")
def test_what_is_no_file_is_not_swapped(disk: LocalDisk, outside: Path, pair: tuple[PurePath, PurePath]) -> None:
    ours, theirs = pair
    (disk.root / theirs).unlink()
    (disk.root / theirs).mkdir()
    with pytest.raises(NotWritable, match="directory"):
        disk.exchange(ours, theirs)
    assert contents(disk, ours) == [b"new"]
    (disk.root / theirs).rmdir()
    (disk.root / theirs).symlink_to(outside / "letter.txt")
    with pytest.raises(NotWritable, match="link"):
        disk.exchange(ours, theirs)
    assert contents(disk, ours) == [b"new"]
    assert (disk.root / theirs).is_symlink()
    (disk.root / theirs).unlink()
    with pytest.raises(NotWritable):
        disk.exchange(ours, theirs)
    assert contents(disk, ours) == [b"new"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows renames to empty places itself")
def test_without_second_names_an_empty_place_is_taken_and_a_taken_one_is_not(
    disk: LocalDisk, pair: tuple[PurePath, PurePath], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pair

    def no_links(*_args: object, **_more: object) -> None:
        (disk.root / theirs).write_bytes(b"saved just now")
        monkeypatch.setattr(os.path, "lexists", lambda _path: False)  # it came after the look
        raise OSError(errno.EPERM, "Operation not permitted")

    (disk.root / theirs).unlink()
    monkeypatch.setattr(os, "link", no_links)
    assert not disk.place_new(ours, theirs)
    assert contents(disk, ours, theirs) == [b"new", b"saved just now"]


class SavedAfterTheLook(LocalDisk):
    """A program saves a new file as soon as the engine has seen that there is none."""

    def look(self, path: PurePath) -> Look | None:
        found = super().look(path)
        if path.name == "moved.nc" and found is None:
            (self.root / path).write_bytes(b"saved just now")
        return found


@pytest.mark.parametrize("how", ["in one step", "by second names"])
def test_a_move_never_covers_what_came_after_the_look(
    disk: LocalDisk, pair: tuple[PurePath, PurePath], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "by second names" and sys.platform != "win32":
        monkeypatch.setattr(system, "_renameat2", None)
    theirs, moved = pair[1], pair[1].with_name("moved.nc")
    with pytest.raises(NotWritable, match="is there already"):
        SavedAfterTheLook(disk.root).move(theirs, moved)
    assert contents(disk, theirs, moved) == [b"old", b"saved just now"]


def test_a_second_name_never_covers_what_has_it(
    disk: LocalDisk, pair: tuple[PurePath, PurePath], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_args: object, **_more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    ours, theirs = pair
    with pytest.raises(NotWritable):
        disk.link(ours, theirs)
    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(NotWritable):
        disk.link(ours, theirs)
    assert contents(disk, ours, theirs) == [b"new", b"old"]


def test_nothing_is_begun_or_placed_where_the_workspace_has_gone(disk: LocalDisk) -> None:
    disk.prepare()
    unfinished = disk.begin()
    unfinished.finish()
    disk.root.rename(disk.root.with_name("renamed"))
    for act in (
        disk.begin,
        lambda: disk.place_new(unfinished.path, PurePath("Production/plate.nc")),
        lambda: disk.place(unfinished.path, PurePath("Production/plate.nc")),
    ):
        with pytest.raises(NotWritable, match="is not there"):
            act()
    assert not disk.root.exists()
    disk.root.mkdir()  # where a drive was there may be an empty folder
    with pytest.raises(NotWritable, match="is not there"):
        disk.begin()
    assert list(disk.root.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="it watches the fsync of folders, and Windows has none")
def test_a_power_cut_is_known_at_the_next_start(disk: LocalDisk) -> None:
    disk.prepare()
    with Power(disk.root) as power:
        assert not disk.begin_work()
        power.fail(disk.root, Odds())
    assert disk.begin_work()
