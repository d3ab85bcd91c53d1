"""Files and folders that trade names in the vault: their copies follow, one after the other, and nobody's file goes."""

import uuid
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.links import needs_links
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK
from tests.support.seat_parts import Workplace


@pytest.fixture
def base() -> str:
    return f"Jobs/{uuid.uuid4().hex}"


def on_disk(place: Workplace, path: str) -> Path:
    return place.root / "Production" / path


def lying(place: Workplace, base: str) -> dict[str, bytes]:
    """Every file below a folder, by its path from there."""
    root = on_disk(place, base)
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()}


async def here(place: Workplace, client: Client, path: str, content: bytes = FIRST) -> File:
    """A new file of the vault, with its copy."""
    file = (await client.add(await client.vault(), path, content)).file
    await place.do(requests.GetLatest(files=(file.id,)))
    return file


async def caught_up(place: Workplace, client: Client, since: int) -> None:
    await tell(place, client, since)
    await in_step(place, client)
    await turns(place)


# One file


async def test_a_file_that_goes_into_a_folder_of_its_own_name_is_followed(
    place: Workplace, tomas: Client, base: str
) -> None:
    file = await here(place, tomas, f"{base}/plate")
    since = await seq(tomas)
    await tomas.move(file.id, f"{base}/plate/plate.nc")
    await caught_up(place, tomas, since)
    assert lying(place, base) == {"plate/plate.nc": FIRST}


async def test_a_file_that_takes_the_name_of_its_own_folder_is_followed(
    place: Workplace, tomas: Client, base: str
) -> None:
    file = await here(place, tomas, f"{base}/plate/deep/plate.nc")
    since = await seq(tomas)
    await tomas.move(file.id, f"{base}/plate")
    await caught_up(place, tomas, since)
    assert lying(place, base) == {"plate": FIRST}


async def test_work_goes_along_into_a_folder_of_its_own_name_when_its_holder_moves_it(
    place: Workplace, anna: Client, base: str
) -> None:
    file = await here(place, anna, f"{base}/plate")
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, f"{base}/plate").write_bytes(WORK)
    await place.do(requests.Rename(file=file.id, path=f"{base}/plate/plate.nc"))
    assert lying(place, base) == {"plate/plate.nc": WORK}
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE


async def test_the_name_of_its_folder_waits_while_something_of_ones_own_is_in_that(
    place: Workplace, tomas: Client, base: str
) -> None:
    file = await here(place, tomas, f"{base}/plate/plate.nc")
    notes = on_disk(place, f"{base}/plate/notes.txt")
    notes.write_bytes(b"my own\n")
    since = await seq(tomas)
    await tomas.move(file.id, f"{base}/plate")
    await caught_up(place, tomas, since)
    assert lying(place, base) == {"plate/plate.nc": FIRST, "plate/notes.txt": b"my own\n"}
    result = await place.one(requests.GetLatest(files=(file.id,)))
    assert f"is {base}/plate in the vault by now, and another file has that place here" in result.text
    notes.unlink()
    await turns(place)
    assert lying(place, base) == {"plate": FIRST}


async def test_an_own_file_on_the_way_to_a_folder_stays(place: Workplace, tomas: Client, base: str) -> None:
    file = await here(place, tomas, f"{base}/plate.nc")
    own = on_disk(place, f"{base}/sub")
    own.write_bytes(b"my own\n")
    since = await seq(tomas)
    await tomas.move(file.id, f"{base}/sub/plate.nc")
    await caught_up(place, tomas, since)
    assert lying(place, base) == {"plate.nc": FIRST, "sub": b"my own\n"}
    own.rename(own.with_name("my sub"))
    await turns(place)
    assert lying(place, base) == {"sub/plate.nc": FIRST, "my sub": b"my own\n"}


# Several


async def test_a_file_and_a_folder_trade_places(place: Workplace, tomas: Client, base: str) -> None:
    single = await here(place, tomas, f"{base}/one", b"1")
    below = [await here(place, tomas, f"{base}/two/{name}.nc", name.encode()) for name in ("a", "b")]
    since = await seq(tomas)
    await tomas.move(single.id, f"{base}/three")
    for each in below:
        await tomas.move(each.id, f"{base}/one/{each.filename}")
    await tomas.move(single.id, f"{base}/two")
    await in_step(place, tomas)
    await caught_up(place, tomas, since)
    assert lying(place, base) == {"two": b"1", "one/a.nc": b"a", "one/b.nc": b"b"}


async def test_what_trades_with_work_waits_for_that(place: Workplace, tomas: Client, base: str) -> None:
    """Nobody steps aside for what does not go."""
    single = await here(place, tomas, f"{base}/one", b"1")
    below = await here(place, tomas, f"{base}/two/a.nc", b"a")
    work = on_disk(place, f"{base}/two/a.nc")
    work.chmod(0o600)
    work.write_bytes(WORK)
    since = await seq(tomas)
    await tomas.move(single.id, f"{base}/three")
    await tomas.move(below.id, f"{base}/one/a.nc")
    await tomas.move(single.id, f"{base}/two")
    await in_step(place, tomas)
    await caught_up(place, tomas, since)
    assert lying(place, base) == {"one": b"1", "two/a.nc": WORK}


# Folders that copies have left


async def test_an_empty_folder_that_the_program_left_is_in_nobodys_way(
    place: Workplace, tomas: Client, base: str
) -> None:
    file = await here(place, tomas, f"{base}/plate/deep/plate.nc")
    since = await seq(tomas)
    await tomas.move(file.id, f"{base}/other.nc")
    await caught_up(place, tomas, since)
    await here(place, tomas, f"{base}/plate", b"later")
    assert lying(place, base) == {"other.nc": FIRST, "plate": b"later"}


async def test_nor_is_it_in_the_way_of_another_copy(place: Workplace, tomas: Client, base: str) -> None:
    first, second = await here(place, tomas, f"{base}/plate/a.nc"), await here(place, tomas, f"{base}/b.nc", b"b")
    since = await seq(tomas)
    await tomas.move(first.id, f"{base}/a.nc")
    await tomas.move(second.id, f"{base}/plate")
    await caught_up(place, tomas, since)
    assert lying(place, base) == {"a.nc": FIRST, "plate": b"b"}


async def test_a_folder_with_a_file_of_ones_own_stays(place: Workplace, tomas: Client, base: str) -> None:
    notes = on_disk(place, f"{base}/plate/deep/notes.txt")
    notes.parent.mkdir(parents=True)
    (notes.parent / "empty").mkdir()
    notes.write_bytes(b"my own\n")
    file = (await tomas.add(await tomas.vault(), f"{base}/plate", b"later")).file
    assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is not Outcome.DONE
    assert lying(place, base) == {"plate/deep/notes.txt": b"my own\n"}
    assert (notes.parent / "empty").is_dir()


@needs_links
async def test_a_folder_with_a_link_in_it_stays(place: Workplace, tomas: Client, base: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = on_disk(place, f"{base}/plate")
    folder.mkdir(parents=True)
    (folder / "link").symlink_to(outside)
    file = (await tomas.add(await tomas.vault(), f"{base}/plate", b"later")).file
    assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is not Outcome.DONE
    assert outside.is_dir()
    assert (folder / "link").is_symlink()
