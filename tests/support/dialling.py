"""A server of one WebSocket that does what a test says, a seat that dials it, and a listener that writes down."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from pdm_desktop.core.link import Ending
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.push import Push
from server.protocol.events import Ack, Hello, Resume, ServerMessage
from server.protocol.problems import Code, Problem
from server.protocol.wire import Envelope, encode, plain

HELLO = Hello(
    user="Anna", seat="s", server="works", epoch="e", vaults=[], ping_interval=0.05, server_version="1",
    oldest_client="0",
)  # fmt: skip
PAGE = "<html>Please accept the terms of this network</html>"
Serve = Callable[[ServerConnection], Awaitable[None]]
Gate = Callable[[ServerConnection, Request], Awaitable[Response | None]]
"""What happens before the upgrade: None lets in."""


@dataclass
class Ears:
    """A listener that writes down what it hears."""

    heard: list[ServerMessage] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    hellos: list[Hello] = field(default_factory=list)
    """Each greeting, also one that this seat was too old to answer."""
    tries: list[tuple[datetime, datetime]] = field(default_factory=list)
    """For each end: when it was told, and when the next attempt is to come."""
    greeted: int = 0
    push: Push | None = None
    """What it listens to."""
    breaks: list[Exception] = field(default_factory=list)
    """What the work of the next connections ends with, one after the other."""

    def resume(self, hello: Hello) -> Resume:
        """Count it."""
        self.greeted += 1
        return Resume(epoch=hello.epoch)

    def receive(self, envelope: Envelope[ServerMessage]) -> None:
        """Write it down."""
        self.heard.append(envelope.message)

    def ack(self) -> Ack:
        """Nothing was applied."""
        return Ack()

    async def work(self) -> None:
        """There is none, until it breaks."""
        if self.breaks:
            raise self.breaks.pop(0)
        await asyncio.Event().wait()

    def lost(self, ending: Ending, next_try: datetime | None) -> None:
        """Write it down."""
        self.endings.append(ending)
        if next_try is not None:
            self.tries.append((datetime.now(UTC), next_try))


def said(message: object) -> str:
    """A message as it travels."""
    return encode(message, timestamp=datetime.now(UTC)).decode()


async def greet(socket: ServerConnection) -> None:
    """A server that greets and says nothing else."""
    await socket.send(said(HELLO))
    await socket.wait_closed()


def refusing(status: int, code: Code | None = None, *, retry_after: str | None = None) -> Gate:
    """A refusal before the upgrade: by the server with a problem, or by something on the way with a page of its own."""
    body = PAGE
    if code is not None:
        problem = Problem(status=status, code=code.word, title="T", detail="What is so.")
        body = msgspec.json.encode(plain(problem)).decode()

    async def refuse(connection: ServerConnection, _: Request) -> Response | None:
        answer = connection.respond(status, body)
        if retry_after is not None:
            answer.headers["Retry-After"] = retry_after
        return answer

    return refuse


async def let_in(_connection: ServerConnection, _request: Request) -> Response | None:
    """Refuse nobody."""
    return None


@asynccontextmanager
async def dialled(
    behave: Serve,
    *,
    gate: Gate = let_in,
    wall: Callable[[], float] = time.time,
    chance: Callable[[], float] = lambda: 0.0,
    ping_interval: float = 0.0,
    certificate: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[tuple[Ears, "asyncio.Task[Ending]"]]:
    """A seat that dials such a server: what it hears, and the task that ends when it dials no more."""
    async with serve(behave, "127.0.0.1", 0, process_request=gate, ssl=certificate) as server:
        port = server.sockets[0].getsockname()[1]
        scheme = "http" if certificate is None else "https"
        http = Http(f"{scheme}://127.0.0.1:{port}", token="t", seat="s", tls=tls or trust())
        ears = Ears()
        push = ears.push = Push(
            http, ears, server=HELLO.server, chance=chance, wall=wall, ping_interval=ping_interval,
            greeted=ears.hellos.append,
        )  # fmt: skip
        task: asyncio.Task[Ending] = asyncio.get_running_loop().create_task(push.run(), name="push")
        try:
            yield ears, task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await http.close()
