"""Work of a check-out that was taken over on another seat is parked once, when this one hears of it, and stays here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Cancelled, ServerTrouble, Told, Unreachable
from pdm_desktop.core.issues import Doubt
from pdm_desktop.core.left_work import LeftWork
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import IssuesSeen, TransferMoved, WorkLeft
from pdm_desktop.sync.intent import Kind
from server.protocol import calls
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import FIRST, WORK, added, edited, force, on_disk, remove, revised
from tests.support.queued import queued
from tests.support.seat_parts import PATIENCE, Workplace, until, workplace

LATER = b"G1 X1 of the laptop\n"


class Trying(VaultCalls):
    """A vault that counts what is parked, and fails as it is told; `after` is raised when the server has done it."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.error: Told | None = None
        self.full: Told | None = None
        self.after: Told | None = None
        self.parks = 0
        self.uploads = 0
        self.gate: asyncio.Event | None = None

    async def upload(
        self, content: AsyncIterator[bytes], *, size: int, digest: str, to: calls.Destination | None = None
    ) -> calls.Upload:
        if self.full is not None:
            raise self.full
        self.uploads += 1
        if self.gate is not None:
            await self.gate.wait()
        return await super().upload(content, size=size, digest=digest, to=to)

    async def park(self, file: str, body: calls.ParkWork, key: str) -> calls.ParkedWork:
        self.parks += 1
        if self.error is not None:
            raise self.error
        done = await super().park(file, body, key)
        if self.after is not None:
            raise self.after
        return done


class Tries(list[Trying]):
    """Makes them, for `workplace(around=...)`, and keeps them."""

    def __call__(self, inner: VaultCalls) -> Trying:
        self.append(Trying(inner))
        return self[-1]


@asynccontextmanager
async def laptop_of(anna: Client) -> AsyncIterator[Client]:
    """Her other seat."""
    async with signed_in(anna.address, "Anna") as laptop:
        yield laptop


async def taken_over(anna: Client, file: File) -> None:
    async with laptop_of(anna) as laptop:
        await laptop.adopt(file.id)


async def parked(anna: Client, file: File) -> list[calls.ParkedVersion]:
    return [one for one in await anna.parked() if one.file == file.id]


async def the_parked(anna: Client, file: File) -> calls.ParkedVersion:
    """The one parked version of a file."""
    versions = await parked(anna, file)
    assert len(versions) == 1
    return versions[0]


def told(place: Workplace) -> list[LeftWork]:
    return [event.left for event in place.events if isinstance(event, WorkLeft)]


def is_over(place: Workplace, file: File) -> bool:
    """Nothing of it is left to do."""
    return (place.journal.lost(file.id), place.journal.unfinished(), place.journal.hold(file.id)) == (None, [], None)


async def test_the_work_of_a_seat_that_was_away_is_parked_when_it_is_back_and_stays_there(
    place: Workplace, anna: Client, file: File
) -> None:
    path = await edited(place, file)
    await taken_over(anna, file)
    await in_step(place, anna)
    version = await the_parked(anna, file)
    assert (version.base, version.reason, await anna.parked_content(version.id)) == ("1.0", "not_yours", WORK)
    assert (path.read_bytes(), path.stat().st_mode & 0o200, place.kept()) == (WORK, 0, [])
    assert is_over(place, file)
    lock = (await anna.file(file.id)).file.lock
    assert lock is not None
    (left,) = told(place)
    assert (left.path, left.by, left.computer, left.at) == (file.path, "Anna", lock.computer, lock.since)
    async with laptop_of(anna) as laptop:
        assert [one.id for one in await parked(laptop, file)] == [version.id], "the other seat sees it as well"


async def test_it_is_parked_at_once_by_a_seat_that_hears_of_it_and_once(
    place: Workplace, anna: Client, file: File
) -> None:
    await edited(place, file)
    since = await seq(anna)
    await taken_over(anna, file)
    await tell(place, anna, since)
    version = await the_parked(anna, file)
    await anna.drop_parked(version.id)
    await tell(place, anna, since)
    await in_step(place, anna)
    await turns(place)
    assert await parked(anna, file) == [], "what its person has dropped does not come again"
    assert len(told(place)) == 1


async def test_while_it_is_on_its_way_other_copies_follow_also_when_there_is_news_of_it(
    anna: Client, tmp_path: Path, file: File
) -> None:
    """Gigabytes may take hours."""
    tries, other = Tries(), await added(anna, "other.nc")
    async with workplace(anna, tmp_path, around=tries) as place:
        await place.one(requests.GetLatest(files=(other.id,)))
        await edited(place, file)
        await revised(anna, other, LATER)
        gate = tries[0].gate = asyncio.Event()
        since = await seq(anna)
        async with laptop_of(anna) as laptop:
            await laptop.adopt(file.id)
            async with asyncio.TaskGroup() as group:
                parking = group.create_task(in_step(place, laptop), name="in step")
                try:
                    await until(lambda: tries[0].uploads == 1)
                    assert on_disk(place, other).read_bytes() == LATER
                    await laptop.move(file.id, f"{file.path}.moved.nc")
                    await revised(anna, other, b"one more")
                    news = group.create_task(tell(place, anna, since), name="news")
                    await asyncio.wait([news], timeout=PATIENCE)
                    assert news.done(), "nobody waits for it"
                    assert on_disk(place, other).read_bytes() == b"one more"
                    assert (parking.done(), tries[0].uploads) == (False, 1)
                finally:
                    gate.set()
        version = await the_parked(anna, file)
        assert await anna.parked_content(version.id) == WORK
        assert is_over(place, file)


async def test_of_a_copy_that_is_as_it_was_nothing_is_sent_and_the_server_hears_that_once(
    anna: Client, tmp_path: Path, file: File
) -> None:
    tries = Tries()
    async with workplace(anna, tmp_path, around=tries) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        await taken_over(anna, file)
        await in_step(place, anna)
        await turns(place)
        assert (tries[0].uploads, tries[0].parks, told(place)) == (0, 1, [])
        assert is_over(place, file)


async def test_what_the_laptop_has_checked_in_by_then_is_named_and_the_two_versions_are_asked_about(
    place: Workplace, anna: Client, file: File
) -> None:
    path = await edited(place, file)
    async with laptop_of(anna) as laptop:
        held = await laptop.adopt(file.id)
        lock = held.file.lock
        await laptop.check_in(held, LATER)
    await in_step(place, anna)
    version = await the_parked(anna, file)
    assert (version.base, await anna.parked_content(version.id), path.read_bytes()) == ("1.0", WORK, WORK)
    (left,) = told(place)
    assert lock is not None
    assert (left.by, left.computer, left.at) == ("Anna", lock.computer, lock.since), "nobody has it any more"
    assert len(place.issues()) == 1


async def test_what_is_a_revision_already_is_not_parked(place: Workplace, anna: Client, file: File) -> None:
    """The laptop got it on a stick, and went on from there."""
    await edited(place, file)
    async with laptop_of(anna) as laptop:
        await laptop.check_in(await laptop.adopt(file.id), WORK)
        await revised(laptop, file, LATER)
    await in_step(place, anna)
    assert await parked(anna, file) == []
    assert is_over(place, file)


async def test_without_a_server_it_is_tried_again_until_it_is_done_also_after_a_restart(
    anna: Client, tmp_path: Path, file: File
) -> None:
    tries = Tries()
    async with workplace(anna, tmp_path, around=tries) as place:
        await edited(place, file)
        await taken_over(anna, file)
        tries[0].full = Unreachable("No server answers.", sent=False)
        await in_step(place, anna)
        await turns(place)
        assert place.journal.lost(file.id) is not None
        assert await parked(anna, file) == []
    async with workplace(anna, tmp_path, around=tries, after_crash=True) as place:
        assert place.issues() == (), "it was checked out here until then: it is no accident"
        tries[1].full = Unreachable("No server answers.", sent=False)
        await in_step(place, anna)
        tries[1].full = None
        await turns(place)
        assert is_over(place, file)
    version = await the_parked(anna, file)
    assert await anna.parked_content(version.id) == WORK


async def test_a_full_server_leaves_it_on_the_seat_until_there_is_room(
    anna: Client, tmp_path: Path, file: File
) -> None:
    tries = Tries()
    async with workplace(anna, tmp_path, around=tries) as place:
        path = await edited(place, file)
        await taken_over(anna, file)
        tries[0].full = ServerTrouble("The server has no room.")
        await in_step(place, anna)
        assert (path.read_bytes(), await parked(anna, file)) == (WORK, [])
        tries[0].full = None
        await in_step(place, anna)
        assert len(await parked(anna, file)) == 1
        assert is_over(place, file)
        assert len(told(place)) == 1, "it is told once, however often it is tried"


async def test_an_answer_that_was_lost_parks_it_once_also_when_it_was_dropped_meanwhile(
    anna: Client, tmp_path: Path, file: File
) -> None:
    tries = Tries()
    async with workplace(anna, tmp_path, around=tries) as place:
        await edited(place, file)
        await taken_over(anna, file)
        tries[0].after = Unreachable("The connection was cut.")
        await in_step(place, anna)
        (intent,) = place.journal.unfinished()
        assert intent.kind is Kind.PARK
        version = await the_parked(anna, file)
        await anna.drop_parked(version.id)
    async with workplace(anna, tmp_path, around=tries) as place:
        await place.engine.go_on()
        await in_step(place, anna)
        assert is_over(place, file)
        assert tries[1].uploads == 0
    assert await parked(anna, file) == []


async def test_the_bytes_of_a_check_in_that_waited_are_parked_once_with_its_comment(
    anna: Client, tmp_path: Path, file: File
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,), comment="deburred"))
    await taken_over(anna, file)
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        await in_step(place, anna)
        await turns(place)
        (one,) = place.journal.waiting()
        assert one.stand is Stand.NEEDS_YOU
    version = await the_parked(anna, file)
    assert (version.comment, await anna.parked_content(version.id)) == ("deburred", WORK)
    assert (await anna.content(file.id), (await anna.file(file.id)).file.head.number) == (FIRST, "1.0")


async def test_what_a_refused_check_in_has_parked_is_not_parked_again(
    place: Workplace, anna: Client, file: File
) -> None:
    await edited(place, file)
    await taken_over(anna, file)
    assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.REFUSED
    await in_step(place, anna)
    assert len(await parked(anna, file)) == 1
    assert is_over(place, file)


async def test_who_takes_it_over_again_goes_on_here_and_nothing_is_parked_any_more(
    anna: Client, tmp_path: Path, file: File
) -> None:
    tries = Tries()
    async with workplace(anna, tmp_path, around=tries) as place:
        path = await edited(place, file)
        await taken_over(anna, file)
        tries[0].full = ServerTrouble("The server has no room.")
        await in_step(place, anna)
        assert place.journal.lost(file.id) is not None
        assert (await place.one(requests.Adopt(files=(file.id,)))).outcome is Outcome.DONE
        tries[0].full = None
        await in_step(place, anna)
        await turns(place)
        assert (place.journal.lost(file.id), path.read_bytes(), tries[0].parks) == (None, WORK, 0)
        assert path.stat().st_mode & 0o200


async def test_what_looks_like_an_accident_is_not_parked_before_its_person_calls_it_right(
    place: Workplace, anna: Client, file: File
) -> None:
    await edited(place, file, b"")
    await taken_over(anna, file)
    await in_step(place, anna)
    await turns(place)
    assert await parked(anna, file) == []
    (doubt,) = place.issues()
    assert isinstance(doubt, Doubt)
    right = requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen)
    assert (await place.one(right)).outcome is Outcome.DONE
    version = await the_parked(anna, file)
    assert version.size == 0


async def test_who_cancels_its_transfer_keeps_it_here_alone(anna: Client, tmp_path: Path, file: File) -> None:
    tries = Tries()
    async with workplace(anna, tmp_path, around=tries) as place:
        path = await edited(place, file)
        await taken_over(anna, file)
        tries[0].full = Cancelled("Cancelled by you.")
        await in_step(place, anna)
        tries[0].full = None
        moved = [event.transfer for event in place.events if isinstance(event, TransferMoved)]
        assert moved[-1].what == "Parked version"
        await in_step(place, anna)
        await turns(place)
        assert (path.read_bytes(), await parked(anna, file)) == (WORK, [])
        assert is_over(place, file)


async def test_any_lock_that_is_lost_leaves_its_work_parked(
    place: Workplace, anna: Client, tomas: Client, file: File
) -> None:
    """However it was lost, and whoever has it by then."""
    await edited(place, file)
    await anna.undo(await anna.file(file.id))
    await tomas.check_out(file.id)
    await in_step(place, anna)
    assert len(await parked(anna, file)) == 1
    assert [left.by for left in told(place)] == ["Tomas"]


async def test_what_is_saved_without_a_lock_afterwards_is_not_sent(place: Workplace, anna: Client, file: File) -> None:
    """Nothing is but by a command; what was parked was of a check-out."""
    path = await edited(place, file)
    await taken_over(anna, file)
    await in_step(place, anna)
    force(path, LATER)
    await in_step(place, anna)
    await turns(place)
    assert len(await parked(anna, file)) == 1


async def test_a_deleted_files_work_is_parked_and_asked_about(place: Workplace, anna: Client, file: File) -> None:
    await edited(place, file)
    async with laptop_of(anna) as laptop:
        await laptop.adopt(file.id)
        await laptop.delete(file.id)
    await in_step(place, anna)
    version = await the_parked(anna, file)
    assert version.reason == "gone"
    assert len(next(e.issues for e in reversed(place.events) if isinstance(e, IssuesSeen))) == 1


async def test_what_is_saved_of_it_takes_no_place_that_a_copy_belongs_in(
    place: Workplace, anna: Client, file: File
) -> None:
    """Programs save by removing the file and giving its name to a new one: for an instant there is none."""
    path = await edited(place, file)
    await taken_over(anna, file)
    await in_step(place, anna)
    version = await the_parked(anna, file)
    remove(path)
    result = await place.one(requests.SaveParked(parked=version.id, target=str(path)))
    assert result.outcome is Outcome.REFUSED
    assert result.text == f"{path} is the place of a file of the vault."
    assert not path.exists()
    beside = path.with_name("mine.nc")
    assert (await place.one(requests.SaveParked(parked=version.id, target=str(beside)))).outcome is Outcome.DONE
    assert beside.read_bytes() == WORK
