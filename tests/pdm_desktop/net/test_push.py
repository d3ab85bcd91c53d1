"""The connection itself, against servers that behave badly in just one way."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from pdm_desktop.core import link
from pdm_desktop.core.link import Ending, Next
from pdm_desktop.net import push as module
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.push import Push
from server.protocol.events import FROM_SEAT, Ack, Hello, Ping, Pong, Presence, Resume, ServerMessage
from server.protocol.wire import Envelope, decode, encode
from tests.support.seat_parts import until

HELLO = Hello(user="Anna", seat="s", epoch="e", vaults=[], ping_interval=0.05, server_version="1", oldest_client="0")
Serve = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class Ears:
    """A listener that writes down what it hears."""

    heard: list[ServerMessage] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    greeted: int = 0
    push: Push | None = None
    """What it listens to."""

    def resume(self, hello: Hello) -> Resume:
        self.greeted += 1
        return Resume(epoch=hello.epoch)

    def receive(self, envelope: Envelope[ServerMessage]) -> None:
        self.heard.append(envelope.message)

    def ack(self) -> Ack:
        return Ack()

    async def work(self) -> None:
        await asyncio.Event().wait()

    def lost(self, ending: Ending, next_try: datetime | None) -> None:
        self.endings.append(ending)


def said(message: object) -> str:
    return encode(message, timestamp=datetime.now(UTC)).decode()


@asynccontextmanager
async def dialled(
    behave: Serve, *, refuse: int | None = None, wall: Callable[[], float] = time.time, chance: float = 0.0
) -> AsyncIterator[tuple[Ears, "asyncio.Task[Ending]"]]:
    async def refused(connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(refuse, "") if refuse else None

    async with serve(behave, "127.0.0.1", 0, process_request=refused) as server:
        port = server.sockets[0].getsockname()[1]
        http = Http(f"http://127.0.0.1:{port}", token="t", seat="s", tls=trust())
        ears = Ears()
        push = ears.push = Push(http, ears, chance=lambda: chance, wall=wall)
        task: asyncio.Task[Ending] = asyncio.get_running_loop().create_task(push.run(), name="push")
        try:
            yield ears, task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await http.close()


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

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        await socket.wait_closed()

    async with dialled(behave) as (ears, _):
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


async def test_a_computer_that_slept_dials_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOCK_LOOK", 0.01)
    times = iter([0.0, 0.01, 0.02, 3600.0])

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        await socket.wait_closed()

    async with dialled(behave, wall=lambda: next(times, 3600.0)) as (ears, _):
        await until(lambda: ears.greeted >= 2)


async def test_a_session_that_is_over_is_not_dialled_again() -> None:
    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        await socket.close(1008, "signed out")

    async with dialled(behave) as (ears, task):
        assert (await task).next is Next.SIGN_IN
        assert len(ears.endings) == 1


@pytest.mark.parametrize("away", [False, True])
async def test_what_another_call_has_learned_ends_it_at_once(*, away: bool) -> None:
    async def behave(socket: ServerConnection) -> None:
        if not away:
            await socket.send(said(HELLO))
            await socket.wait_closed()

    async with dialled(behave, chance=1.0) as (ears, task):
        await until(lambda: bool(ears.endings) if away else ears.greeted == 1)
        assert ears.push is not None
        ears.push.end(Ending(next=Next.SIGN_IN, words="Your sign-in has ended."))
        assert (await task).words == "Your sign-in has ended."
        assert ears.endings[-1].next is Next.SIGN_IN
        assert ears.greeted == (0 if away else 1)


@pytest.mark.parametrize(("status", "then"), [(401, Next.SIGN_IN), (403, Next.STOP)])
async def test_a_refused_seat_is_not_dialled_again(status: int, then: Next) -> None:
    async def behave(socket: ServerConnection) -> None:
        raise AssertionError("refused before")

    async with dialled(behave, refuse=status) as (_, task):
        assert (await task).next is then


async def test_a_restart_a_crash_and_a_slow_reader_lead_back() -> None:
    codes = [1012, 1011, 4008, 1001]

    async def behave(socket: ServerConnection) -> None:
        await socket.send(said(HELLO))
        await socket.close(codes.pop(0)) if codes else await socket.wait_closed()

    async with dialled(behave) as (ears, _):
        await until(lambda: ears.greeted == 5)
        assert [ending.next for ending in ears.endings] == [Next.SPREAD, Next.COME_BACK, Next.COME_BACK, Next.COME_BACK]
