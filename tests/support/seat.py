"""A real seat in its own process: the program as a person starts it, and somebody at its mouse and keyboard.

`RealSeat` starts `tests.support.seat_program`, which is the seat with a driver inside, and talks to it in JSON lines:
one request, one answer. Nothing but that line and the server connects two seats.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

from tests.support.desktop import Lines

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "tests.support.seat_program"
QUITS_WITHIN = 15.0
"""Seconds; far more than it takes."""


class Refused(AssertionError):
    """The driver could not do what it was asked; the text says why."""


class RealSeat:
    """One person's seat: its folders, its process, and what that person does."""

    def __init__(
        self,
        folder: Path,
        *,
        server: str,
        person: str,
        computer: str = "CAD-04",
        environment: Mapping[str, str] | None = None,
        program: str = PROGRAM,
    ) -> None:
        self.folder = folder
        self.person = person
        self.server = server
        self.computer = computer
        self._program = program
        self.data = folder / "data"
        self.workspace = folder / "workspace"
        self.log = folder / "seat.log"
        self._environment = {**(os.environ if environment is None else environment), "PYTHONPATH": str(ROOT)}
        self._process: subprocess.Popen[str] | None = None
        self._lines: Lines | None = None
        self._log: IO[str] | None = None

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._process
        return self._process.pid

    def start(self, *arguments: str) -> Self:
        """Start the program and wait for its first painted window."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log = self.log.open("a", encoding="utf-8")
        command = [sys.executable, "-m", self._program, "--data", str(self.data), "--workspace", str(self.workspace)]
        command += ["--computer", self.computer, *arguments]
        self._process = subprocess.Popen(
            command, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        assert self._process.stdout
        self._lines = Lines(self._process.stdout)
        try:
            self._lines.take("ready", timeout=60)
        except AssertionError as missing:
            raise AssertionError(f"{self.person}'s seat did not start: {missing}\n{self.tail()}") from missing
        return self

    def do(self, action: str, *, timeout: float = 30, **fields: Any) -> Any:
        """Ask for one action and wait for its answer. Raises Refused with the driver's words."""
        assert self._process
        assert self._process.stdin
        assert self._lines
        self._process.stdin.write(json.dumps({"do": action, **fields}) + "\n")
        self._process.stdin.flush()
        answer = self._lines.take("answer", timeout=timeout)
        if "refused" in answer:
            raise Refused(f"{self.person}: {action}: {answer['refused']}\n{self.tail()}")
        return answer.get("value")

    def sign_in(self, password: str, *, stay: bool = True) -> None:
        """Type server, name and password into the sign-in window, and wait until the seat is in step."""
        self.do("sign_in", server=self.server, name=self.person, password=password, stay=stay)

    def painted(self, badge: str) -> float:
        """When the next badge of that kind was painted, in monotonic seconds. Ask `tell_paints` first."""
        assert self._lines
        while True:
            paint = self._lines.take("painted")
            if paint["badge"] == badge:
                at: float = paint["at"]
                return at

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the program ends by itself; its exit code."""
        assert self._process
        return self._process.wait(timeout)

    def stop(self) -> None:
        """Quit as a person does, and wait for the end. Raises AssertionError when there is none."""
        if self._process is None:
            return
        assert self._process.stdin
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(QUITS_WITHIN)
            except subprocess.TimeoutExpired as error:
                self.kill()
                raise AssertionError(f"The seat did not quit within {QUITS_WITHIN:.0f} s:\n{self.tail()}") from error
        self._forget()

    def kill(self) -> None:
        """End the process at once, as a crash does."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._forget()

    def tail(self, lines: int = 20) -> str:
        """The end of the program's log."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.is_file() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _forget(self) -> None:
        for stream in (self._process and self._process.stdin, self._process and self._process.stdout, self._log):
            if stream:
                stream.close()
        self._process = self._lines = self._log = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
