"""What is put back from the recovery store takes no place that a copy belongs in, also while no file is there."""

from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.events import KeptRead
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import WORK, edited, on_disk, remove
from tests.support.seat_parts import Workplace

SAVED = b"saved by a program\n"


async def put_back(place: Workplace) -> FileResult:
    """What is in the store goes back."""
    await place.engine.run(requests.ListKept(), {})
    (kept,) = next(event.files for event in reversed(place.events) if isinstance(event, KeptRead))
    result = await place.one(requests.PutBack(kept=(kept.id,)))
    assert result.outcome is Outcome.DONE
    return result


async def undone(place: Workplace, file: File) -> Path:
    """Work whose check-out was undone."""
    path = await edited(place, file)
    await place.do(requests.UndoCheckOut(files=(file.id,)))
    assert place.kept() == [WORK]
    return path


def beside(path: Path) -> list[bytes]:
    return [each.read_bytes() for each in path.parent.iterdir() if each != path]


async def test_a_program_that_saves_just_then_does_not_end_what_is_put_back(place: Workplace, file: File) -> None:
    """Programs save by removing the file and giving its name to a new one: for an instant there is none."""
    path = await undone(place, file)
    await place.do(requests.CheckOut(files=(file.id,)))
    new = path.with_name("plate.new")
    new.write_bytes(SAVED)
    remove(path)
    await put_back(place)
    new.replace(path)
    assert path.read_bytes() == SAVED
    assert beside(path) == [WORK]


async def test_what_is_put_back_is_no_edit_of_another_file(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    """Its file was deleted, another one has its path by now, and that one's copy is missing just then."""
    path = await undone(place, file)
    since = await seq(tomas)
    remove(path)  # so that nothing else comes to the store with the deletion
    await tomas.delete(file.id)
    await tell(place, tomas, since)
    other = (await tomas.add(await tomas.vault(), file.path, b"another file")).file
    await place.do(requests.GetLatest(files=(other.id,)))
    remove(path)
    await put_back(place)
    await in_step(place, anna)
    await turns(place)
    assert beside(path) == [WORK]
    await place.one(requests.CheckOut(files=(other.id,)))
    result = await place.one(requests.CheckIn(files=(other.id,)))
    assert await anna.content(other.id) == b"another file", result
    assert (await anna.file(other.id)).file.head.number == "1.0"


@pytest.mark.parametrize("is_held", [True, False])
async def test_it_goes_beside_its_own_copy_that_is_missing(place: Workplace, file: File, *, is_held: bool) -> None:
    path = await undone(place, file)
    if is_held:
        await place.do(requests.CheckOut(files=(file.id,)))
    remove(path)
    result = await put_back(place)
    assert not path.exists()
    assert beside(path) == [WORK]
    assert " (kept " in result.text


async def test_a_second_name_that_belongs_to_a_copy_is_not_taken_either(
    place: Workplace, anna: Client, file: File
) -> None:
    path = await undone(place, file)
    await place.engine.run(requests.ListKept(), {})
    kept = next(event.files[0] for event in reversed(place.events) if isinstance(event, KeptRead))
    name = f"plate (kept {kept.at:%Y-%m-%d %H.%M}).nc"
    named = (await anna.add(await anna.vault(), f"{file.folder}/{name}", b"of the vault")).file
    await place.do(requests.GetLatest(files=(named.id,)))
    remove(on_disk(place, named))
    await put_back(place)
    assert not on_disk(place, named).exists()
    assert beside(path) == [WORK]


async def test_where_no_copy_belongs_it_goes_where_it_came_from(place: Workplace, tomas: Client, file: File) -> None:
    path = await undone(place, file)
    remove(path)
    since = await seq(tomas)
    await tomas.delete(file.id)
    await tell(place, tomas, since)
    assert (await put_back(place)).text == f"Put back as {path}."
    assert path.read_bytes() == WORK
