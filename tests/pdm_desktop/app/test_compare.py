"""What was missed is compared with the workspace, although the cache cannot be read once."""

import asyncio
import sqlite3
from types import SimpleNamespace
from typing import Any

import pytest

from pdm_desktop.app.online import Online
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.cache.cache import Found
from pdm_desktop.core import link
from pdm_desktop.state.store import Store
from pdm_desktop.sync.news import Truth
from tests.support.facts import copy
from tests.support.seat_parts import comes, local_now, until


class Busy:
    """A cache that another program has locked for so many readings."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def run(self, job: Any) -> Found:
        self.times -= 1
        if self.times >= 0:
            raise sqlite3.OperationalError("database is locked")
        return Found(files=[], seqs={})


class Seat(Online):
    """An Online of which only what compares is there."""

    def __init__(self, cache: Busy, compared: list[Truth]) -> None:
        parts: dict[str, Any] = {
            "_store": Store(clock=local_now),
            "_cache": cache,
            "_follower": SimpleNamespace(epoch="e"),
            "_engine": SimpleNamespace(compare=compared.append, recognise=lambda _: None),
            "_was_known": True,
        }
        self.__dict__.update(parts)
        self._store.load_local({"f1": copy()})
        self.told: list[BaseException] = []
        self._tasks = Tasks(self.told.append)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr(link, "FIRST_PAUSE", 0.01)


async def test_what_was_missed_is_compared_although_the_cache_was_busy() -> None:
    compared: list[Truth] = []
    seat = Seat(Busy(2), compared)
    seat.compare_soon()
    assert await comes(lambda: bool(compared), within=5.0), "it is never compared while this connection stands"
    assert seat.told == []


async def test_nothing_is_compared_when_it_is_not_known_any_more() -> None:
    compared: list[Truth] = []
    cache = Busy(1_000_000)
    seat = Seat(cache, compared)
    seat.compare_soon()
    await until(lambda: cache.times < 1_000_000)
    seat._was_known = False
    (task,) = seat._tasks._running
    async with asyncio.timeout(5.0):
        await task
    assert compared == []
