"""The WebSocket: dial, greet, listen, ping, and come back. What is said on it is the listener's business."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from pdm_desktop import log
from pdm_desktop.core import link
from pdm_desktop.core.errors import NotSignedIn, unexpected
from pdm_desktop.core.updates import is_too_old
from pdm_desktop.net import translate
from pdm_desktop.net.address import socket_address
from pdm_desktop.net.http import Http
from pdm_desktop.net.proxy import proxy_for
from pdm_desktop.release import VERSION
from server.protocol.events import FROM_SERVER, Ack, Hello, Ping, Pong, Resume, SeatMessage, ServerMessage
from server.protocol.wire import Envelope, Malformed, UnknownType, decode, encode

CLOSE_PATIENCE = 2.0
CLOCK_LOOK = 5.0
"""Seconds between two looks at the wall clock."""
MESSAGE_BYTES = 16 << 20
"""The largest message of the server that is heard. Its greeting names every vault with its rule for sets: 200 of them
are more than the 64 KiB that a seat may send, and thousands are still far below this."""
BREATH = 0.008
"""After so many seconds of messages in a row the window gets its turn."""


class Listener(Protocol):
    """What follows the connection. All of it is called on the loop, and nothing of it may block."""

    def resume(self, hello: Hello) -> Resume:
        """The server has greeted: what this seat knows already."""
        ...

    def receive(self, envelope: Envelope[ServerMessage]) -> None:
        """One message, the first `hello` excepted."""
        ...

    def ack(self) -> Ack:
        """How far each vault has been applied."""
        ...

    async def work(self) -> None:
        """What has to be asked by HTTP, for as long as the connection lasts. Raises NotSignedIn."""
        ...

    def lost(self, ending: link.Ending, next_try: datetime | None) -> None:
        """There is no connection; it is dialled again then, or never."""
        ...


class Push:
    """One seat's connection to one server, known by its id. `http` has the address, the session and TLS.

    `greeted` hears each greeting of that server, also one that this seat is too old to answer.
    """

    def __init__(
        self,
        http: Http,
        listener: Listener,
        *,
        server: str,
        ping_interval: float = 0.0,
        greeted: Callable[[Hello], None] = lambda _: None,
        chance: Callable[[], float] = random.random,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._listener = listener
        self._server = server
        self._ping_interval = ping_interval
        self._tell_greeting = greeted
        self._chance = chance
        self._wall = wall
        self._now = asyncio.Event()
        self._attempt = 0
        self._pong_at = 0.0
        self._socket: ClientConnection | None = None
        self._greeted = False
        self._unsaid: asyncio.Queue[SeatMessage] = asyncio.Queue()
        self._broke = ""
        """The last error that nobody foresaw: it is logged whole once, and not at each attempt."""
        self._over: link.Ending | None = None
        self._declined: link.Ending | None = None
        """Why the greeting of this connection was not answered."""

    async def run(self) -> link.Ending:
        """Be connected until the session is over or the seat is in use elsewhere; the answer says which."""
        while True:
            ending = self._over or await self._connected()
            ending = self._over or ending
            log.note("connection ended", next=ending.next.value, why=ending.words, attempt=self._attempt)
            if ending.next in (link.Next.SIGN_IN, link.Next.STOP):
                self._listener.lost(ending, None)
                return ending
            seconds = link.delay(ending, self._attempt, self._chance())
            self._attempt += 1
            self._listener.lost(ending, datetime.now(UTC) + timedelta(seconds=seconds))
            await self._wait(seconds)

    def try_now(self) -> None:
        """Dial at once if it waits for that or for a greeting; a connection that stands is left alone."""
        self._attempt = 0
        self._now.set()
        if self._socket is not None and not self._greeted:
            _drop(self._socket)

    def say(self, message: SeatMessage) -> None:
        """Tell the server something on the connection that stands; without one it is not said."""
        if self._greeted:
            self._unsaid.put_nowait(message)

    def wake(self) -> None:
        """The computer was asleep: a connection from before is dropped, though it may look alive, and dialled anew."""
        self._attempt = 0
        self._now.set()
        if self._socket is not None:
            log.note("dropped after a sleep")
            _drop(self._socket)

    def end(self, ending: link.Ending) -> None:
        """Another call has learned how this ends: do not wait for the connection to hear of it."""
        self._over = ending
        self._now.set()
        if self._socket is not None:
            _drop(self._socket)

    async def _wait(self, seconds: float) -> None:
        self._now.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._now.wait(), seconds)

    async def _connected(self) -> link.Ending:
        self._declined = None
        try:
            async with self._dial() as self._socket:
                return self._over or await self._live(self._socket)  # it may have ended while it dialled
        except InvalidStatus as error:
            return _after_refusal(error)
        except (OSError, TimeoutError, WebSocketException) as error:
            return link.Ending(next=link.Next.COME_BACK, words=translate.unreachable(error, self._http.address).text)
        except Exception as error:  # noqa: BLE001 - whatever broke, a seat that follows no longer would be worse
            return self._after_break(error)
        finally:
            self._socket, self._greeted = None, False

    def _after_break(self, error: Exception) -> link.Ending:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        words = unexpected(error).text
        if words != self._broke:
            self._broke = words
            log.trouble("connection broke", error)
        return link.Ending(next=link.Next.COME_BACK, words=f"Something unexpected happened: {words}")

    def _dial(self) -> connect:
        address = socket_address(self._http.address)
        headers = {"Authorization": f"Bearer {self._http.token}", "X-Seat-Id": self._http.seat or ""}
        return connect(
            address,
            additional_headers=headers,
            user_agent_header=f"PDM-Desktop/{VERSION}",
            ssl=self._http.tls if address.startswith("wss") else None,
            proxy=proxy_for(self._http.address),
            compression=None,
            ping_interval=None,
            close_timeout=CLOSE_PATIENCE,
            max_size=MESSAGE_BYTES,
        )

    async def _live(self, socket: ClientConnection) -> link.Ending:
        """From the greeting to the end of one connection."""
        greeted = await self._greet(socket)
        if greeted is None:
            return self._declined or link.after_close(socket.close_code, socket.close_reason or "")
        self._unsaid = asyncio.Queue()
        self._greeted = True
        signed_out = False
        try:
            async with asyncio.TaskGroup() as group:
                beside = [
                    group.create_task(self._keep_alive(socket, greeted.ping_interval), name="ping"),
                    group.create_task(self._watch_clock(socket), name="clock"),
                    group.create_task(self._say_on(socket), name="say"),
                    group.create_task(self._listener.work(), name="catch up"),
                ]
                await self._listen(socket)
                for task in beside:
                    task.cancel()
        except* NotSignedIn:
            signed_out = True
        if signed_out:
            return link.after_sign_out()
        return link.after_close(socket.close_code, socket.close_reason or "")

    async def _greet(self, socket: ClientConnection) -> Hello | None:
        try:
            async with asyncio.timeout(link.GREETING_PATIENCE):
                return await self._greeting(socket)
        except TimeoutError:
            log.note("no greeting", waited=link.GREETING_PATIENCE)
            _drop(socket)
        except ConnectionClosed:
            """The ending tells."""
        return None

    async def _greeting(self, socket: ClientConnection) -> Hello | None:
        async for raw in socket:
            envelope = _understood(raw)
            if envelope is not None and isinstance(envelope.message, Hello):
                if envelope.message.server != self._server:  # nothing of this seat is about that one
                    self._over = link.after_another_server(self._http.address)
                    return None
                self._tell_greeting(envelope.message)
                oldest = envelope.message.oldest_client
                if is_too_old(VERSION, oldest):
                    self._declined = link.after_too_old(VERSION, oldest)
                    return None
                resume = self._listener.resume(envelope.message)
                await _say(socket, resume)
                return envelope.message
        return None

    async def _listen(self, socket: ClientConnection) -> None:
        spent = 0.0
        try:
            async for raw in socket:
                began = time.monotonic()
                envelope = _understood(raw)
                if envelope is None:
                    continue
                if isinstance(envelope.message, Pong):
                    self._pong_at = time.monotonic()
                    self._attempt = 0  # only now: a connection that breaks after each greeting is not dialled at once
                self._listener.receive(envelope)
                spent += time.monotonic() - began
                if spent > BREATH:
                    spent = 0.0
                    await asyncio.sleep(0)
        except ConnectionClosed:
            return

    async def _keep_alive(self, socket: ClientConnection, wanted: float) -> None:
        interval = self._ping_interval or wanted
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(max(0.0, interval - link.PONG_PATIENCE))
                asked = time.monotonic()
                await _say(socket, Ping())
                await _say(socket, self._listener.ack())
                await asyncio.sleep(min(link.PONG_PATIENCE, interval))
                if self._pong_at < asked:
                    log.note("no pong", waited=link.PONG_PATIENCE)
                    _drop(socket)

    async def _say_on(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await _say(socket, await self._unsaid.get())

    async def _watch_clock(self, socket: ClientConnection) -> None:
        while True:
            before = self._wall()
            await asyncio.sleep(CLOCK_LOOK)
            if link.has_slept(self._wall() - before, CLOCK_LOOK):
                log.note("clock jumped", seconds=round(self._wall() - before))
                _drop(socket)


def _understood(raw: bytes | str) -> Envelope[ServerMessage] | None:
    try:
        return decode(raw, FROM_SERVER)
    except UnknownType as error:
        log.note("unknown message", type=error)
    except Malformed as error:
        log.trouble("message not understood", error)
    return None


async def _say(socket: ClientConnection, message: SeatMessage) -> None:
    await socket.send(encode(message, timestamp=datetime.now(UTC)).decode())


def _drop(socket: ClientConnection) -> None:
    """End a connection that nobody answers on, without the closing words that would not arrive either."""
    socket.transport.abort()


def _after_refusal(error: InvalidStatus) -> link.Ending:
    answer = error.response
    problem = translate.problem_in(answer.body)
    asked = next(iter(answer.headers.get_all("Retry-After")), "")
    return link.after_refusal(
        answer.status_code,
        code="" if problem is None else problem.code,
        retry_after=float(asked) if asked.isdecimal() else None,
    )
