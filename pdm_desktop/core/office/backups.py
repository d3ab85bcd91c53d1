"""Backups as the window asks for them and says them."""

from datetime import datetime, timedelta

from pdm_desktop.core import words
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import BACKUPS, SERVER
from server.protocol.calls import BackupEntry, BackupRun, Backups
from server.protocol.records import dataclass

DUE = timedelta(days=2)
"""After so long without a backup the window warns."""
CLOCKS_DIFFER = timedelta(hours=1)
"""So far may the clock of the server be ahead of this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUpNow(OfficeRequest):
    """Begin a backup on the server. It is made there, whatever becomes of this seat."""

    topics = (BACKUPS, SERVER)


def newest(known: Backups, *, now: datetime | None = None) -> BackupEntry | None:
    """The last one that was made; with `now` one of a clock that was far ahead does not count."""
    made = (each for each in known.backups if each.at is not None)
    return next((each for each in made if now is None or each.at is None or each.at <= now + CLOCKS_DIFFER), None)


def is_due(known: Backups, now: datetime) -> bool:
    """Whether the last one is too old, or there is none."""
    last = newest(known, now=now)
    return last is None or last.at is None or now - last.at > DUE


def state_of(entry: BackupEntry, *, is_running: bool) -> str:
    """In a word or a few."""
    if entry.at is None:
        return "Being made" if is_running else "Not finished"
    return "Whole" if not entry.lacks else f"Lacks {words.several(entry.lacks, 'content', 'contents')}"


def progress_words(run: BackupRun) -> str:
    """How far a backup is."""
    if not run.of:
        return f"{run.by} began a backup. The database is copied first."
    return f"{run.by} began a backup: {run.done:,} of {run.of:,} contents."


def share(run: BackupRun) -> float:
    """How far it is, of 1."""
    return run.done / run.of if run.of else 0.0


def next_words(known: Backups, now: datetime) -> str:
    """When the next one comes by itself, and how many stay."""
    kept = f"The newest {known.kept:,} backups stay." if known.kept > 1 else "One backup stays."
    if known.next is None:
        return f"The server begins none by itself. {kept}"
    return f"The next one begins by itself {words.at_time(known.next, now)}. {kept}"


def restore_command(known: Backups, entry: BackupEntry) -> str:
    """What an operator types on the server's computer, after the server was stopped."""
    return f'pdm-server restore "{entry.folder}" --data "{known.data}"'
