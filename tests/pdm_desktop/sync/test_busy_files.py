"""A file is on its way to the server for hours: nobody and nothing else waits for that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.net.vault import VaultCalls
from server.protocol.vault import File
from tests.pdm_desktop.sync.test_left_work import LATER, Tries, laptop_of, taken_over
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell, turns
from tests.support.one_file import added, edited, on_disk, revised
from tests.support.queued import queued
from tests.support.seat_parts import until, workplace

LONG = 10.0
"""Seconds in which what waits for nothing is over."""


class Gate(VaultCalls):
    """The content of one file is on its way until the gate is open."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.large: str | None = None
        self.gate = asyncio.Event()
        self.is_at_it = False

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        if file == self.large:
            self.is_at_it = True
            await self.gate.wait()
        async with super().content(file, revision, start=start) as blocks:
            yield blocks


class Gates(list[Gate]):
    """Makes them, for `workplace(around=...)`, and keeps them."""

    def __call__(self, inner: VaultCalls) -> Gate:
        self.append(Gate(inner))
        return self[-1]


async def cut_check_out(anna: Client, folder: Path, file: File) -> None:
    """The program ended while a check-out's content was on its way."""
    gates = Gates()
    async with workplace(anna, folder, around=gates) as place:
        gates[0].large = file.id
        async with asyncio.TaskGroup() as group:
            task = group.create_task(place.engine.run(requests.CheckOut(files=(file.id,)), {}), name="cut")
            await until(lambda: gates[0].is_at_it)
            task.cancel()
        assert place.journal.unfinished()


async def test_news_of_a_file_on_its_way_whose_check_in_waited_keep_no_other_copy(
    anna: Client, tmp_path: Path, file: File
) -> None:
    tries, other = Tries(), await added(anna, "other.nc")
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,), comment="deburred"))
    await taken_over(anna, file)
    async with workplace(anna, tmp_path, around=tries) as place, laptop_of(anna) as laptop:
        await place.one(requests.GetLatest(files=(other.id,)))
        gate = tries[0].gate = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(in_step(place, laptop), name="in step")
            try:
                await until(lambda: tries[0].uploads == 1)
                since = await seq(anna)
                await laptop.move(file.id, f"{file.path}.moved.nc")
                moved = group.create_task(tell(place, anna, since), name="news of the file")
                await asyncio.wait([moved], timeout=LONG)
                since = await seq(anna)
                await revised(anna, other, LATER)
                news = group.create_task(tell(place, anna, since), name="news of another")
                await asyncio.wait([news], timeout=LONG)
                assert on_disk(place, other).read_bytes() == LATER, "the other copy follows"
                assert (moved.done(), news.done()) == (True, True), "nobody waits for it"
            finally:
                gate.set()


async def test_other_check_ins_of_the_queue_go_while_left_work_is_on_its_way(
    anna: Client, tmp_path: Path, file: File
) -> None:
    tries, other = Tries(), await added(anna, "other.nc")
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,), comment="deburred"))
    await taken_over(anna, file)
    async with workplace(anna, tmp_path, around=tries) as place, laptop_of(anna) as laptop:
        await edited(place, other, b"small work\n")
        gate = tries[0].gate = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(in_step(place, laptop), name="in step")
            try:
                await until(lambda: tries[0].uploads == 1)
                tries[0].full = Unreachable("The connection was cut.", sent=False)
                assert (await place.one(requests.CheckIn(files=(other.id,)))).outcome is Outcome.WAITS
                assert [one.stand for one in place.journal.waiting()] == [Stand.NEEDS_YOU, Stand.WAITS]
                tries[0].full, tries[0].gate = None, None
                back = group.create_task(place.engine.go_on(), name="the server answers")
                await asyncio.wait([back], timeout=LONG)
                assert (await anna.file(other.id)).file.head.number == "1.1", "it needs nobody and nothing"
            finally:
                gate.set()


async def test_a_set_that_waits_for_left_work_keeps_no_other_copy_from_following(anna: Client, tmp_path: Path) -> None:
    tries, third = Tries(), await added(anna, "third.nc")
    first, second = sorted([await added(anna, "one.nc"), await added(anna, "two.nc")], key=lambda each: each.id)
    async with workplace(anna, tmp_path, around=tries) as place, laptop_of(anna) as laptop:
        await place.one(requests.GetLatest(files=(third.id,)))
        await place.one(requests.GetLatest(files=(first.id,)))
        await edited(place, second)
        await laptop.adopt(second.id)
        gate = tries[0].gate = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(in_step(place, laptop), name="in step")
            try:
                await until(lambda: tries[0].uploads == 1)
                both = requests.CheckOut(files=(first.id, second.id), together=True)
                group.create_task(place.do(both), name="both")
                await until(lambda: not place.engine._files.is_free(first.id))
                since = await seq(anna)
                await revised(laptop, first, LATER)
                await revised(laptop, third, LATER)
                news = group.create_task(tell(place, anna, since), name="news")
                await asyncio.wait([news], timeout=LONG)
                since = await seq(anna)
                await revised(laptop, third, LATER + LATER)
                more = group.create_task(tell(place, anna, since), name="more news")
                await asyncio.wait([more], timeout=LONG)
                assert on_disk(place, third).read_bytes() == LATER + LATER, "it has nothing to do with them"
            finally:
                gate.set()


async def test_what_was_begun_and_what_waits_goes_on_while_another_file_is_finished_for_hours(
    anna: Client, tmp_path: Path, file: File
) -> None:
    large, gates = await added(anna, "large.step"), Gates()
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,)))
    small = await added(anna, "small.nc")
    for each in (large, small):
        await cut_check_out(anna, tmp_path, each)
    async with workplace(anna, tmp_path, around=gates) as place:
        gates[0].large = large.id
        async with asyncio.TaskGroup() as group:
            group.create_task(place.engine.go_on(), name="go on")
            try:
                await until(lambda: gates[0].is_at_it)
                work = group.create_task(turns(place, 1), name="a turn")
                await asyncio.wait([work], timeout=LONG)
                assert (await anna.file(file.id)).file.head.number == "1.1"
                assert on_disk(place, small).is_file()
                assert work.done(), "nor does anything else wait"
            finally:
                gates[0].gate.set()
        assert place.journal.unfinished() == []
        assert place.journal.hold(large.id) is not None
