"""A load client: many POSTs over many connections, from a process of its own that does little beside.

`python -m tests.bench.posts PLAN` reads a `Plan` as JSON and prints what came of it, a `Report`, as one line of JSON.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec

from server.serving.process import run
from tests.support.server import ROOT

PATIENCE = 120.0
"""Seconds after which calls that are not answered count as lost."""


class Post(msgspec.Struct):
    """One call."""

    path: str
    headers: dict[str, str]
    body: str


class Plan(msgspec.Struct):
    """What to do. Without a rate each connection sends its next call when it has its answer."""

    port: int
    connections: int
    posts: list[Post]
    rate: float | None = None
    """So many a second, each at its moment, whether the ones before are answered or not."""


class Report(msgspec.Struct):
    """What came of it."""

    seconds: float
    """From the first call to the last answer."""
    refused: int
    """Answers whose status is not of the 200s."""
    waits: list[float]
    """Milliseconds from each call's moment to its answer, in the order of the answers."""
    cpu: float
    """Seconds of processor time of the load client itself."""


def send(folder: Path, plan: Plan) -> Report:
    """Carry a plan out in a process of its own."""
    written = folder / "plan.json"
    written.write_bytes(msgspec.json.encode(plan))
    command = [sys.executable, "-m", "tests.bench.posts", str(written)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Report)


@dataclass(slots=True)
class _Waiting:
    """A call that is to be sent, and the moment from which it counts; None: when it is sent."""

    raw: bytes
    since: float | None


class _Load:
    """The calls that are not sent yet, the connections that have nothing to do, and what was answered."""

    def __init__(self) -> None:
        self.waiting: deque[_Waiting] = deque()
        self.idle: deque[_Connection] = deque()  # in turn: a server closes a connection that is idle for long
        self.waits: list[float] = []
        self.refused = 0
        self.left = 0
        self.over = asyncio.Event()

    def add(self, raw: bytes, since: float | None) -> None:
        """It is time for this call."""
        self.waiting.append(_Waiting(raw, since))
        if self.idle:
            self.idle.popleft().send(self.waiting.popleft())

    def add_now(self, raw: bytes) -> None:
        """The moment of this call is now, whether there is a connection for it or not."""
        self.add(raw, time.perf_counter())

    def answered(self, connection: "_Connection", status: bytes, since: float) -> None:
        """A call is over; its connection takes the next."""
        self.waits.append((time.perf_counter() - since) * 1000)
        self.refused += not status.startswith(b"2")
        if self.waiting:
            connection.send(self.waiting.popleft())
        else:
            self.idle.append(connection)
        self.left -= 1
        if self.left == 0:
            self.over.set()


class _Connection(asyncio.Protocol):
    """One connection, on which one call after the other is made. It reads as much of HTTP as it needs."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._since = 0.0
        self._got = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none by its class
        self._load.idle.append(self)

    def send(self, call: _Waiting) -> None:
        """Send it; the answer to the one before is here."""
        assert self._transport
        self._since = time.perf_counter() if call.since is None else call.since
        self._transport.write(call.raw)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) >= int(length):
            self._got = b""
            self._load.answered(self, head[9:12], self._since)


def raw(post: Post, port: int) -> bytes:
    """A call as it is sent."""
    lines = [f"POST {post.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(post.body.encode())}"]
    lines += [f"{name}: {value}" for name, value in post.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + post.body).encode()


async def carry_out(plan: Plan) -> Report:
    """Connect, send all, wait for all answers."""
    loop, load = asyncio.get_running_loop(), _Load()
    calls = [raw(post, plan.port) for post in plan.posts]
    for _ in range(plan.connections):
        _ = await loop.create_connection(lambda: _Connection(load), "127.0.0.1", plan.port)
    load.left = len(calls)
    cpu, began = time.process_time(), time.perf_counter()
    for number, each in enumerate(calls):
        if plan.rate is None:
            load.add(each, None)
        else:
            loop.call_later(number / plan.rate, load.add_now, each)
    async with asyncio.timeout(PATIENCE):
        await load.over.wait()
    return Report(
        seconds=time.perf_counter() - began,
        refused=load.refused,
        waits=load.waits,
        cpu=time.process_time() - cpu,
    )


if __name__ == "__main__":
    plan_ = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    print(msgspec.json.encode(run(carry_out(plan_))).decode())
