"""The choices of a person about what only a person can decide: each says what becomes of both versions.

Words and what is possible. Not deciding is always possible, and leaves everything as it is.
"""

from datetime import datetime

from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.badges import Reader
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Absent, Conflict, Doubt, Issue, MassDeletion, ParkedNeed, WaitingNeed
from pdm_desktop.core.parked import lack_words
from pdm_desktop.core.paths import name_of, version_path
from pdm_desktop.core.waiting import need_words
from pdm_desktop.core.words import at_time, clock_or_day, listed, several, size
from server.protocol.records import dataclass
from server.protocol.vault import Role

OFFLINE = "This needs the server, and you are offline."


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who decides, when, and how the seat stands. `now` is local time with its zone."""

    reader: Reader
    known: bool
    """The seat is in step with the server."""
    role: Role
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to decide."""

    verb: str
    """For the button."""
    title: str
    text: str
    """What becomes of both versions."""
    why_not: str | None = None
    """Why it is not possible now."""


def title_of(issue: Issue) -> str:
    """What it is about: a file's name, or how many, or where."""
    match issue:
        case Conflict() | Doubt():
            return name_of(issue.path)
        case MassDeletion():
            return several(len(issue.copies), "file", "files")
        case Absent():
            return "The workspace" if issue.whole else issue.folder.replace("\\", "/").rpartition("/")[2]
        case WaitingNeed():
            return name_of(issue.check_in.path)
        case ParkedNeed():
            return name_of(issue.parked.version.path)


def sentence_of(issue: Issue, now: datetime, reader: Reader) -> str:
    """What is so, for who looks at it. `now` is local time with its zone."""
    match issue:
        case Conflict():
            return _two_versions(issue, now)
        case Doubt():
            return _doubted(issue)
        case MassDeletion():
            by = f" by {listed(issue.people)}" if issue.people else ""
            were = "was" if len(issue.copies) == 1 else "were"
            return f"So many {were} deleted in the vault{by} at once that the copies here stay until you decide."
        case Absent(whole=True):
            return f"{issue.why} Nothing is done until it is back, and then it goes on by itself."
        case Absent():
            return f"{issue.why} Its files count as they were, and go on by themselves when they can be seen again."
        case WaitingNeed():
            return need_words(issue.check_in)
        case ParkedNeed():
            return lack_words(issue.parked, reader)


def versions_choices(conflict: Conflict, at: Situation) -> dict[Side, Choice]:
    """What can be done about two versions."""
    name, theirs = name_of(conflict.path), conflict.theirs
    who, saved = at.reader.person or "", conflict.mine.at.astimezone(at.now.tzinfo)
    beside = name_of(version_path(conflict.path, who, saved))
    offline = None if at.known else OFFLINE
    if theirs is None:
        gone = f"{name} stays deleted"
        both = f"Yours stays here as “{beside}”, a file of your own that you can add again. {gone}."
        take = f"Yours goes to the recovery store, from where it can be put back. {gone}."
        mine = "Yours cannot go on while there is no file in the vault that it belongs to."
    else:
        there = f"Rev {theirs.number}"
        both = f"{there} comes to its place. Yours stays beside it as “{beside}”, a file of your own."
        take = f"{there} comes to its place. Yours goes to the recovery store, from where it can be put back."
        mine = (
            f"The file is checked out for you at {there}, and your content stays in it. {there} stays in the history; "
            "what you check in becomes the revision after it."
        )
    return {
        Side.BOTH: Choice(verb="Keep both", title="Keep both", text=both, why_not=offline),
        Side.THEIRS: Choice(verb="Take the vault's", title="Take the vault's", text=take, why_not=offline),
        Side.MINE: Choice(
            verb="Go on with mine", title="Go on with mine", text=mine, why_not=offline or _why_not_mine(conflict, at)
        ),
    }


def doubt_choices(doubt: Doubt, at: Situation) -> dict[bool, Choice]:
    """What can be done about suspicious content: it is right, or it is not."""
    number = f"{doubt.mine.base[0]}.{doubt.mine.base[1]}"
    return {
        True: Choice(
            verb="It is right",
            title="It is right: take it as my edit",
            text=f"What is here stays, and counts as your edit of Rev {number} from now on. The vault is not changed.",
        ),
        False: Choice(
            verb="Bring the revision back",
            title="Bring the revision back",
            text="What is here goes to the recovery store, from where it can be put back. The vault's takes its place.",
            why_not=None if at.known else OFFLINE,
        ),
    }


def deletion_choices(deletion: MassDeletion, at: Situation) -> dict[bool, Choice]:
    """What can be done about the copies of very many deleted files: remove them, or not."""
    count = len(deletion.copies)
    copies = "this copy" if count == 1 else "these copies"
    offline = None if at.known else OFFLINE
    return {
        True: Choice(
            verb=f"Remove {several(count, 'copy', 'copies')}",
            title=f"Remove {copies}",
            text="They go to the recovery store, from where they can be put back. What was edited here stays.",
            why_not=offline,
        ),
        False: Choice(
            verb=f"Keep {several(count, 'copy', 'copies')}",
            title="Keep them here",
            text="They stay where they are, as files of your own. The vault has none of them; you can add them again.",
            why_not=offline,
        ),
    }


def _why_not_mine(conflict: Conflict, at: Situation) -> str | None:
    lock = conflict.lock
    if conflict.theirs is None:
        return "It is deleted in the vault. Let it be restored first, or keep both."
    if at.role == "reader":
        return "You may read this vault, not change it."
    if lock is None or at.reader.holds(lock):
        return None
    if at.reader.is_holder(lock):
        return f"You have it on {lock.computer}. Take it over here first, or check it in there."
    return f"{lock.locked_by} has it on {lock.computer} since {clock_or_day(lock.since, at.now)}."


def _two_versions(conflict: Conflict, now: datetime) -> str:
    here = f"Edited here from Rev {conflict.mine.base[0]}.{conflict.mine.base[1]}"
    theirs = conflict.theirs
    if theirs is None:
        by = f"{conflict.deleted_by} deleted it" if conflict.deleted_by else "it was deleted"
        return f"{here}, and {by} in the vault. Yours is kept."
    return f"{here}, and {theirs.author} checked in Rev {theirs.number} {at_time(theirs.at, now)}. Both are kept."


def _doubted(doubt: Doubt) -> str:
    number = f"{doubt.mine.base[0]}.{doubt.mine.base[1]}"
    match doubt.why:
        case Suspicion.EMPTY:
            return f"It is suddenly empty. Rev {number} has {size(doubt.expected_size)}. It is left as it is."
        case Suspicion.SAME_TIME:
            sizes = f"{size(doubt.mine.size)} instead of {size(doubt.expected_size)}"
            return f"It has {sizes}, but the same time as before. It is left as it is."
        case Suspicion.AFTER_CRASH:
            return "It is not what was written before this computer or program stopped suddenly. It is left as it is."
