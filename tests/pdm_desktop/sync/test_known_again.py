"""The journal was lost: what lies in the workspace and is a revision of the vault's is a copy again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.events import StrangersSeen
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, edited, force, on_disk, revised
from tests.support.seat_parts import Workplace, workplace

LATER = FIRST * 2


def _lose_journal(folder: Path) -> None:
    for each in folder.glob("journal.sqlite3*"):
        each.unlink()


@asynccontextmanager
async def without_journal(anna: Client, folder: Path) -> AsyncIterator[Workplace]:
    """A start of the program after its journal was lost, in step with the vault."""
    _lose_journal(folder)
    async with workplace(anna, folder) as place:
        await in_step(place, anna)
        await turns(place)
        yield place


def only_here(place: Workplace) -> list[str]:
    return next(([each.path for each in e.files] for e in reversed(place.events) if isinstance(e, StrangersSeen)), [])


def is_writable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o200)


async def test_a_clean_copy_is_known_again_and_follows(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    async with without_journal(anna, tmp_path) as place:
        assert only_here(place) == []
        since = await seq(tomas)
        await revised(tomas, file, LATER)
        await tell(place, tomas, since)
        assert on_disk(place, file).read_bytes() == LATER
        assert place.kept() == []


async def test_many_are_known_again_together(anna: Client, tmp_path: Path, files: list[File]) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=tuple(each.id for each in files)))
    async with without_journal(anna, tmp_path) as place:
        assert only_here(place) == []
        assert {copy.file for copy in place.journal.copies()} == {each.id for each in files}


async def test_a_clean_copy_of_an_older_revision_gets_the_head(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    for content in (LATER, LATER * 2):
        await revised(tomas, file, content)
    async with without_journal(anna, tmp_path) as place:
        assert on_disk(place, file).read_bytes() == LATER * 2
        assert place.kept() == []
        assert only_here(place) == []


@pytest.mark.parametrize("content", [WORK, FIRST], ids=["no revision", "an older one"])
async def test_what_a_person_may_have_put_there_is_no_copy(
    anna: Client, tomas: Client, tmp_path: Path, file: File, content: bytes
) -> None:
    """It can be written, so it is not as the program leaves its copies: nothing takes its place (N1, N12)."""
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        path = on_disk(place, file)
    force(path, content)
    await revised(tomas, file, LATER)
    async with without_journal(anna, tmp_path) as place:
        assert place.journal.copy(file.id) is None
        assert path.read_bytes() == content
        assert is_writable(path)


async def test_what_is_checked_out_and_not_edited_is_checked_out_again(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
    async with without_journal(anna, tmp_path) as place:
        assert only_here(place) == []
        path = on_disk(place, file)
        assert is_writable(path)
        path.write_bytes(WORK)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
        assert await anna.content(file.id) == WORK


async def test_checked_out_work_stays_and_can_be_checked_in(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
    async with without_journal(anna, tmp_path) as place:
        assert path.read_bytes() == WORK
        assert is_writable(path)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        assert await anna.content(file.id) == WORK


async def test_a_persons_own_file_stays_one(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        own = on_disk(place, file).with_name("notes.txt")
        own.parent.mkdir(parents=True)
        own.write_bytes(FIRST)
        own.chmod(0o400)
    async with without_journal(anna, tmp_path) as place:
        assert only_here(place) == [f"{file.folder}/notes.txt"]
        assert place.journal.copies() == []
