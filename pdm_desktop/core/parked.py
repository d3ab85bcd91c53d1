"""Parked versions as a person sees them: why each is there, and what is missing before it can be checked in."""

from enum import Enum

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.paths import name_of
from server.protocol.calls import HANDED_OVER, SET_REFUSED, FileState, ParkedVersion
from server.protocol.problems import Code
from server.protocol.records import dataclass

_REASONS = {
    Code.NOT_YOURS.word: "the lock was gone",
    Code.OLD_BASE.word: "a newer revision was there",
    Code.GONE.word: "the file was deleted",
    SET_REFUSED: "another file of its set was refused",
    HANDED_OVER: "the file was handed over with it",
}


class Lack(Enum):
    """What has to be done before a parked version can be checked in."""

    NOTHING = "nothing"
    CHECK_OUT = "check out"
    TAKE_OVER = "take over"
    """I have the file on another computer."""
    WAIT = "wait"
    """Somebody else has it."""
    RESTORE = "restore"
    """The file is deleted."""
    OUT_OF_SIGHT = "out of sight"
    """The file is nowhere that this person may look."""
    UNKNOWN = "unknown"
    """The server does not say how the file is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedHere:
    """A parked version, with its file as the vault has it now."""

    version: ParkedVersion
    now: FileState | None
    """None: this person may not see the file any more, or the server does not say how it is."""
    trouble: str | None = None
    """Why the server does not say it, in a sentence."""


def why_parked(version: ParkedVersion) -> str:
    """Why it was not checked in, as the end of a sentence."""
    return _REASONS.get(version.reason, version.reason)


def lack_of(parked: ParkedHere, reader: Reader) -> Lack:
    """What stands between a parked version and its check-in."""
    if parked.now is None:
        return Lack.OUT_OF_SIGHT if parked.trouble is None else Lack.UNKNOWN
    lock = parked.now.file.lock
    if parked.now.deleted:
        return Lack.RESTORE
    if lock is None:
        return Lack.CHECK_OUT
    if reader.holds(lock):
        return Lack.NOTHING
    return Lack.TAKE_OVER if reader.is_holder(lock) else Lack.WAIT


def lack_words(parked: ParkedHere, reader: Reader) -> str:
    """What is so with a parked version's file, and what to do next."""
    version, now = parked.version, parked.now
    name = name_of(version.path if now is None else now.file.path)
    said = f"{name} comes from Rev {version.base} and was not checked in: {why_parked(version)}."
    return f"{said} {_next(parked, name, reader)}"


def _next(parked: ParkedHere, name: str, reader: Reader) -> str:
    lock = None if parked.now is None else parked.now.file.lock
    match lack_of(parked, reader):
        case Lack.NOTHING:
            return overtaken_by(parked) or "You have the file checked out: check in from it."
        case Lack.CHECK_OUT:
            return f"Check it out first, then check in from it. {overtaken_by(parked)}".strip()
        case Lack.TAKE_OVER:
            where = "another computer" if lock is None else lock.computer
            return f"You have {name} on {where}: take it over here first, then check in from it."
        case Lack.WAIT:
            who = "Somebody" if lock is None else f"{lock.locked_by} on {lock.computer}"
            return f"{who} has {name}: check it out when it is free, then check in from it. A copy can be saved now."
        case Lack.RESTORE:
            return f"Restore {name} and check it out, then check in from it; or save a copy."
        case Lack.OUT_OF_SIGHT:
            return "You may not see its file any more. Save a copy."
        case Lack.UNKNOWN:
            return f"How {name} is now is not known: {parked.trouble} Open this list again later, or save a copy."


def overtaken_by(parked: ParkedHere) -> str:
    """Which revision came between, whose content a check-in from it would not have; empty when none did."""
    if parked.now is None or parked.now.file.head.number == parked.version.base:
        return ""
    head = parked.now.file.head
    return (
        f"Rev {head.number} of {head.author} came meanwhile, and what it changed is not in this content. "
        f"Rev {head.number} stays in the history."
    )
