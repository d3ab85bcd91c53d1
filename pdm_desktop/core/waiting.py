"""Check-ins that wait for the server: what is known of each, whether it may be sent, and when it is tried again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from pdm_desktop.core.errors import InUse, KeepsChanging, NotSignedIn, OnHold, Spoiled, Told, Unreachable
from pdm_desktop.core.notices import TITLE_UNITS, Notice, ended, in_the_middle, units
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.words import several
from server.protocol.calls import FileState
from server.protocol.records import dataclass
from server.protocol.vault import File, Lock

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=5)
"""A server that answers and cannot do it, for it is full, is asked so often."""
LATER = (Unreachable, NotSignedIn)
"""The server cannot do it now: the check-in waits."""
CONFLICT = "Somebody else's version came first. Both are kept."
"""What is told of a check-in of an old base. How they differ stands where it is decided."""
SOON = (KeepsChanging, InUse, Spoiled, OnHold)
"""The file cannot be read now, or is not to be sent now: its check-in waits too, and the others go on."""


class Stand(Enum):
    """How a check-in in the queue stands."""

    WAITS = "waits"
    SENT = "sent, no answer yet"
    """The server may have it already: nobody can tell before it answers."""
    NEEDS_YOU = "needs you"
    """It is not sent any more: the lock, the base or the content is not what it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a file was when its check-in was asked for."""

    size: int
    mtime_ns: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCheckIn:
    """A check-in that was asked for and is not done. What the file holds when it is sent is what is checked in."""

    file: str
    vault: str
    path: str
    token: int
    """Of the check-out that it ends."""
    base: str
    """The revision that the local copy came from."""
    asked: datetime
    comment: str | None = None
    major: bool = False
    keep: bool = False
    seen: Seen | None = None
    """None: it was being saved just then."""
    of_set: str | None = None
    """All that wait with the same are checked in as one: all of them or none."""
    after: str | None = None
    """The key of an earlier check-in of the file that was sent, and had no answer when this one was asked for."""
    stand: Stand = Stand.WAITS
    why: str | None = None
    """What stands in the way, when it is more than that no server answers."""
    advice: str | None = None
    outdated: bool = False
    """It needs its person because somebody else's version came first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Why a check-in is not sent: what is so, and what to do."""

    text: str
    advice: str
    outdated: bool = False
    """Somebody else's version came first."""


def hindrance(waiting: WaitingCheckIn, now: FileState, *, seat: str) -> Hindrance | None:
    """Why a check-in must not be sent, when the server is asked again; None when all is as it was."""
    name, file = name_of(waiting.path), now.file
    if now.deleted:
        return Hindrance(
            text=f"{name} was deleted in the vault meanwhile.",
            advice="Your work stays in the workspace. Restore the file, check it out, then check in.",
        )
    lost = _lost_lock(name, waiting, file.lock, seat=seat)
    if waiting.base != file.head.number:
        head = file.head
        return Hindrance(
            text=f"{lost or ''} {name} has Rev {head.number} of {head.author} now; yours comes from Rev {waiting.base}."
            .strip(),
            advice="Your work stays in the workspace. “Needs you” shows both versions side by side: choose what "
            "becomes of them.",
            outdated=True,
        )  # fmt: skip
    if lost is None:
        return None
    return Hindrance(
        text=lost, advice=f"Your work stays in the workspace. {_take(file)}: your work stays in it. Then check in."
    )


def _lost_lock(name: str, waiting: WaitingCheckIn, lock: Lock | None, *, seat: str) -> str | None:
    match lock:
        case None:
            return f"Your lock of {name} was taken away meanwhile."
        case Lock(seat=holder, token=token) if holder == seat:
            return None if token == waiting.token else f"{name} was checked out here anew meanwhile."
        case Lock():
            return f"Your lock of {name} is gone: {lock.locked_by} has it on {lock.computer}."


def _take(file: File) -> str:
    return "Check it out" if file.lock is None else "Check it out as soon as it is yours to take"


def now_needing(before: Iterable[WaitingCheckIn], now: Iterable[WaitingCheckIn]) -> list[WaitingCheckIn]:
    """Those that waited until now and need their person from now on; of a set the one that was in the way."""
    waited = {one.file for one in before if one.stand is not Stand.NEEDS_YOU}
    needing = [one for one in now if one.stand is Stand.NEEDS_YOU and one.file in waited]
    # Of those that are only left as they were with it there is no more to say: they have no advice.
    return [min(group, key=lambda one: one.advice is None) for group in in_sets(needing)]


def needing_notice(check_in: WaitingCheckIn) -> Notice:
    """A check-in that waited will not be done by itself. It cannot wait: the person believes that it will.

    A click shows what there is to decide.
    """
    name = in_the_middle(name_of(check_in.path), TITLE_UNITS - units("Check-in of  needs you"))
    return Notice(
        title=f"Check-in of {name} needs you",
        text=CONFLICT if check_in.outdated else ended(check_in.why or "It was not sent. Your work is kept."),
        vault=check_in.vault,
        target=check_in.file,
        path=check_in.path,
        urgent=True,
        asks=True,
    )


def need_words(check_in: WaitingCheckIn) -> str:
    """What is so with a check-in that needs its person, and what to do."""
    why = check_in.why or "It was not sent. Your work is kept."
    again = "the others of its set can go too" if check_in.of_set else "that is put right"
    return f"Not checked in. {why} {check_in.advice or f'Check in again as soon as {again}, or take it out.'}"


def joined_words(check_in: WaitingCheckIn, error: Told | None, *, is_sent: bool) -> str:
    """What is said of a check-in that joins the queue; `error` is why it could not be done, when it was tried."""
    name = name_of(check_in.path)
    if check_in.after is not None:
        asked = f"An earlier check-in of {name} was sent, and no answer came."
        then = "It is asked for as soon as the server is back; then this one goes on, if you still have the file."
        return f"{asked} {then}"
    if is_sent:
        return f"The check-in of {name} was sent, and no answer came. It is asked for as soon as the server is back."
    if error is not None:
        return f"It waits. {error.text} What {name} holds when it is sent is checked in."
    return f"It waits until the server is back; what {name} holds then is checked in."


def goes_on_after(waiting: WaitingCheckIn, key: str, *, sent: str, kept: bool) -> bool:
    """A check-in that waits is another than the one of this key, which has happened, and something of it is left to do.

    `sent` is the hash of what was checked in then. The same content is not stored twice; without the lock, which may
    have been `kept`, nothing can be. Each file of a set has a key that begins with that of the set.
    """
    if waiting.after is None or not key.startswith(waiting.after) or not kept:
        return False
    return not waiting.keep or waiting.seen is None or waiting.seen.hash != sent


def is_stored_by(waiting: WaitingCheckIn, key: str, *, sent: str) -> bool:
    """What was seen when it was asked for is what the earlier check-in of this key, which had no answer, has stored."""
    is_after = waiting.after is not None and key.startswith(waiting.after)
    return is_after and waiting.seen is not None and waiting.seen.hash == sent


def is_spoiled(seen: Seen | None, now: Seen) -> bool:
    """The content looks like an accident since the check-in was asked for, and not like one more save (N12).

    A time that is not later is none of a save: a power cut, or a backup, has brought back what was there before.
    """
    if seen is None or now.hash == seen.hash:
        return False
    return now.mtime_ns <= seen.mtime_ns or (now.size == 0 and seen.size > 0)


def retry_after(tries: int) -> timedelta:
    """How long to wait after so many tries in a row that brought nothing."""
    doublings = min(max(tries - 1, 0), 16)
    return min(LONGEST_RETRY, FIRST_RETRY * (1 << doublings))


def in_sets(waiting: Sequence[WaitingCheckIn]) -> list[list[WaitingCheckIn]]:
    """What goes together, in the order of the first of each."""
    groups: dict[str, list[WaitingCheckIn]] = {}
    for one in waiting:
        groups.setdefault(f"set {one.of_set}" if one.of_set else f"file {one.file}", []).append(one)
    return list(groups.values())


def left_behind(waiting: Sequence[WaitingCheckIn], leaving: Collection[str]) -> list[WaitingCheckIn]:
    """The others of each set that these files leave: all of a set go, or none, so those need their person now."""
    left: list[WaitingCheckIn] = []
    for group in in_sets(waiting):
        gone = [name_of(one.path) for one in group if one.file in leaving]
        if gone:
            others = f" and {several(len(gone) - 1, 'other file', 'other files')}" if len(gone) > 1 else ""
            text = f"{gone[0]}{others} left this set, and a set goes whole or not at all."
            advice = "Check in once more what is to go now, or take it out."
            stay = [one for one in group if one.file not in leaving and one.stand is not Stand.NEEDS_YOU]
            left += [needs_you(one, text, advice) for one in stay]
    return left


def left_unread(waiting: Sequence[WaitingCheckIn], rows: Collection[bytes]) -> list[WaitingCheckIn]:
    """Those whose set may have had a check-in that cannot be read any more, of which this is what was written down."""
    unsure = [row for row in rows if b'"of_set":null' not in row]
    sets = {one.of_set for one in waiting if one.of_set is not None}
    named = {each for each in sets if any(each.encode() in row for row in unsure)}
    if not all(any(each.encode() in row for each in named) for row in unsure):
        named = sets  # it may be of any of them
    text = "Another check-in of this set cannot be read any more, and a set goes whole or not at all."
    stay = [one for one in waiting if one.of_set in named and one.stand is not Stand.NEEDS_YOU]
    return [needs_you(one, text, "Check in once more what is to go now, or take it out.") for one in stay]


def needs_you(
    waiting: WaitingCheckIn, text: str, advice: str | None, *, outdated: bool = False
) -> WaitingCheckIn:  # fmt: skip
    """The same check-in, which is not sent by itself any more, and why."""
    return replace(waiting, stand=Stand.NEEDS_YOU, why=text, advice=advice, outdated=outdated)
