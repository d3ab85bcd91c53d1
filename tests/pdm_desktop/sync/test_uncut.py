"""What changes the disk is done to its end, and recorded, whoever is cancelled; and one file's fault is no other's."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import TroubleMet
from pdm_desktop.sync.uncut import as_a_whole, begun, on_thread
from server.protocol.calls import FileState
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import HeldByProgram, shimmed
from tests.support.one_file import FIRST, added, on_disk, revised, unfinished_files
from tests.support.points import Call
from tests.support.seat_parts import PATIENCE, Workplace, content_of, until, workplace

NEWER = FIRST + b"Rev 1.1\n"
A_WHILE = 0.2
"""Seconds in which something would happen that must not happen yet."""


class Gate:
    """Stops a thread of the engine before a call of the disk, until it is opened; then raises, if it has what."""

    def __init__(self, *methods: str, error: Exception | None = None) -> None:
        self.methods = methods
        self.error = error
        self.is_set = False
        self.reached = threading.Event()
        self.opened = threading.Event()

    def before(self, call: Call) -> None:
        if self.is_set and call.method in self.methods:
            self.is_set = False
            self.reached.set()
            assert self.opened.wait(PATIENCE)
            if self.error is not None:
                raise self.error

    def after(self, _call: Call) -> None:
        """Nothing."""


async def is_over_soon(task: "asyncio.Task[None]") -> bool:
    done, _ = await asyncio.wait([task], timeout=A_WHILE)
    return bool(done)


# Whoever is cancelled


async def test_who_is_cancelled_goes_when_the_thread_has_ended_however_often_that_is_said() -> None:
    began, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def work(what: str) -> None:
        began.set()
        assert may_end.wait(PATIENCE)
        done.append(what)

    task = asyncio.get_running_loop().create_task(on_thread(work, "all of it"), name="work")
    await until(began.is_set)
    for _ in range(2):
        task.cancel()
        assert not await is_over_soon(task)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["all of it"]


async def test_what_is_begun_as_its_command_is_cut_is_ended_again() -> None:
    began, may_end = threading.Event(), threading.Event()
    over: list[str] = []

    def begin() -> str:
        began.set()
        assert may_end.wait(PATIENCE)
        return "a part"

    task = asyncio.get_running_loop().create_task(begun(begin, over.append), name="begin")
    await until(began.is_set)
    task.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert over == ["a part"]
    assert await begun(lambda: "another", over.append) == "another"
    assert over == ["a part"]


async def test_what_is_awaited_is_told_as_it_is() -> None:
    async def refused() -> None:
        raise ValueError("no")

    assert await on_thread(lambda: 7) == 7
    with pytest.raises(ValueError, match="no"):
        await as_a_whole(refused(), name="refused")


GET = ("GetLatest", "GetLatest of several")


@pytest.mark.parametrize("command", GET)
async def test_a_replacement_is_done_and_recorded_before_its_command_is_cut(
    anna: Client, tmp_path: Path, file: File, command: str
) -> None:
    gate = Gate("exchange", "place")
    also = (await added(anna)).id
    async with workplace(anna, tmp_path, make_disk=shimmed(gate)) as place:
        request = requests.GetLatest(files=(file.id,) if command == GET[0] else (file.id, also))
        await place.do(request)
        await revised(anna, file, NEWER)
        gate.is_set = True
        task = asyncio.get_running_loop().create_task(place.engine.run(request, {}), name="request")
        await until(gate.reached.is_set)
        task.cancel()
        assert not await is_over_soon(task), "its thread is still at the file"
        gate.opened.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert on_disk(place, file).read_bytes() == NEWER
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert copy.number == "1.1"
        assert place.journal.replacements() == {}


async def test_content_that_was_just_begun_as_its_command_is_cut_is_not_left_open(
    anna: Client, tmp_path: Path, file: File
) -> None:
    gate = Gate("begin")
    async with workplace(anna, tmp_path, make_disk=shimmed(gate)) as place:
        gate.is_set = True
        task = asyncio.get_running_loop().create_task(
            place.engine.run(requests.CheckOut(files=(file.id,)), {}), name="request"
        )
        await until(gate.reached.is_set)
        task.cancel()
        gate.opened.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert unfinished_files(place.root) == []


async def test_what_goes_to_the_store_has_gone_before_its_command_is_cut(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    gate = Gate("place")
    async with workplace(anna, tmp_path, make_disk=shimmed(gate)) as place:
        await place.do(requests.CheckOut(files=(file.id,)))
        gate.is_set = True
        request = requests.Delete(files=(file.id,))
        task = asyncio.get_running_loop().create_task(place.engine.run(request, {}), name="request")
        await until(gate.reached.is_set)
        task.cancel()
        assert not await is_over_soon(task), "its thread is still at the file"
        gate.opened.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (place.kept(), place.journal.copy(file.id)) == ([FIRST], None)


# What nobody foresaw


class Faulty(VaultCalls):
    """Breaks in the check-out of one file, while a thread is at another one."""

    def __init__(self, inner: VaultCalls, file: str, gate: Gate) -> None:
        self._http = inner._http
        self._file = file
        self._gate = gate

    async def check_out(self, file: str, message: str | None, key: str) -> FileState:
        if file != self._file:
            return await super().check_out(file, message, key)
        await until(self._gate.reached.is_set)
        self._gate.opened.set()
        raise RuntimeError("a fault of ours")


@pytest.fixture
async def other(anna: Client) -> File:
    return await added(anna)


async def test_an_unexpected_error_in_one_file_is_said_of_it_and_the_others_go_on(
    anna: Client, tmp_path: Path, file: File, other: File, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate("place_new")
    gate.is_set = True
    around = lambda calls: Faulty(calls, file.id, gate)  # noqa: E731 - a name for one line
    with caplog.at_level(logging.WARNING, "pdm_desktop"):
        async with workplace(anna, tmp_path, make_disk=shimmed(gate), around=around) as place:
            request = requests.CheckOut(files=(file.id, other.id))
            (results,) = await asyncio.gather(place.do(request), return_exceptions=True)
            assert isinstance(results, list), results
            broken, done = results
            assert (done.outcome, place.journal.hold(other.id) is not None) == (Outcome.DONE, True)
            assert on_disk(place, other).read_bytes() == FIRST
    assert (broken.file, broken.outcome) == (file.id, Outcome.UNFINISHED)
    assert broken.text == "Something unexpected happened: RuntimeError: a fault of ours"
    assert broken.advice == "Nothing is lost. Try again; the log says more."
    (logged,) = [each for each in caplog.records if each.exc_info is not None]
    assert f"file={file.id}" in logged.getMessage()


async def test_an_unexpected_error_in_a_bundle_leaves_each_file_to_its_own_command(
    anna: Client, tmp_path: Path, file: File, other: File
) -> None:
    gate = Gate("place_all_new", error=RuntimeError("a fault of ours"))
    gate.is_set = True
    gate.opened.set()
    async with workplace(anna, tmp_path, make_disk=shimmed(gate)) as place:
        results = await place.do(requests.GetLatest(files=(file.id, other.id)))
        assert gate.reached.is_set()
        assert [each.outcome for each in results] == [Outcome.DONE, Outcome.DONE]
        assert on_disk(place, file).read_bytes() == on_disk(place, other).read_bytes() == FIRST


async def test_an_unexpected_error_in_what_waited_for_a_program_is_told_and_the_others_go_on(
    anna: Client, tmp_path: Path, file: File, other: File
) -> None:
    program, gate = HeldByProgram(file.filename), Gate("exchange", "place", error=RuntimeError("a fault of ours"))
    gate.opened.set()
    async with workplace(anna, tmp_path, make_disk=shimmed(gate, program)) as place:
        both = (file, other)
        program.names.clear()
        await place.do(requests.GetLatest(files=(file.id, other.id)))
        for each in both:
            await revised(anna, each, NEWER)
        program.names.add(file.filename)
        results = await place.do(requests.GetLatest(files=(file.id, other.id)))
        assert [each.outcome for each in results] == [Outcome.WAITS, Outcome.WAITS]
        gate.is_set = True
        program.names.clear()
        waiting = asyncio.get_running_loop().create_task(place.engine.wait_for_programs(), name="wait")
        try:
            await until(lambda: NEWER in contents(place, both) and bool(troubles(place)))
            assert not waiting.done()
        finally:
            waiting.cancel()
            await asyncio.wait([waiting])
    (met,) = troubles(place)
    assert met.trouble.text == "RuntimeError: a fault of ours"


def contents(place: Workplace, files: Sequence[File]) -> list[bytes | None]:
    return [content_of(on_disk(place, each)) for each in files]


def troubles(place: Workplace) -> list[TroubleMet]:
    return [event for event in place.events if isinstance(event, TroubleMet)]
