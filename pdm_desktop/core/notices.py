"""When the tray speaks, and in which words: locks and releases of others, gathered when they come in numbers."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.hearing import Hearing, Rule
from pdm_desktop.core.words import age, listed, several
from server.protocol.events import (
    FileAdded,
    FileDeleted,
    FileLocked,
    FileMoved,
    FileRestored,
    FileUnlocked,
    FileUpdated,
    FolderMoved,
    VaultEvent,
)
from server.protocol.records import dataclass

TITLE_UNITS = 63
"""Windows cuts a notification's title there, counted in UTF-16 units."""
TEXT_UNITS = 255
SHORT_NAME = 16
"""So many units of a name are left whatever stands before it."""
AT_ONCE = 3
"""So many notices within WINDOW are shown singly; the next ones are gathered."""
WINDOW = timedelta(seconds=10)
QUIET = timedelta(seconds=2)
"""Gathered notices are told when nothing came for so long, and at the latest after WINDOW."""

OFFLINE_TOLD = timedelta(minutes=5)
"""Being offline is told after so long: a shorter time is no news."""


class Button(Enum):
    """What can be pressed on a notice, where the desktop has buttons; the value is its name there."""

    OPEN = "default"
    """As a click anywhere on it: go to what it is about."""
    QUIET = "quiet"
    """Tell nothing for an hour."""
    RELEASE = "release"
    """Somebody asks for a file of mine: check it in, or undo the check-out."""
    KEEP = "keep"
    """The same, and the answer is no."""
    TRANSFER = "transfer"
    """The same, and it goes to who asks with what is saved and not checked in."""


WORDS = {
    Button.OPEN: "Open",
    Button.QUIET: "Quiet for 1 h",
    Button.RELEASE: "Release…",
    Button.KEEP: "Keep",
    Button.TRANSFER: "Transfer…",
}
"""What stands on each."""
USUAL = (Button.OPEN, Button.QUIET)
ANSWERS = (Button.RELEASE, Button.KEEP, Button.TRANSFER)
"""What can be answered to a request. A click elsewhere on it shows the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notification as it is handed to the desktop; a click goes to `target`."""

    title: str
    text: str
    vault: str | None = None
    target: str | None = None
    """The file's id; None when it is about several."""
    path: str | None = None
    """Where that file was in its vault, so that its folder can be opened."""
    urgent: bool = False
    """It is told whatever the rule says, and in quiet hours sets the sign of attention."""
    asks: bool = False
    """It is about something to decide: a click shows what needs the person."""
    request: str | None = None
    """Somebody asks for a file of mine: a click shows that request."""
    offers: bool = False
    """The file is free for me: a click goes to it, and begins its check-out."""
    buttons: tuple[Button, ...] = USUAL
    """What can be pressed on it, in that order."""


_DONE = ("locked", "released", "changed")
"""What a gathered notice counts, in the order in which it says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    notice: Notice
    who: str
    what: str
    """One of _DONE."""


class Notices:
    """Decides for each event whether to speak now, later, or not at all."""

    def __init__(
        self, reader: Reader, *, hearing: Hearing | None = None, is_near: Callable[[Notice], bool] = lambda _: True
    ) -> None:
        """`is_near` says whether a notice is about a file that is watched, or that has a copy here."""
        self.reader = reader
        self.hearing = hearing or Hearing()
        self._is_near = is_near
        self._told: deque[datetime] = deque(maxlen=AT_ONCE)
        self._held: list[_Held] = []
        self._first_held: datetime | None = None
        self._last_held: datetime | None = None

    def feed(
        self, vault: str, event: VaultEvent, now: datetime, *, was_mine: bool = False, watched: bool = False
    ) -> list[Notice]:
        """The notices to show at once for an event. `was_mine`: I held the file until now. `watched`: I watch it."""
        notice = notice_of(vault, event, self.reader, was_mine=was_mine)
        if notice is None and watched:
            notice = watched_notice(vault, event, self.reader)
        if notice is None or not self._wanted(notice, now):
            return []
        if notice.urgent:
            return [notice]
        if self._held or self._busy(now):
            self._hold(notice, event, now)
            return []
        self._told.append(now)
        return [notice]

    @property
    def due(self) -> datetime | None:
        """When to call `tick`; None when nothing waits."""
        if self._first_held is None or self._last_held is None:
            return None
        return min(self._first_held + WINDOW, self._last_held + QUIET)

    def tick(self, now: datetime) -> list[Notice]:
        """The gathered notice, when its time has come, or when nobody can say because the clock was put back."""
        if self.due is None or (self._first_held or now) <= now < self.due:
            return []
        held, self._held, self._first_held, self._last_held = self._held, [], None, None
        self._told.append(now)
        return [held[0].notice if len(held) == 1 else _gathered(held)]

    def _wanted(self, notice: Notice, now: datetime) -> bool:
        if notice.urgent:
            return True
        rule = self.hearing.rule
        if rule is Rule.NONE or self.hearing.is_quiet(now):
            return False
        return rule is Rule.ALL or self._is_near(notice)

    def _busy(self, now: datetime) -> bool:
        return len(self._told) == AT_ONCE and timedelta() <= now - self._told[0] < WINDOW

    def _hold(self, notice: Notice, event: VaultEvent, now: datetime) -> None:
        match event:
            case FileLocked():
                held = _Held(notice=notice, who=event.locked_by, what="locked")
            case FileUnlocked():
                held = _Held(notice=notice, who=event.by, what="released")
            case _:
                held = _Held(notice=notice, who=event.by, what="changed")
        self._held.append(held)
        self._first_held = self._first_held or now
        self._last_held = now


def notice_of(vault: str, event: VaultEvent, reader: Reader, *, was_mine: bool = False) -> Notice | None:
    """What to say of one event, or None. What a person did is never told to that person."""
    match event:
        case FileLocked() if reader.person in (event.locked_by, event.from_, event.by):
            return None  # of what is given to me, or taken from me, my inbox tells, and says why
        case FileLocked():
            return _locked(vault, event)
        case FileUnlocked() if event.by == reader.person or event.why == "deleted" or was_mine:
            return None
        case FileUnlocked():
            return _released(vault, event)
        case _:
            return None


def _locked(vault: str, event: FileLocked) -> Notice:
    why = f": {event.message}" if event.message else "."
    return Notice(
        title=titled(event.filename, " is locked"),
        text=ended(f"{event.locked_by} has it on {event.computer}{why}"),
        vault=vault,
        target=event.file,
        path=event.path,
    )


def _released(vault: str, event: FileUnlocked) -> Notice:
    match event.why, event.revision:
        case "checked_in", revision if revision is not None:
            text = f"{event.by} checked in Rev {revision.number}."
        case "forced", _:
            text = f"{event.by} released its lock."
        case _:
            text = f"{event.by} gave it back without a new revision."
    return Notice(
        title=titled(event.filename, " is free"), text=ended(text), vault=vault, target=event.file, path=event.path
    )


def watched_notice(vault: str, event: VaultEvent, reader: Reader) -> Notice | None:
    """What only those are told who watch the file: what becomes of it beside locks and releases."""
    match event:
        case FileLocked() | FileUnlocked() | FolderMoved():
            return None
        case _ if event.by == reader.person:
            return None
        case FileUpdated():
            title, text = " has a new revision", f"{event.by} checked in Rev {event.file.head.number} and goes on."
        case FileAdded():
            title, text = " is new", f"{event.by} added it to {event.file.folder or 'the vault'}."
        case FileMoved():
            title, text = " is elsewhere", f"{event.by} moved it, from {event.from_}."
        case FileDeleted():
            title, text = " is deleted", f"{event.by} deleted it. It can be restored."
        case FileRestored():
            title, text = " is back", f"{event.by} restored it."
    file = event.file
    return Notice(title=titled(file.filename, title), text=ended(text), vault=vault, target=file.id, path=file.path)


def _gathered(held: list[_Held]) -> Notice:
    counts = Counter(each.what for each in held)
    words: list[str] = []
    for what in _DONE:
        if counts[what]:
            count = f"{counts[what]:,}" if words else several(counts[what], "file", "files")
            words.append(f"{count} {what}")
    people = Counter((each.who, each.what) for each in held)
    in_order = sorted(people.most_common(), key=lambda each: _DONE.index(each[0][1]))
    lines = [f"{who} {count} {what}" for (who, what), count in in_order]
    return Notice(title=", ".join(words), text=_fitted(lines, " Click to see them."))


def _fitted(lines: list[str], tail: str) -> str:
    """As many lines as there is room for, and how many more there are."""
    for count in range(len(lines), 0, -1):
        left = len(lines) - count
        shown = listed([*lines[:count], f"{left} more"]) if left else ", ".join(lines)
        if units(shown) + 1 + units(tail) <= TEXT_UNITS:
            return f"{shown}.{tail}"
    return f"{several(len(lines), 'person', 'people')}.{tail}"


def sign_in_notice(why: str) -> Notice:
    """Nobody is signed in, and no window says so. `why`: what ended the last sign-in; empty: there was none."""
    return Notice(
        title="Sign in to PDM Desktop",
        text=ended(why or "Nobody is signed in at this computer. Open PDM Desktop to sign in."),
        urgent=True,
    )


def offline_notice() -> Notice:
    """There has been no connection for a while. What goes on without one goes on."""
    return Notice(
        title=f"Offline for {age(OFFLINE_TOLD)}", text="Go on with what you have checked out. Check-ins wait."
    )


def titled(name: str, tail: str, *, before: str = "") -> str:
    """A title about a file or a person: that name gives way in the middle, the words round it as long as they can."""
    room = TITLE_UNITS - units(tail)
    before = in_the_middle(before, room - SHORT_NAME)
    return before + in_the_middle(name, room - units(before)) + tail


def ended(text: str) -> str:
    """A text that gives way at its end."""
    return text if units(text) <= TEXT_UNITS else _start(text, TEXT_UNITS - 1) + "…"


def in_the_middle(name: str, room: int) -> str:
    """A name with its middle left out when it is longer than `room` UTF-16 units; its end says which kind it is."""
    if units(name) <= room:
        return name
    end = (room - 1) // 2
    return f"{_start(name, room - 1 - end)}…{_start(name[::-1], end)[::-1]}"


def units(text: str) -> int:
    """How long Windows takes a text to be: its UTF-16 units."""
    return len(text) + sum(ord(each) > 0xFFFF for each in text)


def _start(text: str, room: int) -> str:
    while units(text) > room:
        text = text[:-1] if units(text) - room < 8 else text[: -(units(text) - room) // 2]
    return text
