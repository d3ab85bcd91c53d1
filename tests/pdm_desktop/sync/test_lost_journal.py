"""The journal is lost while this seat has a file checked out: work is known again, an older revision is no work."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import FIRST, WORK, edited, force, on_disk, revised
from tests.support.seat_parts import Workplace, lose_journal, workplace

LATER = b"G1 X1\n" * 50

Begins = Callable[[], AbstractAsyncContextManager[Workplace]]


@pytest.fixture
def without_journal(anna: Client, tmp_path: Path) -> Begins:
    """The next start of the engine, with a new journal."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[Workplace]:
        lose_journal(tmp_path)
        async with workplace(anna, tmp_path) as place:
            await in_step(place, anna)
            await turns(place)
            yield place

    return begin


@pytest.fixture
async def older(anna: Client, tomas: Client, tmp_path: Path, file: File) -> Path:
    """Rev 1.0 is here; Rev 1.1 is the head, and its lock this seat's. Its content has not come."""
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
    await revised(tomas, file, LATER)
    await anna.check_out(file.id)
    return on_disk(place, file)


@pytest.mark.usefixtures("older")
async def test_an_older_revision_is_no_edit(anna: Client, file: File, without_journal: Begins) -> None:
    async with without_journal() as place:
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert (result.outcome, result.text) == (
            Outcome.UNCHANGED,
            "Nothing has changed since Rev 1.1, so that stays the newest; the lock is released.",
        )
        assert on_disk(place, file).read_bytes() == LATER
        assert place.kept() == [], "Rev 1.0 is in the vault"
    assert (await anna.file(file.id)).file.head.number == "1.1"


@pytest.mark.usefixtures("older")
async def test_an_older_revision_that_is_kept_becomes_the_writable_head(
    anna: Client, file: File, without_journal: Begins
) -> None:
    async with without_journal() as place:
        result = await place.one(requests.CheckIn(files=(file.id,), keep=True))
        assert result.text == "Nothing has changed since Rev 1.1; you keep it."
        assert on_disk(place, file).read_bytes() == LATER
        on_disk(place, file).write_bytes(WORK)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.2."
    assert await anna.content(file.id) == WORK


async def test_what_is_no_revision_is_work(anna: Client, file: File, older: Path, without_journal: Begins) -> None:
    force(older, WORK)
    async with without_journal() as place:
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.2."
    assert await anna.content(file.id) == WORK


async def test_work_at_the_head_is_checked_in(
    anna: Client, tmp_path: Path, file: File, without_journal: Begins
) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
    async with without_journal() as place:
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == WORK


async def test_the_head_itself_is_unchanged(anna: Client, tmp_path: Path, file: File, without_journal: Begins) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
    async with without_journal() as place:
        result = await place.one(requests.UndoCheckOut(files=(file.id,)))
        assert result.outcome is Outcome.DONE
        assert on_disk(place, file).read_bytes() == FIRST
        assert place.kept() == []
