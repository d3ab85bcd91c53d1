"""A full disk under a command: it is said plainly, nothing is lost, and the command goes on when there is room."""

import errno
from pathlib import Path, PurePath
from typing import Any

from pdm_desktop.core import requests
from pdm_desktop.core.errors import DiskFull
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.os_errors import from_os_error
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import FIRST, on_disk, unfinished_files
from tests.support.seat_parts import workplace


class FullDisk(LocalDisk):
    """A disk without room for new content."""

    def begin(self) -> Any:
        raise from_os_error(OSError(errno.ENOSPC, "No space left on device"), "plate.nc")


class DiskThatFillsUp(LocalDisk):
    """A disk that is full when the content is to find its place."""

    def place(self, source: PurePath, target: PurePath) -> None:
        if target.name == "plate.nc":
            raise from_os_error(OSError(errno.ENOSPC, "No space left on device"), target.name)
        super().place(source, target)


def test_a_full_disk_is_said_plainly() -> None:
    error = from_os_error(OSError(errno.ENOSPC, "No space left on device"), "plate.nc")
    assert isinstance(error, DiskFull)
    assert error.text == "There is no room on this computer for plate.nc."


async def test_a_full_disk_leaves_the_lock_and_a_second_try_brings_the_file(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert result.outcome is not Outcome.DONE
        assert "You have the lock of plate.nc" in result.text
        assert "no room on this computer" in result.text
        assert not on_disk(place, file).exists()
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert on_disk(place, file).read_bytes() == FIRST
        assert place.journal.unfinished() == []


async def test_a_disk_that_fills_up_at_the_last_step_leaves_the_old_file(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    await tomas.check_in(await tomas.check_out(file.id), b"second")
    async with workplace(anna, tmp_path, make_disk=DiskThatFillsUp) as place:
        result = await place.one(requests.GetLatest(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED
        assert "no room" in result.text
        assert on_disk(place, file).read_bytes() == FIRST
        assert unfinished_files(place.root) == []
        assert place.kept() == []


async def test_a_revision_that_did_not_get_its_place_is_not_in_the_journal(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        before = place.journal.copy(file.id)
    await tomas.check_in(await tomas.check_out(file.id), b"second")
    async with workplace(anna, tmp_path, make_disk=DiskThatFillsUp) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        assert before is not None
        assert place.journal.copy(file.id) == before


async def test_a_check_out_that_stopped_brings_the_newest_when_asked_again(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    await tomas.check_in(await tomas.check_out(file.id), b"second")
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is not Outcome.DONE
    async with workplace(anna, tmp_path) as place:
        path = on_disk(place, file)
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        assert path.read_bytes() == b"second"
        path.write_bytes(b"work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.2."


async def test_a_check_out_that_stopped_is_no_check_in_yet(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    await tomas.check_in(await tomas.check_out(file.id), b"second")
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        assert (await place.one(requests.CheckIn(files=(file.id,), major=True))).outcome is Outcome.REFUSED
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        assert on_disk(place, file).read_bytes() == b"second"


async def test_a_check_out_that_stopped_and_was_undone_is_not_taken_for_a_new_one(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        await place.one(requests.UndoCheckOut(files=(file.id,)))
        assert place.journal.unfinished() == []
        assert (await anna.file(file.id)).file.lock is None
    async with workplace(anna, tmp_path) as place:
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        assert (await anna.file(file.id)).file.lock is not None


async def test_a_check_out_that_stopped_and_was_ended_elsewhere_is_not_shown_as_mine(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        await anna.undo(await anna.file(file.id))
        await tomas.check_out(file.id)
    async with workplace(anna, tmp_path) as place:
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.REFUSED
        assert place.journal.hold(file.id) is None
        assert place.journal.unfinished() == []


async def test_an_undo_on_a_full_disk_keeps_the_work_and_goes_on_later(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file)
        path.write_bytes(b"work")
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        result = await place.one(requests.UndoCheckOut(files=(file.id,)))
        assert "your work is still in the workspace" in result.text
        assert path.read_bytes() == b"work"
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert path.read_bytes() == FIRST
        assert place.kept() == [b"work"]


async def test_nothing_goes_on_in_a_workspace_that_is_gone(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        place.root.rename(place.root.with_name("unplugged"))
        await place.engine.go_on()
        assert not place.root.exists()
        assert len(place.journal.unfinished()) == 1
