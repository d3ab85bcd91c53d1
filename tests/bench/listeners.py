"""The load: thousands of WebSockets that listen, held by one process that does as little as it can with what it hears.

`python -m tests.bench.listeners` takes one command a line (JSON) on its standard input and answers each with a line.
"""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from websockets.frames import Frame, Opcode

from server.serving.descriptors import allow_many_files
from tests.support.desktop import running
from tests.support.server import ROOT

PATIENCE = 300.0
"""Seconds after which something that was to be heard counts as lost."""
KEY = "Y3Jvd2Qgb2Ygc2VhdHMhIQ=="
READ_BYTES = 65_536
TAIL_BYTES = 64
"""A mark is no longer than this; one that is cut in two by the network is found all the same."""
SMALL_BUFFER = 4_096
"""The receive buffer of a socket that is to stop reading, so that the system takes little for it."""


def request(host: str, *, path: str = "/ws", token: str = "", seat: str = "") -> str:
    """The request by which a socket asks for the upgrade."""
    signed_in = f"Authorization: Bearer {token}\r\nX-Seat-Id: {seat}\r\n" if token else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{signed_in}\r\n"
    )


class Crowd:
    """The other process, as the benchmark commands it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def connect(self, group: str, port: int, requests: Sequence[str], **how: Any) -> dict[str, Any]:
        """Connect one socket for each request, `at_once` of them at a time.

        `say` is sent by each after the upgrade. A socket has arrived when it has heard `mark` (without one: when it is
        upgraded). `small` of them have a small receive buffer. Answers with the seconds that all took.
        """
        self._say({"do": "connect", "group": group, "port": port, "requests": requests, **how})
        return self._hear()

    def prepare(self, group: str, mark: str) -> None:
        """From now on look for the mark in what these sockets hear; `heard` waits for it."""
        self._say({"do": "hear", "group": group, "mark": mark})
        assert self._hear() == {"armed": group}

    def heard(self) -> dict[str, Any]:
        """When the mark has come to the last socket of the group: `count`, and `last` on the monotonic clock."""
        return self._hear()

    def stall(self, group: str, count: int) -> None:
        """The first `count` of the group stop reading, and are not waited for any more."""
        self._say({"do": "stall", "group": group, "count": count})
        self._hear()

    def go_on(self, group: str) -> None:
        """Those of the group that had stopped read again."""
        self._say({"do": "go_on", "group": group})
        self._hear()

    def leave(self, group: str) -> None:
        """Close all sockets of the group."""
        self._say({"do": "leave", "group": group})
        self._hear()

    def _say(self, command: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the listeners have ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def listeners() -> Iterator[Crowd]:
    """A process of listeners, for as long as the block takes."""
    command = [sys.executable, "-m", "tests.bench.listeners"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with running(command, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Crowd(process)


class Listener:
    """One socket: finds marks, answers pings, forgets everything else."""

    __slots__ = ("_frame", "_say", "_tail", "_upgraded", "deaf", "heard", "socket")

    def __init__(self, port: int, request: str, *, say: bytes, small: bool) -> None:
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request.encode())
        self.socket.setblocking(False)
        self.heard = False
        self.deaf = False
        """It reads no more, by command or because its server has closed it."""
        self._say = say
        self._upgraded = False
        self._tail = b""
        self._frame = b""
        """The beginning of a frame that has not come whole."""

    def read(self, mark: bytes) -> bool:
        """Take what has come; whether the mark has come to this socket for the first time. Raises EOFError."""
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise EOFError
        if not self._upgraded:
            data = self._upgrade(data)
        self._look_at_frames(data)
        found = not self.heard and self._upgraded and mark in self._tail + data
        self._tail = data[-TAIL_BYTES:]
        self.heard |= found
        return found

    def _upgrade(self, data: bytes) -> bytes:
        head, end, rest = (self._frame + data).partition(b"\r\n\r\n")
        if not end:
            self._frame = head
            return b""
        assert head.startswith(b"HTTP/1.1 101"), head
        self._upgraded, self._frame = True, b""
        if self._say:
            self.socket.sendall(Frame(Opcode.TEXT, self._say).serialize(mask=True))
        return rest

    def _look_at_frames(self, data: bytes) -> None:
        """Frames of a server are not masked (RFC 6455, 5.2)."""
        if not self._upgraded:
            return
        data = self._frame + data
        at = 0
        while (end := _end_of_frame(data, at)) is not None and end <= len(data):
            if data[at] & 0x0F == Opcode.PING:
                self.socket.sendall(Frame(Opcode.PONG, data[at + 2 : end]).serialize(mask=True))
            at = end
        self._frame = data[at:]


def _end_of_frame(data: bytes, at: int) -> int | None:
    """Where the frame that begins there ends, or None when its head has not come whole."""
    if len(data) < at + 2:
        return None
    length, start = data[at + 1] & 0x7F, at + 2
    if length < 126:
        return start + length
    size = 2 if length == 126 else 8
    if len(data) < start + size:
        return None
    return start + size + int.from_bytes(data[start : start + size], "big")


class Listeners:
    """All sockets of this process, in groups."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._groups: dict[str, list[Listener]] = {}
        self._by_descriptor: dict[int, Listener] = {}
        self._mark = b"\x00"
        self._lost = 0
        """Sockets that their servers have closed."""

    def connect(
        self,
        *,
        group: str,
        port: int,
        requests: Sequence[str],
        say: str = "",
        mark: str = "",
        at_once: int = 100,
        small: int = 0,
    ) -> dict[str, Any]:
        """See `Crowd.connect`."""
        began = time.monotonic()
        self._mark = mark.encode()
        members = self._groups.setdefault(group, [])
        before = len(members)
        arrived = 0
        for number, wish in enumerate(requests):
            listener = Listener(port, wish, say=say.encode(), small=number < small)
            members.append(listener)
            self._by_descriptor[listener.socket.fileno()] = listener
            self._epoll.register(listener.socket, select.EPOLLIN)
            while len(members) - before - arrived >= at_once:
                arrived += self._read()
        while arrived < len(requests):
            arrived += self._read()
            assert time.monotonic() < began + PATIENCE, f"{arrived} of {len(requests)} have arrived"
        return {"seconds": time.monotonic() - began}

    def hear(self, *, group: str, mark: str) -> dict[str, Any]:
        """See `Crowd.prepare`."""
        self._mark = mark.encode()
        waited_for = [each for each in self._groups[group] if not each.deaf]
        for each in waited_for:
            each.heard = False
        answer({"armed": group})
        count, last, ends = 0, 0.0, time.monotonic() + PATIENCE
        self._lost = 0
        while count + self._lost < len(waited_for) and time.monotonic() < ends:
            if found := self._read():
                count, last = count + found, time.monotonic()
        return {"count": count, "last": last}

    def stall(self, *, group: str, count: int) -> dict[str, Any]:
        """See `Crowd.stall`."""
        for each in [each for each in self._groups[group] if not each.deaf][:count]:
            self._epoll.unregister(each.socket)
            each.deaf = True
        return {"stalled": count}

    def go_on(self, *, group: str) -> dict[str, Any]:
        """See `Crowd.go_on`."""
        for each in self._groups[group]:
            if each.deaf:
                self._epoll.register(each.socket, select.EPOLLIN)
                each.deaf = False
        return {"reading": group}

    def leave(self, *, group: str) -> dict[str, Any]:
        """See `Crowd.leave`."""
        members = self._groups.pop(group)
        for each in members:
            if not each.deaf:
                self._epoll.unregister(each.socket)
            del self._by_descriptor[each.socket.fileno()]
            each.socket.close()
        return {"left": len(members)}

    def rest(self, until: int) -> None:
        """Go on reading, so that nothing is kept waiting, until there is a command to read."""
        self._epoll.register(until, select.EPOLLIN)
        try:
            while not self._read(until):
                pass
        finally:
            self._epoll.unregister(until)

    def _read(self, until: int = -1) -> int:
        """Read from all that have something; how many of them heard the mark. 1 when `until` has something."""
        found = 0
        for descriptor, _ in self._epoll.poll(1.0):
            if descriptor == until:
                return 1
            listener = self._by_descriptor[descriptor]
            try:
                found += listener.read(self._mark)
            except (EOFError, ConnectionError):
                self._epoll.unregister(descriptor)
                listener.deaf = True
                self._lost += 1
        return 0 if until >= 0 else found


def answer(what: dict[str, Any]) -> None:
    """Tell the benchmark."""
    print(json.dumps(what), flush=True)


def main() -> None:
    """Do what the lines say, until there are no more."""
    allow_many_files()
    all_of_them = Listeners()
    does = (all_of_them.connect, all_of_them.hear, all_of_them.stall, all_of_them.go_on, all_of_them.leave)
    commands = {each.__name__: each for each in does}
    lines = sys.stdin
    while True:
        all_of_them.rest(lines.fileno())
        if not (line := lines.readline()):
            return
        command = json.loads(line)
        answer(commands[command.pop("do")](**command))


if __name__ == "__main__":
    main()
