"""What a transfer is compared with: a server that throws away what it is sent, and sends bytes out of memory.

`python -m tests.bench.sink` prints its port, and serves until its standard input ends. It keeps nothing, looks at
nothing and checks nothing: a transfer cannot be quicker than `curl` to it on the same computer.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.desktop import running
from tests.support.server import ROOT

BLOCK = bytes(1 << 18)


class Sink(asyncio.Protocol):
    """One connection: `PUT` swallows its body, `GET /N` is answered with N bytes."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._sending: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Throw a body away, or begin to read a head."""
        if self._left:
            self._swallow(len(data))
            return
        self._head += data
        head, end, rest = bytes(self._head).partition(b"\r\n\r\n")
        if end:
            self._head.clear()
            self._begin(head, len(rest))

    def pause_writing(self) -> None:
        """The reader is slower."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """The reader goes on."""
        self._may_write.set()

    def _begin(self, head: bytes, came: int) -> None:
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            self._sending = asyncio.get_running_loop().create_task(self._send(int(path[1:])), name="send")
            return
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        self._left = int(fields[b"content-length"])
        self._swallow(came)

    def _swallow(self, count: int) -> None:
        self._left -= count
        if self._left == 0:
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def _send(self, size: int) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(BLOCK)):
            await self._may_write.wait()
            self._transport.write(BLOCK)
        self._transport.write(BLOCK[: size % len(BLOCK)])


@contextmanager
def sink() -> Iterator[str]:
    """Its address, while it runs in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.bench.sink"]
    with running(command, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


def curl_up(address: str, file: Path) -> float:
    """Seconds that `curl` takes to send a file there."""
    return _timed("curl", "-sS", "-f", "-H", "Expect:", "-T", str(file), f"{address}/")


def curl_down(address: str, size: int) -> float:
    """Seconds that `curl` takes to read so many bytes from there and to forget them."""
    return _timed("curl", "-sS", "-f", "-o", os.devnull, f"{address}/{size}")


def dd(source: Path, target: Path) -> float:
    """Seconds that `dd` takes to copy a file onto the disk itself."""
    try:
        return _timed("dd", f"if={source}", f"of={target}", "bs=1M", "conv=fsync", "status=none")
    finally:
        target.unlink(missing_ok=True)


def _timed(*command: str) -> float:
    began = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - began


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
