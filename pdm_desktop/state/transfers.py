"""Content on its way, up and down."""

from dataclasses import dataclass
from enum import Enum


class TransferState(Enum):
    """How a transfer stands; the value is what its row says."""

    WAITING = "Waiting"
    RUNNING = "Running"
    DONE = "Done"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The content of one file on its way."""

    id: str
    file: str
    path: str
    up: bool
    """From this computer to the server."""
    size: int
    """Bytes in all."""
    done: int = 0
    """Bytes so far."""
    rate: float = 0.0
    """Bytes a second over the last 10 s."""
    state: TransferState = TransferState.WAITING
    reason: str | None = None
    """Why it stopped."""

    @property
    def seconds_left(self) -> float | None:
        """Time to go at the present rate; None while that cannot be said."""
        return (self.size - self.done) / self.rate if self.rate > 0 else None


class Transfers:
    """Every transfer that is shown, the oldest first."""

    def __init__(self) -> None:
        self._all: dict[str, Transfer] = {}

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> list[Transfer]:
        """Every transfer that is shown."""
        return list(self._all.values())

    def running(self) -> list[Transfer]:
        """Those that move or wait for their turn."""
        return [each for each in self._all.values() if each.state in (TransferState.RUNNING, TransferState.WAITING)]

    def put(self, transfer: Transfer) -> None:
        """Show a transfer, or how it stands now."""
        self._all[transfer.id] = transfer

    def forget(self) -> None:
        """Show none."""
        self._all = {}

    def drop(self, transfer: str) -> None:
        """Show it no longer."""
        self._all.pop(transfer, None)
