"""What a vault event makes of one file: the rule that the window and the cache share."""

from dataclasses import replace

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
from server.protocol.vault import File, Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """One event of a vault with its place in the vault's order."""

    vault: str
    seq: int
    event: VaultEvent


def folded(file: File | None, event: VaultEvent) -> File | None:
    """The file after an event that may concern it; None when it is not in the vault.

    An event of another file leaves it as it is. `file_locked`, `file_unlocked` and `folder_moved` say nothing of a file
    that is not known yet.
    """
    match event:
        case FileAdded() | FileUpdated() | FileMoved() | FileRestored():
            return event.file if file is None or file.id == event.file.id else file
        case FileDeleted():
            return None if file is not None and file.id == event.file.id else file
    if file is None:
        return None
    match event:
        case FileLocked() if event.file == file.id:
            return replace(file, lock=lock_of(event))
        case FileUnlocked() if event.file == file.id:
            return replace(file, lock=None, head=event.revision or file.head)
        case FolderMoved():
            path = moved_path(file.path, event)
            return file if path is None else replace(file, path=path)
        case _:
            return file


def lock_of(event: FileLocked) -> Lock:
    """The lock that an event tells of."""
    return Lock(
        locked_by=event.locked_by,
        seat=event.seat,
        computer=event.computer,
        since=event.since,
        token=event.token,
        message=event.message,
    )


FileEvent = FileLocked | FileUnlocked | FileAdded | FileUpdated | FileMoved | FileDeleted | FileRestored
"""An event that is about one file."""


def file_of(event: FileEvent) -> str:
    """The id of the file that an event is about."""
    match event:
        case FileLocked() | FileUnlocked():
            return event.file
        case _:
            return event.file.id


def is_given_to(seat: str | None, event: VaultEvent) -> bool:
    """Somebody handed a file over to that seat, which may have no copy of it yet."""
    return isinstance(event, FileLocked) and event.from_ is not None and event.seat == seat


def path_of(event: FileEvent) -> str:
    """Where that file is."""
    match event:
        case FileLocked() | FileUnlocked():
            return event.path
        case _:
            return event.file.path


def moved_path(path: str, move: FolderMoved) -> str | None:
    """Where a path is after a folder's move; None when it is not below that folder."""
    if path == move.from_ or path.startswith(f"{move.from_}/"):
        return move.to + path[len(move.from_) :]
    return None
