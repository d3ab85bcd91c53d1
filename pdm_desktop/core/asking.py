"""What the tray says of questions of the workspace, and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.choices import sentence_of, title_of
from pdm_desktop.core.issues import Absent, Conflict, Doubt, Issue, key_of
from pdm_desktop.core.notices import Notice, ended, titled
from pdm_desktop.core.words import listed, several

NAMED = 3
"""So many a notice names; more are counted."""
STANDS = timedelta(seconds=3)
"""A question that is open for so long is not one of a moment."""


class Asking:
    """Decides when to tell of which open question: once each, and only of one that has stood for a while.

    A program that saves leaves an empty file for an instant, or none, and nobody is to be called for that. `now` is
    local time with its zone, and may jump.
    """

    def __init__(self) -> None:
        self._open: dict[str, Issue] = {}
        self._since: dict[str, datetime] = {}
        """Of those that were not told of yet."""
        self._closed: dict[str, datetime] = {}
        """When those went that were told of: one that comes back at once was only out of sight."""

    def see(self, issues: Sequence[Issue], now: datetime) -> None:
        """These are open, and no others."""
        seen = {key_of(each): each for each in issues}
        closed = self._closed | {key: now for key in self._open if key not in seen and key not in self._since}
        lately = {key: at for key, at in closed.items() if at <= now < at + STANDS}
        new = {key: now for key in seen if key not in self._open and key not in lately}
        self._since = {key: at for key, at in self._since.items() if key in seen} | new
        self._closed = {key: at for key, at in lately.items() if key not in seen}
        self._open = seen

    @property
    def due(self) -> datetime | None:
        """When to call `tick`; None when every open question was told."""
        return min(self._since.values()) + STANDS if self._since else None

    def tick(self, now: datetime) -> tuple[Issue, ...]:
        """What to tell now, as it was seen last. A clock that was put back makes nobody wait longer."""
        due = [key for key, since in self._since.items() if not since <= now < since + STANDS]
        for key in due:
            del self._since[key]
        return tuple(self._open[key] for key in due)


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
