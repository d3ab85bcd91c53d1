"""Locks as who administers a vault sees them: which are shown, what their columns say, and how one is taken away."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from pdm_desktop.core import liveness, words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.paths import name_of
from server.protocol.calls import Line, LockEntry, Waiter
from server.protocol.records import dataclass
from server.protocol.vault import Vault

AGES: Final = (
    ("Any age", timedelta()),
    ("8 hours or more", timedelta(hours=8)),
    ("2 days or more", timedelta(days=2)),
    ("4 days or more", timedelta(days=4)),
)
"""By what age one may narrow: where the colour of the bar changes, and where it is full."""
CSV_HEAD: Final = (
    "File", "Folder", "Holder", "Presence", "Computer", "Checked out", "Why", "Age in hours", "Edited", "Waiting"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceRelease(OfficeRequest):
    """End somebody's check-out, or give it to `give_to` at once. `token` is of the check-out that is meant."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (topics.LOCKS, topics.LINES)
    file: str
    path: str
    holder: str
    token: int
    reason: str
    give_to: str | None = None

    @property
    def done(self) -> str:
        """Who has it now, and what becomes of the work."""
        name = name_of(self.path)
        now = f"{name} is free." if self.give_to is None else f"{self.give_to} has {name} now."
        return f"{now} {self.holder} is told why, and keeps what was saved."


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which locks are to be seen."""

    vault: str | None = None
    """None: all of them."""
    older: timedelta = timedelta()
    """Of that age or more."""
    offline: bool = False
    """Only those whose holder is not here."""

    def takes(self, entry: LockEntry, now: datetime) -> bool:
        """Whether this one is to be seen."""
        if self.vault is not None and entry.vault != self.vault:
            return False
        if self.offline and entry.online:
            return False
        return age_of(entry, now) >= self.older


def mine_to_administer(entries: Iterable[LockEntry], vaults: Mapping[str, Vault]) -> list[LockEntry]:
    """Those of the vaults that I administer."""
    mine = {each.id for each in vaults.values() if each.role == "administrator"}
    return [each for each in entries if each.vault in mine]


def age_of(entry: LockEntry, now: datetime) -> timedelta:
    """How long the file has been checked out."""
    return now - entry.lock.since


def folder_words(vault: str, path: str, vaults: Mapping[str, Vault]) -> str:
    """`Production › Hydraulics`: the vault of a file, then its folders."""
    known = vaults.get(vault)
    return " › ".join((*([known.name] if known else []), *path.split("/")[:-1]))


def holder_words(entry: LockEntry, now: datetime) -> str:
    """`Jan Kowalski on CAM-03, since Mon 08:40 (3 d 2 h), offline for 2 d 19 h`."""
    lock = entry.lock
    since = f"since {_time_words(lock.since, now)} ({words.age(age_of(entry, now))})"
    return f"{lock.locked_by} on {lock.computer}, {since}, {liveness.presence_of(entry, now)}"


def where_the_work_is(entry: LockEntry, now: datetime, *, to: str | None = None) -> str:
    """Where what the holder has saved is and what becomes of it, when the lock is taken away and perhaps goes `to` one.

    The bytes stay where they are until that seat has parked them: nothing is removed by it.
    """
    holder, computer = first_name(entry.lock.locked_by), entry.lock.computer
    whom = holder if to is None else words.listed([holder, first_name(to)])
    if entry.online:
        return f"What {holder} has saved on {computer} is parked on the server now and offered to {whom}."
    seen = "" if entry.last_contact is None else f", last seen {_time_words(entry.last_contact, now)}"
    return (
        f"{holder}’s edits stay on {computer}{seen}. When {computer} is online again they are parked on the server and"
        f" offered to {whom}."
    )


def waiters_of(lines: Iterable[Line], file: str) -> Sequence[Waiter]:
    """Who waits for a file, in order."""
    return next((line.waiters for line in lines if line.file == file), ())


def first_name(name: str) -> str:
    """`Jan` of `Jan Kowalski`."""
    return name.split()[0] if name.split() else name


def _time_words(moment: datetime, now: datetime) -> str:
    """`10:16`, `yesterday 16:50`, `Mon 14:20`: within a sentence."""
    return words.clock_or_day(moment, now).replace("Yesterday", "yesterday")


def csv_row(entry: LockEntry, vaults: Mapping[str, Vault], now: datetime) -> tuple[str, ...]:
    """What a table of all locks says of one, in the order of CSV_HEAD. Times are exact, with their zone."""
    lock = entry.lock
    edited = "" if entry.edited is None else entry.edited.astimezone(now.tzinfo).isoformat(timespec="seconds")
    return (
        name_of(entry.path),
        folder_words(entry.vault, entry.path, vaults),
        lock.locked_by,
        liveness.presence_of(entry, now),
        lock.computer,
        lock.since.astimezone(now.tzinfo).isoformat(timespec="seconds"),
        lock.message or "",
        f"{age_of(entry, now).total_seconds() / 3600:.1f}",
        edited,
        str(entry.waiting),
    )
