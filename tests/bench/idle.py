"""The seat in the tray, connected, with nothing to do: processor time, disk writes, and how often it wakes up."""

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import measured_seat
from tests.bench.figures import Figure
from tests.bench.one_seat import seat_before
from tests.support.waiting import wait_for

SETTLES = 15.0
"""Seconds that the seat has after the last thing that somebody did: marks are kept, garbage is searched."""
WATCHED = 50.0
"""Seconds for which it is watched."""
FILES = Path(__file__).resolve().parents[2] / "resources" / "sample_vault"


@dataclass(frozen=True)
class Used:
    """What a process has used since it began (proc(5): stat, io, task/*/status)."""

    seconds: float
    """Processor time, of all its threads."""
    written: int
    """Bytes that it caused to be written to a disk."""
    wakeups: Mapping[str, int]
    """How often each of its threads gave its processor back by itself, by thread."""

    def wakeups_since(self, before: "Used") -> int:
        """Of all its threads; what threads did that have ended meanwhile is not known."""
        return sum(count - before.wakeups.get(thread, 0) for thread, count in self.wakeups.items())


def run() -> Sequence[Figure]:
    """One seat, watched for most of a minute."""
    with (
        tempfile.TemporaryDirectory(prefix="pdm-bench-") as name,
        seat_before(FILES, Path(name), program=measured_seat.PROGRAM) as seat,
    ):
        seat.do("leave_window")
        _let_go_by(SETTLES)
        before, began = used(seat.pid), time.monotonic()
        _let_go_by(WATCHED)
        after, seconds = used(seat.pid), time.monotonic() - began
        assert not seat.do("status")["visible"], "the window came back by itself"
    return [
        Figure(
            name="idle_cpu",
            value=100 * (after.seconds - before.seconds) / seconds,
            unit="% of one",
            goal=0.2,
            peers={"wake-ups a second": after.wakeups_since(before) / seconds},
        ),
        Figure(name="idle_writes", value=after.written - before.written, unit="bytes", goal=0),
    ]


def _let_go_by(seconds: float) -> None:
    ends = time.monotonic() + seconds
    wait_for(lambda: time.monotonic() >= ends)


def used(process: int) -> Used:
    """Until now, by the process with that id."""
    of = Path("/proc") / str(process)
    io = dict(line.split(": ") for line in (of / "io").read_text(encoding="ascii").splitlines())
    ticks = (of / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    switches = {
        task.name: int(line.split()[1])
        for task in (of / "task").iterdir()
        for line in (task / "status").read_text(encoding="utf-8").splitlines()
        if line.startswith("voluntary_ctxt_switches")
    }
    return Used(
        seconds=(int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"),
        written=int(io["write_bytes"]),
        wakeups=switches,
    )
