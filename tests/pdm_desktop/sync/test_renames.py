"""A copy that a person renamed with another program: told as what it is, and nothing follows but by a command (N20)."""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.strangers import Renamed, Stranger
from pdm_desktop.sync.events import StrangersSeen
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import remove
from tests.support.seat_parts import Workplace, workplace


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", b"G0 X0\n")).file


def told(place: Workplace) -> tuple[Stranger, ...]:
    return next(event.files for event in reversed(place.events) if isinstance(event, StrangersSeen))


def put_back(place: Workplace) -> requests.PutNamesBack:
    """What the window asks for, as it was told."""
    (one,) = told(place)
    assert one.was is not None
    return requests.PutNamesBack(files=(one.was.file,), places=(one.full_path,), looks=(one.look,))


def local(place: Workplace, file: File) -> LocalCopy:
    found = place.local(file.id)
    assert isinstance(found, LocalCopy)
    return found


async def renamed_here(place: Workplace, file: File) -> Path:
    """The copy has another name on this computer, and the engine has heard of it."""
    old = place.root / "Production" / file.path
    new = old.with_name("plate-2.nc")
    old.rename(new)
    await place.engine.changed([f"Production/{file.path}", f"Production/{file.folder}/plate-2.nc"])
    return new


async def test_a_renamed_copy_is_told_as_what_it_was(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    before = (await anna.tree(await anna.vault())).head
    await renamed_here(place, file)
    (one,) = told(place)
    assert one.was == Renamed(file=file.id, path=file.path)
    assert local(place, file).missing
    assert (await anna.tree(await anna.vault())).head == before


async def test_the_same_size_and_time_with_other_content_is_another_file(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    new = await renamed_here(place, file)
    look = new.stat()
    new.chmod(0o600)
    new.write_bytes(b"G9 X9\n")
    os.utime(new, ns=(look.st_atime_ns, look.st_mtime_ns))
    new.rename(new.with_name("other.nc"))
    await place.engine.scan()
    (one,) = told(place)
    assert one.was is None


async def test_edited_work_that_was_renamed_is_known_again(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    (place.root / "Production" / file.path).write_bytes(b"edited work\n")
    await place.engine.changed([f"Production/{file.path}"])
    await renamed_here(place, file)
    (one,) = told(place)
    assert one.was == Renamed(file=file.id, path=file.path)


async def test_renamed_in_the_vault_it_is_the_copy_again(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    await renamed_here(place, file)
    (one,) = told(place)
    result = await place.one(requests.Rename(file=file.id, path=one.path))
    assert result.outcome is Outcome.DONE
    assert (await anna.file(file.id)).file.path == one.path
    assert told(place) == ()
    assert local(place, file) == LocalCopy(base=(1, 0), path=one.full_path)


async def test_its_name_is_put_back(place: Workplace, anna: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    new = await renamed_here(place, file)
    result = await place.one(put_back(place))
    assert (result.outcome, result.text) == (Outcome.DONE, "plate-2.nc is plate.nc again.")
    assert not new.exists()
    assert not local(place, file).missing
    assert told(place) == ()
    assert (await anna.file(file.id)).file.path == file.path


async def test_no_name_is_put_back_to_what_came_there_since_it_was_seen(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    new = await renamed_here(place, file)
    asked = put_back(place)
    remove(new)
    new.write_bytes(b"my own notes\n")
    result = await place.one(asked)
    assert (result.outcome, result.text) == (
        Outcome.REFUSED,
        "plate-2.nc was saved meanwhile, so it keeps its name.",
    )
    assert new.read_bytes() == b"my own notes\n"
    assert not (place.root / "Production" / file.path).exists()


async def test_edited_work_that_was_renamed_in_both_places_is_checked_in(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    (place.root / "Production" / file.path).write_bytes(b"edited work\n")
    await place.engine.changed([f"Production/{file.path}"])
    await renamed_here(place, file)
    (one,) = told(place)
    await place.do(requests.Rename(file=file.id, path=one.path, look=one.look))
    assert told(place) == ()
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
    assert await anna.content(file.id) == b"edited work\n"


async def test_another_file_that_has_the_name_by_then_is_not_the_renamed_one(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    (place.root / "Production" / file.path).write_bytes(b"edited work\n")
    await place.engine.changed([f"Production/{file.path}"])
    new = await renamed_here(place, file)
    (one,) = told(place)
    new.write_bytes(b"my own notes\n")
    await place.do(requests.Rename(file=file.id, path=one.path, look=one.look))
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.REFUSED
    assert new.read_bytes() == b"my own notes\n"


async def test_no_name_is_put_back_over_another_file(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    new = await renamed_here(place, file)
    old = place.root / "Production" / file.path
    old.write_bytes(b"somebody's own\n")
    result = await place.one(put_back(place))
    assert result.outcome is Outcome.REFUSED
    assert (old.read_bytes(), new.read_bytes()) == (b"somebody's own\n", b"G0 X0\n")


async def test_nothing_outside_the_workspace_becomes_a_copy(place: Workplace, file: File, tmp_path: Path) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    remove(place.root / "Production" / file.path)
    outside = tmp_path / "outside.nc"
    outside.write_bytes(b"G0 X0\n")
    look = outside.stat().st_size, outside.stat().st_mtime_ns
    for way in (outside, place.root / "Production" / ".." / ".." / "outside.nc"):
        result = await place.one(requests.PutNamesBack(files=(file.id,), places=(str(way),), looks=(look,)))
        assert result.outcome is Outcome.REFUSED
    assert outside.exists()


async def test_a_missing_copy_is_brought_again(place: Workplace, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    remove(place.root / "Production" / file.path)
    await place.engine.changed([f"Production/{file.path}"])
    assert local(place, file).missing
    await place.do(requests.GetLatest(files=(file.id,)))
    assert not local(place, file).missing
