"""Something breaks here after the server has done what was asked: that is said, and its end comes by itself."""

import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Cancelled
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import LocalChanged, LocalsRead, RequestFinished, TroubleMet
from server.protocol.calls import FileState
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_in, check_out, do, edit
from tests.support.fs_shim import Fault, HeldByProgram, shimmed
from tests.support.meanwhile import in_step, turns
from tests.support.one_file import FIRST, WORK, added, edited, on_disk, revised
from tests.support.seat_parts import Workplace, lose_journal, workplace

BROKEN = "Something unexpected happened: RuntimeError: a fault of ours"
BY_ITSELF = "It is done by itself; do not ask for it again. The log says more."
TURNS = 12
NEWER = b"what Tomas checked in\n"


class StatesBreak(VaultCalls):
    """Whoever asks how a file is meets a fault, while `is_broken`."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.is_broken = False

    async def file(self, file: str) -> FileState:
        if self.is_broken:
            raise RuntimeError("a fault of ours")
        return await super().file(file)


class ContentCancelled(VaultCalls):
    """Its person cancels whatever content comes."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        raise Cancelled("Cancelled by you.")
        yield


async def breaks(*_arguments: object) -> None:
    raise RuntimeError("a fault of ours")


def told(place: Workplace) -> list[str]:
    """The words of everything that was told of requests, each with its advice."""
    done = [event.finished for event in place.events if isinstance(event, RequestFinished)]
    return [f"{each.text} {each.advice or ''}".strip() for finished in done for each in finished.results]


async def broken_by(work: Awaitable[None]) -> Exception | None:
    """What ends it, if anything does."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    return None


def troubles(place: Workplace) -> list[str]:
    return [event.trouble.text for event in place.events if isinstance(event, TroubleMet)]


async def test_a_check_in_that_has_happened_is_told_as_that_and_ends_by_itself(
    anna: Client, tmp_path: Path, file: File, caplog: pytest.LogCaptureFixture
) -> None:
    fault = Fault("make_durable")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        path = await edited(place, file)
        fault.name = file.filename
        with caplog.at_level(logging.WARNING, "pdm_desktop"):
            result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.GOES_ON
        happened = "The check in has happened on the server, as Rev 1.1."
        assert result.text == f"{happened} Only its end on this computer is left. {BROKEN}"
        assert result.advice == BY_ITSELF
        (logged,) = [each for each in caplog.records if each.exc_info is not None]
        assert f"file={file.id}" in logged.getMessage()
        fault.name = None
        await turns(place)
        assert told(place)[-1] == "Gone on with from before: Checked in as Rev 1.1."
        assert (place.journal.unfinished(), place.journal.hold(file.id)) == ([], None)
        assert (path.read_bytes(), path.stat().st_mode & 0o200) == (WORK, 0)
    assert (await anna.file(file.id)).file.head.number == "1.1"


async def test_a_check_out_that_has_happened_is_told_as_that_and_ends_by_itself(
    anna: Client, tmp_path: Path, file: File
) -> None:
    fault = Fault("place_new")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        fault.name = file.filename
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert (result.outcome, result.advice) == (Outcome.GOES_ON, BY_ITSELF)
        assert result.text.startswith("The check out has happened on the server. Only its end on this computer is left")
        fault.name = None
        await turns(place)
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is not None
        assert (on_disk(place, file).read_bytes(), on_disk(place, file).stat().st_mode & 0o200) == (FIRST, 0o200)


async def test_a_check_out_that_was_given_back_is_told_as_cancelled_and_ends_by_itself(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(anna, tmp_path, around=ContentCancelled) as place:
        with monkeypatch.context() as breaking:
            breaking.setattr(place.engine._commands.intents, "let_go", breaks)
            result = await place.one(requests.CheckOut(files=(file.id,)))
        assert (await anna.file(file.id)).file.lock is None
        assert result.outcome is Outcome.CANCELLED
        assert result.text == "Cancelled by you; the lock is given back and nothing has changed."
        await turns(place)
        assert (place.journal.unfinished(), place.journal.hold(file.id)) == ([], None)


async def test_a_check_out_that_is_about_to_be_given_back_is_not_told_as_done(
    anna: Client, tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(anna, tmp_path, around=ContentCancelled) as place:
        with monkeypatch.context() as breaking:
            breaking.setattr(ContentCancelled, "undo", breaks)
            result = await place.one(requests.CheckOut(files=(file.id,)))
        assert (result.outcome, result.text) == (Outcome.UNFINISHED, BROKEN)
        await turns(place)
        assert (await anna.file(file.id)).file.lock is None


@pytest.mark.parametrize("together", [False, True])
async def test_a_check_in_that_only_gave_locks_back_is_not_told_as_done(
    anna: Client, tmp_path: Path, files: list[File], monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        request = requests.CheckIn(files=tuple(file.id for file in files), together=together)
        with monkeypatch.context() as breaking:
            breaking.setattr(place.engine._commands.checkouts, "given_back", breaks)
            results = await do(place, request, files)
        given_back = "The undo has happened on the server."
        for file, result in zip(files, results, strict=True):
            assert (await anna.file(file.id)).file.lock is None
            assert result.outcome is Outcome.UNFINISHED
            assert result.text == f"{given_back} Only its end on this computer is left. {BROKEN}"
            assert result.advice == BY_ITSELF
        await turns(place)
        assert place.journal.unfinished() == []


async def test_what_breaks_before_the_server_has_done_anything_is_not_told_as_done(
    anna: Client, tmp_path: Path, file: File
) -> None:
    around: list[StatesBreak] = []

    def breaking(calls: VaultCalls) -> StatesBreak:
        around.append(StatesBreak(calls))
        return around[0]

    async with workplace(anna, tmp_path, around=breaking) as place:
        path = await edited(place, file)
        assert (await place.one(requests.CheckIn(files=(file.id,), keep=True))).outcome is Outcome.DONE
        path.write_bytes(b"more")
        place.journal.drop_hold(file.id)
        around[0].is_broken = True
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert (result.outcome, result.text) == (Outcome.UNFINISHED, BROKEN)
        assert result.advice == "Nothing is lost. Try again; the log says more."


async def test_of_a_set_that_has_happened_each_file_says_so_and_the_broken_one_ends_by_itself(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    fault = Fault("make_durable")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        fault.name = files[1].filename
        results = await do(place, check_in(files), files)
        assert [each.outcome for each in results] == [Outcome.DONE, Outcome.GOES_ON, Outcome.DONE]
        assert results[1].text.startswith("The check in has happened on the server, as Rev 1.1. Only its end ")
        fault.name = None
        await turns(place)
        assert place.journal.unfinished() == []
        assert [place.journal.hold(file.id) for file in files] == [None] * 3


async def test_what_breaks_in_following_after_a_command_does_not_take_its_result(
    anna: Client, tmp_path: Path, file: File
) -> None:
    around: list[StatesBreak] = []

    def breaking(calls: VaultCalls) -> StatesBreak:
        around.append(StatesBreak(calls))
        return around[0]

    async with workplace(anna, tmp_path, around=breaking) as place:
        around[0].is_broken = True
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert result.outcome is Outcome.DONE
        assert result.text == "Checked out at Rev 1.0; it is writable now."
        assert file.id in place.engine._files.waiting, "it is tried again"


async def test_what_breaks_again_and_again_is_told_seldom_and_keeps_nothing_else_from_ending(
    anna: Client, tmp_path: Path, file: File
) -> None:
    fault = Fault("place_new")
    other = await added(anna, "other.nc")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        fault.name = file.filename
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.GOES_ON
        fault.name = other.filename
        assert (await place.one(requests.CheckOut(files=(other.id,)))).outcome is Outcome.GOES_ON
        fault.name, fault.met = file.filename, 0
        await turns(place, TURNS)
        assert fault.met == 1, "then it rests"
        assert troubles(place) == ["RuntimeError: a fault of ours"]
        assert on_disk(place, other).read_bytes() == FIRST
        fault.name = None
        await place.engine.go_on()
        assert on_disk(place, file).read_bytes() == FIRST
        assert place.journal.unfinished() == []


async def test_other_copies_follow_what_was_missed_although_one_breaks(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    both = [await added(anna, "one.nc"), await added(anna, "two.nc")]
    fault = Fault("place", "swap", "replace", "place_new", "probe")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        for each in both:
            await place.one(requests.GetLatest(files=(each.id,)))
            await revised(tomas, each, NEWER)
        order = [copy.file for copy in place.journal.copies()]
        bad, good = sorted(both, key=lambda each: order.index(each.id))
        fault.name = bad.filename
        assert await broken_by(in_step(place, anna)) is None
        assert on_disk(place, good).read_bytes() == NEWER
        await turns(place, TURNS)
        assert fault.met == 1, "then it rests"
        assert troubles(place) == ["RuntimeError: a fault of ours"]
        fault.name = None
        await in_step(place, anna)
        assert on_disk(place, bad).read_bytes() == NEWER


async def test_other_check_ins_that_wait_go_although_one_breaks(anna: Client, tmp_path: Path) -> None:
    bad, good = await added(anna, "bad.nc"), await added(anna, "good.nc")
    fault = Fault("blocks")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        for each in (bad, good):
            await edited(place, each)
        await place.engine.away()
        for each in (bad, good):
            assert (await place.one(requests.CheckIn(files=(each.id,)))).outcome is Outcome.WAITS
        on_disk(place, bad).write_bytes(NEWER)  # it has to be read anew
        fault.name = bad.filename
        assert await broken_by(place.engine.go_on()) is None
        assert (await anna.file(good.id)).file.head.number == "1.1"
        (left,) = place.engine._queue.check_ins()
        assert (left.file, left.why, left.advice) == (bad.id, BROKEN, "It is tried again by itself. The log says more.")
        await turns(place, TURNS)
        assert len(troubles(place)) == 1, "then it rests"
        fault.name = None
        await place.engine.go_on()
        assert (await anna.file(bad.id)).file.head.number == "1.1"
        assert place.engine._queue.check_ins() == ()


async def test_the_engine_starts_although_one_copy_breaks(anna: Client, tmp_path: Path) -> None:
    bad, good = await added(anna, "bad.nc"), await added(anna, "good.nc")
    async with workplace(anna, tmp_path) as place:
        for each in (bad, good):
            await edited(place, each)
    fault = Fault("blocks")
    fault.name = bad.filename
    async with workplace(anna, tmp_path, make_disk=shimmed(fault), start=False) as place:
        assert await broken_by(place.engine.look_at_all()) is None
        assert fault.met == 1
        assert troubles(place) == ["RuntimeError: a fault of ours"]
        (seen,) = [event for event in place.events if isinstance(event, LocalsRead)]
        assert seen.copies[good.id].edited
        for _ in range(TURNS):
            await place.engine.look_at_mine()
        assert fault.met <= 2, "it rests"


@pytest.fixture
async def two(anna: Client, tmp_path: Path) -> tuple[File, File]:
    """Two files that are here, and that nothing is known of: the journal was lost."""
    bad, good = await added(anna, "bad.nc"), await added(anna, "good.nc")
    async with workplace(anna, tmp_path) as place:
        for each in (bad, good):
            await place.one(requests.GetLatest(files=(each.id,)))
    lose_journal(tmp_path)
    return bad, good


@pytest.mark.parametrize("method", ["blocks", "set_writable"], ids=["when it is read", "when it is recorded"])
async def test_others_are_known_again_although_one_breaks(
    anna: Client, tmp_path: Path, two: tuple[File, File], method: str, caplog: pytest.LogCaptureFixture
) -> None:
    (bad, good), fault = two, Fault(method)
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        fault.name = bad.filename
        assert await broken_by(in_step(place, anna)) is None
        (logged,) = [each for each in caplog.records if each.exc_info is not None]
        assert f"file={bad.id}" in logged.getMessage()
        assert place.journal.copy(good.id) is not None
        assert good.id in {event.file for event in place.events if isinstance(event, LocalChanged)}, "and it is told"
        fault.name = None
        await in_step(place, anna)
        assert place.journal.copy(bad.id) is not None
        assert bad.id in {event.file for event in place.events if isinstance(event, LocalChanged)}


async def test_others_that_are_known_again_follow_although_one_breaks(
    anna: Client, tomas: Client, tmp_path: Path, two: tuple[File, File]
) -> None:
    (bad, good), fault = two, Fault("probe")
    for each in two:
        await revised(tomas, each, NEWER)
    async with workplace(anna, tmp_path, make_disk=shimmed(fault)) as place:
        fault.name = bad.filename
        assert await broken_by(in_step(place, anna)) is None
        assert fault.met == 1
        await in_step(place, anna)
        assert on_disk(place, good).read_bytes() == NEWER
        fault.name = None
        await in_step(place, anna)
        assert on_disk(place, bad).read_bytes() == NEWER


async def test_other_held_files_go_on_although_the_look_at_one_breaks(
    anna: Client, tomas: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = await added(anna, "bad.nc"), await added(anna, "good.nc")
    program, fault = HeldByProgram(), Fault("probe")
    async with workplace(anna, tmp_path, make_disk=shimmed(fault, program)) as place:
        for each in (bad, good):
            await place.one(requests.GetLatest(files=(each.id,)))
            await revised(tomas, each, NEWER)
        program.names = {bad.filename, good.filename}
        await in_step(place, anna)
        assert all(place.engine._held.waits(each.id) for each in (bad, good))
        program.names = set()
        fault.name = bad.filename
        for _ in range(3):
            assert await broken_by(place.engine.look_at_mine()) is None
        assert on_disk(place, good).read_bytes() == NEWER
        assert fault.met == 3, "it is tried again"
        (logged,) = [each for each in caplog.records if each.exc_info is not None]
        assert f"file={bad.id}" in logged.getMessage(), "and told to the log once"
        fault.name = None
        await place.engine.look_at_mine()
        assert on_disk(place, bad).read_bytes() == NEWER
