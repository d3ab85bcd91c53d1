"""What the engine tells the window: frozen, in the past tense."""

from collections.abc import Mapping

from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.issues import Issue
from pdm_desktop.core.left_work import LeftWork
from pdm_desktop.core.parked import ParkedHere
from pdm_desktop.core.recovery import KeptFile
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import Finished, Trouble
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.core.waiting import WaitingCheckIn
from pdm_desktop.state.transfers import Transfer
from server.protocol.events import Report
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalsRead:
    """The whole workspace was looked at."""

    copies: Mapping[str, LocalCopy]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChanged:
    """One file of the workspace is another now; None: it is gone from there."""

    file: str
    copy: LocalCopy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferMoved:
    """A transfer began, went on or ended."""

    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFinished:
    """A request about files has ended."""

    finished: Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleMet:
    """Something went wrong that is about no single file."""

    trouble: Trouble
    request: Request | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRead:
    """What is in the recovery store, the newest first."""

    files: tuple[KeptFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedRead:
    """What the server keeps parked for this person, the newest first."""

    versions: tuple[ParkedHere, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLeft:
    """A check-out ended without this seat's doing, and what was saved here is about to be parked."""

    left: LeftWork


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingChanged:
    """These check-ins wait, in the order in which they were asked for."""

    check_ins: tuple[WaitingCheckIn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersSeen:
    """Files of the workspace that no vault knows, by vault and path."""

    files: tuple[Stranger, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuesSeen:
    """What needs a person's decision now, all of it."""

    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSeen:
    """How it stands with everything that is checked out here, by file id, and with the room on the disk."""

    check_outs: tuple[Report, ...]
    full: bool = False
    """There is hardly any room left."""


EngineEvent = (
    LocalsRead
    | LocalChanged
    | TransferMoved
    | RequestFinished
    | TroubleMet
    | KeptRead
    | ParkedRead
    | WorkLeft
    | WaitingChanged
    | StrangersSeen
    | IssuesSeen
    | StandingSeen
)
