"""A program of the system that serves on a port of the loopback for a test: what PostgreSQL and Redis share."""

import random
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.support.waiting import wait_for

PATIENCE = 60.0
"""Seconds after which one that does not end counts as stuck."""


class Daemon(ABC):
    """One program on one folder, started and stopped as often as wanted, always on the same port."""

    NAME: ClassVar[str]
    """As people call it."""
    PORTS: ClassVar[range]
    """Below those that the system gives to whoever connects, so that none is taken away while it restarts."""
    STOPPING: ClassVar[str]
    """The signal by which an operator stops it; its name, since Windows, which has none of them, reads this too."""
    CLOSING: ClassVar[str]
    """The signal by which it ends soonest and leaves nothing running."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        """The port, known once it has started."""

    @property
    def log_text(self) -> str:
        """Everything that it has said so far."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start, and wait until it can be used."""
        assert self._process is None, "it runs already"
        self.port = self.port or free_port(self.PORTS)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C in a terminal is for the tests, which end it
                user=self._user(),
                cwd="/",
            )
        wait_for(lambda: self._running.poll() is not None or self._is_ready())
        if self._running.poll() is not None:
            self._process = None
            raise AssertionError(f"{self.NAME} did not start:\n{self.log_text}")

    def stop(self) -> None:
        """Stop as an operator would."""
        self._end(self.STOPPING)

    def kill(self) -> None:
        """End it at once, without any goodbye."""
        self._end("SIGKILL")

    def restart(self) -> None:
        """Stop and start again."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None:
            self._end(self.CLOSING)

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """The words that start it on that port."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it can be used."""

    def _user(self) -> str | None:
        """As whom it runs, if not as whoever runs the tests."""
        return None

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it does not run"
        return self._process

    def _end(self, how: str) -> None:
        self._running.send_signal(signal.Signals[how])
        self._running.wait(PATIENCE)
        self._process = None


def free_port(among: range) -> int:
    """A port of the loopback on which nobody listens."""
    for port in random.SystemRandom().sample(among, 100):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port of the loopback is free")
