"""Nothing of what is handed over is lost or replaced unsaid, whatever comes between; and nobody waits for nothing."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Cancelled, Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.events import RequestFinished, TransferMoved, TroubleMet, WorkLeft
from pdm_desktop.sync.facts import Hold
from pdm_desktop.sync.news import Truth
from pdm_desktop.sync.reconcile import MISSING
from server.protocol import calls
from server.protocol.vault import File, Role
from tests.pdm_desktop.sync.test_handing_over import (
    LATER,
    force_release,
    hand_over,
    last_words,
    may_be_written,
    seats,
)
from tests.pdm_desktop.sync.test_left_work import Tries
from tests.pdm_desktop.sync.test_queue_goes_on import Moment
from tests.support.client import Client, signed_in
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, edited, force, on_disk, revised
from tests.support.seat_parts import Workplace, workplace


async def parked(client: Client, file: File) -> list[bytes]:
    """What somebody may fetch of what is parked of a file."""
    return [await client.parked_content(each.id) for each in await client.parked() if each.file == file.id]


async def messages(client: Client, file: File) -> list[str]:
    inbox = await client.get("/inbox", calls.Inbox)
    return [each.kind for each in inbox.entries if each.file == file.id]


async def give_role(client: Client, person: str, role: Role | Literal["none"]) -> None:
    async with signed_in(client.address, "Eva") as eva:
        wish = calls.GiveRole(role=role)
        await eva.change("PUT", f"/vaults/{await client.vault()}/access/{person}", wish)


# What goes along


async def test_work_that_is_an_old_revision_again_goes_along(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await revised(tomas, file, LATER)
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file, FIRST)
        since = await seq(tomas)
        assert (await hand_over(annas, file)).text.startswith(f"Tomas has {file.filename} now, with what you saved.")
        await tell(toms, tomas, since)
        assert on_disk(toms, file).read_bytes() == FIRST


async def test_so_it_does_from_a_seat_that_was_away(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    await revised(tomas, file, LATER)
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file, FIRST)
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        await tell(annas, anna, since)
        assert await parked(tomas, file) == [FIRST]


async def test_a_copy_that_is_not_in_its_place_is_not_handed_over(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    """A program may just be saving it; or its person has put it somewhere else."""
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
        elsewhere = path.rename(path.with_name("mine.nc"))
        result = await hand_over(place, file)
        assert (result.outcome, "is not in its place in the workspace" in result.text) == (Outcome.REFUSED, True)
        lock = (await anna.file(file.id)).file.lock
        assert lock is not None
        assert lock.locked_by == "Anna"
        elsewhere.rename(path)
        assert (await hand_over(place, file)).outcome is Outcome.DONE
        assert await parked(anna, file) == [WORK]


# Rights that were taken away


async def test_what_a_person_has_left_who_only_reads_by_now_is_parked(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
        since = await seq(anna)
        try:
            await give_role(anna, "Anna", "reader")
            await force_release(anna, file, give_to="Tomas")
            await tell(place, anna, since)
        finally:
            await give_role(anna, "Anna", "editor")
        assert await parked(tomas, file) == [WORK]
        assert place.journal.lost(file.id) is None
        assert len([event for event in place.events if isinstance(event, WorkLeft)]) == 1


async def test_what_was_parked_for_a_hand_over_stays_when_the_right_to_it_is_taken_away(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
        vault = place.engine._commands.handing._vault
        park = vault.park

        async def park_and_lose_the_right(file_id: str, body: calls.ParkWork, key: str) -> calls.ParkedWork:
            done = await park(file_id, body, key)
            await give_role(anna, "Anna", "reader")
            return done

        try:
            with patch.object(vault, "park", park_and_lose_the_right):
                assert (await hand_over(place, file)).outcome is Outcome.REFUSED
            assert await parked(anna, file) == [WORK]
            assert (path.read_bytes(), place.journal.unfinished()) == (WORK, [])
            await force_release(anna, file, give_to="Tomas")
        finally:
            await give_role(anna, "Anna", "editor")
        assert await parked(tomas, file) == [WORK]


async def test_work_in_a_vault_that_is_hidden_stays_and_is_told_once(
    anna: Client, tmp_path: Path, file: File, files: list[File]
) -> None:
    """Not of a file that is as it was, nor of one without a check-out."""
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
        await place.do(requests.CheckOut(files=(files[0].id,)))
        epoch = (await anna.file(file.id)).epoch
        gone = Truth(epoch=epoch, vaults=frozenset(), sightings={})
        for _ in range(2):
            await place.engine.compare(gone)
        troubles = [event.trouble for event in place.events if isinstance(event, TroubleMet)]
        assert [each.title for each in troubles] == ["The vault Production is out of your sight"]
        trouble = troubles[0]
        folder = place.root / "Production"
        assert f"What you saved in plate.nc and did not check in stays on this computer as it is, in {folder}." in (
            trouble.text
        )
        assert (path.read_bytes(), place.kept()) == (WORK, [])
        await in_step(place, anna)
        await place.engine.compare(gone)
        force(on_disk(place, files[0]), WORK)
        await turns(place)
        told = [event.trouble.text for event in place.events if isinstance(event, TroubleMet)]
        assert len(told) == 3, "it is hidden once more, and something was saved in another one since"
        assert files[0].filename in told[-1]


# Cancel


def cancelling(place: Workplace, call: str) -> Any:
    """Its person cancels what is on its way, as soon as it begins."""
    vault = place.engine._commands.parked._vault
    inner = getattr(vault, call)

    @asynccontextmanager
    async def cancelled(*args: Any, **named: Any) -> AsyncIterator[AsyncIterator[bytes]]:
        [moving] = [event.transfer for event in place.events if isinstance(event, TransferMoved)][-1:]
        await place.engine.run(requests.CancelTransfer(transfer=moving.id), {})
        async with inner(*args, **named) as blocks:
            yield blocks

    return patch.object(vault, call, cancelled)


async def test_who_cancels_what_comes_with_a_file_has_it_without_and_fetches_it_later(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await hand_over(annas, file)
        with cancelling(toms, "parked_content"):
            await tell(toms, tomas, since)
            said = last_words(toms)
            assert (said.outcome, "what Anna saved is not in it. It stays parked." in said.text) == (
                Outcome.UNFINISHED, True
            )  # fmt: skip
            await turns(toms)
            await toms.engine.go_on()
            await in_step(toms, tomas)
            await toms.engine.run(requests.ListParked(), {})
        his = on_disk(toms, file)
        assert (his.read_bytes(), may_be_written(his), last_words(toms)) == (FIRST, True, said), "it stays cancelled"
        assert (toms.journal.unfinished(), await parked(tomas, file)) == ([], [WORK])
        done = await toms.one(requests.GetLatest(files=(file.id,)))
        assert (done.outcome, done.text) == (Outcome.DONE, f"{file.filename} is yours now, with what Anna saved.")
        assert (his.read_bytes(), may_be_written(his)) == (WORK, True)
        assert (await toms.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.UNCHANGED


async def test_so_it_is_when_the_revision_was_cancelled_on_its_way(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await hand_over(annas, file)
        with cancelling(toms, "content"):
            await tell(toms, tomas, since)
            assert "is checked out here, and what Anna saved is not in it" in last_words(toms).text
            await turns(toms)
        assert not on_disk(toms, file).exists()
        assert toms.journal.hold(file.id) is not None
        await toms.one(requests.GetLatest(files=(file.id,)))
        assert on_disk(toms, file).read_bytes() == WORK


async def test_work_that_comes_later_and_is_cancelled_waits_for_its_person(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        await tell(annas, anna, since)
        with cancelling(toms, "parked_content"):
            for _ in range(2):
                await toms.engine.run(requests.ListParked(), {})
                await turns(toms)
        assert (on_disk(toms, file).read_bytes(), toms.journal.awaited()) == (FIRST, {})
        on_disk(toms, file).write_bytes(LATER)
        await toms.one(requests.GetLatest(files=(file.id,)))
        assert on_disk(toms, file).read_bytes() == LATER, "work of one's own is not replaced by that"
        assert await parked(tomas, file) == [WORK]


async def test_who_cancels_the_revision_after_a_hand_over_keeps_the_work_in_its_place(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        path = await edited(place, file)
        with cancelling(place, "content"):
            result = await hand_over(place, file)
            assert (result.outcome, "your work is still in the workspace" in result.text) == (Outcome.UNFINISHED, True)
            await turns(place)
            await place.engine.go_on()
        assert (path.read_bytes(), may_be_written(path), place.journal.unfinished()) == (WORK, False, [])
        await place.one(requests.GetLatest(files=(file.id,)))
        assert (path.read_bytes(), place.kept()) == (FIRST, [WORK])


# Nothing comes


async def test_who_waits_for_work_is_told_that_there_is_none(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await annas.one(requests.CheckOut(files=(file.id,)))
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        assert file.id in toms.journal.awaited()
        await in_step(annas, anna)
        assert await messages(tomas, file) == ["lock_transferred", "nothing_left"]
        await toms.engine.run(requests.ListParked(), {})
        assert toms.journal.awaited() == {}
        assert (on_disk(toms, file).read_bytes(), await parked(tomas, file)) == (FIRST, [])
        assert [event for event in annas.events if isinstance(event, WorkLeft)] == []
        await in_step(annas, anna)
        assert await messages(tomas, file) == ["lock_transferred", "nothing_left"], "once"


async def test_work_that_came_and_was_dropped_elsewhere_is_told_once(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await edited(annas, file)
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        await tell(annas, anna, since)
        [version] = [each for each in await tomas.parked() if each.file == file.id]
        await tomas.drop_parked(version.id)
        await anna.drop_parked(version.id)
        said = len(toms.events)
        for _ in range(2):
            await toms.engine.run(requests.ListParked(), {})
        told = [event for event in toms.events[said:] if isinstance(event, RequestFinished)]
        assert ["What Anna saved is not parked any more" in each.finished.results[0].text for each in told] == [True]
        assert toms.journal.awaited() == {}
        on_disk(toms, file).write_bytes(LATER)
        await in_step(toms, tomas)
        assert on_disk(toms, file).read_bytes() == LATER


async def _away(*_: object) -> calls.ParkedWork:
    raise Unreachable("No server answers.", sent=False)


async def test_it_is_told_when_the_server_answers_again(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        await force_release(anna, file, give_to="Tomas")
        vault = place.engine._commands.left_work._vault

        with patch.object(vault, "park", _away):
            await in_step(place, anna)
        assert await messages(tomas, file) == ["lock_transferred"]
    async with workplace(anna, tmp_path) as place:
        await in_step(place, anna)
        assert place.journal.lost(file.id) is None
    assert await messages(tomas, file) == ["lock_transferred", "nothing_left"]


async def test_who_waits_for_work_of_a_check_out_that_never_came_hears_that_there_is_none(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    async with seats(anna, tomas, tmp_path) as (annas, toms):
        await in_step(annas, anna)
        lock = (await anna.check_out(file.id)).file.lock
        assert lock is not None
        hold = Hold(file=file.id, vault=await anna.vault(), path=file.path, token=lock.token)
        annas.journal.put_hold(hold, epoch=annas.journal.epoch() or "")
        assert annas.journal.copy(file.id) is None
        since = await seq(tomas)
        await force_release(anna, file, give_to="Tomas")
        await tell(toms, tomas, since)
        await in_step(annas, anna)
        assert await messages(tomas, file) == ["lock_transferred", "nothing_left"]
        assert (annas.journal.lost(file.id), annas.journal.hold(file.id)) == (None, None)


async def test_so_who_waits_for_work_in_a_copy_that_is_gone_and_it_is_parked_if_it_comes_back(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    """A program that is saving has a file away for a moment."""
    clock = Moment()
    async with workplace(anna, tmp_path, clock=clock) as place:
        path = await edited(place, file)
        elsewhere = path.rename(tmp_path / "mine.nc")
        await force_release(anna, file, give_to="Tomas")
        await in_step(place, anna)
        await turns(place)
        assert await messages(tomas, file) == ["lock_transferred"]
        clock.at += MISSING
        await turns(place)
        await in_step(place, anna)
        assert await messages(tomas, file) == ["lock_transferred", "nothing_left"]
        elsewhere.rename(path)
        await in_step(place, anna)
        await turns(place)
        assert await parked(anna, file) == [WORK]
        assert place.journal.lost(file.id) is None


async def test_who_waits_for_work_that_its_person_holds_back_hears_of_it(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    tries = Tries()
    async with workplace(anna, tmp_path, around=tries) as place:
        path = await edited(place, file)
        await force_release(anna, file, give_to="Tomas")
        tries[0].full = Cancelled("Cancelled by you.")
        with patch.object(place.engine._commands.left_work._vault, "park", _away):
            await in_step(place, anna)
        assert await messages(tomas, file) == ["lock_transferred"]
        tries[0].full = None
        await in_step(place, anna)
        await turns(place)
        assert await messages(tomas, file) == ["lock_transferred", "work_held_back"]
        assert (path.read_bytes(), await parked(anna, file), place.journal.lost(file.id)) == (WORK, [], None)


async def test_content_of_the_same_look_is_work(anna: Client, tomas: Client, tmp_path: Path, file: File) -> None:
    """What says that nothing is left has read it."""
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path, other = on_disk(place, file), FIRST.replace(b"X0", b"X7")
        look = path.stat()
        path.write_bytes(other)
        os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))
        await force_release(anna, file, give_to="Tomas")
        await in_step(place, anna)
        assert await parked(tomas, file) == [other]
