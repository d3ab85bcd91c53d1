"""A program that runs while the steps of a command go on: what it says is kept until its own step comes."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO

from develop.checkout import ROOT
from develop.console import Problem, say
from develop.environments import Environment
from develop.programs import tool_environment

TO_CLEAR_UP = 120.0
"""Seconds that it gets to end what it has started, when it is not wanted any more."""


class Beside:
    """One program of an environment, started in the checkout's root as soon as this is made."""

    def __init__(self, environment: Environment, program: str, *arguments: str) -> None:
        self._name = program
        self._began = time.monotonic()
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was shown, or is not wanted
        self._process = subprocess.Popen(
            [environment.program(program), *arguments],
            cwd=ROOT,
            env=tool_environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C in a terminal is for the step at work, which then has this ended
            preexec_fn=None if sys.platform == "win32" else _hear_interrupts,
        )

    def finish(self, *, accepted: Sequence[int] = (0,)) -> int:
        """Wait for its end, show what it has said, and return its exit code, one of those accepted.

        Raises `Problem` for any other.
        """
        waited = self._process.poll() is None
        code = self._process.wait()
        self._show()
        say(f"   begun {time.monotonic() - self._began:.0f} s ago{', and waited for' if waited else ''}")
        if code not in accepted:
            raise Problem(f"{self._name} ended with code {code}; its own words stand above.")
        return code

    def end(self) -> None:
        """End it as somebody at the keyboard would, and if need be outright. What it has said is not shown."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
            try:
                self._process.wait(TO_CLEAR_UP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._said.close()

    def _show(self) -> None:
        self._said.seek(0)
        text = self._said.read().decode("utf-8", "replace")
        self._said.close()
        sys.stdout.write(text)
        sys.stdout.flush()


def _hear_interrupts() -> None:
    """Whoever runs the checks in the background of a shell is deaf to them, and so would be what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
