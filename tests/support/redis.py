"""Throw-away Redis servers from Debian's package, each in memory only and on a free port. A pytest plugin.

    def test_something(redis: Redis) -> None:
        url = redis.url                    # shared by the tests of a worker: channels are told apart by their names

    def test_a_fault(own_redis: Redis) -> None:
        own_redis.kill()
        own_redis.start()                  # empty again, on the same port

`redis` is one server for all tests of a worker: nobody stops it. `own_redis` is the test's own.
"""

import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.daemon import Daemon


class Redis(Daemon):
    """One server, which keeps nothing."""

    NAME = "Redis"
    PORTS = range(10_000, 20_000)
    STOPPING = "SIGTERM"
    CLOSING = "SIGKILL"

    @property
    def url(self) -> str:
        """How a server of the program is told of it."""
        return f"redis://127.0.0.1:{self.port}/0"

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """As long as the block takes, it answers nobody and closes no connection: as behind a cut cable."""
        self._running.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._running.send_signal(signal.SIGCONT)

    def _command(self) -> Sequence[str]:
        return [
            _program(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder),
            "--save", "", "--appendonly", "no", "--daemonize", "no",
        ]  # fmt: skip

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as asking:
                asking.sendall(b"PING\r\n")
                return asking.recv(16).startswith(b"+PONG")
        except OSError:
            return False


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
