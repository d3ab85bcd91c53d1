"""A command for a file that was deleted in the vault meanwhile says so: nothing comes, and work is asked about."""

from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.intent import Intent, Kind
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import seq, tell, turns
from tests.support.one_file import FIRST, WORK, added, conflict_of, force, on_disk, remove
from tests.support.seat_parts import Workplace


async def brought(place: Workplace, file: File) -> Path:
    await place.do(requests.GetLatest(files=(file.id,)))
    return on_disk(place, file)


async def test_get_latest_asks_about_work_on_a_file_that_was_deleted(
    place: Workplace, tomas: Client, file: File
) -> None:
    path = await brought(place, file)
    force(path, WORK)
    await tomas.delete(file.id)
    result = await place.one(requests.GetLatest(files=(file.id,)))
    assert result.outcome is Outcome.REFUSED
    assert result.text == "plate.nc was edited here from Rev 1.0, and it is deleted in the vault."
    assert (path.read_bytes(), place.kept()) == (WORK, [])
    both = requests.DecideVersions(file=file.id, side=Side.BOTH, seen=conflict_of(place).seen, who="Anna")
    assert (await place.one(both)).outcome is Outcome.DONE
    assert [each.read_bytes() for each in path.parent.iterdir()] == [WORK]


@pytest.mark.parametrize("is_here", [True, False])
async def test_get_latest_of_a_file_that_was_deleted_brings_nothing(
    place: Workplace, tomas: Client, file: File, is_here: bool
) -> None:
    path = await brought(place, file)
    if not is_here:
        remove(path)
    await tomas.delete(file.id)
    result = await place.one(requests.GetLatest(files=(file.id,)))
    assert (result.outcome, result.text) == (Outcome.REFUSED, "plate.nc is deleted in the vault.")
    await turns(place)
    assert not path.exists()
    assert place.kept() == ([FIRST] if is_here else [])
    assert place.journal.copy(file.id) is None


async def test_several_say_which_of_them_was_deleted(place: Workplace, anna: Client, tomas: Client, file: File) -> None:
    others = [await added(anna), await added(anna)]
    await tomas.delete(file.id)
    results = await place.do(requests.GetLatest(files=(file.id, *(each.id for each in others))))
    assert [each.outcome for each in results] == [Outcome.REFUSED, Outcome.DONE, Outcome.DONE]
    assert not on_disk(place, file).exists()


async def test_a_file_that_was_deleted_is_not_opened(place: Workplace, tomas: Client, file: File) -> None:
    await tomas.delete(file.id)
    result = await place.one(requests.OpenFile(file=file.id))
    assert result.text == "plate.nc is deleted in the vault."
    assert place.opened.files == []


async def test_a_check_out_asks_about_work_on_a_file_that_was_deleted(
    place: Workplace, tomas: Client, file: File
) -> None:
    path = await brought(place, file)
    force(path, WORK)
    since = await seq(tomas)
    await tomas.delete(file.id)
    result = await place.one(requests.CheckOut(files=(file.id,)))
    assert "it is deleted in the vault" in result.text
    await tell(place, tomas, since)
    assert (path.read_bytes(), place.kept()) == (WORK, [])
    assert conflict_of(place).theirs is None


async def test_a_get_latest_that_waited_for_a_program_ends_when_the_file_is_deleted(
    place: Workplace, tomas: Client, file: File
) -> None:
    path = await brought(place, file)
    await tomas.delete(file.id)
    place.journal.begin(Intent(key="1", kind=Kind.GET_LATEST, file=file.id, path=file.path))
    await place.do(requests.GetLatest(files=(file.id,)))
    assert place.journal.unfinished() == []
    assert not path.exists()
