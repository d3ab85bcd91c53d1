"""A file is on its way to the server for hours: nobody and nothing else waits for that."""

import asyncio
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand
from server.protocol.vault import File
from tests.pdm_desktop.sync.test_left_work import LATER, Tries, laptop_of, taken_over
from tests.support.client import Client
from tests.support.meanwhile import in_step, seq, tell
from tests.support.one_file import added, edited, on_disk, revised
from tests.support.queued import queued
from tests.support.seat_parts import until, workplace

LONG = 10.0
"""Seconds in which what waits for nothing is over."""


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
