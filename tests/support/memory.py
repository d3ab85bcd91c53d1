"""How much memory another process takes at its most, as Linux counts it."""

from pathlib import Path

MEGABYTE = 1_000_000


class Peak:
    """The most memory of a process from now on, in bytes above what it has now."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # proc(5): forget the peak so far
        self._before = self._kilobytes("VmRSS")

    def bytes(self) -> int:
        """So far."""
        return (self._kilobytes("VmHWM") - self._before) * 1024

    def _kilobytes(self, name: str) -> int:
        lines = self._status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
