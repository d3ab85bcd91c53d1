"""The connection itself, against servers that behave badly in just one way."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
import trustme
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from pdm_desktop.core import link
from pdm_desktop.core.errors import UnknownCertificate
from pdm_desktop.core.link import Ending, Next
from pdm_desktop.net import push as module
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.push import Push
from pdm_desktop.net.session import find_server
from server.protocol.events import FROM_SEAT, Ack, Ping, Pong, Presence, Report, Resume, Troubles
from server.protocol.wire import decode
from tests.support.dialling import HELLO, Ears, dialled, greet, said
from tests.support.seat_parts import comes, until


async def test_greets_listens_and_ignores_what_it_does_not_understand() -> None:
    first: list[object] = []

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        first.append(decode(await socket.recv(), FROM_SEAT).message)
        await socket.send('{"type": "of tomorrow", "timestamp": "2026-01-01T00:00:00Z", "data": {}}')
        await socket.send("no json")
        await socket.send(said(Presence(users=["Anna"])))
        await socket.wait_closed()

    async with dialled(behave) as (ears, _):
        await until(lambda: bool(ears.heard))
        assert first == [Resume(epoch="e")]
        assert ears.heard == [Presence(users=["Anna"])]


async def test_a_missing_pong_ends_the_connection_and_it_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PONG_PATIENCE", 0.05)

    async with dialled(greet) as (ears, _):
        await until(lambda: ears.greeted >= 2)
        assert ears.endings[0].next is Next.COME_BACK


async def test_a_connection_that_answers_its_pings_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PONG_PATIENCE", 1.0)
    pings = 0

    async def behave(socket: ServerConnection) -> None:
        nonlocal pings
        await socket.send(said(HELLO))
        async for raw in socket:
            if isinstance(decode(raw, FROM_SEAT).message, Ping):
                pings += 1
                await socket.send(said(Pong()))

    async with dialled(behave) as (ears, _):
        await until(lambda: pings >= 5)
        assert ears.endings == []
        assert Pong() in ears.heard, "who follows knows by it that the server is still there"


async def test_a_computer_that_slept_dials_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOCK_LOOK", 0.01)
    times = iter([0.0, 0.01, 0.02, 3600.0])

    async with dialled(greet, wall=lambda: next(times, 3600.0)) as (ears, _):
        await until(lambda: ears.greeted >= 2)


async def test_a_session_that_is_over_is_not_dialled_again() -> None:
    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        await socket.close(1008, "signed out")

    async with dialled(behave) as (ears, task):
        assert (await task).next is Next.SIGN_IN
        assert len(ears.endings) == 1


async def test_nothing_is_said_to_another_server_and_its_greeting_is_not_taken() -> None:
    answered: list[object] = []

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(replace(HELLO, server="another")))
        answered.extend([each async for each in socket])

    async with dialled(behave) as (ears, task):
        await until(lambda: task.done() or ears.greeted > 0)
        assert (ears.greeted, answered) == (0, [])
        ending = await task
        assert ending.next is Next.SIGN_IN
        assert "Another server answers at http://127.0.0.1:" in ending.words


@pytest.mark.parametrize("away", [False, True])
async def test_what_another_call_has_learned_ends_it_at_once(*, away: bool) -> None:
    async def behave(socket: ServerConnection) -> None:
        if not away:
            await socket.send(said(HELLO))
            await socket.wait_closed()

    async with dialled(behave, chance=lambda: 1.0) as (ears, task):
        await until(lambda: bool(ears.endings) if away else ears.greeted == 1)
        assert ears.push is not None
        ears.push.end(Ending(next=Next.SIGN_IN, words="Your sign-in has ended."))
        assert (await task).words == "Your sign-in has ended."
        assert ears.endings[-1].next is Next.SIGN_IN
        assert ears.greeted == (0 if away else 1)


async def test_a_restart_a_crash_and_a_slow_reader_lead_back() -> None:
    codes = [1012, 1011, 4008, 1001]

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        await socket.close(codes.pop(0)) if codes else await socket.wait_closed()

    async with dialled(behave) as (ears, _):
        await until(lambda: ears.greeted == 5)
        assert [ending.next for ending in ears.endings] == [Next.SPREAD, Next.COME_BACK, Next.COME_BACK, Next.COME_BACK]


async def test_seats_that_lose_their_server_do_not_all_come_back_at_once() -> None:
    listeners = [Ears() for _ in range(12)]
    http = Http("http://127.0.0.1:9", token="t", seat="s", tls=trust())
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(Push(http, each, server=HELLO.server).run(), name="push") for each in listeners]
        await until(lambda: all(each.tries for each in listeners))
        for task in tasks:
            task.cancel()
    await http.close()
    waits = [next_try - told for each in listeners for told, next_try in each.tries[:1]]
    assert max(waits) - min(waits) > timedelta(seconds=0.05)


async def test_the_seat_and_its_session_are_named_when_it_dials() -> None:
    named: list[tuple[str | None, str | None]] = []

    async def behave(socket: ServerConnection) -> None:
        assert socket.request is not None
        named.append((socket.request.headers.get("X-Seat-Id"), socket.request.headers.get("Authorization")))

    async with dialled(behave):
        await until(lambda: bool(named))
    assert named[0] == ("s", "Bearer t")


async def test_the_interval_of_the_settings_goes_before_the_servers() -> None:
    heard: list[object] = []

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(replace(HELLO, ping_interval=3600.0)))
        heard.extend([decode(await socket.recv(), FROM_SEAT).message for _ in range(3)])

    async with dialled(behave, ping_interval=0.05):
        await until(lambda: len(heard) >= 3)
    assert heard[:3] == [Resume(epoch="e"), Ping(), Ack()]


class Stream:
    """A socket of which everything has come already."""

    def __init__(self, *frames: str) -> None:
        self._frames = frames

    async def __aiter__(self) -> AsyncIterator[str]:
        for frame in self._frames:
            yield frame


@pytest.mark.parametrize(("breath", "turns"), [(-1.0, 5), (60.0, 0)], ids=["each takes long", "all are quick"])
async def test_in_a_stream_of_messages_the_window_gets_its_turn(
    monkeypatch: pytest.MonkeyPatch, breath: float, turns: int
) -> None:
    monkeypatch.setattr(module, "BREATH", breath)
    http = Http("http://127.0.0.1:9", token="t", seat="s", tls=trust())
    ears, loop, had = Ears(), asyncio.get_running_loop(), 0

    def window() -> None:
        nonlocal had
        had += 1
        if len(ears.heard) < 5:
            loop.call_soon(window)

    loop.call_soon(window)
    push = Push(http, ears, server=HELLO.server)
    await push._listen(cast("ClientConnection", Stream(*[said(Pong())] * 5)))
    assert (len(ears.heard), had) == (5, turns)
    await http.close()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    """What a server at this address shows, signed by that authority."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    return made


async def test_a_certificate_that_is_not_trusted_here_is_said_plainly(certificate: ssl.SSLContext) -> None:
    async def behave(socket: ServerConnection) -> None:
        raise AssertionError("nothing is said over such a connection")

    async with dialled(behave, certificate=certificate, chance=lambda: 1.0) as (ears, _):
        await until(lambda: bool(ears.endings))
        assert "is not trusted here" in ears.endings[0].words
        assert ears.push is not None
        with pytest.raises(UnknownCertificate, match="is not trusted here") as met:
            await find_server(ears.push._http)
        assert met.value.advice == "Ask an administrator to install the server's certificate on this computer."


async def test_a_certificate_that_is_trusted_is_enough(certificate: ssl.SSLContext, authority: trustme.CA) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with dialled(greet, certificate=certificate, tls=trusting) as (ears, _):
        await until(lambda: ears.greeted == 1)


async def test_after_a_sleep_a_connection_that_looks_alive_is_dialled_anew_at_once() -> None:
    async with dialled(greet, ping_interval=600.0) as (ears, task):  # no ping finds out meanwhile
        await until(lambda: ears.greeted == 1)
        assert ears.push is not None
        ears.push.wake()
        assert await comes(lambda: ears.greeted == 2)
        assert [each.next for each in ears.endings] == [Next.COME_BACK]
        assert not task.done()


async def test_after_a_sleep_nobody_waits_for_an_attempt_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "FIRST_DELAY", 300.0)
    monkeypatch.setattr(link, "LONGEST_DELAY", 300.0)
    refuse = True

    async def behave(socket: ServerConnection) -> None:
        if refuse:
            await socket.close(1011)
        else:
            await greet(socket)

    async with dialled(behave, chance=lambda: 0.999) as (ears, _):
        await until(lambda: bool(ears.tries))
        refuse = False
        assert ears.push is not None
        ears.push.wake()
        await until(lambda: ears.greeted == 1)


async def test_what_the_seat_says_goes_out_in_order_and_is_not_kept_without_a_connection() -> None:
    heard: list[object] = []

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        with suppress(ConnectionClosed):
            while True:
                heard.append(decode(await socket.recv(), FROM_SEAT).message)

    async with dialled(behave) as (ears, _):
        push = ears.push
        assert push is not None
        push.say(Report(file="too early"))
        await until(lambda: Ping() in heard)
        push.say(Report(file="a", open=True))
        push.say(Troubles(full=True))
        await until(lambda: Troubles(full=True) in heard)
    assert [each for each in heard if isinstance(each, Report | Troubles)] == [
        Report(file="a", open=True), Troubles(full=True)
    ]  # fmt: skip
