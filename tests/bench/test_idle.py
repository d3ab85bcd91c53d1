"""The benchmark of a seat at rest itself, for a moment: it measures the seat's own process."""

import os
import sys
from pathlib import Path

import pytest

from tests.bench import idle

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_a_seat_at_rest_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "SETTLES", 0.1)
    monkeypatch.setattr(idle, "WATCHED", 0.3)
    cpu, writes = idle.run()
    assert (cpu.name, cpu.goal, writes.name, writes.goal) == ("idle_cpu", 0.2, "idle_writes", 0)
    assert cpu.value >= 0
    assert cpu.peers["wake-ups a second"] > 0


def test_what_a_process_writes_and_computes_counts(tmp_path: Path) -> None:
    before = idle.used(os.getpid())
    with (tmp_path / "written").open("wb") as file:
        file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
    while idle.used(os.getpid()).seconds == before.seconds:
        """It computes until the system's clock of processor time has ticked."""
    after = idle.used(os.getpid())
    assert after.written >= before.written + (1 << 20) or Path("/dev/shm") in tmp_path.parents
    assert after.seconds > before.seconds
