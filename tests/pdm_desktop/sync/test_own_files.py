"""A file of the person's own where a file of the vault belongs: not taken for that, and it pushes nobody's work out."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import FileResult, Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, force, on_disk, remove
from tests.support.seat_parts import Workplace

OWN = b"my own notes\n"


async def own_file_in_its_new_place(place: Workplace, file: File, by: Client) -> Path:
    """The file is renamed in the vault, to a name that a file of the person's own has here."""
    own = on_disk(place, file).with_name("notes.nc")
    own.write_bytes(OWN)
    await rename(place, file, by)
    return own


async def rename(place: Workplace, file: File, by: Client) -> None:
    since = await seq(by)
    await by.move(file.id, f"{file.folder}/notes.nc")
    await tell(place, by, since)
    await in_step(place, by)
    await turns(place)


async def get_latest(place: Workplace, file: File) -> FileResult:
    return await place.one(requests.GetLatest(files=(file.id,)))


async def check_out(place: Workplace, file: File) -> FileResult:
    return await place.one(requests.CheckOut(files=(file.id,)))


# The copy is gone from here


async def test_a_check_out_takes_no_own_file_for_a_missing_copy(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    await get_latest(place, file)
    remove(on_disk(place, file))
    own = await own_file_in_its_new_place(place, file, tomas)
    result = await check_out(place, file)
    assert "what was edited here before is still in it" not in result.text
    assert (own.read_bytes(), place.kept()) == (FIRST, [OWN])
    await place.do(requests.CheckIn(files=(file.id,)))
    assert await anna.content(file.id) == FIRST


async def test_get_latest_takes_no_own_file_for_a_missing_copy(place: Workplace, tomas: Client, file: File) -> None:
    await get_latest(place, file)
    remove(on_disk(place, file))
    own = await own_file_in_its_new_place(place, file, tomas)
    await get_latest(place, file)
    assert (own.read_bytes(), place.kept()) == (FIRST, [OWN])


async def test_work_that_was_renamed_here_and_in_the_vault_waits_to_be_put_back(
    place: Workplace, anna: Client, file: File
) -> None:
    """What it holds could as well be something else: its person says that it is the work."""
    await check_out(place, file)
    path = on_disk(place, file)
    path.write_bytes(WORK)
    renamed = path.rename(path.with_name("notes.nc"))
    await rename(place, file, anna)
    result = await place.one(requests.CheckIn(files=(file.id,)))
    assert result.outcome is Outcome.REFUSED
    assert renamed.read_bytes() == WORK


async def test_a_copy_that_its_person_renamed_as_the_vault_did_is_known(
    place: Workplace, tomas: Client, file: File
) -> None:
    await get_latest(place, file)
    path = on_disk(place, file)
    path.rename(path.with_name("notes.nc"))
    await rename(place, file, tomas)
    await get_latest(place, file)
    copy = place.journal.copy(file.id)
    assert copy is not None
    assert (copy.where.name, place.kept()) == ("notes.nc", [])


# The copy is here under its old name


@pytest.mark.parametrize("command", [get_latest, check_out])
async def test_an_own_file_stays_while_the_copy_lies_elsewhere(
    place: Workplace, tomas: Client, file: File, command: Callable[[Workplace, File], Awaitable[FileResult]]
) -> None:
    """It would be pushed out for content that is here already."""
    await get_latest(place, file)
    own = await own_file_in_its_new_place(place, file, tomas)
    result = await command(place, file)
    assert f"plate.nc is {file.folder}/notes.nc in the vault by now, and another file has that place" in result.text
    assert (own.read_bytes(), on_disk(place, file).read_bytes(), place.kept()) == (OWN, FIRST, [])
    assert (await tomas.file(file.id)).file.lock is None
    own.rename(own.with_name("my notes.nc"))
    await turns(place)
    assert (await command(place, file)).outcome in (Outcome.DONE, Outcome.UNCHANGED)
    assert own.read_bytes() == FIRST


async def test_undo_keeps_work_in_the_store_though_its_new_name_is_taken(
    place: Workplace, anna: Client, file: File
) -> None:
    """Its holder has renamed it, from another seat."""
    await check_out(place, file)
    on_disk(place, file).write_bytes(WORK)
    own = await own_file_in_its_new_place(place, file, anna)
    result = await place.one(requests.UndoCheckOut(files=(file.id,)))
    assert result.text.startswith("The check-out is undone. plate.nc is ")
    assert "What was here before is kept in" in result.text
    assert (own.read_bytes(), place.kept()) == (OWN, [WORK])
    assert not on_disk(place, file).exists()
    assert place.journal.unfinished() == []


async def test_undo_of_what_is_no_work_leaves_the_copy_until_its_new_name_is_free(
    place: Workplace, anna: Client, file: File
) -> None:
    await check_out(place, file)
    own = await own_file_in_its_new_place(place, file, anna)
    assert (await place.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.DONE
    assert (own.read_bytes(), on_disk(place, file).read_bytes(), place.kept()) == (OWN, FIRST, [])
    own.unlink()
    await turns(place)
    assert own.read_bytes() == FIRST
    assert not on_disk(place, file).exists()


async def test_edits_are_not_left_behind_by_get_latest(place: Workplace, tomas: Client, file: File) -> None:
    await get_latest(place, file)
    path = on_disk(place, file)
    force(path, WORK)
    own = await own_file_in_its_new_place(place, file, tomas)
    assert (await get_latest(place, file)).outcome is Outcome.REFUSED
    assert (own.read_bytes(), path.read_bytes(), place.kept()) == (OWN, WORK, [])
