"""A check-out waits for a program that has the file open, and the person saves there: nobody decides by the way."""

from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.events import RequestFinished
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import HeldByProgram, shimmed
from tests.support.meanwhile import seq, tell, turns
from tests.support.one_file import FIRST, WORK, conflict_of, force, on_disk, revised
from tests.support.seat_parts import workplace

LATER = FIRST * 2


async def test_what_was_saved_while_it_waited_stays_and_is_asked_about(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    """Rev 1.0 is open in a program, and Rev 1.1 is the head."""
    program = HeldByProgram(reads=True)
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        program.names.add(file.filename)
        since = await seq(tomas)
        await revised(tomas, file, LATER)
        await tell(place, tomas, since)
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.WAITS
        path = on_disk(place, file)
        force(path, WORK)  # saved in the program, and closed there
        program.names.clear()
        await turns(place)
        assert path.read_bytes() == WORK
        assert place.kept() == []
        assert place.journal.unfinished() == []
        assert (await anna.file(file.id)).file.lock is None, "a check-out that did not happen has no lock"
        assert conflict_of(place).mine.full_path == str(path)
        said = [event.finished.results[0].text for event in place.events if isinstance(event, RequestFinished)][-1]
        assert "was edited here from Rev 1.0, and Tomas checked in Rev 1.1" in said


@pytest.mark.parametrize("is_saved", [False, True])
async def test_what_waited_at_the_head_goes_on_with_what_is_there(
    anna: Client, tmp_path: Path, file: File, is_saved: bool
) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        program.names.add(file.filename)
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.WAITS
        path = on_disk(place, file)
        if is_saved:
            force(path, WORK)
        program.names.clear()
        await turns(place)
        assert path.read_bytes() == (WORK if is_saved else FIRST)
        assert place.kept() == []
        assert place.journal.hold(file.id) is not None
