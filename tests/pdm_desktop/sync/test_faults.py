"""What the world does to a command: a full disk, a cut connection, a crash. Nothing is lost, and it goes on."""

import asyncio
import errno
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import DiskFull, ForbiddenPath, KeepsChanging, NotSignedIn, Stranger, Told, Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import LocalsRead, RequestFinished, TransferMoved, TroubleMet
from pdm_desktop.sync.os_errors import from_os_error
from pdm_desktop.sync.ports import Look
from pdm_desktop.sync.transfer.reading import read_stably
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import HeldByProgram, shimmed
from tests.support.links import needs_links
from tests.support.meanwhile import seq, tell
from tests.support.seat_parts import Workplace, until, workplace

FIRST = b"G0 X0 Y0\n" * 40


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file


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
        assert (place.root / "Production" / file.path).read_bytes() == FIRST
        assert place.kept() == [b"saved meanwhile"]


class Cut(VaultCalls):
    """A vault whose answer to one call never arrives, though the server did it."""

    def __init__(self, inner: VaultCalls, call: str) -> None:
        self._inner = inner
        self._call = call
        self.lost = 0

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in ("lost", "close"):
            return super().__getattribute__(name)
        real = getattr(self._inner, name)
        if name != self._call or self.lost:
            return real

        async def lost(*args: Any, **kwargs: Any) -> Any:
            await real(*args, **kwargs)
            self.lost += 1
            raise Unreachable("The connection was cut.")

        return lost

    async def close(self) -> None:
        await self._inner.close()


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


def unfinished_files(root: Path) -> list[Path]:
    return list((root / ".pdm-desktop" / "unfinished").iterdir())


async def test_a_full_disk_leaves_the_lock_and_a_second_try_brings_the_file(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert result.outcome is not Outcome.DONE
        assert "You have the lock of plate.nc" in result.text
        assert "no room on this computer" in result.text
        assert not (place.root / "Production" / file.path).exists()
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert (place.root / "Production" / file.path).read_bytes() == FIRST
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
        assert (place.root / "Production" / file.path).read_bytes() == FIRST
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
        path = place.root / "Production" / file.path
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
        assert (place.root / "Production" / file.path).read_bytes() == b"second"


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
        path = place.root / "Production" / file.path
        path.write_bytes(b"work")
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        result = await place.one(requests.UndoCheckOut(files=(file.id,)))
        assert "your work is still in the workspace" in result.text
        assert path.read_bytes() == b"work"
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert path.read_bytes() == FIRST
        assert place.kept() == [b"work"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows replaces nothing that a program has open: the next test")
async def test_what_a_program_writes_after_the_replacement_is_kept(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = place.root / "Production" / file.path
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
        path = place.root / "Production" / file.path
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


class SavedOnTheWay(VaultCalls):
    """A vault during whose call a program saves a file."""

    def __init__(self, inner: VaultCalls, call: str, save: Callable[[], object]) -> None:
        self._inner = inner
        self._call = call
        self._save = save

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name == "close":
            return super().__getattribute__(name)
        if name == self._call:
            self._save()
        return getattr(self._inner, name)

    async def close(self) -> None:
        await self._inner.close()


async def test_a_save_during_the_check_in_stays_here_and_is_told(anna: Client, tmp_path: Path, file: File) -> None:
    path = tmp_path / "workspace" / "Production" / file.path
    around = partial(SavedOnTheWay, call="check_in", save=lambda: path.write_bytes(b"saved again"))
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
    around = partial(SavedOnTheWay, call="undo", save=lambda: path.write_bytes(b"saved again"))
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


async def test_a_check_in_whose_answer_was_lost_is_not_sent_as_another(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        (place.root / "Production" / file.path).write_bytes(b"work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        again = await place.one(requests.CheckIn(files=(file.id,)))
        assert again.outcome is Outcome.DONE
        assert "Checked in as Rev 1.1." in again.text
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None


@pytest.mark.parametrize("error", [NotSignedIn("Your sign-in has ended."), Stranger("A portal answers.")])
async def test_what_may_have_happened_is_not_forgotten_without_a_verdict(
    anna: Client, tmp_path: Path, file: File, error: Told
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        (place.root / "Production" / file.path).write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path, around=lambda calls: Refusing(calls, error)) as place:
        await place.engine.go_on()
        await place.one(requests.CheckIn(files=(file.id,)))
        assert len(place.journal.unfinished()) == 1
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None


class Refusing(VaultCalls):
    """A vault that answers every change with one error."""

    def __init__(self, inner: VaultCalls, error: Told) -> None:
        self._http = inner._http
        self._error = error

    async def check_in(self, file: str, body: object, key: str) -> Any:
        raise self._error

    async def check_out(self, file: str, message: str | None, key: str) -> Any:
        raise self._error


class Slow(VaultCalls):
    """A vault whose content waits at the gate."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.asked = 0
        self.gate = asyncio.Event()

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked += 1
        await self.gate.wait()
        async with super().content(file, revision) as blocks:
            yield blocks


async def test_a_command_that_still_runs_is_not_gone_on_with(anna: Client, tmp_path: Path, file: File) -> None:
    vaults: list[Slow] = []

    def around(calls: VaultCalls) -> Slow:
        vaults.append(Slow(calls))
        return vaults[0]

    async with workplace(anna, tmp_path, around=around) as place, asyncio.TaskGroup() as group:
        running = group.create_task(place.one(requests.CheckOut(files=(file.id,))), name="check out")
        await until(lambda: vaults[0].asked == 1)
        back = group.create_task(place.engine.go_on(), name="connected again")
        await anna.file(file.id)  # a trip to the server: time enough to begin a second download
        vaults[0].gate.set()
        assert (await running).outcome is Outcome.DONE
        await back
        assert vaults[0].asked == 1
        assert len([each for each in place.events if isinstance(each, RequestFinished)]) == 1


@pytest.mark.parametrize("back", [True, False])
async def test_a_check_in_from_before_ends_no_newer_check_out(
    anna: Client, tmp_path: Path, file: File, *, back: bool
) -> None:
    path = tmp_path / "workspace" / "Production" / file.path
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path.write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        path.write_bytes(b"more work")
        if back:
            await place.engine.go_on()
            assert place.journal.hold(file.id) is not None
            assert path.stat().st_mode & 0o200
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.2."
        assert place.journal.unfinished() == []
    assert await anna.content(file.id) == b"more work"


@pytest.mark.parametrize(
    "error", [Unreachable("No server answers.", sent=False), NotSignedIn("Your sign-in has ended.")]
)
async def test_what_was_sent_before_is_not_forgotten_by_a_call_that_did_not_arrive(
    anna: Client, tmp_path: Path, file: File, error: Told
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_out")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    async with workplace(anna, tmp_path, around=lambda calls: Refusing(calls, error)) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        assert len(place.journal.unfinished()) == 1


async def test_nothing_goes_on_in_a_workspace_that_is_gone(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, make_disk=FullDisk) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        place.root.rename(place.root.with_name("unplugged"))
        await place.engine.go_on()
        assert not place.root.exists()
        assert len(place.journal.unfinished()) == 1


async def test_content_with_a_wrong_hash_never_gets_the_name(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Spoiling) as place:
        result = await place.one(requests.GetLatest(files=(file.id,)))
        assert result.outcome is Outcome.UNFINISHED
        assert "did not arrive as Rev 1.0 is stored" in result.text
        assert not (place.root / "Production" / file.path).exists()
        assert unfinished_files(place.root) == []


@pytest.mark.parametrize("restart", [True, False])
async def test_a_check_out_whose_answer_was_lost_converges(
    anna: Client, tmp_path: Path, file: File, *, restart: bool
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_out")) as place:
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert result.outcome is Outcome.UNFINISHED
        assert len(place.journal.unfinished()) == 1
        if not restart:
            assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
            assert place.journal.unfinished() == []
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert (place.root / "Production" / file.path).stat().st_mode & 0o200
        assert place.journal.hold(file.id) is not None
        (place.root / "Production" / file.path).write_bytes(b"work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."


async def test_a_check_out_that_somebody_ended_meanwhile_is_closed_with_a_word(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_out")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert not (place.root / "Production" / file.path).exists()


async def test_a_check_in_whose_answer_was_lost_happens_once(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = place.root / "Production" / file.path
        path.write_bytes(b"work")
        result = await place.one(requests.CheckIn(files=(file.id,), comment="once"))
        assert result.outcome is Outcome.WAITS
        path.write_bytes(b"and on")
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert path.read_bytes() == b"and on"
        local = place.local(file.id)
        assert local is not None
        assert local.edited  # type: ignore[attr-defined]  # a LocalCopy
    assert (await anna.file(file.id)).file.head.number == "1.1"
    assert await anna.content(file.id) == b"work"


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


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_a_check_in_whose_answer_was_lost_ends_although_its_copy_is_gone(
    anna: Client, tmp_path: Path, file: File, *, is_forgotten: bool
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = place.root / "Production" / file.path
        path.write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
        path.unlink()
        if is_forgotten:
            place.journal.drop_copy(file.id)
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.waiting() == []
        assert place.journal.hold(file.id) is None
        said = [event.finished.results[0].text for event in place.events if isinstance(event, RequestFinished)]
        assert said[-1] == "Gone on with from before: Checked in as Rev 1.1. Its copy here is gone."
        assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.DONE
        assert path.read_bytes() == b"work"


async def test_an_undo_whose_answer_was_lost_keeps_the_work(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "undo")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = place.root / "Production" / file.path
        path.write_bytes(b"work")
        assert (await place.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.UNFINISHED
        assert path.read_bytes() == b"work"
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert path.read_bytes() == FIRST
        assert place.kept() == [b"work"]
        assert place.journal.unfinished() == []


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
        assert (place.root / "Production" / file.path).read_bytes() == FIRST


async def test_a_deletion_that_waited_puts_the_copy_away(anna: Client, tmp_path: Path, file: File) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        program.names.add("plate.nc")
        assert (await place.one(requests.Delete(files=(file.id,)))).outcome is Outcome.WAITS
        program.names.clear()
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert not (place.root / "Production" / file.path).exists()


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


async def add_without_answer(anna: Client, place: Workplace) -> Path:
    source = place.root / "Production" / f"{uuid.uuid4().hex}.nc"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(FIRST)
    result = await place.one(requests.AddFiles(vault=await anna.vault(), folder="", sources=(str(source),)))
    assert result.outcome is Outcome.UNFINISHED
    return source


async def test_a_file_whose_adding_got_no_answer_is_a_copy(anna: Client, tomas: Client, tmp_path: Path) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "add")) as place:
        source = await add_without_answer(anna, place)
        tree = await anna.tree(await anna.vault())
        added = next(each for each in tree.files.values() if each.path == source.name)
        await tomas.check_in(await tomas.check_out(added.id), b"the next revision")
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        copy = place.journal.copy(added.id)
        assert copy is not None
        assert (copy.number, source.read_bytes()) == ("1.1", b"the next revision")


async def test_a_file_that_was_saved_since_its_adding_got_no_answer_stays_as_it_is(
    anna: Client, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Cut(calls, "add")) as place:
        source = await add_without_answer(anna, place)
        source.write_bytes(b"saved since")
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.copies() == []
        assert source.read_bytes() == b"saved since"


async def test_what_was_left_unfinished_is_swept_at_the_start(anna: Client, tmp_path: Path) -> None:
    async with workplace(anna, tmp_path) as place:
        left = LocalDisk(place.root).begin()
        left.write(b"half")
        left.finish()
        assert len(unfinished_files(place.root)) == 1
    async with workplace(anna, tmp_path) as place:
        assert unfinished_files(place.root) == []


async def test_an_old_base_is_refused_and_the_work_stays(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        held = await anna.file(file.id)
        await anna.check_in(held, b"from elsewhere", keep=True)
        path = place.root / "Production" / file.path
        path.write_bytes(b"work")
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED
        assert result.advice == (
            "“Parked versions…” in the account's menu goes on with it. Your work also stays in the workspace."
        )
        (parked,) = [one for one in await anna.parked() if one.file == file.id]
        assert (parked.reason, parked.base, await anna.parked_content(parked.id)) == ("old_base", "1.0", b"work")
        assert path.read_bytes() == b"work"
        await place.one(requests.UndoCheckOut(files=(file.id,)))
        assert place.kept() == [b"work"]
        assert path.read_bytes() == b"from elsewhere"


async def test_a_lost_lock_is_told_and_the_work_stays(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        await anna.undo(await anna.file(file.id))
        await tomas.check_out(file.id)
        path = place.root / "Production" / file.path
        path.write_bytes(b"work")
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED
        assert path.read_bytes() == b"work"
        assert place.journal.hold(file.id) is None
        assert not path.stat().st_mode & 0o200


@needs_links
async def test_a_link_in_the_place_of_one_file_hides_no_other(anna: Client, tmp_path: Path, file: File) -> None:
    other = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/other.nc", FIRST)).file
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id, other.id)))
        path = place.root / "Production" / file.path
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


def test_a_full_disk_is_said_plainly() -> None:
    error = from_os_error(OSError(errno.ENOSPC, "No space left on device"), "plate.nc")
    assert isinstance(error, DiskFull)
    assert error.text == "There is no room on this computer for plate.nc."
