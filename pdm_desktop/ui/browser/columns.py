"""The columns of the file table: what each shows of a row, how it sorts, and which give way when there is less room."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import Final

from pdm_desktop.core import words
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.office.presence import presence_words
from pdm_desktop.state.account import Connection
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.presence import presence_icon
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from server.protocol.records import dataclass
from server.protocol.vault import Lock


class Field(IntEnum):
    """The columns from the left."""

    BADGE = 0
    NAME = 1
    FOLDER = 2
    REV = 3
    HOLDER = 4
    COMPUTER = 5
    SINCE = 6
    WHY = 7
    SIZE = 8
    MODIFIED = 9


GIVING_WAY: Final = (Field.COMPUTER, Field.SIZE, Field.MODIFIED)
"""They go in this order; all of it stands in the tool tip of Holder."""
FULL_WIDTH: Final = 970
"""A table as wide as this, in pixels, shows every column: that of a window of 1280."""
STEP: Final = 90
"""Each so many pixels less, one column goes."""

SortKey = Callable[[FileRow], tuple[object, ...]]
_NUMBER: Final = re.compile(r"\d+")
_ENDING, _DIGITS = "\1", "\2"
"""They stand before an ending and a number: before all that a name may hold, and in this order."""


@lru_cache(maxsize=65_536)
def natural(text: str) -> str:
    """A key in which numbers within a name count as numbers: `op9` before `op10`. Case does not matter."""
    return _NUMBER.sub(_number_key, text.casefold())


def by_name(rows: Iterable[FileRow]) -> list[FileRow]:
    """The rows by name, numbers as numbers, equal ones by path; a name before its longer forms, whatever it ends in:
    `2210-block.sldprt`, then `2210-block-op10.nc`.
    """
    listed = list(rows)
    parts = [row.file.filename.rpartition(".") for row in listed]
    names = [f"{stem or ending}{_ENDING}{ending}" for stem, _, ending in parts]
    # As one text: name by name it takes eight times as long, which is felt in a folder of thousands.
    keys = _NUMBER.sub(_number_key, "\n".join(names).casefold()).split("\n")
    if len(keys) != len(names):  # the server's rule for names has no such one
        keys = [natural(name) for name in names]
    whole = [f"{key}\0{row.file.path}" for key, row in zip(keys, listed, strict=True)]
    return [listed[place] for place in sorted(range(len(listed)), key=whole.__getitem__)]


def _number_key(found: re.Match[str]) -> str:
    digits = str(int(found[0]))
    return f"{_DIGITS}{chr(ord(' ') + len(digits))}{digits}"


def given_way(width: int) -> tuple[Field, ...]:
    """The columns that a table of that width leaves out."""
    missing = max(0, FULL_WIDTH - width)
    return GIVING_WAY[: min(len(GIVING_WAY), -(-missing // STEP))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who reads the table, and when."""

    person: str | None
    now: datetime
    connection: Connection

    @property
    def offline(self) -> bool:
        """What is shown may be old: clock times instead of ages, which would go on counting."""
        return not self.connection.known


def columns(store: Store, clock: Callable[[], datetime]) -> tuple[Column[FileRow], ...]:
    """The columns over a store's listing."""
    cells = _Cells(store, clock)
    return (
        Column(title="", width=32, cell=cells.badge, spoken="State"),
        Column(title="Name", width=212, cell=cells.name),
        Column(title="Folder", width=170, cell=cells.folder),
        Column(title="Rev", width=72, cell=cells.revision),
        Column(title="Holder", width=118, cell=cells.holder),
        Column(title="Computer", width=74, cell=cells.computer),
        Column(title="Since", width=80, cell=cells.since),
        Column(title="Why", width=198, cell=cells.why),
        Column(title="Size", width=76, cell=cells.size, right=True),
        Column(title="Modified", width=112, cell=cells.modified),
    )


def holder_title(connection: Connection, now: datetime) -> str:
    """`Holder`, or `Holder at 10:24` while what is shown is of that time."""
    if connection.in_step_until is None:
        return "Holder"
    return f"Holder at {words.clock_or_day(connection.in_step_until, now)}"


def holder_tip(connection: Connection, now: datetime) -> str | None:
    """Of which moment that is, to the second."""
    return None if connection.in_step_until is None else f"As of {words.full_time(connection.in_step_until, now)}"


def sort_key(field: Field) -> SortKey:
    """How rows are put in order by a column other than Name; what has nothing there comes last."""
    return _SORT_KEYS[field]


def _message(row: FileRow) -> str:
    return row.file.lock.message or "" if row.file.lock is not None else ""


class _Cells:
    """How one row is shown in each column."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def _reading(self) -> Reading:
        account = self._store.account
        return Reading(
            person=None if account is None else account.person, now=self._clock(), connection=self._store.connection
        )

    def badge(self, row: FileRow) -> Cell:
        return Cell(icon=icons.badge(row.badge), tip=row.badge_words, spoken=row.badge_words)

    def name(self, row: FileRow) -> Cell:
        return Cell(
            text=row.file.filename,
            icon=icons.file_icon(row.file.filename),
            tip=row.file.path,
            spoken=f"{row.file.filename}, {row.badge_words}",
        )

    def folder(self, row: FileRow) -> Cell:
        vault = self._store.vaults.get(row.vault)
        parts = [part for part in (vault.name if vault else "", *row.file.folder.split("/")) if part]
        short = parts if len(parts) < 3 else ["…", *parts[-1:]]
        return Cell(text=" › ".join(short), ink=Tone.SECOND, tip=" › ".join(parts))

    def revision(self, row: FileRow) -> Cell:
        head = (row.file.head.major, row.file.head.minor)
        if row.local is None or not row.local.is_behind(head):
            return Cell(text=row.file.head.number)
        base = f"{row.local.base[0]}.{row.local.base[1]}"
        if not self._store.connection.known:
            return Cell(text=base)
        return Cell(
            text=f"{base} → {row.file.head.number}", strong=True,
            spoken=f"Rev {row.file.head.number} is on the server, you have {base}",
        )  # fmt: skip

    def holder(self, row: FileRow) -> Cell:
        lock, reading = row.file.lock, self._reading()
        if lock is None:
            return Cell()
        mine = lock.locked_by == reading.person
        spoken = "You" if mine else lock.locked_by
        known = row.online is not None
        online, away = bool(row.online), row.away
        said = f", {_holder_presence(row, reading.now)}" if known else ""
        return Cell(
            text=spoken,
            icon=presence_icon(online=online, away=away) if known else None,
            ink=self._dim(row, reading),
            tip=self._whole(row, reading),
            spoken=spoken + said,
        )

    def computer(self, row: FileRow) -> Cell:
        return Cell() if row.file.lock is None else Cell(text=row.file.lock.computer, ink=self._dim(row))

    def since(self, row: FileRow) -> Cell:
        lock, reading = row.file.lock, self._reading()
        if lock is None:
            return Cell()
        clock = words.clock_or_day(lock.since, reading.now)
        text = clock if reading.offline else words.age(reading.now - lock.since)
        return Cell(text=text, ink=self._dim(row, reading), tip=words.full_time(lock.since, reading.now))

    def why(self, row: FileRow) -> Cell:
        return Cell(text=_message(row), ink=self._dim(row), tip=_message(row))

    def size(self, row: FileRow) -> Cell:
        return Cell(text=words.size(row.file.head.size))

    def modified(self, row: FileRow) -> Cell:
        now, at = self._clock(), row.file.head.at
        return Cell(text=words.when(at, now), ink=Tone.SECOND, tip=words.full_time(at, now))

    def _dim(self, row: FileRow, reading: Reading | None = None) -> Tone | None:
        """What was true once is grey; my own check-outs this computer knows itself."""
        if self._store.connection.known:
            return None
        person = (reading or self._reading()).person
        return None if row.file.lock is not None and row.file.lock.locked_by == person else Tone.SECOND

    def _whole(self, row: FileRow, reading: Reading) -> str:
        lock = row.file.lock
        if lock is None:
            return row.badge_words
        lines = [
            row.badge_words,
            f"On {lock.computer} since {words.full_time(lock.since, reading.now)}",
            *([] if row.online is None or reading.offline else [f"Holder {_holder_presence(row, reading.now)}"]),
            *([f"Why: {lock.message}"] if lock.message else []),
            f"Rev {row.file.head.number}, {words.size(row.file.head.size)}",
            f"Modified {words.when(row.file.head.at, reading.now)}",
        ]
        return "\n".join(lines)


def _holder_presence(row: FileRow, now: datetime) -> str:
    return presence_words(online=bool(row.online), away=row.away, seen=None, now=now)


def _of_lock(key: Callable[[Lock], object]) -> SortKey:
    return lambda row: (1,) if row.file.lock is None else (0, key(row.file.lock))


_SORT_KEYS: Final[dict[Field, SortKey]] = {
    Field.BADGE: lambda row: (list(Badge).index(row.badge),),
    Field.FOLDER: lambda row: (natural(row.file.folder),),
    Field.REV: lambda row: (row.file.head.major, row.file.head.minor),
    Field.HOLDER: _of_lock(lambda lock: lock.locked_by.casefold()),
    Field.COMPUTER: _of_lock(lambda lock: lock.computer.casefold()),
    Field.SINCE: _of_lock(lambda lock: lock.since.timestamp()),
    Field.WHY: lambda row: (0, _message(row).casefold()) if _message(row) else (1,),
    Field.SIZE: lambda row: (row.file.head.size,),
    Field.MODIFIED: lambda row: (-row.file.head.at.timestamp(),),
}
