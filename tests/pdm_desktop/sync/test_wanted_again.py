"""A check-out is given up while no server answers, and wanted again before its lock is given back."""

import asyncio
from pathlib import Path

from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync.events import RequestFinished, TransferMoved
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_out, do, edit, ids
from tests.support.fs_shim import HeldByProgram, shimmed
from tests.support.line import Line
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import WORK, force, on_disk, revised
from tests.support.seat_parts import Workplace, until, workplace

AWAY = Unreachable("No server answers.", sent=False)


def paused(place: Workplace) -> list[str]:
    moved = [event.transfer for event in place.events if isinstance(event, TransferMoved)]
    return [each.id for each in moved if each.state is TransferState.PAUSED]


async def given_up(place: Workplace, line: Line, file: File) -> None:
    """Its content is on its way when it is cancelled, and the lock cannot be given back."""
    before = len(place.events)
    await place.engine.run(requests.PauseAll(), {})
    wish = place.engine.run(requests.CheckOut(files=(file.id,)), {})
    task = asyncio.get_running_loop().create_task(wish, name="check out")
    await until(lambda: bool(paused(place)))
    line.refused["undo"] = AWAY
    await place.engine.run(requests.CancelTransfer(transfer=paused(place)[0]), {})
    await task
    [told] = [event.finished.results[0] for event in place.events[before:] if isinstance(event, RequestFinished)]
    assert "then it is given back by itself" in told.text
    await place.engine.run(requests.ResumeAll(), {})


async def at_rest(place: Workplace, client: Client, line: Line) -> None:
    """The server answers again, and all that was left begun goes on."""
    line.refused.clear()
    await place.engine.go_on()
    await in_step(place, client)
    await turns(place)


async def test_its_lock_is_given_back_after_another_check_out_that_does_not_happen(
    anna: Client, tmp_path: Path, file: File
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await given_up(place, line, file)
        line.refused["check_out"] = AWAY
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.UNFINISHED
        await at_rest(place, anna, line)
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert (await anna.file(file.id)).file.lock is None, "a lock of this seat that this seat knows nothing of"


async def test_it_stays_checked_out_when_it_is_checked_out_with_its_set(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await given_up(place, line, files[0])
        assert [each.outcome for each in await do(place, check_out(files), files)] == [Outcome.DONE] * len(files)
        edit(place, *files)
        await at_rest(place, anna, line)
        assert sorted(hold.file for hold in place.journal.holds()) == sorted(ids(files))
        assert (await anna.file(files[0].id)).file.lock is not None


async def test_it_stays_checked_out_when_its_person_goes_on_with_their_own_version(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        await revised(tomas, file, b"G1 X1\n" * 30)
        await given_up(place, line, file)
        force(on_disk(place, file), WORK)
        seen = Seen(hash=blake3(WORK).hexdigest(), head=(1, 1))
        mine = requests.DecideVersions(file=file.id, side=Side.MINE, seen=seen, who="Anna")
        assert (await place.one(mine)).outcome is Outcome.DONE
        await at_rest(place, anna, line)
        assert place.journal.hold(file.id) is not None
        assert (await anna.file(file.id)).file.lock is not None


async def test_a_check_out_that_waits_for_a_program_has_its_lock_when_that_closes_the_file(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    line, program = Line(), HeldByProgram()
    async with workplace(anna, tmp_path, around=line, make_disk=shimmed(program)) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        await revised(tomas, file, WORK)
        await given_up(place, line, file)
        program.names.add(file.filename)
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.WAITS
        await at_rest(place, anna, line)
        assert (await anna.file(file.id)).file.lock is not None
        program.names.clear()
        await turns(place)
        assert place.journal.hold(file.id) is not None
        assert on_disk(place, file).read_bytes() == WORK
        assert place.journal.unfinished() == []
