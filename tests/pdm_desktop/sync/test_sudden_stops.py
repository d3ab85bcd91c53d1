"""What a sudden stop has left in a copy is doubted until its person says what it is, whatever is done with the file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.issues import Doubt
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import FIRST, added, force, on_disk
from tests.support.seat_parts import Workplace, workplace

TORN, SAVED = b"\0" * 360, b"what was saved at last\n"


@pytest.fixture
async def torn(anna: Client, tmp_path: Path, file: File) -> AsyncIterator[Workplace]:
    """The next start after a stop that has torn the file's copy."""
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        force(on_disk(place, file), TORN)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await in_step(place, anna)
        yield place


def doubt_of(place: Workplace) -> Doubt:
    doubts = [issue for issue in place.issues() if isinstance(issue, Doubt)]
    assert [doubt.why for doubt in doubts] == [Suspicion.AFTER_CRASH]
    return doubts[0]


@pytest.mark.parametrize("of_set", [False, True])
async def test_a_check_out_asks_first_about_what_is_doubted(
    torn: Workplace, anna: Client, file: File, of_set: bool
) -> None:
    files = (file.id, (await added(anna)).id) if of_set else (file.id,)
    result = (await torn.do(requests.CheckOut(files=files, together=of_set)))[0]
    assert result.outcome is Outcome.REFUSED
    assert result.text == "plate.nc is not what was written before this computer or program stopped suddenly."
    assert result.advice is not None
    assert "Needs you" in result.advice
    assert (await anna.file(file.id)).file.lock is None
    assert on_disk(torn, file).read_bytes() == TORN
    doubt_of(torn)


async def test_what_is_doubted_is_not_checked_in_however_its_lock_came_here(
    torn: Workplace, anna: Client, file: File
) -> None:
    await anna.check_out(file.id)  # of this very seat, and the engine learns it from the vault
    await in_step(torn, anna)
    await turns(torn)
    for online in (True, False):
        if not online:
            await torn.engine.away()
        result = await torn.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED
        assert "stopped suddenly" in result.text
    assert await anna.content(file.id) == FIRST
    assert doubt_of(torn).mine.size == len(TORN)


async def test_what_its_person_calls_right_is_checked_out_and_in(torn: Workplace, anna: Client, file: File) -> None:
    await torn.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt_of(torn).seen))
    assert (await torn.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
    assert (await torn.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == TORN


async def test_what_is_saved_since_is_an_edit_like_any_other(torn: Workplace, anna: Client, file: File) -> None:
    force(on_disk(torn, file), SAVED)
    assert (await torn.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
    assert (await torn.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == SAVED


async def test_work_that_was_checked_out_at_the_stop_is_an_edit(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(SAVED)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await in_step(place, anna)
        assert place.issues() == ()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."


@pytest.mark.parametrize("seen_by", ["a walk", "a check-out", "a check-out of a set"])
async def test_what_is_seen_only_later_is_doubted_too(anna: Client, tmp_path: Path, file: File, seen_by: str) -> None:
    """Its folder was away when the workspace was looked at first, as a drive that comes late, and comes back torn."""
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
        force(path, TORN)
        away = place.root.with_name("away")
        path.parent.rename(away)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await in_step(place, anna)
        await turns(place)
        away.rename(path.parent)
        if seen_by == "a walk":
            await place.engine.scan()
        else:
            files = (file.id, (await added(anna)).id) if seen_by.endswith("set") else (file.id,)
            results = await place.do(requests.CheckOut(files=files, together=len(files) > 1))
            assert results[0].outcome is Outcome.REFUSED
        doubt_of(place)
    async with workplace(anna, tmp_path) as place:
        doubt_of(place)
