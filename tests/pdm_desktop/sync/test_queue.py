"""Check-ins that wait: joined while the server is away, kept over a restart, and sent once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import ServerTrouble, Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import FIRST_RETRY, Stand
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.line import Line
from tests.support.one_file import FIRST, WORK, added, edited, on_disk
from tests.support.proxy import Proxy, proxy
from tests.support.queued import queued, results, waiting
from tests.support.seat_parts import Workplace, local_now, workplace
from tests.support.server import RealServer

pytestmark = pytest.mark.usefixtures("quick")


class Hanging(VaultCalls):
    """A server that takes content for ever. `begun` is set when it has begun."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.begun = asyncio.Event()

    async def upload(self, *_: Any, **__: Any) -> Any:
        self.begun.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("together", [False, True])
async def test_a_check_in_that_is_cut_by_the_programs_end_goes_on_at_the_next_start(
    anna: Client, tmp_path: Path, *, together: bool
) -> None:
    files = [await added(anna), await added(anna, "vise.nc")]
    hanging: list[Hanging] = []

    def around(calls: VaultCalls) -> VaultCalls:
        hanging.append(Hanging(calls))
        return hanging[-1]

    async with workplace(anna, tmp_path, around=around) as place:
        for each in files:
            await edited(place, each, WORK + each.id.encode())
        asked = tuple(each.id for each in files)
        request = requests.CheckIn(files=asked, comment="before I go", together=together)
        working = asyncio.get_running_loop().create_task(place.engine.run(request, {}), name="check in")
        await asyncio.wait_for(hanging[0].begun.wait(), timeout=20)
        working.cancel()
        await asyncio.wait([working])
    async with workplace(anna, tmp_path) as place:
        await place.engine.look_at_all()
        assert sorted(one.file for one in waiting(place)) == sorted(asked)
        await place.engine.go_on()
        assert waiting(place) == ()
    for each in files:
        now = (await anna.file(each.id)).file
        assert (now.head.number, now.head.comment, now.lock) == ("1.1", "before I go", None)


class Later:
    """A clock that a test puts forward."""

    off = timedelta()

    def now(self) -> datetime:
        return local_now() + self.off


@asynccontextmanager
async def behind(line: Proxy, client: Client, folder: Path, clock: Later) -> AsyncIterator[Workplace]:
    calls = VaultCalls(Http(line.address, token=client.token, seat=client.seat, tls=trust()))
    try:
        async with workplace(client, folder, around=lambda _: calls, clock=clock) as place:
            yield place
    finally:
        await calls.close()


async def test_a_check_in_while_away_waits_over_a_restart_and_is_done_when_the_server_is_back(
    anna: Client, tmp_path: Path, file: File
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,), comment="Feed", major=True, keep=True))
    assert (await anna.file(file.id)).file.head.number == "1.0"
    async with workplace(anna, tmp_path) as place:
        (one,) = waiting(place)
        assert (one.path, one.comment, one.major, one.keep, one.stand) == (file.path, "Feed", True, True, Stand.WAITS)
        await place.engine.go_on()
        assert waiting(place) == ()
        (result,) = results(place)
        assert (result.outcome, result.text) == (Outcome.DONE, "Checked in as Rev 2.0; you keep it.")
        await place.engine.go_on()
    now = (await anna.file(file.id)).file
    assert (now.head.number, now.head.comment, now.lock is not None) == ("2.0", "Feed", True)
    assert await anna.content(file.id) == WORK


async def test_what_is_saved_while_it_waits_is_what_is_checked_in(anna: Client, tmp_path: Path, file: File) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        on_disk(place, file).write_bytes(b"saved later, at another time")
        await place.engine.go_on()
        assert results(place)[0].outcome is Outcome.DONE
    assert await anna.content(file.id) == b"saved later, at another time"


async def test_the_queue_goes_in_the_order_in_which_it_was_asked(anna: Client, tmp_path: Path) -> None:
    files = [await added(anna, f"{number}.nc") for number in (3, 1, 2)]
    async with workplace(anna, tmp_path) as place:
        for file in files:
            await edited(place, file)
        await place.engine.away()
        for file in files:
            await place.one(requests.CheckIn(files=(file.id,)))
        await place.one(requests.CheckIn(files=(files[0].id,), comment="better words"))
        assert [one.file for one in waiting(place)] == [file.id for file in files]
        assert waiting(place)[0].comment == "better words"
        await place.engine.go_on()
        assert [result.file for result in results(place)] == [file.id for file in files]
    assert {(await anna.file(file.id)).file.head.number for file in files} == {"1.1"}


async def test_an_upload_that_cannot_get_through_waits_and_is_tried_again_in_time(
    anna: Client, tmp_path: Path, file: File
) -> None:
    clock = Later()
    async with proxy(anna.address) as line, behind(line, anna, tmp_path, clock) as place:
        await edited(place, file, WORK * 100_000)
        line.die(500_000)
        assert (await place.one(requests.CheckIn(files=(file.id,), comment="kept"))).outcome is Outcome.WAITS
        line.is_refusing = False
        await place.engine.try_again()
        assert len(waiting(place)) == 1
        clock.off = FIRST_RETRY
        await place.engine.try_again()
        assert results(place)[0].outcome is Outcome.DONE
    assert (await anna.file(file.id)).file.head.comment == "kept"


@pytest.mark.parametrize("call", ["upload", "check_in"])
async def test_a_full_server_keeps_it_in_the_queue_with_the_reason(
    anna: Client, tmp_path: Path, file: File, call: str
) -> None:
    full = ServerTrouble("The server has no room.", advice="Tell an administrator.")
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await edited(place, file)
        line.refused[call] = full
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.WAITS
        assert waiting(place)[0].why == "The server has no room."
        await place.engine.go_on()
        assert waiting(place)[0].why == "The server has no room."
        line.refused.clear()
        await place.engine.go_on()
        assert waiting(place) == ()
    assert await anna.content(file.id) == WORK


@pytest.mark.parametrize("sent_before", [False, True], ids=["asked online", "from the queue"])
async def test_a_check_in_whose_answer_is_lost_happens_once(
    anna: Client, tmp_path: Path, file: File, sent_before: bool
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await edited(place, file)
        if sent_before:
            await place.engine.away()
            await place.one(requests.CheckIn(files=(file.id,), keep=True))
        line.lost["check_in"] = Unreachable("The connection was cut.")
        if sent_before:
            await place.engine.go_on()
        else:
            await place.one(requests.CheckIn(files=(file.id,), keep=True))
        assert [one.stand for one in waiting(place)] == [Stand.SENT]
        taken = await place.one(requests.TakeOut(files=(file.id,)))
        assert (taken.outcome, len(waiting(place))) == (Outcome.REFUSED, 1)
        for _ in range(3):
            await place.engine.go_on()
        assert len(place.journal.unfinished()) == 1
    async with workplace(anna, tmp_path) as place:
        assert [one.stand for one in waiting(place)] == [Stand.SENT]
        await place.engine.go_on()
        await place.engine.go_on()
        assert waiting(place) == ()
        assert place.journal.unfinished() == []
    assert (await anna.file(file.id)).file.head.number == "1.1"


async def test_an_upload_that_the_server_gave_up_is_sent_anew(anna: Client, tmp_path: Path, file: File) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await edited(place, file)
        line.refused["check_in"] = Unreachable("The connection was cut.")
        await place.one(requests.CheckIn(files=(file.id,), comment="kept"))
        (intent,) = place.journal.unfinished()
        await anna.give_up_upload(intent.fields["upload"])
        line.refused.clear()
        await place.engine.go_on()
        assert results(place)[0].outcome is Outcome.DONE
        assert waiting(place) == ()
    assert (await anna.file(file.id)).file.head.comment == "kept"


async def test_what_is_taken_out_is_not_checked_in_and_stays_mine(anna: Client, tmp_path: Path, file: File) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        result = await place.one(requests.TakeOut(files=(file.id,)))
        assert result.outcome is Outcome.DONE
        assert waiting(place) == ()
        assert (await place.one(requests.TakeOut(files=(file.id,)))).outcome is Outcome.UNCHANGED
        await place.engine.go_on()
        assert place.journal.hold(file.id) is not None
        assert on_disk(place, file).read_bytes() == WORK
    assert await anna.content(file.id) == FIRST


@pytest.mark.parametrize(
    "command",
    [
        lambda file: requests.UndoCheckOut(files=(file.id,)),
        lambda file: requests.Delete(files=(file.id,)),
        lambda file: requests.CheckIn(files=(file.id,)),
    ],
    ids=["undo", "delete", "check in"],
)
async def test_what_ends_the_check_out_ends_the_waiting(
    anna: Client, tmp_path: Path, file: File, command: Callable[[File], Any]
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        assert (await place.one(command(file))).outcome is Outcome.DONE
        assert waiting(place) == ()
        assert place.journal.waiting() == []


async def test_after_a_rename_it_is_checked_in_under_its_new_name(anna: Client, tmp_path: Path, file: File) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.Rename(file=file.id, path=f"{file.folder}/renamed.nc"))
        await place.engine.go_on()
        (result,) = results(place)
        assert (result.outcome, result.path) == (Outcome.DONE, f"{file.folder}/renamed.nc")
    assert await anna.content(file.id) == WORK


async def test_both_sides_are_started_anew_and_the_check_in_is_done(
    own_server: RealServer, anna_at_own: Client, tmp_path: Path
) -> None:
    anna = anna_at_own
    file = await added(anna)
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
        await asyncio.to_thread(own_server.kill)
        assert (await place.one(requests.CheckIn(files=(file.id,), comment="late"))).outcome is Outcome.WAITS
        await place.engine.go_on()
        assert [one.stand for one in waiting(place)] == [Stand.WAITS]
    await asyncio.to_thread(own_server.start)
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert waiting(place) == ()
    now = (await anna.file(file.id)).file
    assert (now.head.number, now.head.comment, now.lock) == ("1.1", "late", None)
