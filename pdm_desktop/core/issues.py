"""What needs a person: two versions, suspicious content, very many deletions, a workspace that is away, and check-ins
that were refused: those of the queue, and those whose content the server keeps parked.

Each is what was seen at the last look, never work to do: it is there as long as a look shows it, and no longer.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.decisions import Seen
from pdm_desktop.core.parked import ParkedHere
from pdm_desktop.core.planner import is_edited, suspicion
from pdm_desktop.core.trees import InJournal, InVault, OnDisk, Tombstone, Views
from pdm_desktop.core.waiting import Stand, WaitingCheckIn
from server.protocol.records import dataclass
from server.protocol.vault import Lock, Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The content of a file on this computer, and the revision that it came from."""

    full_path: str
    """Where it is on this computer."""
    size: int
    hash: str
    at: datetime
    """When it was last saved, with a zone."""
    base: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Edited here, while the vault went on from the same revision, or deleted the file. Both versions are kept."""

    file: str
    vault: str
    path: str
    """In the vault."""
    mine: Here
    theirs: Revision | None
    """The newest revision; None: the file is deleted in the vault."""
    deleted_by: str | None = None
    lock: Lock | None = None
    held_here: bool = False
    """The lock is this seat's."""

    @property
    def seen(self) -> Seen:
        """What a decision is about."""
        head = None if self.theirs is None else (self.theirs.major, self.theirs.minor)
        return Seen(hash=self.mine.hash, head=head)

    @property
    def is_same(self) -> bool:
        """Both have the same content."""
        return self.theirs is not None and self.theirs.hash == self.mine.hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Content that looks like an accident, not like an edit (N12)."""

    file: str
    vault: str
    path: str
    mine: Here
    expected_size: int
    expected_hash: str
    why: Suspicion
    held_here: bool = False

    @property
    def seen(self) -> Seen:
        """What a decision is about."""
        return Seen(hash=self.mine.hash, head=self.mine.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedCopy:
    """The copy of a file that was deleted together with very many others."""

    file: str
    vault: str
    path: str
    size: int
    by: str | None = None
    """Who deleted it, when that was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MassDeletion:
    """So many files were deleted in the vault that their copies stay until a person decides (N11)."""

    copies: tuple[DeletedCopy, ...]

    @property
    def people(self) -> tuple[str, ...]:
        """Who deleted them, as far as is known, by name."""
        return tuple(sorted({one.by for one in self.copies if one.by is not None}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The workspace, or a folder of it, cannot be seen. Nothing is done until it can: absence is not deletion (N11)."""

    folder: str
    """Where it should be on this computer."""
    why: str
    """A sentence."""
    whole: bool = True
    """It is the workspace itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNeed:
    """A check-in of the queue that is not sent by itself any more."""

    check_in: WaitingCheckIn


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedNeed:
    """The content of a refused check-in, which the server keeps until its person goes on with it."""

    parked: ParkedHere


Issue = Conflict | Doubt | MassDeletion | Absent | WaitingNeed | ParkedNeed


def gathered(seen: Iterable[Issue], queue: Iterable[WaitingCheckIn], parked: Iterable[ParkedHere]) -> tuple[Issue, ...]:
    """All that needs the person, in order: what the workspace shows, then of the queue and of what is parked."""
    needing = [WaitingNeed(check_in=one) for one in queue if one.stand is Stand.NEEDS_YOU]
    return in_order([*seen, *needing, *(ParkedNeed(parked=one) for one in parked)])


def files_of(issue: Issue) -> tuple[str, ...]:
    """The files whose copies wait for a decision about it. A refused check-in hides no question about its file."""
    match issue:
        case Conflict() | Doubt():
            return (issue.file,)
        case MassDeletion():
            return tuple(one.file for one in issue.copies)
        case Absent() | WaitingNeed() | ParkedNeed():
            return ()


def key_of(issue: Issue) -> str:
    """The same for what is the same question, whatever is seen of it by now."""
    match issue:
        case Conflict() | Doubt():
            return f"file {issue.file}"
        case MassDeletion():
            return "deletion"
        case Absent():
            return f"absent {issue.folder}"
        case WaitingNeed():
            return f"check-in {issue.check_in.file}"
        case ParkedNeed():
            return f"parked {issue.parked.version.id}"


def in_order(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """What stops everything first, then by path."""
    return tuple(sorted(issues, key=lambda each: (_RANKS[type(each)], _path_of(each))))


def has_two_versions(views: Views) -> bool:
    """Edited here, and the vault has something newer, or nothing any more. False while nobody has read what is here."""
    disk, journal, vault = views.disk, views.journal, views.vault
    if disk is None or journal is None or disk.hash is None or not is_edited(disk, journal):
        return False
    match vault:
        case Tombstone():
            return True
        case InVault():
            return vault.revision > journal.revision and vault.hash != disk.hash
        case _:
            return False


def doubt_of(views: Views) -> Suspicion | None:
    """Why what is here may be an accident; None while nobody has read it."""
    if views.disk is None or views.journal is None or views.disk.hash is None:
        return None
    if not is_edited(views.disk, views.journal) or _is_the_head(views):
        return None
    return suspicion(views.disk, views.journal, after_crash=views.after_crash)


def has_to_be_read(views: Views) -> bool:
    """Only its content can tell whether there is something to decide."""
    disk, journal, vault = views.disk, views.journal, views.vault
    if disk is None or journal is None or disk.hash is not None or not is_edited(disk, journal):
        return False
    is_behind = isinstance(vault, InVault) and vault.revision > journal.revision
    return is_behind or isinstance(vault, Tombstone) or views.after_crash or _may_be_doubted(disk, journal)


def _may_be_doubted(disk: OnDisk, journal: InJournal) -> bool:
    return suspicion(disk, journal, after_crash=False) is not None


def _is_the_head(views: Views) -> bool:
    disk, vault = views.disk, views.vault
    return disk is not None and isinstance(vault, InVault) and disk.hash == vault.hash


def _path_of(issue: Issue) -> str:
    match issue:
        case Conflict() | Doubt():
            return issue.path.casefold()
        case Absent():
            return issue.folder
        case MassDeletion():
            return ""
        case WaitingNeed():
            return issue.check_in.path.casefold()
        case ParkedNeed():
            return issue.parked.version.path.casefold()


_RANKS = {Absent: 0, MassDeletion: 1, WaitingNeed: 2, Conflict: 3, Doubt: 4, ParkedNeed: 5}
