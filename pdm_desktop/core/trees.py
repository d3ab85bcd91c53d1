"""What vault, disk and journal say of one file: three views, and the planner alone compares them."""

from enum import Enum

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InVault:
    """A file as its vault has it now."""

    place: str
    """Where it belongs, relative to the workspace."""
    revision: tuple[int, int]
    hash: str
    token: int | None = None
    """The fencing token of its lock, when this very seat has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """The vault had the file; somebody deleted it."""

    by: str | None = None
    """Who; None when that was not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """What lies at the place that the journal names."""

    size: int
    mtime_ns: int
    writable: bool
    hash: str | None = None
    """What was read of it since it looks like this; None: nothing."""
    is_open: bool = False
    """A program has it open and may write into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InJournal:
    """What was put there, and what this seat holds."""

    place: str
    revision: tuple[int, int]
    hash: str
    size: int
    mtime_ns: int
    token: int | None = None
    """The fencing token of this seat's check-out."""
    meant: str | None = None
    """The hash of content that a person has said is right, however suspicious it looks."""
    doubted: str | None = None
    """The hash of content that a sudden stop has left, and of which nobody has said anything yet."""
    lost: int | None = None
    """The fencing token of a check-out that ended without this seat's doing, while what it has left is not parked."""


class InTheWay(Enum):
    """What lies where the vault has the file, when the copy lies elsewhere."""

    NOTHING = "nothing"
    LEAVES = "leaves"
    """Another file's copy that has to go elsewhere as well."""
    STAYS = "stays"
    """Something that nobody moves: a person's own file, edited work, a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """All that decides what becomes of one file's copy."""

    vault: InVault | Tombstone | None
    """None: nobody knows now, or it is out of this person's sight. Nothing follows from that."""
    disk: OnDisk | None
    """None: nothing is there. That is no deletion."""
    journal: InJournal | None
    in_the_way: InTheWay = InTheWay.NOTHING
    is_aside: bool = False
    """The copy has stepped aside already, and waits beside its place."""
    is_busy: bool = False
    """A command about it is on its way, or its answer is missing: that goes on first."""
    after_crash: bool = False
    """The engine did not end in order, and has not seen this file since."""
