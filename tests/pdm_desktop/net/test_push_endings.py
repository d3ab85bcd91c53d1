"""A connection that never comes to stand, breaks by an error of ours, or ends while it is made: the seat goes on."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from pdm_desktop.core import link
from pdm_desktop.core.link import Next, after_sign_out
from pdm_desktop.release import VERSION
from server.protocol.events import Pong, Presence
from server.protocol.limits import FRAME_BYTES
from server.protocol.set_rule import SetRule
from server.protocol.vault import Vault
from tests.support.dialling import HELLO, dialled, greet, said
from tests.support.seat_parts import comes, until


class Silent:
    """A server that says nothing on the first connection, as when the line is cut there, and greets on the next."""

    def __init__(self) -> None:
        self.dialled = 0

    async def behave(self, socket: ServerConnection) -> None:
        self.dialled += 1
        await (socket.wait_closed() if self.dialled == 1 else greet(socket))


async def test_a_server_that_never_greets_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "GREETING_PATIENCE", 0.05)
    async with dialled(Silent().behave) as (ears, _):
        assert await comes(lambda: ears.greeted == 1, within=5.0), "it waits for a greeting for ever"
        assert ears.endings[0].next is Next.COME_BACK


async def test_who_does_not_want_to_wait_for_a_greeting_dials_anew() -> None:
    server = Silent()
    async with dialled(server.behave) as (ears, _):
        push = ears.push
        assert push is not None

        def is_greeted() -> bool:
            if server.dialled == 1:
                push.try_now()
            return ears.greeted == 1

        assert await comes(is_greeted, within=5.0), "“Try now” does nothing"


async def test_a_connection_that_stands_is_not_dialled_anew() -> None:
    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(replace(HELLO, ping_interval=30.0)))
        await socket.recv()
        await socket.send(said(Presence(users=["Anna"])))
        await go_on.wait()
        await socket.send(said(Presence(users=["Tomas"])))
        await socket.wait_closed()

    go_on = asyncio.Event()
    async with dialled(behave) as (ears, _):
        await until(lambda: bool(ears.heard))
        assert ears.push is not None
        ears.push.try_now()
        go_on.set()
        await until(lambda: len(ears.heard) == 2)
        assert ears.endings == []


async def test_an_end_that_is_learned_while_it_dials_is_an_end() -> None:
    """Another call hears that the session is over just then."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def gate(_connection: ServerConnection, _request: Request) -> Response | None:
        asked.set()
        await go_on.wait()
        return None

    async with dialled(greet, gate=gate) as (ears, task):
        await asked.wait()
        assert ears.push is not None
        ears.push.end(after_sign_out())
        go_on.set()
        assert await comes(task.done, within=5.0), "a session that is over goes on until the line breaks"
        assert (ears.greeted, [ending.next for ending in ears.endings]) == (0, [Next.SIGN_IN])


async def test_a_shop_with_many_vaults_is_greeted() -> None:
    """200 vaults, each with a rule of its own for sets, are more than a seat may say at once."""
    words = [f".ending{number:02}" for number in range(12)]
    rule = SetRule(sources=words, programs=words, sheets=words, operation="{part}-op*", sheet="{part}-setup*")
    vaults = [Vault(id=f"{n:024}", name=f"Customer {n}", role="editor", seq=1, sets=rule) for n in range(200)]
    greeting = said(replace(HELLO, vaults=vaults))
    assert len(greeting) > FRAME_BYTES

    async def behave(socket: ServerConnection) -> None:
        await socket.send(greeting)
        await socket.wait_closed()

    async with dialled(behave) as (ears, _):
        await until(lambda: bool(ears.greeted or ears.endings))
        assert ears.greeted == 1, ears.endings


async def test_an_error_that_nobody_foresaw_is_told_and_leads_back(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged whole once, not at each attempt."""
    with caplog.at_level(logging.WARNING, "pdm_desktop"):
        async with dialled(greet, chance=lambda: 0.01) as (ears, task):
            ears.breaks = [KeyError("tomorrow"), KeyError("tomorrow")]
            await until(lambda: ears.greeted == 3 or task.done())
            assert not task.done(), "following has ended for good"
            words = "Something unexpected happened: KeyError: 'tomorrow'"
            assert [(ending.next, ending.words) for ending in ears.endings] == [(Next.COME_BACK, words)] * 2
    assert caplog.messages.count("connection broke") == 1


async def test_waits_longer_each_time_by_chance_and_begins_anew_after_a_pong() -> None:
    """A greeting alone does not count: what breaks after each would be dialled at once, for ever."""
    asked: list[datetime] = []

    def chance() -> float:
        asked.append(datetime.now(UTC))
        return 0.02

    async def behave(socket: ServerConnection) -> None:
        if len(asked) in (2, 4):
            await socket.send(said(HELLO))
            await socket.recv()
        if len(asked) == 4:
            await socket.send(said(Pong()))
        await socket.close(1011)

    async with dialled(behave, chance=chance) as (ears, _):
        await until(lambda: len(ears.tries) >= 6)
    whole_waits = [0.5, 1.0, 2.0, 4.0, 0.5, 1.0]
    for whole, before, (after, next_try) in zip(whole_waits, asked, ears.tries, strict=False):
        wait = timedelta(seconds=0.02 * whole)
        assert before + wait <= next_try <= after + wait


async def test_a_server_that_serves_only_newer_seats_is_not_dialled_again() -> None:
    too_new = replace(HELLO, oldest_client="77.0.1", newest_client="77.0.2")

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(too_new))
        await socket.wait_closed()

    async with dialled(behave) as (ears, task):
        assert await comes(task.done, within=5.0), "it goes on with a server that does not serve it"
        ending = task.result()
        assert (ending.next, ears.greeted, ears.hellos) == (Next.STOP, 0, [too_new])
        assert ending.words == f"The server needs PDM Desktop 77.0.1 or newer; this is {VERSION}."
        assert ending.advice == "Install the newer version; your work stays in the workspace."
        assert ears.endings == [ending]
