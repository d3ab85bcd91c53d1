"""T19, seen from one seat: what it asks of the server when it connects is a handful of calls, of each kind one."""

import re
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.memory_keyring import memory_keyring
from tests.support.seat_parts import until
from tests.support.stage import a_shop

IDS = re.compile(r"/[0-9A-Za-z]{20,}|/[0-9a-f]{8}-[0-9a-f-]{27}")
COMES_BACK = Counter(["GET /api/inbox", "GET /api/parked", "GET /api/session/mine"])
"""Whoever adds a call to this list adds 5,000 of them to each restart of a server with as many seats."""
STARTS = COMES_BACK + Counter(["GET /api/session", "GET /api/server", "GET /api/vaults"])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call that a seat makes, as method and path; the socket is none."""
    made: list[str] = []
    as_it_is = httpx.AsyncClient.stream

    def noted(self: httpx.AsyncClient, method: str, url: str, **more: Any) -> AbstractAsyncContextManager[Any]:
        made.append(f"{method} {IDS.sub('/{id}', url)}")
        return as_it_is(self, method, url, **more)

    monkeypatch.setattr(httpx.AsyncClient, "stream", noted)
    return made


async def test_a_seat_asks_for_all_that_is_its_persons_in_one_call(tmp_path: Path, asked: list[str]) -> None:
    with memory_keyring():
        await a_seat_comes_and_comes_back(tmp_path, asked)


async def a_seat_comes_and_comes_back(folder: Path, asked: list[str]) -> None:
    async with a_shop(folder, "Anna") as shop:
        (anna,) = shop.people
        await anna.adds("Jobs/2210/plate.nc", b"a plate\n")
        await anna.goes_home()
        asked.clear()
        await anna.comes_to_work()
        await until(lambda: Counter(asked) >= STARTS)
        started = Counter(asked)
        asked.clear()
        await shop.restarts_the_server()
        await anna.is_in_step()
        await until(lambda: Counter(asked) >= COMES_BACK)
        await shop.goes_home()
        assert (started, Counter(asked)) == (STARTS, COMES_BACK)
