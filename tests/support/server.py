"""A real server for tests: `python -m server serve` in a process of its own, on a free port of the loopback."""

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from server.cli.folder import door_of
from server.cli.operator import trusting
from server.config import DATABASE
from server.storage.backup import collection_lock
from tests.support.passwords import keep_cheaply
from tests.support.windows_programs import IN_WINE

ROOT = Path(__file__).resolve().parents[2]
READY = "PDM server ready on "
PATIENCE = 60.0
"""Seconds after which a process that neither starts nor ends counts as stuck."""
QUICK = {"PDM_PRESENCE_WINDOW": "0.05"}
"""Settings under which tests need not wait."""


class RealServer:
    """One server process on one data folder, started and stopped as often as wanted, always on the same port."""

    def __init__(self, folder: Path, *, flags: tuple[str, ...] = (), settings: Mapping[str, str] | None = None) -> None:
        self.data = folder / "data"
        self.address = ""
        """As the server itself tells it: http://127.0.0.1:PORT."""
        self._flags = flags
        self._settings = QUICK | dict(settings or {})
        self._log = folder / "server.log"
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._running.pid

    @property
    def port(self) -> int:
        """The port, known once it has started."""
        return urlsplit(self.address).port or 0

    @property
    def log_text(self) -> str:
        """Everything logged so far, by every process of this server."""
        return self._log.read_text(encoding="utf-8")

    @property
    def log_lines(self) -> list[dict[str, Any]]:
        """The same, one object for each line that is whole."""
        return [json.loads(line) for line in self.log_text.splitlines(keepends=True) if line.endswith("\n")]

    def start(self) -> None:
        """Start, and wait until it answers."""
        assert self._process is None, "it runs already"
        words = ["serve", "--data", str(self.data), "--port", str(self.port), *self._flags]
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server", *words],
                cwd=ROOT,
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        stuck = threading.Timer(PATIENCE, self._process.kill)
        stuck.start()
        line = self._running.stdout.readline() if self._running.stdout else ""
        stuck.cancel()
        if not line.startswith(READY):
            code = self._running.wait(PATIENCE)
            self._forget()
            raise AssertionError(f"the server did not start, and ended with {code}:\n{self.log_text}")
        self.address = line.removeprefix(READY).strip()

    def ask_to_stop(self) -> None:
        """Send the signal, and do not wait. In Wine, which has none, the test ends here as skipped."""
        if IN_WINE:
            pytest.skip("Wine 8 has no Ctrl+Break, by which a server on Windows is stopped")
        self._running.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))

    def wait(self) -> int:
        """Wait for its end. Returns the exit code."""
        try:
            return self._running.wait(PATIENCE)
        finally:
            self._forget()

    def stop(self) -> int:
        """Stop as an operator would. Returns the exit code."""
        self.ask_to_stop()
        return self.wait()

    def kill(self) -> None:
        """End it at once, without any goodbye."""
        self._running.kill()
        self.wait()

    def restart(self) -> None:
        """Stop and start again on the same port."""
        assert self.stop() == 0, self.log_text
        self.start()

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """As long as the block takes, no backup begins: what is no longer needed is being collected."""
        with collection_lock(self.data).acquire(timeout=PATIENCE):
            yield

    def run(
        self, *words: str, stdin: str = "", check: bool = True, patience: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """One command of the operator on this data folder, whether the server runs or not."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *words, "--data", str(self.data)],
            cwd=ROOT,
            env=self._environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def add_person(self, name: str, password: str | None, *, administrator: bool = False) -> None:
        """Somebody who can sign in; by the operator's door, since a command of its own would take a second.

        In the server's own SQLite file what is kept of the password is cheap to check.
        """
        door = door_of(self.data / "run")
        assert door is not None, "it does not run"
        database = self.data / DATABASE
        is_cheap = password is not None and database.exists()
        response = httpx.post(
            f"{door.address}/api/people",
            json={"name": name, "password": None if is_cheap else password, "administrator": administrator},
            headers={"Authorization": f"Bearer {door.token}", "Idempotency-Key": str(uuid.uuid4())},
            verify=trusting(door),
            trust_env=False,
            timeout=PATIENCE,
        )
        assert response.status_code == 201, response.text
        if password is not None and is_cheap:
            keep_cheaply(database, name, password)

    def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None:
            self.kill()

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "it does not run"
        return self._process

    def _forget(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()

    def _environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONUNBUFFERED": "1"} | self._settings


@contextmanager
def real_server(
    folder: Path, *, flags: tuple[str, ...] = (), settings: Mapping[str, str] | None = None
) -> Iterator[RealServer]:
    """A running server, gone at the end of the block."""
    server = RealServer(folder, flags=flags, settings=settings)
    server.start()
    try:
        yield server
    finally:
        server.close()
