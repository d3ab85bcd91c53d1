"""Readiness: what hangs is given up soon and asked once; what is away is named; without a bus calls are taken."""

import asyncio
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError

from server.domain.errors import NotReady
from server.services.readiness import Look, Reached, Readiness
from server.storage.store import Store

AT_ONCE = 0.01


class Seam:
    """A store, blobs and a bus that do what a test says."""

    def __init__(self) -> None:
        self.database: Exception | None = None
        self.contents: Exception | None = None
        self.hears = True
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.asked = 0

    async def read(self, _: object) -> None:
        self.asked += 1
        await self.hangs.wait()
        if self.database is not None:
            raise self.database

    def reach(self) -> None:
        if self.contents is not None:
            raise self.contents


def readiness(seam: Seam, *, patience: float = 30.0) -> Readiness:
    anything: Any = seam
    return Readiness(cast("Store", anything), anything, anything, patience=patience)


async def test_all_that_answers_is_reached() -> None:
    found = await readiness(Seam()).reached()
    assert found == Reached(database=True, contents=True, bus=True)
    assert (found.is_ready, found.missing) == (True, [])


@pytest.mark.parametrize(
    ("away", "trouble"),
    [
        ("database", OperationalError("select", {}, Exception("gone"))),
        ("contents", PermissionError("not yours")),
        ("database", NotReady("It is away.", retry_after=2)),
    ],
)
async def test_without_its_data_it_is_not_ready(away: str, trouble: Exception) -> None:
    seam = Seam()
    setattr(seam, away, trouble)
    found = await readiness(seam).reached()
    assert (found.is_ready, found.missing) == (False, [away])


async def test_without_the_bus_it_is_ready_and_says_so() -> None:
    seam = Seam()
    seam.hears = False
    found = await readiness(seam).reached()
    assert (found.is_ready, found.missing) == (True, ["bus"])


async def test_what_hangs_counts_as_away_and_is_asked_once_however_often_somebody_looks() -> None:
    seam = Seam()
    seam.hangs.clear()
    asking = readiness(seam, patience=AT_ONCE)
    for _ in range(3):
        assert "database" in (await asking.reached()).missing
    assert seam.asked == 1
    seam.hangs.set()
    await asyncio.sleep(0)
    patient = readiness(seam)
    assert (await patient.reached()).is_ready
    await asking.close()


async def test_whoever_stops_waiting_ends_nobody_elses_look() -> None:
    answered = asyncio.Event()

    async def look() -> str:
        await answered.wait()
        return "there"

    shared = Look(look, name="shared", patience=30.0)
    async with asyncio.TaskGroup() as tasks:
        leaves = tasks.create_task(shared.now(), name="leaves")
        stays = tasks.create_task(shared.now(), name="stays")
        await asyncio.sleep(0)
        leaves.cancel()
        await asyncio.sleep(0)
        answered.set()
    assert stays.result() == "there"


async def test_a_look_that_goes_on_is_ended_with_the_server() -> None:
    ended = []

    async def look() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    hanging = Look(look, name="hanging", patience=AT_ONCE)
    with pytest.raises(TimeoutError):
        await hanging.now()
    await hanging.close()
    assert ended == [True]
