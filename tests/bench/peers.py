"""What the hub is measured beside: other servers that send each line on their standard input to everybody.

`python -m tests.bench.peers NAME` prints its port, and serves until its standard input ends. All run on uvloop and ask
nobody to sign in. `epoll` is not in here: it is C, compiled by the benchmark (`epoll_server.c`).
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar, cast

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.frames import Frame, Opcode

from server.serving.descriptors import allow_many_files
from server.serving.process import Process
from tests.support.desktop import running
from tests.support.server import ROOT

C_SOURCE = Path(__file__).with_name("epoll_server.c")
BACKLOG = 2_048
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

Tell = Callable[[str], Awaitable[None]]


class Peer:
    """A server in a process of its own, as the benchmark commands it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout
        self.port = int(process.stdout.readline())

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Have it send the line to everybody."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def peer(*command: str, **options: Any) -> Iterator[Peer]:
    """A server that prints its port and takes lines."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running(list(command), environment, **pipes, **options) as process:
        yield Peer(process)


@contextmanager
def all_peers(folder: Path) -> Iterator[dict[str, Peer]]:
    """Every peer that can be had here, by name. `folder` is for the compiled one."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(peer(sys.executable, "-m", __name__, name)) for name in SERVERS}
        if (compiled := compile_epoll(folder)) is not None:
            found["C epoll"] = stack.enter_context(peer(str(compiled)))
        yield found


def compile_epoll(folder: Path) -> Path | None:
    """The C server, compiled in that folder; None, with a notice, where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        print("There is no C compiler here: the C epoll server is left out, and with it the ratio to it.")
        return None
    program = folder / "epoll_server"
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(C_SOURCE)], check=True)
    return program


class ConnectionManager:
    """The connection manager of FastAPI's own documentation, with JSON."""

    def __init__(self) -> None:
        self.active_connections: list[WebSocket] = []

    async def connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.active_connections.append(websocket)

    def disconnect(self, websocket: WebSocket) -> None:
        self.active_connections.remove(websocket)

    async def broadcast(self, message: Any) -> None:
        for connection in self.active_connections:
            await connection.send_json(message)


async def fastapi(listening: socket.socket, *, announcing: bool = False) -> Tell:
    """The usual FastAPI server. `announcing`: it tells who is there to who comes, and everybody of each who comes."""
    manager, app = ConnectionManager(), FastAPI()

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket) -> None:
        await manager.connect(websocket)
        if announcing:
            name = websocket.headers["x-seat-id"]
            names = [each.headers["x-seat-id"] for each in manager.active_connections]
            await websocket.send_json({"type": "presence", "data": {"users": names}})
            await manager.broadcast({"type": "user_connected", "data": {"users": [name]}})
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            manager.disconnect(websocket)

    ready = asyncio.Event()
    config = uvicorn.Config(app, log_level="warning")
    server = Process(config, ready=ready.set, stopping=lambda: None, signals=False)
    _tasks.append(asyncio.get_running_loop().create_task(server.serve([listening]), name="uvicorn"))
    await ready.wait()

    async def tell(line: str) -> None:
        await manager.broadcast(json.loads(line))

    return tell


async def announcing_fastapi(listening: socket.socket) -> Tell:
    """The same, announcing."""
    return await fastapi(listening, announcing=True)


async def broadcasting(listening: socket.socket) -> Tell:
    """The websockets library and its `broadcast`."""
    connections: set[ServerConnection] = set()

    async def listen(connection: ServerConnection) -> None:
        connections.add(connection)
        await connection.wait_closed()
        connections.discard(connection)

    _servers.append(await serve(listen, sock=listening, compression=None))

    async def tell(line: str) -> None:
        broadcast(connections, line)

    return tell


class Bare(asyncio.Protocol):
    """A protocol that answers whatever comes first with 101, and listens to nothing."""

    everybody: ClassVar[set[asyncio.Transport]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass of it

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET "):
            self._transport.write(UPGRADED)
            self.everybody.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.everybody.discard(self._transport)


async def bare(listening: socket.socket) -> Tell:
    """A bare asyncio protocol: one frame, one write to each transport."""
    await asyncio.get_running_loop().create_server(Bare, sock=listening)

    async def tell(line: str) -> None:
        frame = Frame(Opcode.TEXT, line.encode()).serialize(mask=False)
        for transport in Bare.everybody:
            transport.write(frame)

    return tell


_tasks: list["asyncio.Task[None]"] = []
_servers: list[Server] = []
SERVERS: dict[str, Callable[[socket.socket], Awaitable[Tell]]] = {
    "FastAPI manager": fastapi,
    "websockets.broadcast": broadcasting,
    "asyncio protocol": bare,
}
ANNOUNCING = "announcing FastAPI manager"


async def serve_lines(begin: Callable[[socket.socket], Awaitable[Tell]]) -> None:
    """Serve, and tell what is read, until nothing more is."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    tell = await begin(listening)
    lines = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print(listening.getsockname()[1], flush=True)
    while line := await lines.readline():
        await tell(line.decode().rstrip("\n"))
    os._exit(0)  # without goodbyes: they are nobody's measure


if __name__ == "__main__":
    import uvloop

    allow_many_files()
    uvloop.run(serve_lines((SERVERS | {ANNOUNCING: announcing_fastapi})[sys.argv[1]]))
