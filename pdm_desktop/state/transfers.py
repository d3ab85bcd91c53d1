"""Content on its way, up and down."""

from enum import Enum

from pdm_desktop.core.pace import Limits
from pdm_desktop.core.requests import FileRequest
from server.protocol.records import dataclass


class TransferState(Enum):
    """How a transfer stands; the value is what its row says."""

    WAITING = "Waiting"
    RUNNING = "Running"
    PAUSED = "Paused by you"
    DONE = "Done"
    STOPPED = "Stopped"
    DROPPED = "Cancelled by you"
    """It is over, and is not shown."""


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
    what: str = ""
    """What it is for: `Check-in, Rev 3.9`, `Get latest`."""
    again: FileRequest | None = None
    """What asks for it once more after it stopped."""

    @property
    def seconds_left(self) -> float | None:
        """Time to go at the present rate; None while that cannot be said."""
        return (self.size - self.done) / self.rate if self.rate > 0 else None

    @property
    def is_over(self) -> bool:
        """It is done or has stopped: nothing comes of it any more."""
        return self.state in (TransferState.DONE, TransferState.STOPPED, TransferState.DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """All transfers that are not over, together."""

    running: int = 0
    waiting: int = 0
    paused: int = 0
    done: int = 0
    """Bytes so far of what is not over, and of what is done but still shown."""
    size: int = 0
    """Bytes of the same in all."""
    left: float | None = None
    """Seconds until all that runs and waits is done, at the present rates; None while that cannot be said."""

    @property
    def share(self) -> float | None:
        """How much has arrived, from 0 to 1; None when nothing is on its way."""
        return self.done / self.size if self.size and self.running + self.waiting + self.paused else None


DONE_SHOWN = 20
"""So many transfers that are done are shown; of a large folder the others leave sooner than they would."""


class Transfers:
    """Every transfer that is shown, the oldest first, and what the person wants of all of them."""

    def __init__(self) -> None:
        self._all: dict[str, Transfer] = {}
        self.are_paused = False
        """All are paused, and new ones begin paused; for this run of the program."""
        self.limits = Limits()

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> list[Transfer]:
        """Every transfer that is shown."""
        return list(self._all.values())

    def running(self) -> list[Transfer]:
        """Those that move or wait for their turn."""
        return [each for each in self._all.values() if each.state in (TransferState.RUNNING, TransferState.WAITING)]

    def over(self) -> list[Transfer]:
        """Those of which nothing comes any more."""
        return [each for each in self._all.values() if each.is_over]

    def total(self) -> Total:
        """All together."""
        states = [each.state for each in self._all.values()]
        whole = [each for each in self._all.values() if each.state is not TransferState.STOPPED]
        return Total(
            running=states.count(TransferState.RUNNING),
            waiting=states.count(TransferState.WAITING),
            paused=states.count(TransferState.PAUSED),
            done=sum(each.done for each in whole),
            size=sum(each.size for each in whole),
            left=max((left for up in (True, False) if (left := self._seconds_left(up=up)) is not None), default=None),
        )

    def put(self, transfer: Transfer) -> None:
        """Show a transfer, or how it stands now. One that begins takes the place of those of its file that stopped."""
        if transfer.id not in self._all:
            for each in self.over():
                if (each.file, each.up) == (transfer.file, transfer.up):
                    self.drop(each.id)
        if transfer.state is TransferState.DROPPED:
            self.drop(transfer.id)
        else:
            self._all[transfer.id] = transfer
        if transfer.state is TransferState.DONE:
            done = [each.id for each in self._all.values() if each.state is TransferState.DONE]
            for gone in done[:-DONE_SHOWN]:
                self.drop(gone)

    def forget(self) -> None:
        """Show none."""
        self._all = {}

    def drop(self, transfer: str) -> None:
        """Show it no longer."""
        self._all.pop(transfer, None)

    def _seconds_left(self, *, up: bool) -> float | None:
        """Both directions go on beside each other; each takes its bytes at its rate."""
        there = [each for each in self.running() if each.up is up]
        rate = sum(each.rate for each in there)
        return sum(each.size - each.done for each in there) / rate if rate > 0 else None
