"""Which command is possible for what is selected, and if not, why, as the tool tip says it."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.copies import LocalCopy
from server.protocol.records import dataclass
from server.protocol.vault import Lock, Revision, Role


class Command(Enum):
    """What can be done with files."""

    CHECK_OUT = "check out"
    CHECK_IN = "check in"
    UNDO_CHECK_OUT = "undo check-out"
    GET_LATEST = "get latest"
    OPEN = "open"
    SHOW_IN_FOLDER = "show in folder"
    OPEN_REVISION = "open this revision"
    ADOPT = "take over here"
    ASK = "ask for it"
    WAIT = "tell me when free"
    HAND_OVER = "hand over"
    WATCH = "watch"
    RENAME = "rename"
    DELETE = "delete"


NEEDS_ONE = frozenset(
    {Command.OPEN, Command.SHOW_IN_FOLDER, Command.OPEN_REVISION, Command.RENAME, Command.ASK, Command.HAND_OVER}
)
"""Commands for just one file."""
WORKS_OFFLINE = frozenset({Command.OPEN, Command.SHOW_IN_FOLDER, Command.CHECK_IN})
"""Commands that this computer can do alone, with what it has; a check-in joins the queue."""
CHANGES_VAULT = frozenset(
    {
        Command.CHECK_OUT,
        Command.CHECK_IN,
        Command.UNDO_CHECK_OUT,
        Command.ADOPT,
        Command.ASK,
        Command.WAIT,
        Command.HAND_OVER,
        Command.RENAME,
        Command.DELETE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is known of one selected file."""

    name: str
    head: Revision
    lock: Lock | None
    local: LocalCopy | None
    role: Role
    in_line: bool = False
    """I wait for it already: then it can be left."""
    asked: bool = False
    """I have asked for it, and there is no answer yet: then that can be taken back."""


def why_not(command: Command, chosen: Sequence[Chosen], *, reader: Reader, known: bool) -> str | None:
    """Why a command is impossible now; None when it is possible for at least one of the files."""
    if not chosen:
        return "Select a file first."
    if command in NEEDS_ONE and len(chosen) > 1:
        return "Select just one file."
    reasons = [_why_not(command, each, reader=reader, known=known) for each in chosen]
    return None if None in reasons else reasons[0]


def possible(command: Command, chosen: Sequence[Chosen], *, reader: Reader, known: bool) -> list[Chosen]:
    """Those of the files that a command can be done with."""
    return [each for each in chosen if _why_not(command, each, reader=reader, known=known) is None]


def _why_not(command: Command, file: Chosen, *, reader: Reader, known: bool) -> str | None:
    if not known and not (command in WORKS_OFFLINE and file.local is not None):
        return "This needs the server, and you are offline."
    if command in CHANGES_VAULT and file.role == "reader":
        return "You may read this vault, not change it."
    return _REASONS[command](file, reader)


def _why_not_free(file: Chosen, reader: Reader) -> str | None:
    if file.lock is None:
        return None
    return "You have it already." if reader.holds(file.lock) else who_has(file.lock, reader)


def _why_not_mine(file: Chosen, reader: Reader) -> str | None:
    if file.lock is None:
        return "It is not checked out."
    return None if reader.holds(file.lock) else who_has(file.lock, reader)


def _why_not_elsewhere(file: Chosen, reader: Reader) -> str | None:
    if file.lock is None:
        return "It is not checked out."
    if reader.holds(file.lock):
        return "You have it here already."
    return None if reader.is_holder(file.lock) else who_has(file.lock, reader)


def _why_not_asked(file: Chosen, reader: Reader) -> str | None:
    return None if file.asked else _why_not_somebody_elses(file, reader)


def _why_not_waited_for(file: Chosen, reader: Reader) -> str | None:
    return None if file.in_line else _why_not_somebody_elses(file, reader)


def _why_not_somebody_elses(file: Chosen, reader: Reader) -> str | None:
    if file.lock is None:
        return "It is free. Check it out."
    return who_has(file.lock, reader) if reader.is_holder(file.lock) else None


def _why_not_changed(file: Chosen, reader: Reader) -> str | None:
    return None if file.lock is None or reader.holds(file.lock) else who_has(file.lock, reader)


def _why_not_shown(file: Chosen, _reader: Reader) -> str | None:
    return None if file.local is not None else "It is not on this computer yet. Get latest brings it."


def _always(_file: Chosen, _reader: Reader) -> None:
    """There is nothing against it."""


def _why_not_latest(file: Chosen, reader: Reader) -> str | None:
    local = file.local
    if reader.holds(file.lock):  # what is not in it yet may come: a revision, or what was handed over with it
        is_work = local is not None and local.edited and not local.missing
        return "You have it checked out; get latest never touches your work." if is_work else None
    if local is None or local.edited or local.missing or local.is_behind((file.head.major, file.head.minor)):
        return None
    return "You have the newest revision."


def who_has(lock: Lock, reader: Reader) -> str:
    """Who has it, as `Anna Novak has it.` or `You have it on CAM-02.`."""
    if reader.is_holder(lock):
        return f"You have it on {lock.computer}."
    return f"{lock.locked_by} has it."


_REASONS: Mapping[Command, Callable[[Chosen, Reader], str | None]] = MappingProxyType(
    {
        Command.CHECK_OUT: _why_not_free,
        Command.CHECK_IN: _why_not_mine,
        Command.UNDO_CHECK_OUT: _why_not_mine,
        Command.HAND_OVER: _why_not_mine,
        Command.ADOPT: _why_not_elsewhere,
        Command.ASK: _why_not_asked,
        Command.WAIT: _why_not_waited_for,
        Command.RENAME: _why_not_changed,
        Command.DELETE: _why_not_changed,
        Command.GET_LATEST: _why_not_latest,
        Command.SHOW_IN_FOLDER: _why_not_shown,
        Command.OPEN: _always,
        Command.OPEN_REVISION: _always,
        Command.WATCH: _always,
    }
)
"""What is against each command, beside the connection and the right to change."""
