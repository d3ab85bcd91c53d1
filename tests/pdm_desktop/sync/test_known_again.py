"""The journal was lost: what lies in the workspace and is a revision of the vault's is a copy again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync import recognised
from pdm_desktop.sync.events import StrangersSeen
from server.protocol.calls import FilesSeen
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, added, edited, force, on_disk, revised
from tests.support.seat_parts import Workplace, workplace

LATER = FIRST * 2
LONG = 5.0
"""Seconds after which somebody waits for another, where nothing else takes long."""
LONG = 5.0
"""Seconds after which somebody waits for another, where nothing else takes long."""


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


class AtStates(VaultCalls):
    """`act` is done once, right before it is asked how several files are."""

    def __init__(self, inner: VaultCalls, act: Callable[[], Awaitable[object]]) -> None:
        self._http = inner._http
        self._acts = [act]

    async def states(self, files: Sequence[str]) -> FilesSeen:
        if self._acts:
            await self._acts.pop()()
        return await super().states(files)


async def test_nobody_waits_for_a_command_that_begins_with_one_of_them_meanwhile(
    anna: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are looked at some at a time, and a command at one of the later ones may last for hours."""
    four = {(await added(anna, f"{number}.nc")).id for number in range(4)}
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=tuple(four)))
    _lose_journal(tmp_path)
    monkeypatch.setattr(recognised, "BUNDLE_FILES", 2)
    *others, busy = [each for each in (await anna.tree(await anna.vault())).files if each in four]
    begun, over = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:

        async def begin() -> None:
            group.create_task(last_for_hours(), name="command")
            await begun.wait()

        async def last_for_hours() -> None:
            async with place.engine._files.alone(busy):
                begun.set()
                await over.wait()

        async with workplace(anna, tmp_path, around=lambda calls: AtStates(calls, begin)) as place:
            known = group.create_task(in_step(place, anna), name="in step")
            await asyncio.wait([known], timeout=LONG)
            waits, copies = not known.done(), {copy.file for copy in place.journal.copies()}
            over.set()
            await known
            await in_step(place, anna)
            later = {copy.file for copy in place.journal.copies()}
    assert begun.is_set()
    assert (waits, copies) == (False, set(others)), "the others are known again at once"
    assert later == four, "and that one afterwards"


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
