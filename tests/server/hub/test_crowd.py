"""A crowd costs few questions, few encodings and few messages: the same with ready frames and with nothing but ASGI."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from server.hub import greeting
from server.hub.encoded import Encoded, encode_now
from server.protocol.events import Presence
from tests.support.crowd import FakeSeat, connected, sign_in_many
from tests.support.shop import Shop, open_shop
from tests.support.statements import counted_statements

SEATS = 500
STAYING = 20
WINDOW = 0.5
A_HANDFUL = 20


@pytest.fixture(params=["direct", "plain"])
def direct(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "direct")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """No look of each second is among what is counted."""
    async with open_shop(tmp_path, direct=True, presence_window=WINDOW, watch_interval=3_600) as shop:
        await shop.vault("mill")
        yield shop


async def test_a_crowd_that_comes_back_after_a_restart_costs_a_handful_of_statements(shop: Shop, direct: bool) -> None:
    await shop.happen("mill", count=60)
    tokens = await sign_in_many(shop.store, shop.tokens, SEATS)
    with counted_statements() as statements:
        async with asyncio.timeout(60), connected(shop.socket, tokens, direct=direct) as crowd:
            await crowd.resume(mill=20)
            for each in crowd.seats:
                await each.until_seq(60)
            assert crowd.seqs() == [list(range(21, 61))] * SEATS
    assert len(statements) <= A_HANDFUL
    assert sum("FROM event" in each for each in statements) == 1


async def test_who_resumes_what_is_in_memory_costs_no_statement_for_events(shop: Shop, direct: bool) -> None:
    tokens = await sign_in_many(shop.store, shop.tokens, 20)
    first = {"s0": tokens.pop("s0")}
    async with asyncio.timeout(60), connected(shop.socket, first, direct=direct) as there:
        await there.resume()
        await shop.happen("mill", count=40)
        await there.seats[0].until_seq(40)
        with counted_statements() as statements:
            async with connected(shop.socket, tokens, direct=direct) as crowd:
                await crowd.resume(mill=10)
                for each in crowd.seats:
                    await each.until_seq(40)
    assert [each for each in statements if "FROM event" in each] == []


async def test_arrivals_are_announced_once_a_window_and_each_to_everybody(
    shop: Shop, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = 0

    def counted(message: object) -> Encoded:
        nonlocal lists
        lists += isinstance(message, Presence)
        return encode_now(message)

    monkeypatch.setattr(greeting, "encode_now", counted)
    tokens = await sign_in_many(shop.store, shop.tokens, SEATS)
    began = time.monotonic()
    async with asyncio.timeout(60), connected(shop.socket, tokens, direct=direct) as crowd:
        for each in crowd.seats:
            await each.hears(partial(heard_of_all, each))
        windows = (time.monotonic() - began) / WINDOW + 1
        frames = crowd.heard()["user_connected"]
        told = [announced(each) for each in crowd.seats]
    assert all(sorted(names) == [f"Person {number:05}" for number in range(SEATS)] for names in told)
    assert frames <= SEATS * windows
    assert lists <= 4, "who is online is put into words once for all who come together"


async def test_departures_are_announced_once_a_window_and_each_to_whoever_stays(shop: Shop, direct: bool) -> None:
    tokens = list((await sign_in_many(shop.store, shop.tokens, SEATS + STAYING)).items())
    leaving, staying = dict(tokens[:SEATS]), dict(tokens[SEATS:])
    async with asyncio.timeout(60), connected(shop.socket, staying, direct=direct) as there:
        async with connected(shop.socket, leaving, direct=direct):
            for each in there.seats:
                await each.hears(partial(heard_of_all, each, SEATS + STAYING))
            began = time.monotonic()
        for each in there.seats:
            await each.hears(partial(heard_of_all, each, SEATS, kind="user_disconnected"))
        windows = (time.monotonic() - began) / WINDOW + 1
        frames = there.heard()["user_disconnected"]
        told = [announced(each, "user_disconnected") for each in there.seats]
    assert all(sorted(names) == [f"Person {number:05}" for number in range(SEATS)] for names in told)
    assert frames <= STAYING * windows


def heard_of_all(seat: FakeSeat, people: int = SEATS, *, kind: str = "user_connected") -> bool:
    """Nobody is left to be told to the seat."""
    return len(announced(seat, kind)) >= people


def announced(seat: FakeSeat, kind: str = "user_connected") -> list[str]:
    """Whom the seat was told of."""
    return [name for each in seat.messages(kind) for name in each["data"]["users"]]


async def test_access_that_changes_for_a_crowd_is_read_by_a_handful_of_statements(shop: Shop, direct: bool) -> None:
    tokens = await sign_in_many(shop.store, shop.tokens, SEATS)
    async with asyncio.timeout(60), connected(shop.socket, tokens, direct=direct) as crowd:
        await crowd.resume()
        await shop.vault("second")
        with counted_statements() as statements:
            await shop.grant("p0", "mill", "reader")
            for each in crowd.seats:
                await each.until("access_changed")
    assert len(statements) <= A_HANDFUL
