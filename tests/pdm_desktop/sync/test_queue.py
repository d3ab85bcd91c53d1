"""Check-ins that wait: joined while the server is away, kept over a restart, sent once, told before a byte goes."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.errors import ServerTrouble, Unreachable
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import FIRST_RETRY, Stand, WaitingCheckIn
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import RequestFinished, WaitingChanged
from pdm_desktop.sync.transfer import attempts
from server.protocol.events import VAULT_EVENTS
from server.protocol.vault import File
from server.protocol.wire import from_plain
from tests.support.client import Client
from tests.support.proxy import Proxy, proxy
from tests.support.seat_parts import Workplace, local_now, workplace
from tests.support.server import RealServer

FIRST, WORK = b"G0 X0 Y0\n" * 40, b"what the person saved\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAITS", (0.01,))


@pytest.fixture
async def file(anna: Client) -> File:
    return await added(anna)


async def added(client: Client, name: str = "plate.nc") -> File:
    return (await client.add(await client.vault(), f"Jobs/{uuid.uuid4().hex}/{name}", FIRST)).file


class Watched(VaultCalls):
    """A vault that notes which calls are made; `broken` raises what it is asked to, before or after the call."""

    def __init__(self, inner: VaultCalls) -> None:
        self._inner = inner
        self.calls: list[str] = []
        self.before: dict[str, Exception] = {}
        self.after: dict[str, Exception] = {}

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in ("calls", "before", "after", "close"):
            return super().__getattribute__(name)
        real = getattr(self._inner, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            if name in self.before:
                raise self.before[name]
            answer = await real(*args, **kwargs)
            if name in self.after:
                raise self.after[name]
            return answer

        return real if name == "content" else call

    async def close(self) -> None:
        await self._inner.close()


def on_disk(place: Workplace, file: File) -> Path:
    return place.root / "Production" / file.path


async def edited(place: Workplace, file: File, content: bytes = WORK) -> Path:
    """Checked out here, and saved."""
    assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
    path = on_disk(place, file)
    path.write_bytes(content)
    return path


def waiting(place: Workplace) -> tuple[WaitingCheckIn, ...]:
    """What was told last to wait."""
    told = [event.check_ins for event in place.events if isinstance(event, WaitingChanged)]
    return told[-1] if told else ()


def results(place: Workplace) -> list[FileResult]:
    """The results that were told last."""
    told = [event.finished for event in place.events if isinstance(event, RequestFinished)]
    assert isinstance(told[-1].request, requests.CheckIn)
    return list(told[-1].results)


class Hanging(VaultCalls):
    """A server that takes content for ever. `begun` is set when it has begun."""

    def __init__(self, inner: VaultCalls) -> None:
        self._inner = inner
        self.begun = asyncio.Event()

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in ("begun", "upload", "close"):
            return super().__getattribute__(name)
        return getattr(self._inner, name)

    async def upload(self, *_: Any, **__: Any) -> Any:
        self.begun.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        await self._inner.close()


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


async def queued(client: Client, folder: Path, file: File, request: requests.CheckIn) -> None:
    """A seat that has asked for a check-in while the server was away, and ended."""
    async with workplace(client, folder) as place:
        await edited(place, file)
        await place.engine.away()
        result = await place.one(request)
        assert result.outcome is Outcome.WAITS
        assert result.text == f"It waits until the server is back; what {file.filename} holds then is checked in."


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


async def test_a_lost_lock_is_told_before_a_byte_is_sent_and_the_work_stays(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    await tomas.check_out(file.id)
    watched: list[Watched] = []
    async with workplace(anna, tmp_path, around=lambda calls: _seen(watched, Watched(calls))) as place:
        await place.engine.go_on()
        (result,) = results(place)
        assert result.outcome is Outcome.REFUSED
        assert result.text == "Your lock of plate.nc is gone: Tomas has it on TOMAS-PC."
        assert watched[0].calls[0] == "file"
        assert set(watched[0].calls) <= {"file", "vaults"}, "nothing but questions"
        (one,) = waiting(place)
        assert (one.stand, one.why) == (Stand.NEEDS_YOU, result.text)
        assert on_disk(place, file).read_bytes() == WORK
        before = len(place.events)
        await place.engine.go_on()
        assert not [event for event in place.events[before:] if isinstance(event, RequestFinished)]
    assert await anna.content(file.id) == FIRST
    async with workplace(anna, tmp_path) as place:
        assert waiting(place) == (one,)


def _seen(watched: list[Watched], made: Watched) -> Watched:
    watched.append(made)
    return made


async def test_a_lost_lock_of_a_file_that_was_not_edited_leaves_nothing_to_do(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        await place.engine.away()
        await place.one(requests.CheckIn(files=(file.id,)))
        await anna.undo(await anna.file(file.id))
        await place.engine.go_on()
        (result,) = results(place)
        assert result.advice == "Nothing was edited here, so nothing has to be done."
        assert waiting(place) == ()


async def test_a_deleted_file_and_a_newer_revision_are_told_and_the_others_go_on(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    deleted, newer, good = [await added(anna, name) for name in ("deleted.nc", "newer.nc", "good.nc")]
    async with workplace(anna, tmp_path) as place:
        for file in (deleted, newer, good):
            await edited(place, file)
        await place.engine.away()
        await place.do(requests.CheckIn(files=(deleted.id, newer.id, good.id)))
        await anna.undo(await anna.file(deleted.id))
        await anna.delete(deleted.id)
        await anna.undo(await anna.file(newer.id))
        await tomas.check_in(await tomas.check_out(newer.id), b"came first")
        await place.engine.go_on()
        told = {result.file: result for result in results(place)}
        assert told[deleted.id].text == "deleted.nc was deleted in the vault meanwhile."
        assert "newer.nc has Rev 1.1 of Tomas now; yours comes from Rev 1.0." in told[newer.id].text
        assert told[good.id].outcome is Outcome.DONE
        assert {one.file for one in waiting(place)} == {deleted.id, newer.id}
        assert [on_disk(place, file).read_bytes() for file in (deleted, newer)] == [WORK, WORK]
    assert await anna.content(newer.id) == b"came first"


@pytest.mark.parametrize("side", Side)
async def test_who_decides_between_the_versions_has_nothing_left_in_the_queue(
    anna: Client, tomas: Client, tmp_path: Path, file: File, side: Side
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    await tomas.check_in(await tomas.check_out(file.id), b"came first")
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
        (conflict,) = place.issues()
        assert isinstance(conflict, Conflict)
        seen = replace(conflict.seen, hash="f" * 64)
        await place.one(requests.DecideVersions(file=file.id, side=side, seen=seen, who="Anna"))
        assert len(waiting(place)) == 1, "nothing was decided about what is there"
        decided = requests.DecideVersions(file=file.id, side=side, seen=conflict.seen, who="Anna")
        assert (await place.one(decided)).outcome is Outcome.DONE
        assert (waiting(place), place.issues()) == ((), ())


async def test_a_lock_that_is_lost_while_it_waits_online_is_told_at_once(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
        await place.engine.away()
        await place.one(requests.CheckIn(files=(file.id,)))
        vault = await anna.vault()
        seq = (await anna.tree(vault)).head.seq
        await anna.undo(await anna.file(file.id))
        for change in (await anna.changes(vault, since=seq)).changes:
            event = from_plain(change.data, VAULT_EVENTS[change.type])
            await place.engine.happened(Numbered(vault=vault, seq=change.seq, event=event))
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
        assert results(place)[0].text == "Your lock of plate.nc was taken away meanwhile."


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
    watched: list[Watched] = []
    async with workplace(anna, tmp_path, around=lambda calls: _seen(watched, Watched(calls))) as place:
        await edited(place, file)
        watched[0].before[call] = full
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.WAITS
        assert waiting(place)[0].why == "The server has no room."
        await place.engine.go_on()
        assert waiting(place)[0].why == "The server has no room."
        watched[0].before.clear()
        await place.engine.go_on()
        assert waiting(place) == ()
    assert await anna.content(file.id) == WORK


@pytest.mark.parametrize("sent_before", [False, True], ids=["asked online", "from the queue"])
async def test_a_check_in_whose_answer_is_lost_happens_once(
    anna: Client, tmp_path: Path, file: File, sent_before: bool
) -> None:
    watched: list[Watched] = []
    async with workplace(anna, tmp_path, around=lambda calls: _seen(watched, Watched(calls))) as place:
        await edited(place, file)
        if sent_before:
            await place.engine.away()
            await place.one(requests.CheckIn(files=(file.id,), keep=True))
        watched[0].after["check_in"] = Unreachable("The connection was cut.")
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


async def test_a_check_in_that_was_sent_and_refused_is_told_once(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    watched: list[Watched] = []
    async with workplace(anna, tmp_path, around=lambda calls: _seen(watched, Watched(calls))) as place:
        await edited(place, file)
        watched[0].before["check_in"] = Unreachable("The connection was cut.")
        await place.one(requests.CheckIn(files=(file.id,)))
        watched[0].before.clear()
        await anna.undo(await anna.file(file.id))
        before = len(place.events)
        await place.engine.go_on()
        told = [event for event in place.events[before:] if isinstance(event, RequestFinished)]
        assert [each.finished.results[0].outcome for each in told] == [Outcome.REFUSED]
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
    (parked,) = [one for one in await anna.parked() if one.file == file.id]
    assert await anna.parked_content(parked.id) == WORK


async def test_an_upload_that_the_server_gave_up_is_sent_anew(anna: Client, tmp_path: Path, file: File) -> None:
    watched: list[Watched] = []
    async with workplace(anna, tmp_path, around=lambda calls: _seen(watched, Watched(calls))) as place:
        await edited(place, file)
        watched[0].before["check_in"] = Unreachable("The connection was cut.")
        await place.one(requests.CheckIn(files=(file.id,), comment="kept"))
        (intent,) = place.journal.unfinished()
        await anna.give_up_upload(intent.fields["upload"])
        watched[0].before.clear()
        await place.engine.go_on()
        assert results(place)[0].outcome is Outcome.DONE
        assert waiting(place) == ()
    assert (await anna.file(file.id)).file.head.comment == "kept"


async def test_what_was_saved_by_nobody_is_not_sent(anna: Client, tmp_path: Path, file: File) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    path = tmp_path / "workspace" / "Production" / file.path
    look = path.stat()
    path.write_bytes(WORK[::-1])
    os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))
    async with workplace(anna, tmp_path, after_crash=True) as place:
        await place.engine.go_on()
        assert "does not look as if it was saved since" in results(place)[0].text
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
    assert await anna.content(file.id) == FIRST


async def test_content_with_another_size_and_the_old_time_is_not_sent(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file)
        copy = place.journal.copy(file.id)
        assert copy is not None
        await place.engine.away()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        on_disk(place, file).write_bytes(b"torn")
        os.utime(on_disk(place, file), ns=(copy.mtime_ns, copy.mtime_ns))
        await place.engine.go_on()
        (result,) = results(place)
        assert result.text == "plate.nc has another size but the same time as before."
        assert waiting(place)[0].stand is Stand.NEEDS_YOU
        assert result.advice == waiting(place)[0].advice
    assert await anna.content(file.id) == FIRST


async def test_a_file_that_is_gone_needs_a_person(anna: Client, tmp_path: Path, file: File) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path) as place:
        on_disk(place, file).unlink()
        await place.engine.go_on()
        assert results(place)[0].text == "plate.nc is not in the workspace."
        assert waiting(place)[0].stand is Stand.NEEDS_YOU


async def test_an_empty_file_does_not_join(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await edited(place, file, b"")
        await place.engine.away()
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.text == "plate.nc is suddenly empty."
        assert waiting(place) == ()


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


async def set_queued(place: Workplace, files: list[File]) -> None:
    """A check-in of all of them as one, asked for while the server is away."""
    for file in files:
        await edited(place, file)
    await place.engine.away()
    together = requests.CheckIn(files=tuple(file.id for file in files), comment="as one", together=True)
    assert [result.outcome for result in await place.do(together)] == [Outcome.WAITS] * len(files)


async def test_taking_one_of_a_set_out_takes_them_all_out(anna: Client, tmp_path: Path) -> None:
    files = [await added(anna, name) for name in ("plate.mcam", "plate.nc")]
    async with workplace(anna, tmp_path) as place:
        await set_queued(place, files)
        result = await place.one(requests.TakeOut(files=(files[1].id,)))
        assert result.text.startswith("plate.nc is not checked in by itself any more. You keep it.")
        assert result.text.endswith("Nor are the others of its set.")
        assert waiting(place) == ()


async def test_of_a_set_with_an_empty_file_none_joins(anna: Client, tmp_path: Path) -> None:
    files = [await added(anna, name) for name in ("plate.mcam", "plate.nc")]
    async with workplace(anna, tmp_path) as place:
        await edited(place, files[0])
        await edited(place, files[1], b"")
        await place.engine.away()
        together = requests.CheckIn(files=tuple(file.id for file in files), together=True)
        assert {result.outcome for result in await place.do(together)} == {Outcome.REFUSED}
        assert waiting(place) == ()
