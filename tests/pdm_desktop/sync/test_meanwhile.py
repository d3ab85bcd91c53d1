"""What happens while a command is on its way: others go on, the vault does, the person gives up, the program ends."""

import asyncio
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.errors import NotSignedIn, Told, Unreachable
from pdm_desktop.core.requests import EngineRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync.events import RequestFinished, TransferMoved
from pdm_desktop.sync.workspace import Workspace
from server.protocol.limits import BUNDLED_BYTES
from server.protocol.vault import File
from tests.support.client import Client, Refusal, signed_in
from tests.support.meanwhile import Meanwhiles, in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, added, edited
from tests.support.seat_parts import Workplace, until, workplace
from tests.support.server import RealServer

LATER = b"G1 X1\n" * 50


def on_disk(place: Workplace, path: str) -> Path:
    return place.root / "Production" / path


def begin(place: Workplace, wanted: EngineRequest) -> "asyncio.Task[None]":
    """A request that goes on while the test does."""
    return asyncio.get_running_loop().create_task(place.engine.run(wanted, {}), name=type(wanted).__name__)


async def cut(*tasks: "asyncio.Task[None]") -> None:
    """Whatever of them still runs ends now, as with the program."""
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def moving(place: Workplace, state: TransferState) -> list[str]:
    """Transfers that were in that state."""
    moved = [event.transfer for event in place.events if isinstance(event, TransferMoved)]
    return [each.id for each in moved if each.state is state]


# Others


async def entangled(anna: Client, place: Workplace) -> tuple[list[str], tuple["asyncio.Task[None]", ...]]:
    """A set has eight files and waits for a ninth; a get latest wants those eight, and has what the set wants last."""
    folder, vault = f"Jobs/{uuid.uuid4().hex}", await anna.vault()
    small = [(await anna.add(vault, f"{folder}/{n}.nc", b"%d" % n)).file for n in range(9)]
    large = (await anna.add(vault, f"{folder}/large.mcam", os.urandom(BUNDLED_BYTES + 1))).file
    *first, middle = sorted(each.id for each in small)
    assert middle < large.id, "ids grow with time"
    await place.do(requests.GetLatest(files=(first[0],)))
    files = place.engine._files
    async with files.alone(middle):  # a command is at one file, say a long upload
        together = begin(place, requests.CheckOut(files=(*first, middle, large.id), together=True))
        await until(lambda: all(not files.is_free(each) for each in first))
        latest = begin(place, requests.GetLatest(files=(*first, large.id)))
        await until(lambda: not files.is_free(large.id) and all(files._wanted[each] == 2 for each in first))
    return first, (together, latest)


async def test_a_set_and_a_get_latest_do_not_wait_for_each_other_for_ever(anna: Client, tmp_path: Path) -> None:
    async with workplace(anna, tmp_path) as place:
        _, tasks = await entangled(anna, place)
        _, hanging = await asyncio.wait(tasks, timeout=20)
        await cut(*tasks)
        assert not hanging, f"{len(hanging)} of 2 requests wait for ever"


async def test_while_they_do_files_follow(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        first, tasks = await entangled(anna, place)
        since = await seq(tomas)
        for each in (first[0], file.id):
            with suppress(Refusal):  # the first is perhaps checked out by now
                await tomas.check_in(await tomas.check_out(each), LATER + each.encode())
        with suppress(TimeoutError):
            await asyncio.wait_for(tell(place, tomas, since), 20)
        here = on_disk(place, file.path).read_bytes()
        await cut(*tasks)
        assert here == LATER + file.id.encode()


# The vault


@pytest.mark.parametrize("how", ["alone", "bundle"])
@pytest.mark.parametrize("what", ["revision", "move", "folder", "delete"])
async def test_what_happens_while_a_file_first_comes_is_followed(
    anna: Client, tomas: Client, tmp_path: Path, file: File, how: str, what: str
) -> None:
    other = (await anna.add(await anna.vault(), f"{file.folder}/other.nc", FIRST + b"2")).file
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults) as place:

        async def happens() -> None:
            since = await seq(tomas)
            match what:
                case "revision":
                    await tomas.check_in(await tomas.check_out(file.id), LATER)
                case "move":
                    await tomas.move(file.id, f"{file.folder}/moved.nc")
                case "folder":
                    await tomas.move_folder(await tomas.vault(), file.folder, f"{file.folder} old")
                case _:
                    await tomas.delete(file.id)
            await tell(place, tomas, since)

        vaults[0].act = happens
        await place.do(requests.GetLatest(files=(file.id,) if how == "alone" else (file.id, other.id)))
        assert vaults[0].act is None
        await turns(place)
        now, copy = await anna.file(file.id), place.journal.copy(file.id)
        expected = None if now.deleted else (now.file.path, now.file.head.number)
        assert (None if copy is None else (copy.path, copy.number)) == expected


async def test_what_could_not_be_asked_after_files_first_came_is_asked_later(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    other = (await anna.add(await anna.vault(), f"{file.folder}/other.nc", FIRST + b"2")).file
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults) as place:

        async def happens() -> None:
            await tomas.check_in(await tomas.check_out(file.id), LATER)
            vaults[0].errors["states"] = Unreachable("No server answers.")

        vaults[0].act = happens
        await place.do(requests.GetLatest(files=(file.id, other.id)))
        vaults[0].errors.clear()
        await turns(place)
        assert on_disk(place, file.path).read_bytes() == LATER


async def test_a_lock_that_is_taken_over_while_its_content_comes_is_let_go_of(
    shop_server: RealServer, tmp_path: Path
) -> None:
    async with signed_in(shop_server.address, "Anna") as anna, signed_in(shop_server.address, "Anna") as elsewhere:
        file = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
        vaults = Meanwhiles()
        async with workplace(anna, tmp_path, around=vaults) as place:

            async def adopted() -> None:
                since = await seq(anna)
                await elsewhere.adopt(file.id)
                await tell(place, anna, since)

            vaults[0].act = adopted
            await place.one(requests.CheckOut(files=(file.id,)))
            assert vaults[0].act is None
            await turns(place)
            assert place.journal.hold(file.id) is None


# The person gives up


@pytest.mark.parametrize("error", [Unreachable("No server answers.", sent=False), NotSignedIn("It has ended.")])
async def test_the_lock_of_a_check_out_that_was_cancelled_without_a_server_is_given_back_later(
    anna: Client, tmp_path: Path, file: File, error: Told
) -> None:
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults) as place:
        await place.engine.run(requests.PauseAll(), {})
        task = begin(place, requests.CheckOut(files=(file.id,)))
        await until(lambda: bool(moving(place, TransferState.PAUSED)))
        vaults[0].errors["undo"] = error
        await place.engine.run(requests.CancelTransfer(transfer=moving(place, TransferState.PAUSED)[0]), {})
        await task
        [told] = [event.finished.results[0] for event in place.events if isinstance(event, RequestFinished)]
        assert "then it is given back by itself" in told.text
        vaults[0].errors.clear()
        await place.engine.go_on()
        await in_step(place, anna)
        assert (await anna.file(file.id)).file.lock is None
        assert place.journal.unfinished() == []


async def test_an_upload_goes_on_after_the_next_sign_in(anna: Client, tmp_path: Path, file: File) -> None:
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        content = os.urandom(6 << 20)
        on_disk(place, file.path).write_bytes(content)
        vaults[0].errors["finish_upload"] = NotSignedIn("Your sign-in has ended.")
        await place.one(requests.CheckIn(files=(file.id,)))
        assert place.journal.upload(blake3(content).hexdigest()) is not None


# The program ends


async def test_every_check_in_that_is_cut_waits_also_those_without_a_turn(anna: Client, tmp_path: Path) -> None:
    folder, count = f"Jobs/{uuid.uuid4().hex}", 12
    files = (await anna.add_set(await anna.vault(), [f"{folder}/{n}.nc" for n in range(count)])).files
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=tuple(each.id for each in files)))
        for each in files:
            on_disk(place, each.path).write_bytes(WORK + each.id.encode())
        await place.engine.run(requests.PauseAll(), {})
        task = begin(place, requests.CheckIn(files=tuple(each.id for each in files)))
        await until(lambda: bool(moving(place, TransferState.PAUSED)))
        await cut(task)
        assert sorted(one.file for one in place.journal.waiting()) == sorted(each.id for each in files)


async def test_a_check_in_without_a_server_that_is_cut_while_it_is_read_waits(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        on_disk(place, file.path).write_bytes(WORK)
        await place.engine.away()
        await cut_at(place, "read", requests.CheckIn(files=(file.id,)), monkeypatch)
        assert [one.file for one in place.journal.waiting()] == [file.id]


async def test_a_set_of_which_one_waits_alone_waits_whole_when_it_is_cut(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [file, await added(anna, "lid.nc")]
    async with workplace(anna, tmp_path) as place:
        for each in files:
            await edited(place, each, WORK)
        await place.engine.away()
        await place.one(requests.CheckIn(files=(file.id,), comment="alone"))
        request = requests.CheckIn(files=tuple(each.id for each in files), comment="both", together=True)
        await cut_at(place, "read", request, monkeypatch)
        waiting = place.journal.waiting()
        assert sorted(one.file for one in waiting) == sorted(each.id for each in files)
        assert {one.comment for one in waiting} == {"both"}
        marks = {one.of_set for one in waiting}
        assert len(marks) == 1
        assert None not in marks
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        heads = [(await anna.file(each.id)).file.head for each in files]
        assert [(head.number, head.comment) for head in heads] == [("1.1", "both")] * 2


async def test_a_check_in_that_is_stored_is_not_done_again_when_the_program_ends_then(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        on_disk(place, file.path).write_bytes(WORK)
        request = requests.CheckIn(files=(file.id,), major=True, keep=True)
        await cut_at(place, "set_writable", request, monkeypatch)
        assert (await anna.file(file.id)).file.head.number == "2.0"
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert (await anna.file(file.id)).file.head.number == "2.0"


async def cut_at(place: Workplace, method: str, request: EngineRequest, patch: pytest.MonkeyPatch) -> None:
    """Do a request, and end it when it comes to that method of the workspace."""
    real = getattr(Workspace, method)

    async def cutting(self: Workspace, *given: Any, **named: Any) -> Any:
        task.cancel()
        return await real(self, *given, **named)

    with patch.context() as patched:
        patched.setattr(Workspace, method, cutting)
        task = begin(place, request)
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_zero_bytes_after_a_power_cut_are_not_sent_by_a_check_in_that_was_cut(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file.path)
        path.write_bytes(WORK)
        await place.engine.run(requests.PauseAll(), {})
        task = begin(place, requests.CheckIn(files=(file.id,)))
        await until(lambda: bool(moving(place, TransferState.PAUSED)))
        await cut(task)
    before = path.stat()
    path.write_bytes(bytes(len(WORK)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await place.engine.go_on()
        assert (await anna.file(file.id)).file.head.number == "1.0"


async def test_a_kept_file_without_a_change_waits_no_longer_once_that_is_told(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        await place.engine.away()
        assert (await place.one(requests.CheckIn(files=(file.id,), keep=True))).outcome is Outcome.WAITS
        await place.engine.go_on()
        told = [event for event in place.events if isinstance(event, RequestFinished)][-1]
        assert told.finished.results[0].outcome is Outcome.UNCHANGED
        on_disk(place, file.path).write_bytes(b"half of an edit")
        await place.engine.go_on()
        assert (await anna.file(file.id)).file.head.number == "1.0"
