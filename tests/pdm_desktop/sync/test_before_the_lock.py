"""What was edited here before its check-out: another revision may come between the look at it and the lock."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.meanwhile import Meanwhiles, in_step, seq, tell
from tests.support.one_file import FIRST, WORK, conflict_of, force, on_disk, revised
from tests.support.seat_parts import Workplace, workplace
from tests.support.server import RealServer

LATER = b"G1 X1\n" * 50


@pytest.fixture
def vaults() -> Meanwhiles:
    return Meanwhiles()


@pytest.fixture
async def place(anna: Client, tmp_path: Path, vaults: Meanwhiles) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path, around=vaults) as made:
        yield made


async def edited_without_a_lock(place: Workplace, file: File) -> Path:
    await place.do(requests.GetLatest(files=(file.id,)))
    path = on_disk(place, file)
    force(path, WORK)
    return path


async def test_a_check_out_asks_first_when_the_head_goes_on_before_its_lock(
    place: Workplace, tomas: Client, file: File, vaults: Meanwhiles
) -> None:
    path = await edited_without_a_lock(place, file)
    vaults[0].before["check_out"] = lambda: revised(tomas, file, LATER)
    result = await place.one(requests.CheckOut(files=(file.id,)))
    assert (result.outcome, path.read_bytes(), place.kept()) == (Outcome.REFUSED, WORK, [])
    assert result.text == (
        "plate.nc is not checked out here. plate.nc was edited here from Rev 1.0, and Tomas checked in Rev 1.1."
    )
    assert (await tomas.file(file.id)).file.lock is None
    assert (place.journal.hold(file.id), place.journal.unfinished()) == (None, [])
    assert conflict_of(place).theirs is not None


async def test_a_lock_of_such_a_check_out_is_given_back_as_soon_as_the_server_takes_it(
    place: Workplace, tomas: Client, file: File, vaults: Meanwhiles
) -> None:
    path = await edited_without_a_lock(place, file)
    vaults[0].before["check_out"] = lambda: revised(tomas, file, LATER)
    vaults[0].errors["undo"] = Unreachable("No server answers.", sent=False)
    result = await place.one(requests.CheckOut(files=(file.id,)))
    assert "plate.nc stays checked out by you until the server answers" in result.text
    vaults[0].errors.clear()
    await place.engine.go_on()
    assert (await tomas.file(file.id)).file.lock is None
    assert path.read_bytes() == WORK


async def test_a_set_asks_first_when_the_head_of_one_goes_on_before_its_lock(
    place: Workplace, anna: Client, tomas: Client, file: File, vaults: Meanwhiles
) -> None:
    path = await edited_without_a_lock(place, file)
    other = (await anna.add(await anna.vault(), f"{file.folder}/other.nc", FIRST)).file
    vaults[0].before["check_out_set"] = lambda: revised(tomas, file, LATER)
    await place.do(requests.CheckOut(files=(file.id, other.id), together=True))
    assert (path.read_bytes(), place.kept()) == (WORK, [])
    assert (await tomas.file(file.id)).file.lock is None
    assert (await tomas.file(other.id)).file.lock is not None


async def test_what_the_vault_has_by_then_is_no_second_version(
    place: Workplace, tomas: Client, file: File, vaults: Meanwhiles
) -> None:
    """Somebody checked the same content in, from a stick."""
    path = await edited_without_a_lock(place, file)
    vaults[0].before["check_out"] = lambda: revised(tomas, file, WORK)
    result = await place.one(requests.CheckOut(files=(file.id,)))
    assert (result.outcome, path.read_bytes(), place.kept()) == (Outcome.DONE, WORK, [])
    copy = place.journal.copy(file.id)
    assert copy is not None
    assert copy.number == "1.1"


async def test_a_lock_that_is_taken_over_stays_and_the_two_versions_are_asked_about(
    place: Workplace, anna: Client, file: File, vaults: Meanwhiles, shop_server: RealServer
) -> None:
    """The other seat of hers checks in and keeps the file; given back, work that is left there would have no lock."""
    path = await edited_without_a_lock(place, file)
    since = await seq(anna)
    async with signed_in(shop_server.address, "Anna") as laptop:
        held = await laptop.check_out(file.id)

        async def kept() -> None:
            await laptop.check_in(held, LATER, keep=True)

        vaults[0].before["adopt"] = kept
        result = await place.one(requests.Adopt(files=(file.id,)))
    assert "You have the lock of plate.nc" in result.text
    assert (path.read_bytes(), place.kept()) == (WORK, [])
    await tell(place, anna, since)
    await in_step(place, anna)
    assert conflict_of(place).held_here
