"""What other programs do to a file while a command is at it: they save, write on and hold it. No byte is lost."""

import asyncio
import os
import sys
from pathlib import Path, PurePath
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import KeepsChanging
from pdm_desktop.core.results import Outcome
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import TransferMoved
from pdm_desktop.sync.ports import Look
from pdm_desktop.sync.transfer.reading import read_stably
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import Between, HeldByProgram, shimmed
from tests.support.line import over
from tests.support.meanwhile import seq, tell
from tests.support.one_file import FIRST, on_disk, unfinished_files
from tests.support.seat_parts import workplace


class SavedAtTheLastMoment(LocalDisk):
    """A disk on which a file comes to an empty place after the engine has looked there for the last time."""

    is_last = False

    def set_writable(self, path: PurePath, yes: bool, /) -> None:
        super().set_writable(path, yes)
        self.is_last = path.parent.name == "unfinished"

    def look(self, path: PurePath) -> Look | None:
        found = super().look(path)
        if self.is_last and found is None and path.name == "plate.nc":
            self.is_last = False
            full = self.root / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(b"saved meanwhile")
        return found


async def test_what_comes_to_an_empty_place_at_the_last_moment_is_kept(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=SavedAtTheLastMoment) as place:
        result = await place.one(requests.GetLatest(files=(file.id,)))
        assert "kept in .pdm-desktop/recovery" in result.text
        assert on_disk(place, file).read_bytes() == FIRST
        assert place.kept() == [b"saved meanwhile"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows replaces nothing that a program has open: the next test")
async def test_what_a_program_writes_after_the_replacement_is_kept(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
        os.chmod(path, 0o600)  # noqa: PTH101 - as a program does that saves by force
        await tomas.check_in(await tomas.check_out(file.id), b"second")
        with path.open("r+b") as program:
            result = await place.one(requests.GetLatest(files=(file.id,)))
            program.write(b"saved late")
        assert path.read_bytes() == b"second"
        assert "kept in .pdm-desktop/recovery" in result.text
        (kept,) = place.kept()
        assert kept.startswith(b"saved late")


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows keeps a file from being replaced while it is open")
@pytest.mark.parametrize("mode", [0o600, 0o400], ids=["writable", "read-only"])
async def test_what_a_program_has_open_stays_as_it_is(
    anna: Client, tomas: Client, tmp_path: Path, file: File, mode: int
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
        await tomas.check_in(await tomas.check_out(file.id), b"second")
        os.chmod(path, 0o600)  # noqa: PTH101 - as a program does that saves by force
        with path.open("r+b") as program:
            os.chmod(path, mode)  # noqa: PTH101 - as this program itself sets it
            result = await place.one(requests.GetLatest(files=(file.id,)))
            program.write(b"saved late")
        assert result.outcome is Outcome.WAITS
        assert result.text == "plate.nc is in use by a program.", "who has it open is this very process"
        assert path.read_bytes().startswith(b"saved late")
        assert bool(path.stat().st_mode & 0o200) is (mode == 0o600)
        assert unfinished_files(place.root) == []


async def test_a_save_during_the_check_in_stays_here_and_is_told(anna: Client, tmp_path: Path, file: File) -> None:
    path = tmp_path / "workspace" / "Production" / file.path
    around = over(Between("check_in", 1, lambda: path.write_bytes(b"saved again")))
    async with workplace(anna, tmp_path, around=around) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        path.write_bytes(b"work")
        result = await place.one(requests.CheckIn(files=(file.id,)))
    assert await anna.content(file.id) == b"work"
    assert path.read_bytes() == b"saved again"
    assert "saved again" in result.text
    assert result.advice


async def test_a_save_while_nothing_is_checked_in_goes_to_the_recovery_store_and_is_told(
    anna: Client, tmp_path: Path, file: File
) -> None:
    path = tmp_path / "workspace" / "Production" / file.path
    around = over(Between("undo", 1, lambda: path.write_bytes(b"saved again")))
    async with workplace(anna, tmp_path, around=around) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert place.kept() == [b"saved again"]
        assert "kept in .pdm-desktop/recovery" in result.text


async def test_an_old_revision_that_somebody_wrote_into_is_kept(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        request = requests.OpenRevision(file=file.id, major=1, minor=0)
        await place.do(request)
        (opened,) = place.opened.files
        os.chmod(opened, 0o600)  # noqa: PTH101 - as a person would, by force
        opened.write_bytes(b"an idea")
        result = await place.one(request)
        assert opened.read_bytes() == FIRST
        assert place.kept() == [b"an idea"]
        assert "kept in .pdm-desktop/recovery" in result.text


class Restless(LocalDisk):
    """A disk on which a program writes while the file is read."""

    def __init__(self, root: Path, writes: int) -> None:
        super().__init__(root)
        self._writes = writes

    def blocks(self, path: PurePath, *, start: int = 0) -> Any:
        yield from super().blocks(path, start=start)
        if self._writes:
            self._writes -= 1
            full = self.root / path
            full.write_bytes(full.read_bytes() + b"more")


def test_a_file_that_changes_is_read_again_and_then_given_up(tmp_path: Path) -> None:
    (tmp_path / "x.nc").write_bytes(b"begin")
    content = read_stably(Restless(tmp_path, 2), PurePath("x.nc"))
    assert content.size == len(b"beginmoremore")
    with pytest.raises(KeepsChanging):
        read_stably(Restless(tmp_path, 3), PurePath("x.nc"))


async def test_a_deletion_that_waited_leaves_the_copy_of_what_was_restored_meanwhile(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        program.names.add("plate.nc")
        assert (await place.one(requests.Delete(files=(file.id,)))).outcome is Outcome.WAITS
        since = await seq(tomas)
        await tomas.restore(file.id)
        await tell(place, tomas, since)
        program.names.clear()
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert not (await anna.file(file.id)).deleted
        assert place.kept() == []
        assert on_disk(place, file).read_bytes() == FIRST


async def test_a_deletion_that_waited_puts_the_copy_away(anna: Client, tmp_path: Path, file: File) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        program.names.add("plate.nc")
        assert (await place.one(requests.Delete(files=(file.id,)))).outcome is Outcome.WAITS
        program.names.clear()
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert not on_disk(place, file).exists()


async def test_a_get_latest_that_waited_and_is_cancelled_does_not_begin_again(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        await tomas.check_in(await tomas.check_out(file.id), os.urandom(3 << 20))
        program.names.add("plate.nc")
        assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.WAITS
        program.names.clear()
        cancelled: set[str] = set()

        async def cancel_each() -> None:
            while True:
                for each in [event.transfer for event in place.events if isinstance(event, TransferMoved)]:
                    if each.state is TransferState.RUNNING and each.id not in cancelled:
                        cancelled.add(each.id)
                        await place.engine.run(requests.CancelTransfer(transfer=each.id), {})
                await asyncio.sleep(0)

        person = asyncio.get_running_loop().create_task(cancel_each(), name="the person")
        for _ in range(3):
            await place.engine.try_again()
        person.cancel()
        await asyncio.gather(person, return_exceptions=True)
        moved = [event.transfer.state for event in place.events if isinstance(event, TransferMoved)]
        assert moved.count(TransferState.DROPPED) == 1
        assert place.journal.unfinished() == []
