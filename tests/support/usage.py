"""What a process has used: processor time, and memory that is in use now. Read from /proc, so on Linux only."""

import time
from pathlib import Path

KIB = 1024
QUIET_SECONDS = 0.3
QUIET_SHARE = 0.03
"""A process that uses less of a processor than this has nothing to do but to look around."""
A_MOMENT = 0.02
PATIENCE = 120.0


def cpu_seconds(pid: int) -> float:
    """Processor time of all its threads, in user space and in the kernel, to the nanosecond."""
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def cpu_seconds_soon(pid: int) -> float:
    """The same a moment later: what a process tidies up after its work is work, too."""
    time.sleep(A_MOMENT)
    return cpu_seconds(pid)


def settled(pid: int) -> float:
    """Wait until it has nothing to do any more. Returns the processor time until then."""
    used, ends = cpu_seconds(pid), time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        time.sleep(QUIET_SECONDS)
        before, used = used, cpu_seconds(pid)
        if used - before < QUIET_SHARE * QUIET_SECONDS:
            return used
    raise AssertionError(f"the process {pid} is busy for more than {PATIENCE:.0f} s")


def resident_bytes(pid: int) -> int:
    """Memory that it holds now."""
    return _status(pid, "VmRSS") * KIB


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise LookupError(field)
