"""A file goes from one seat to another with the work that is saved: parked first, then handed over, placed there."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.left_work import LeftWork
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import RequestFinished, WorkLeft
from pdm_desktop.sync.intent import Intent, Kind
from server.protocol import calls
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.fs_shim import HeldByProgram, shimmed
from tests.support.meanwhile import in_step, seq, tell
from tests.support.one_file import FIRST, WORK, edited, force, on_disk
from tests.support.seat_parts import Workplace, content_of, workplace

LATER = b"what Tomas made of it\n"


class Losing(VaultCalls):
    """A vault whose answers to one call are lost on their way."""

    def __init__(self, inner: VaultCalls, call: str) -> None:
        self._http = inner._http
        self.call: str | None = call

    async def park(self, file: str, body: calls.ParkWork, key: str) -> calls.ParkedWork:
        done = await super().park(file, body, key)
        self._lose("park")
        return done

    async def transfer(self, file: str, body: calls.TransferFile, key: str) -> calls.FileState:
        done = await super().transfer(file, body, key)
        self._lose("transfer")
        return done

    def _lose(self, call: str) -> None:
        if self.call == call:
            raise Unreachable("The answer was lost.")


@asynccontextmanager
async def seats(anna: Client, tomas: Client, folder: Path) -> AsyncIterator[tuple[Workplace, Workplace]]:
    async with workplace(anna, folder / "anna") as annas, workplace(tomas, folder / "tomas") as toms:
        yield annas, toms


async def hand_over(place: Workplace, file: File, to: str = "Tomas") -> FileResult:
    return await place.one(requests.Transfer(file=file.id, to=to))


def last_words(place: Workplace) -> FileResult:
    told = [event for event in place.events if isinstance(event, RequestFinished)][-1]
    return told.finished.results[0]


def may_be_written(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o200)


async def force_release(client: Client, file: File, give_to: str | None = None) -> None:
    async with signed_in(client.address, "Eva") as eva:
        held = await eva.file(file.id)
        assert held.file.lock is not None
        wish = calls.ForceRelease(token=held.file.lock.token, reason="Anna is on holiday until May.", give_to=give_to)
        await eva.change("POST", f"/files/{file.id}/force", wish)


async def test_the_saved_work_comes_along_and_is_checked_in_on_top(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        mine = await edited(annas, file)
        since = await seq(tomas)
        result = await hand_over(annas, file)
        assert (result.outcome, result.kept) == (Outcome.DONE, True)
        assert result.text.startswith(f"Tomas has {file.filename} now, with what you saved.")
        assert (mine.read_bytes(), may_be_written(mine)) == (FIRST, False)
        assert annas.kept() == [WORK]
        assert annas.journal.hold(file.id) is None
        await tell(toms, tomas, since)
        his = on_disk(toms, file)
        assert (his.read_bytes(), may_be_written(his)) == (WORK, True)
        assert last_words(toms).text.endswith(f"{file.filename} is yours now, with what Anna saved.")
        done = await toms.one(requests.CheckIn(files=(file.id,), comment="finished"))
        assert done.outcome is Outcome.DONE
        assert await tomas.content(file.id) == WORK
        assert (await tomas.file(file.id)).file.head.number == "1.1"
        for client, place in ((anna, annas), (tomas, toms)):
            assert [each for each in await client.parked() if each.file == file.id] == []
            assert place.journal.unfinished() == []


async def test_without_edits_only_the_lock_goes(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await annas.one(requests.CheckOut(files=(file.id,)))
        since = await seq(tomas)
        assert (await hand_over(annas, file)).text == f"Tomas has {file.filename} now."
        await tell(toms, tomas, since)
        assert (on_disk(toms, file).read_bytes(), may_be_written(on_disk(toms, file))) == (FIRST, True)
        assert last_words(toms).text.endswith(f"{file.filename} is yours now, at Rev 1.0.")
        assert [each for each in await anna.parked() if each.file == file.id] == []


async def test_who_was_away_finds_it_when_the_seat_is_in_step(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path / "anna") as annas:
        await edited(annas, file)
        await hand_over(annas, file)
    async with workplace(tomas, tmp_path / "tomas") as toms:
        await in_step(toms, tomas)
        assert on_disk(toms, file).read_bytes() == WORK
        assert toms.journal.hold(file.id) is not None
        said = len(toms.events)
        await in_step(toms, tomas)
        assert not any(isinstance(event, RequestFinished) for event in toms.events[said:])


async def test_what_the_receiver_had_edited_goes_aside(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await toms.one(requests.GetLatest(files=(file.id,)))
        force(on_disk(toms, file), b"an idea of Tomas\n")
        await edited(annas, file)
        since = await seq(tomas)
        await hand_over(annas, file)
        await tell(toms, tomas, since)
        assert on_disk(toms, file).read_bytes() == WORK
        assert toms.kept() == [b"an idea of Tomas\n"]
        assert "What was here before is kept in" in last_words(toms).text


async def test_a_file_that_a_program_may_still_write_is_not_handed_over(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
        with path.open("ab"):
            result = await hand_over(place, file)
        assert "may still write it, so it was not handed over" in result.text
        await assert_as_before(place, anna, file, path)


async def test_a_file_that_a_program_keeps_for_itself_is_not_handed_over(
    anna: Client, tmp_path: Path, file: File
) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        path = await edited(place, file)
        program.names.add(file.filename)
        result = await hand_over(place, file)
        program.names.clear()
        assert (result.outcome, "in use by a program" in result.text) == (Outcome.REFUSED, True)
        await assert_as_before(place, anna, file, path)


async def assert_as_before(place: Workplace, anna: Client, file: File, path: Path) -> None:
    """Anna has it with her work, and nothing is begun."""
    assert (content_of(path), may_be_written(path)) == (WORK, True)
    lock = (await anna.file(file.id)).file.lock
    assert lock is not None
    assert lock.locked_by == "Anna"
    assert place.journal.unfinished() == []
    assert [each for each in await anna.parked() if each.file == file.id] == []


async def test_who_cannot_have_it_leaves_everything_as_it_was(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
        result = await hand_over(place, file, "Nobody")
        assert (result.outcome, "cannot go to Nobody" in result.text) == (Outcome.REFUSED, True)
        await assert_as_before(place, anna, file, path)
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE


@pytest.mark.parametrize("lost", ["park", "transfer"])
async def test_a_lost_answer_is_asked_for_again_and_it_happens_once(
    anna: Client, tomas: Client, tmp_path: Path, file: File, lost: str
) -> None:
    vaults: list[Losing] = []

    def around(inner: VaultCalls) -> Losing:
        vaults.append(Losing(inner, lost))
        return vaults[-1]

    async with workplace(anna, tmp_path, around=around) as place:
        path = await edited(place, file)
        result = await hand_over(place, file)
        assert result.outcome is Outcome.UNFINISHED
        vaults[0].call = None
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert (path.read_bytes(), may_be_written(path)) == (FIRST, False)
        lock = (await anna.file(file.id)).file.lock
        assert lock is not None
        assert lock.locked_by == "Tomas"
        [version] = [each for each in await tomas.parked() if each.file == file.id]
        assert await tomas.parked_content(version.id) == WORK


async def test_work_that_comes_later_is_waited_for_in_words_and_placed_then(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        assert on_disk(toms, file).read_bytes() == FIRST
        assert "What Anna may have saved is not here yet" in last_words(toms).text
        await toms.engine.run(requests.ListParked(), {})
        assert on_disk(toms, file).read_bytes() == FIRST
        await tell(annas, anna, since)
        await toms.engine.run(requests.ListParked(), {})
        assert (on_disk(toms, file).read_bytes(), may_be_written(on_disk(toms, file))) == (WORK, True)
        assert last_words(toms).text.endswith(f"What Anna saved in {file.filename} has come, and is in it now.")
        await toms.one(requests.CheckIn(files=(file.id,)))
        assert await tomas.content(file.id) == WORK


async def test_what_a_forced_check_out_left_is_parked_though_the_file_comes_back_to_its_seat(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(tomas, tmp_path / "tomas") as toms:
        async with workplace(anna, tmp_path / "anna") as annas:
            await edited(annas, file)
            since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        assert (await hand_over(toms, file, to="Anna")).outcome is Outcome.DONE
        async with workplace(anna, tmp_path / "anna") as annas:
            await in_step(annas, anna)
            assert annas.journal.hold(file.id) is not None
            [version] = [each for each in await anna.parked() if each.file == file.id]
            assert await anna.parked_content(version.id) == WORK


async def test_what_is_saved_while_the_work_is_fetched_is_kept_and_told(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        await tell(annas, anna, since)
        vault = toms.engine._commands.parked._vault
        fetch = vault.parked_content

        def fetch_while_somebody_saves(parked: str, *, start: int = 0) -> AbstractAsyncContextManager[Any]:
            on_disk(toms, file).write_bytes(LATER)
            return fetch(parked, start=start)

        with patch.object(vault, "parked_content", fetch_while_somebody_saves):
            await toms.engine.run(requests.ListParked(), {})
        assert on_disk(toms, file).read_bytes() == WORK
        assert LATER in toms.kept()
        assert "What was here before is kept in " in last_words(toms).text


async def test_work_that_comes_after_an_edit_stays_parked_and_is_offered(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        on_disk(toms, file).write_bytes(LATER)
        await tell(annas, anna, since)
        for _ in range(2):
            await toms.engine.run(requests.ListParked(), {})
            assert on_disk(toms, file).read_bytes() == LATER
        assert "was edited here already. What Anna saved stays parked." in last_words(toms).text
        [version] = [each for each in await tomas.parked() if each.file == file.id]
        assert await tomas.parked_content(version.id) == WORK
        assert (toms.journal.awaited(), toms.journal.unfinished()) == ({}, [])


async def test_who_was_forced_to_let_go_is_told_by_whom_why_and_where_the_work_is(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
        since = await seq(anna)
        await force_release(anna, file)
        await tell(place, anna, since)
        [left] = [event.left for event in place.events if isinstance(event, WorkLeft)]
        assert isinstance(left, LeftWork)
        assert (left.ended_by, left.reason, left.by) == ("Eva", "Anna is on holiday until May.", None)
        [version] = [each for each in await anna.parked() if each.file == file.id]
        assert await anna.parked_content(version.id) == WORK
        assert (path.read_bytes(), may_be_written(path)) == (WORK, False)


async def test_edits_that_were_made_meanwhile_stay_and_the_work_stays_parked(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    """The seat has the lock and the head, and ends before the work is here; its person goes on in the meantime."""
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await hand_over(annas, file)
        await toms.one(requests.GetLatest(files=(file.id,)))
        state = await tomas.file(file.id)
        assert state.file.lock is not None
        receiving = toms.engine._commands.receiving
        receiving._take_down(state, state.file.lock)
        toms.journal.begin(_received(state))
        force(on_disk(toms, file), LATER)
        await toms.engine.go_on()
        assert on_disk(toms, file).read_bytes() == LATER
        assert "was edited here already" in last_words(toms).text
        [version] = [each for each in await tomas.parked() if each.file == file.id]
        assert await tomas.parked_content(version.id) == WORK
        assert toms.journal.unfinished() == []
        await tell(toms, tomas, since)


def _received(state: calls.FileState) -> Intent:
    assert state.file.lock is not None
    return Intent(
        key="k", kind=Kind.RECEIVE, file=state.file.id, path=state.file.path, fields={"token": state.file.lock.token}
    )
