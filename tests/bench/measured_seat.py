"""The whole seat, window and engine, with a heartbeat on the window's loop and an eye on memory: a benchmark drives it.

Started by `RealSeat(program=PROGRAM)`; beside what every driven seat can do it takes `measure`.
"""

import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer

from pdm_desktop.app.options import parse
from pdm_desktop.app.start import start
from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.state.changes import Change, ResultReady, TroubleRaised
from tests.support.seat_program import Driver, Ear, until

PROGRAM = "tests.bench.measured_seat"
BEAT_MS = 1
PATIENCE = 900.0
"""Seconds after which a request counts as stuck."""


class Measured(Driver):
    """A driver that asks for something and tells what it cost."""

    async def measure(self, request: str, server: int, **fields: Any) -> dict[str, float]:
        """Ask for something of `core.requests` about files and wait for its end; `server` is a process as well.

        Answers seconds, the longest stall of the window in milliseconds and the most processor time that its thread
        took between two beats, and by how much the peak of memory of the seat and of the server was above what they
        had before, in megabytes.
        """
        ended: list[Change] = []
        stop = self.store.subscribe(lambda change: _end(change, ended))
        asked = getattr(requests, request)(**{name: _frozen(value) for name, value in fields.items()})
        heart = Heart()
        before = {each: _begin_peak(each) for each in ("self", str(server))}
        began = time.monotonic()
        self.program.submit(asked)
        await until(lambda: bool(ended), request, seconds=PATIENCE)
        seconds = time.monotonic() - began
        stall = heart.stop()
        stop()
        grown = {each: (memory_of(each, "VmHWM") - before[each]) / 1e3 for each in before}
        _require_well(ended[0])
        memory = {"seat_mb": grown["self"], "server_mb": grown[str(server)]}
        return {"seconds": seconds, "stall_ms": stall, "busy_ms": heart.busiest_ms, **memory}

    async def leave_window(self) -> None:
        """Be in the tray, or as one is there: a screen without a tray ends a program whose window is closed."""
        self.window.hide()

    async def watch_window(self) -> None:
        """Watch the window while nothing is asked of it."""
        self._idle = Heart()

    async def stalled(self) -> float:
        """The longest stall since then, in milliseconds: what the computer's other work does to any window."""
        return self._idle.stop()


class Heart:
    """Beats once a millisecond on the window's loop, and knows the longest time between two beats.

    On a computer with other work that is also the time for which the window waited for a processor; what it did itself
    is in `busiest_ms`: the most processor time that the window's thread took between two beats, in milliseconds.
    """

    def __init__(self) -> None:
        self._longest = 0.0
        self._busiest = 0.0
        self._last = time.monotonic()
        self._last_busy = time.thread_time()
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    @property
    def busiest_ms(self) -> float:
        """The most processor time of the window's thread between two beats."""
        return self._busiest * 1_000

    def stop(self) -> float:
        """The longest time without a beat, in milliseconds."""
        self._timer.stop()
        return self._longest * 1_000

    def _beat(self) -> None:
        now, busy = time.monotonic(), time.thread_time()
        self._longest = max(self._longest, now - self._last)
        self._busiest = max(self._busiest, busy - self._last_busy)
        self._last, self._last_busy = now, busy


def _end(change: Change, ended: list[Change]) -> None:
    if isinstance(change, ResultReady | TroubleRaised):
        ended.append(change)


def _require_well(change: Change) -> None:
    assert isinstance(change, ResultReady), change
    bad = [each for each in change.finished.results if each.outcome is not Outcome.DONE]
    assert not bad, bad[:3]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _begin_peak(process: str) -> float:
    """Forget the peak of a process (proc(5), clear_refs); what it has now, in kilobytes."""
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")
    return memory_of(process, "VmRSS")


def memory_of(process: str, name: str) -> float:
    """A line of proc(5), status, in kilobytes; `self` is this process."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main() -> int:
    """Run the seat, and obey."""
    ears: list[Ear] = []
    return start(parse(sys.argv[1:]), began=lambda program: ears.append(Ear(program, Measured(program))))


if __name__ == "__main__":
    sys.exit(main())
