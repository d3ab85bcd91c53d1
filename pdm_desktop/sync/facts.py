"""Facts of the workspace, as the journal keeps them: what was put there, what is held, what is known of content."""

from datetime import datetime
from enum import Enum
from pathlib import PurePath

from pdm_desktop.core.trees import InJournal
from pdm_desktop.sync.ports import Look
from server.protocol.records import dataclass
from server.protocol.vault import File

NO_TIME = -1
"""A time that no file has: the next look reads the content and finds it edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A file of the workspace as it was put there: its revision, and what it looked like then."""

    file: str
    vault: str
    path: str
    """In the vault."""
    place: str
    """On the disk, relative to the workspace."""
    major: int
    minor: int
    hash: str
    size: int
    mtime_ns: int

    @property
    def number(self) -> str:
        """The revision, as `5.2`."""
        return f"{self.major}.{self.minor}"

    @property
    def where(self) -> PurePath:
        """The place as a path."""
        return PurePath(self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A lock of this seat, with its fencing token."""

    file: str
    vault: str
    path: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A check-out of this seat that ended without its doing. What it has left here is parked, or nothing is left."""

    file: str
    token: int
    base: str
    """The revision that its work comes from; empty: its content never came here."""
    by: str | None = None
    """Who has the file since; None: nobody had it any more when this was learned."""
    computer: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of suspicious content of one file: found after a sudden stop, or called right by a person."""

    hash: str
    meant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A copy is about to be moved to a place where nothing is; then its file has this path."""

    file: str
    path: str
    """In the vault."""
    source: str
    target: str
    number: str
    """Which file it is, as the disk tells, and what it looks like. As text: some systems have very large numbers."""
    size: int
    mtime_ns: int


class Lack(Enum):
    """What became of something that a restored server lacks (N19)."""

    KEPT = "kept"
    """A copy went to the recovery store."""
    WORK = "work"
    """A copy stays as an edit of an older revision."""
    ALONE = "alone"
    """A file is only here now."""
    LOCK = "lock"
    """A check-out has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A restored server lacks something of a file, and its person has to hear what became of it."""

    file: str
    kind: Lack
    path: str
    """In the vault."""


def copy_of(vault: str, file: File, place: PurePath, look: Look) -> Copy:
    """The head of a file, as it is in its place."""
    return _copy_of_head(vault, file, place.as_posix(), size=look.size, mtime_ns=look.mtime_ns)


def on_top_of(copy: Copy, file: File) -> Copy:
    """What is in the copy's place counts as an edit of the head, whatever it was before."""
    return _copy_of_head(copy.vault, file, copy.place, size=file.head.size, mtime_ns=NO_TIME)


def _copy_of_head(vault: str, file: File, place: str, *, size: int, mtime_ns: int) -> Copy:
    return Copy(
        file=file.id,
        vault=vault,
        path=file.path,
        place=place,
        major=file.head.major,
        minor=file.head.minor,
        hash=file.head.hash,
        size=size,
        mtime_ns=mtime_ns,
    )


def is_recorded(copy: Copy | None, file: File, place: PurePath, look: Look) -> bool:
    """The journal knows just this content in this place: it was on the disk itself before."""
    known = None if copy is None else (copy.where, copy.hash, copy.size, copy.mtime_ns)
    return known == (place, file.head.hash, look.size, look.mtime_ns)


def in_journal(copy: Copy, hold: Hold | None, verdict: Verdict | None, lost: Lost | None = None) -> InJournal:
    """What the planner has to know of it."""
    return InJournal(
        place=copy.place,
        revision=(copy.major, copy.minor),
        hash=copy.hash,
        size=copy.size,
        mtime_ns=copy.mtime_ns,
        token=None if hold is None else hold.token,
        meant=verdict.hash if verdict is not None and verdict.meant else None,
        doubted=verdict.hash if verdict is not None and not verdict.meant else None,
        lost=None if lost is None else lost.token,
    )
