"""What a check-out that was lost has left on this computer, and how its person is told of it."""

from datetime import datetime

from pdm_desktop.core.notices import Notice, ended, titled
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.words import clock_or_day
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftWork:
    """Saved here and not checked in when the check-out ended without this seat's doing."""

    file: str
    vault: str
    path: str
    by: str | None = None
    """Who has the file now, or took it over; None: nobody, as far as is known."""
    computer: str | None = None
    """Where."""
    at: datetime | None = None
    """Since when, with a zone."""
    ended_by: str | None = None
    """The administrator who ended the check-out, and why."""
    reason: str | None = None


def left_notice(left: LeftWork, person: str | None, now: datetime) -> Notice:
    """What its person is told: who has the file where, since when, and that nothing of it is lost."""
    where = "" if left.computer is None else f" on {left.computer}"
    since = "" if left.at is None else f" ({clock_or_day(left.at, now)})"
    if left.ended_by is not None:
        return _ended_notice(left, since)
    match left.by:
        case None:
            what = "Its check-out ended elsewhere."
        case name if name == person:
            what = f"You took it over{where}{since}."
        case name:
            what = f"{name} took it{where}{since}."
    return Notice(
        title=titled(name_of(left.path), " is not yours here now"),
        text=ended(f"{what} What you saved here is being parked on the server, and stays here, read-only."),
        vault=left.vault,
        target=left.file,
        path=left.path,
    )


def _ended_notice(left: LeftWork, since: str) -> Notice:
    """An administrator has ended it: who, where the work is, what to do; and last, as it may be long, why."""
    has_it = "" if left.by is None else f" {left.by} has it now."
    why = "" if left.reason is None else f" The reason: “{left.reason}”"
    return Notice(
        title=titled(name_of(left.path), " is not checked out by you any more"),
        text=ended(
            f"{left.ended_by} ended your check-out{since}.{has_it} What you saved here is being parked on the"
            f" server, and stays here, read-only. “Parked versions…” goes on with it.{why}"
        ),
        vault=left.vault,
        target=left.file,
        path=left.path,
    )
