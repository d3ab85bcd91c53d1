"""Throw-away Redis servers from Debian's package, each in memory only and on a free port. A pytest plugin.

    def test_something(redis: Redis) -> None:
        url = redis.url                    # shared by the tests of a worker: channels are told apart by their names

    def test_a_fault(own_redis: Redis) -> None:
        own_redis.kill()
        own_redis.start()                  # empty again, on the same port

`redis` is one server for all tests of a worker: nobody stops it. `own_redis` is the test's own.
"""

import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.waiting import wait_for

PATIENCE = 60.0
"""Seconds after which a server that does not end counts as stuck."""
PORTS = range(10_000, 20_000)
"""Below those that the system gives to whoever connects, so that none is taken away while a server restarts."""


class Redis:
    """One server, started and stopped as often as wanted, always on the same port; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        """How a server of the program is told of it."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def log_text(self) -> str:
        """Everything that it has said so far."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start, and wait until it answers."""
        assert self._process is None, "it runs already"
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    _program(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder),
                    "--save", "", "--appendonly", "no", "--daemonize", "no",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C in a terminal is for the tests, which end it
            )  # fmt: skip
        wait_for(lambda: self._running.poll() is not None or self._answers())
        if self._running.poll() is not None:
            self._process = None
            raise AssertionError(f"Redis did not start:\n{self.log_text}")

    def stop(self) -> None:
        """Stop as an operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, without any goodbye."""
        self._end(signal.SIGKILL)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """As long as the block takes, it answers nobody and closes no connection: as behind a cut cable."""
        self._running.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._running.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None:
            self.kill()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it does not run"
        return self._process

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as asking:
                asking.sendall(b"PING\r\n")
                return asking.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _end(self, how: signal.Signals) -> None:
        self._running.send_signal(how)
        self._running.wait(PATIENCE)
        self._process = None


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A running server, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="pdm-redis-") as folder:
        server = Redis(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.close()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """One server for all tests of a worker."""
    with redis_server() as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A server of the test's own, for tests that stop it."""
    with redis_server() as server:
        yield server


def _program() -> str:
    found = shutil.which("redis-server")
    if found is None:
        pytest.fail("Redis is not installed here. Install Debian's package “redis-server”: see README.md.")
    return found


def _free_port() -> int:
    """A port of the loopback on which nobody listens."""
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port of the loopback is free")
