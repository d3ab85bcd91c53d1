"""Parked versions on the seat: told after a refusal, checked in from, saved as a copy, dropped."""

import asyncio
import errno
import os
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path, PurePath
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.errors import BadAnswer, NotSignedIn, ServerBusy, ServerTrouble, Told, TooOldSeat, Unreachable
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.parked import ParkedHere
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import ParkedRead, TroubleMet
from server.protocol.calls import FileState
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import HeldByProgram, shimmed
from tests.support.one_file import WORK, added, on_disk
from tests.support.proxy import proxy
from tests.support.seat_parts import Workplace, workplace

OTHER = b"G1 X1 of somebody else\n"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def read(place: Workplace, file: File) -> ParkedHere:
    """The one parked version of a file, as the engine reads it."""
    await place.engine.run(requests.ListParked(), {})
    told = next(event for event in reversed(place.events) if isinstance(event, ParkedRead))
    (found,) = [one for one in told.versions if one.version.file == file.id]
    return found


async def refused(place: Workplace, anna: Client, file: File, content: bytes = WORK) -> Any:
    """Work that comes too late: the lock was taken away. The answer is what the person is told."""
    await place.one(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(content)
    await anna.undo(await anna.file(file.id))
    return await place.one(requests.CheckIn(files=(file.id,), comment="late"))


def check_in(parked: ParkedHere, **more: Any) -> requests.CheckInParked:
    assert parked.now is not None
    return requests.CheckInParked(
        parked=parked.version.id, file=parked.version.file, base=parked.now.file.head.number, **more
    )


async def test_who_is_refused_is_told_where_the_bytes_are(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        result = await refused(place, anna, file)
        assert result.outcome is Outcome.REFUSED
        assert "What you sent is kept on the server as a parked version." in result.text
        assert result.advice == (
            "“Parked versions…” in the account's menu goes on with it. Your work also stays in the workspace."
        )
        assert on_disk(place, file).read_bytes() == WORK
        found = await read(place, file)
        assert (found.version.base, found.version.size, found.version.reason) == ("1.0", len(WORK), "not_yours")
        assert found.now is not None
        assert found.now.file.lock is None


async def test_what_the_server_has_done_waits_here_for_a_program_and_is_not_called_refused(
    anna: Client, tmp_path: Path, file: File
) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await refused(place, anna, file)
        parked = await read(place, file)
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"and something else")
        program.names.add(file.filename)
        result = await place.one(check_in(parked, comment=None, major=False, keep=True))
        assert result.outcome is Outcome.WAITS
        assert result.text.startswith("Checked in from the parked version as Rev 1.1; you keep it. plate.nc is in use")
        assert await anna.content(file.id) == WORK
        program.names.clear()
        await place.engine.look_at_mine()
        assert on_disk(place, file).read_bytes() == WORK
        assert place.kept() == [b"and something else"]
        assert place.journal.unfinished() == []


async def test_an_old_base_is_refused_and_the_work_stays(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        held = await anna.file(file.id)
        await anna.check_in(held, b"from elsewhere", keep=True)
        path = on_disk(place, file)
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
        path = on_disk(place, file)
        path.write_bytes(b"work")
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED
        assert path.read_bytes() == b"work"
        assert place.journal.hold(file.id) is None
        assert not path.stat().st_mode & 0o200


async def test_a_check_in_from_it_leads_the_copy_to_the_truth(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await refused(place, anna, file)
        found = await read(place, file)
        assert (await place.one(check_in(found))).outcome is Outcome.REFUSED, "it is not checked out"
        await place.one(requests.CheckOut(files=(file.id,)))
        result = await place.one(check_in(await read(place, file), comment="late, but here"))
        assert (result.outcome, result.text) == (Outcome.DONE, "Checked in from the parked version as Rev 1.1.")
        path = on_disk(place, file)
        assert path.read_bytes() == WORK
        assert not path.stat().st_mode & 0o200
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert copy.number == "1.1"
        assert (place.journal.hold(file.id), place.journal.unfinished()) == (None, [])
    now = (await anna.file(file.id)).file
    assert (now.head.comment, now.lock) == ("late, but here", None)
    assert [one for one in await anna.parked() if one.file == file.id] == []


async def test_what_else_was_edited_goes_to_the_recovery_store_and_the_lock_can_be_kept(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await refused(place, anna, file)
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"edited once more")
        result = await place.one(check_in(await read(place, file), keep=True, major=True))
        assert "as Rev 2.0; you keep it. What was here before is kept in" in result.text
        assert place.kept() == [b"edited once more"]
        assert on_disk(place, file).read_bytes() == WORK
        assert on_disk(place, file).stat().st_mode & 0o200
        assert place.journal.hold(file.id) is not None


async def test_a_revision_that_comes_at_the_last_moment_is_not_covered_unseen(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await refused(place, anna, file)
        await tomas.check_in(await tomas.check_out(file.id), OTHER)
        seen = await read(place, file)
        await tomas.check_in(await tomas.check_out(file.id), OTHER * 2)
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.REFUSED, "decide first"
        (conflict,) = place.issues()
        assert isinstance(conflict, Conflict)
        await place.one(requests.DecideVersions(file=file.id, side=Side.THEIRS, seen=conflict.seen, who="Anna"))
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        result = await place.one(check_in(seen))
        assert result.outcome is Outcome.REFUSED
        assert place.journal.unfinished() == []
        assert len([one for one in await anna.parked() if one.file == file.id]) == 1
        assert (await place.one(check_in(await read(place, file)))).outcome is Outcome.DONE
    assert await anna.content(file.id) == WORK


class Lost(VaultCalls):
    """A vault whose answer to a check-in from a parked version never arrives, though the server did it."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    async def check_in_parked(self, *args: Any) -> Any:
        await super().check_in_parked(*args)
        raise Unreachable("The connection was cut.")


async def test_a_check_in_from_it_whose_answer_is_lost_happens_once(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Lost) as place:
        await refused(place, anna, file)
        await place.one(requests.CheckOut(files=(file.id,)))
        assert (await place.one(check_in(await read(place, file)))).outcome is Outcome.UNFINISHED
        assert on_disk(place, file).read_bytes() == WORK
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        await place.engine.go_on()
        assert (place.journal.unfinished(), place.journal.hold(file.id)) == ([], None)
        assert not on_disk(place, file).stat().st_mode & 0o200
    assert (await anna.file(file.id)).file.head.number == "1.1"


async def test_a_copy_is_saved_whole_through_a_connection_that_is_cut(anna: Client, tmp_path: Path, file: File) -> None:
    content = random.randbytes(6 << 20)
    target = tmp_path / "elsewhere" / "plate.nc"
    target.parent.mkdir()
    async with workplace(anna, tmp_path) as place:
        await refused(place, anna, file, content)
        found = await read(place, file)
    async with proxy(anna.address) as line:
        calls = VaultCalls(Http(line.address, token=anna.token, seat=anna.seat, tls=trust()))
        async with workplace(anna, tmp_path, around=lambda _: calls) as place:
            line.cut("down", 2 << 20)
            result = await place.one(requests.SaveParked(parked=found.version.id, target=str(target)))
        await calls.close()
    assert (result.outcome, result.text) == (Outcome.DONE, f"Saved as {target}, 6.3 MB.")
    assert target.read_bytes() == content
    assert names_in(target.parent) == ["plate.nc"]


class Refusing(VaultCalls):
    """A vault that says nothing of one file but `error`."""

    def __init__(self, inner: VaultCalls, file: File, error: Told) -> None:
        self._http = inner._http
        self._file = file.id
        self._error = error

    async def file(self, file: str) -> FileState:
        if file == self._file:
            raise self._error
        return await super().file(file)


@pytest.mark.parametrize("kind", [ServerTrouble, BadAnswer])
async def test_a_file_about_which_the_server_fails_hides_no_parked_version(
    anna: Client, tmp_path: Path, kind: type[Told]
) -> None:
    bad, good = await added(anna, "bad.nc"), await added(anna, "good.nc")
    async with workplace(anna, tmp_path) as place:
        for each in (bad, good):
            await refused(place, anna, each)
    async with workplace(anna, tmp_path, around=lambda calls: Refusing(calls, bad, kind("A problem."))) as place:
        await place.engine.run(requests.ListParked(), {})
        now = {
            one.version.file: (one.now is None, one.trouble)
            for event in place.events
            if isinstance(event, ParkedRead)
            for one in event.versions
        }
        assert {bad.id, good.id} <= now.keys(), "both are listed"
        assert (now[bad.id], now[good.id]) == ((True, "A problem."), (False, None))


@pytest.mark.parametrize("kind", [NotSignedIn, TooOldSeat, Unreachable, ServerBusy])
async def test_while_nothing_can_be_asked_that_is_told_and_no_file_counts_as_out_of_sight(
    anna: Client, tmp_path: Path, file: File, kind: type[Told]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await refused(place, anna, file)
    async with workplace(anna, tmp_path, around=lambda calls: Refusing(calls, file, kind("No."))) as place:
        await place.engine.run(requests.ListParked(), {})
        assert [event for event in place.events if isinstance(event, ParkedRead)] == []
        assert [event.trouble.text for event in place.events if isinstance(event, TroubleMet)] == ["No."]


class Spoiling(VaultCalls):
    """A vault whose parked content arrives with one byte changed."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    @asynccontextmanager
    async def parked_content(self, parked: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().parked_content(parked) as blocks:

            async def spoiled() -> AsyncIterator[bytes]:
                async for block in blocks:
                    yield bytes([block[0] ^ 1]) + block[1:]

            yield spoiled()


async def test_a_copy_that_did_not_arrive_whole_is_not_there(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Spoiling) as place:
        await refused(place, anna, file)
        target = tmp_path / "elsewhere.nc"
        saving = requests.SaveParked(parked=(await read(place, file)).version.id, target=str(target))
        result = await place.one(saving)
        assert result.outcome is Outcome.UNFINISHED
        assert "did not arrive as it is parked" in result.text
        assert not target.exists()
        assert not [name for name in names_in(tmp_path) if name.endswith(".part")]


class Stopping(VaultCalls):
    """A vault from which parked content comes to its first block, and then no more."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.has_stopped = asyncio.Event()

    @asynccontextmanager
    async def parked_content(self, parked: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().parked_content(parked) as blocks:

            async def stopped() -> AsyncIterator[bytes]:
                async for block in blocks:
                    yield block[: len(block) // 2]
                    self.has_stopped.set()
                    await asyncio.Event().wait()

            yield stopped()


def parts_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.part"))


async def killed_while_saving(client: Client, folder: Path, file: File, target: Path) -> None:
    """A program that ends suddenly while a parked version is saved as a copy, as its disk and its journal are then."""
    vaults: list[Stopping] = []

    def around(calls: VaultCalls) -> Stopping:
        vaults.append(Stopping(calls))
        return vaults[-1]

    async with workplace(client, folder, around=around) as place:
        await refused(place, client, file)
        saving = requests.SaveParked(parked=(await read(place, file)).version.id, target=str(target))
        task = asyncio.get_running_loop().create_task(place.engine.run(saving, {}), name="saving")
        await vaults[0].has_stopped.wait()
        (part,) = parts_in(target.parent)
        copied = folder.with_name(f"{folder.name} as it was")
        copied.mkdir()
        shutil.copytree(place.root, copied / "workspace")
        with (
            closing(sqlite3.connect(folder / "journal.sqlite3")) as journal,
            closing(sqlite3.connect(copied / "journal.sqlite3")) as left,
        ):
            journal.backup(left)
        task.cancel()
        await asyncio.wait([task])
        assert parts_in(target.parent) == [], "what ends in order leaves nothing"
        part.write_bytes(b"what has come of it")


async def test_what_a_sudden_end_leaves_of_a_copy_goes_at_the_next_start(
    anna: Client, tmp_path: Path, file: File
) -> None:
    folder, chosen = tmp_path / "seat", tmp_path / "chosen"
    for each in (folder, chosen):
        each.mkdir()
    await killed_while_saving(anna, folder, file, chosen / "plate.nc")
    own = chosen / f"{'a' * 32}.part"
    own.write_bytes(b"a file of somebody else")
    assert len(parts_in(chosen)) == 2
    left = tmp_path / "seat as it was"
    away = chosen.rename(tmp_path / "away")
    async with workplace(anna, left):
        assert len(parts_in(away)) == 2
    away.rename(chosen)
    (part,) = [each for each in parts_in(chosen) if each != own]
    with part.open("ab"):
        async with workplace(anna, left):
            assert part.exists(), "a program may be writing it"
    async with workplace(anna, left) as place:
        assert parts_in(chosen) == [own]
        assert place.journal.parts() == []
    assert own.read_bytes() == b"a file of somebody else"


async def test_what_is_left_on_a_share_that_is_down_waits_for_another_start(
    anna: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    part = share / f"{'a' * 32}.part"
    part.write_bytes(b"what has come of it")
    async with workplace(anna, tmp_path) as place:
        place.journal.put_part(part)
    real = os.stat

    def stat(path: Any, *arguments: Any, **named: Any) -> os.stat_result:
        if isinstance(path, Path) and path == share:
            raise OSError(errno.EHOSTDOWN, "Host is down")
        return real(path, *arguments, **named)

    with monkeypatch.context() as down:
        down.setattr(os, "stat", stat)
        async with workplace(anna, tmp_path, start=False) as place:
            try:
                await place.engine.look_at_all()
                await place.engine.clear_parts()
            except OSError as error:
                pytest.fail(f"the engine does not start: {error}")
            assert place.journal.parts() == [part]
    async with workplace(anna, tmp_path) as place:
        assert place.journal.parts() == []
    assert not part.exists()


async def test_a_copy_never_covers_another_file(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(anna, tmp_path) as place:
        await refused(place, anna, file)
        parked = (await read(place, file)).version.id
        target = tmp_path / "mine.nc"
        target.write_bytes(b"mine")
        result = await place.one(requests.SaveParked(parked=parked, target=str(target)))
        assert result.text == f"{target} is there already, and is not written over."
        late = tmp_path / "late.nc"
        real = LocalDisk.place_new

        def place_new(self: LocalDisk, source: PurePath, goal: PurePath) -> None:
            late.write_bytes(b"saved at the last moment")
            real(self, source, goal)

        monkeypatch.setattr(LocalDisk, "place_new", place_new)
        assert (await place.one(requests.SaveParked(parked=parked, target=str(late)))).outcome is Outcome.REFUSED
        own = place.root / ".pdm-desktop" / "recovery" / "plate.nc"
        assert (await place.one(requests.SaveParked(parked=parked, target=str(own)))).outcome is Outcome.REFUSED
        gone = tmp_path / "no such folder" / "plate.nc"
        assert "There is no folder" in (await place.one(requests.SaveParked(parked=parked, target=str(gone)))).text
    assert (target.read_bytes(), late.read_bytes()) == (b"mine", b"saved at the last moment")
    assert not [name for name in names_in(tmp_path) if name.endswith(".part")]


async def test_what_is_dropped_is_gone_and_dropping_it_again_is_no_trouble(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await refused(place, anna, file)
        parked = (await read(place, file)).version.id
        assert (await place.one(requests.DropParked(parked=(parked,)))).text == "Dropped."
        assert (await place.one(requests.DropParked(parked=(parked,)))).text == "It was not there any more."
    assert [one for one in await anna.parked() if one.file == file.id] == []
