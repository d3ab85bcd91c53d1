"""The life of a serving process: the socket it listens on, when it is ready, and how it stops."""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any, TypeVar

import uvicorn

from server.config import Config
from server.protocol.limits import FRAME_BYTES
from server.serving.descriptors import allow_many_files
from server.serving.http import TimedHttp
from server.serving.websocket import DirectWebSocket

T = TypeVar("T")

CUT_SECONDS = 5.0
"""How long a request that is cut by a stop may take to leave things in order."""


class CannotListen(OSError):
    """The address is taken, or not of this computer. The text says what to do."""


class Process(uvicorn.Server):
    """uvicorn, told when it is ready and when it is to stop; it exits with 0 after a signal."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        ready: Callable[[], None],
        stopping: Callable[[], None],
        drain: float = 0,
        signals: bool = True,
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping
        self._drain = drain
        self._signals = signals
        self._stop_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on the signals of the system, unless they are somebody else's."""
        with super().capture_signals() if self._signals else nullcontext():
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins the stop; another one ends the draining, and one more the waiting for requests."""
        if self._stop_at is None:
            self._stopping()
            self._stop_at = time.monotonic() + self._drain
        elif time.monotonic() < self._stop_at:
            self._stop_at = time.monotonic()
        else:
            self.force_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. A request that is cut may still write down what has arrived of it."""
        await super().shutdown(sockets)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=CUT_SECONDS)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether it is time to stop."""
        over = await super().on_tick(counter)
        return over or (self._stop_at is not None and time.monotonic() >= self._stop_at)


def listen(config: Config) -> socket.socket:
    """The listening socket. Raises CannotListen."""
    host = config.host.strip("[]")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=2_048)
    except OSError as error:
        raise CannotListen(
            f"The server cannot listen on {config.host}, port {config.port}: {error.strerror}. Is another server"
            " running there? Choose another --port, or --port 0 for a free one, or another --host."
        ) from error


def uvicorn_config(app: Any, config: Config) -> uvicorn.Config:
    """Uvicorn with all its time-outs and bounds set."""
    http = type(
        "TimedHttp", (TimedHttp,), {"header_timeout": config.header_timeout, "body_timeout": config.body_timeout}
    )
    websocket = type("DirectWebSocket", (DirectWebSocket,), {"send_buffer": config.send_buffer})
    return uvicorn.Config(
        app,
        lifespan="off",
        http=http,
        ws=websocket,
        ws_max_size=FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=config.ping_interval,
        ws_ping_timeout=config.pong_timeout,
        timeout_keep_alive=max(1, round(config.idle_timeout)),
        timeout_graceful_shutdown=config.stop_timeout,
        server_header=False,
        proxy_headers=bool(config.trusted_proxies),
        forwarded_allow_ips=config.trusted_proxies or None,
        access_log=False,
        log_config=None,
        ssl_certfile=config.tls_cert,
        ssl_keyfile=config.tls_key,
    )


def address_of(listening: socket.socket, config: Config) -> str:
    """The URL by which this computer reaches the server."""
    host, port = listening.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    shown = f"[{reachable}]" if ":" in reachable else reachable
    return f"{'https' if config.tls else 'http'}://{shown}:{port}"


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the fastest loop there is here, with room for as many sockets as the system allows."""
    allow_many_files()
    config = uvicorn.Config(lambda: None, log_config=None)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        return runner.run(main)
