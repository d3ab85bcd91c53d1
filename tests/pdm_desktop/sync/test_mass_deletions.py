"""A person decides what becomes of the copies of very many deleted files."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.issues import MassDeletion
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, nothing_cached
from tests.support.one_file import conflict_of, force, on_disk
from tests.support.seat_parts import Workplace, local_now, workplace

MINE = b"my idea\n"


class Moment:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = local_now()

    def now(self) -> datetime:
        return self.at


async def mass_deletion(place: Workplace, anna: Client, tomas: Client, folder: str) -> tuple[list[File], MassDeletion]:
    vault = await anna.vault()
    many = [(await anna.add(vault, f"{folder}/{n:02}.nc", f"{n}".encode())).file for n in range(22)]
    await place.do(requests.GetLatest(files=tuple(each.id for each in many)))
    for each in many:
        await tomas.delete(each.id)
    await place.engine.compare(await nothing_cached(anna))
    (asked,) = place.issues()
    assert isinstance(asked, MassDeletion)
    return many, asked


async def test_the_copies_go_to_the_recovery_store_when_a_person_says_so(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    many, asked = await mass_deletion(place, anna, tomas, file.folder)
    force(on_disk(place, many[0]), MINE)
    await tomas.restore(many[1].id)
    files = tuple(each.file for each in asked.copies)
    results = {each.file: each for each in await place.do(requests.DecideDeletion(files=files, remove=True))}
    assert results[many[0].id].outcome is Outcome.REFUSED
    assert results[many[1].id].text == "It is in the vault again, so its copy stays."
    assert on_disk(place, many[0]).read_bytes() == MINE
    assert on_disk(place, many[1]).exists()
    assert not any(on_disk(place, each).exists() for each in many[2:])
    assert len(place.kept()) == 20
    assert conflict_of(place).file == many[0].id, "what was edited here is a question of its own"


async def test_the_copies_stay_as_my_own_files_when_a_person_says_so(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    many, asked = await mass_deletion(place, anna, tomas, file.folder)
    files = tuple(each.file for each in asked.copies)
    await place.do(requests.DecideDeletion(files=files, remove=False))
    assert all(on_disk(place, each).stat().st_mode & 0o200 for each in many)
    assert place.kept() == []
    assert place.issues() == ()
    assert all(place.journal.copy(each.id) is None for each in many)
    await place.engine.compare(await nothing_cached(anna))
    assert place.issues() == (), "it is not asked about again"


async def many_deleted(place: Workplace, tomas: Client, folder: str, count: int) -> tuple[list[str], Path]:
    """Tomas deletes so many files that are here, and nobody tells the engine."""
    vault = await tomas.vault()
    files = [each.id for each in (await tomas.add_set(vault, [f"{folder}/{n}.nc" for n in range(count)])).files]
    await place.do(requests.GetLatest(files=tuple(files)))
    for each in files:
        await tomas.delete(each)
    return files, place.root / "Production" / folder


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
async def test_very_many_deletions_of_which_get_latest_hears_wait_as_well(
    place: Workplace, tomas: Client, file: File, together: bool
) -> None:
    files, folder = await many_deleted(place, tomas, file.folder, 30)
    for some in [tuple(files)] if together else [(each,) for each in files]:
        await place.do(requests.GetLatest(files=some))
    waiting = 30 if together else 10
    assert len(list(folder.iterdir())) == waiting
    (asked,) = place.issues()
    assert isinstance(asked, MassDeletion)
    assert len(asked.copies) == waiting


async def test_deletions_that_wait_for_a_person_do_so_after_a_restart_as_well(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        files, folder = await many_deleted(place, tomas, file.folder, 25)
        await place.engine.compare(await nothing_cached(anna))
        await place.do(requests.DecideDeletion(files=tuple(files[:6]), remove=True))
        (before,) = place.issues()
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == (before,), "it is asked again before the server is"
        await in_step(place, anna)
        assert len(list(folder.iterdir())) == 19
        assert isinstance(before, MassDeletion)
        await place.do(requests.DecideDeletion(files=tuple(each.file for each in before.copies), remove=True))
        assert place.issues() == ()
        assert not list(folder.iterdir())
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == ()


@pytest.mark.parametrize("minutes", [0, 11], ids=["just before", "long before"])
async def test_deletions_that_were_followed_before_a_restart_count(
    anna: Client, tomas: Client, tmp_path: Path, file: File, minutes: int
) -> None:
    """N11: so many within ten minutes ask a person, whoever tells of them when."""
    clock = Moment()
    async with workplace(anna, tmp_path, clock=clock) as place:
        vault = await tomas.vault()
        files = [each.id for each in (await tomas.add_set(vault, [f"{file.folder}/{n}.nc" for n in range(36)])).files]
        folder = place.root / "Production" / file.folder
        await place.do(requests.GetLatest(files=tuple(files)))
    for some, left in ((files[:18], 18), (files[18:], 0 if minutes else 18)):
        for each in some:
            await tomas.delete(each)
        async with workplace(anna, tmp_path, clock=clock) as place:
            await in_step(place, anna)
            assert len(list(folder.iterdir())) == left
            asked = [len(issue.copies) for issue in place.issues() if isinstance(issue, MassDeletion)]
        clock.at += timedelta(minutes=minutes)
    assert asked == ([] if minutes else [18])
