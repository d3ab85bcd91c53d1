"""What the tray says of questions of the workspace that are open since now."""

from collections.abc import Sequence
from datetime import datetime

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.choices import sentence_of, title_of
from pdm_desktop.core.issues import Absent, Conflict, Doubt, Issue, key_of
from pdm_desktop.core.notices import Notice, ended, titled
from pdm_desktop.core.words import listed, several

NAMED = 3
"""So many a notice names; more are counted."""


def newly_open(before: Sequence[Issue], now: Sequence[Issue]) -> tuple[Issue, ...]:
    """Those that were not open before, whatever was seen of the others since."""
    known = {key_of(each) for each in before}
    return tuple(each for each in now if key_of(each) not in known)


def asking_notice(issues: Sequence[Issue], now: datetime, reader: Reader) -> Notice:
    """One notice for all of them. `now` is local time with its zone.

    It is urgent only when nothing goes on: of two versions both are kept, so that can wait.
    """
    is_urgent = any(isinstance(each, Absent) for each in issues)
    if len(issues) > 1:
        names = [title_of(each) for each in issues[:NAMED]]
        if len(issues) > NAMED:
            names.append(f"{len(issues) - NAMED:,} more")
        title = f"{several(len(issues), 'question', 'questions')} for you"
        return Notice(title=title, text=ended(f"{listed(names)}."), asks=True, urgent=is_urgent)
    issue = issues[0]
    text = ended(sentence_of(issue, now, reader))
    match issue:
        case Conflict() | Doubt():
            return Notice(
                title=titled(title_of(issue), " needs you"), text=text, vault=issue.vault, target=issue.file,
                path=issue.path, asks=True,
            )  # fmt: skip
        case Absent():
            what = " is not there" if issue.whole else " cannot be read"
            return Notice(title=titled(title_of(issue), what), text=text, asks=True, urgent=True)
        case _:
            return Notice(title=titled(title_of(issue), " need you"), text=text, asks=True)
