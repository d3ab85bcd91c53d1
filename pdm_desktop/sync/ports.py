"""What the engine needs of the world. Tests put fakes here that fail as the world does."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path, PurePath
from typing import Protocol

from server.protocol import calls
from server.protocol.records import dataclass
from server.protocol.vault import Revision


class Vault(Protocol):
    """The server's calls that the engine makes. Every one raises core.errors; `key` makes a change happen once."""

    async def vaults(self) -> calls.Vaults: ...
    def tree(self, vault: str) -> AbstractAsyncContextManager[AsyncIterator[str]]: ...
    async def file(self, file: str) -> calls.FileState: ...
    async def states(self, files: Sequence[str]) -> calls.FilesSeen: ...
    async def history(self, file: str, cursor: str | None = None) -> calls.History: ...
    async def revision(self, file: str, number: str) -> Revision: ...
    async def check_out(self, file: str, message: str | None, key: str) -> calls.FileState: ...
    async def check_in(self, file: str, body: calls.CheckIn, key: str) -> calls.FileState: ...
    async def undo(self, file: str, token: int, key: str) -> calls.FileState: ...
    async def adopt(self, file: str, key: str) -> calls.FileState: ...
    async def transfer(self, file: str, body: calls.TransferFile, key: str) -> calls.FileState: ...
    async def handed_over(self, file: str) -> calls.HandedOver: ...
    async def park(self, file: str, body: calls.ParkWork, key: str) -> calls.ParkedWork: ...
    async def move(self, file: str, path: str, key: str) -> calls.FileState: ...
    async def delete(self, file: str, key: str) -> calls.FileState: ...
    async def restore(self, file: str, path: str | None, key: str) -> calls.FileState: ...
    async def check_out_set(self, body: calls.CheckOutFiles, key: str) -> calls.FileStates: ...
    async def check_in_set(self, body: calls.CheckInFiles, key: str) -> calls.FileStates: ...
    async def undo_set(self, body: calls.UndoCheckOuts, key: str) -> calls.FileStates: ...
    async def delete_set(self, body: calls.DeleteFiles, key: str) -> calls.FileStates: ...
    async def move_folder(self, vault: str, path: str, to: str, key: str) -> calls.FolderMove: ...
    async def add(self, vault: str, body: calls.AddFile, key: str) -> calls.FileState: ...
    async def upload(
        self, content: AsyncIterator[bytes], *, size: int, digest: str, to: calls.Destination | None
    ) -> calls.Upload: ...
    async def begin_upload(
        self, *, size: int, digest: str, key: str, to: calls.Destination | None
    ) -> calls.UploadProgress: ...
    async def append(
        self, upload: str, part: AsyncIterator[bytes], *, size: int, offset: int
    ) -> calls.UploadProgress: ...
    async def append_delta(
        self, upload: str, delta: calls.Delta, sent: AsyncIterator[bytes], *, size: int, offset: int
    ) -> calls.UploadProgress: ...
    async def finish_upload(self, upload: str, *, size: int, digest: str) -> calls.Upload: ...
    async def give_up(self, upload: str) -> None: ...
    async def inbox(self, since: int) -> calls.Inbox: ...
    async def parked(self, cursor: str | None = None) -> calls.ParkedVersions: ...
    async def parked_version(self, parked: str) -> calls.ParkedVersion: ...
    async def check_in_parked(self, parked: str, body: calls.CheckInParked, key: str) -> calls.FileState: ...
    async def drop_parked(self, parked: str, key: str) -> None: ...
    def parked_content(self, parked: str, *, start: int = 0) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...
    def content(
        self, file: str, revision: str, *, start: int = 0
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...
    def contents(self, wanted: calls.ContentsWanted) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...
    def pieces(self, file: str, wanted: calls.Pieces) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...
    async def chunks(self, file: str, revision: str, *, size: int) -> bytes: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A file, or a folder, as it is seen without reading it."""

    size: int
    mtime_ns: int
    number: int
    """What the file system calls it by, whatever its name (inode or file index); 0 where it has no such numbers."""
    writable: bool
    is_folder: bool = False

    def is_surely(self, other: "Look") -> bool:
        """Both are one file, whatever its names. Some network drives call all their files 0: that proves nothing."""
        is_numbered = self.number != 0
        return is_numbered and (self.number, self.size, self.mtime_ns) == (other.number, other.size, other.mtime_ns)

    def is_perhaps(self, other: "Look") -> bool:
        """Their numbers do not tell whether both are one file."""
        return self.number == other.number == 0


class Unfinished(Protocol):
    """Content that is being written beside the workspace's files."""

    path: PurePath

    def write(self, block: bytes) -> None:
        """One more piece. Raises core.errors."""
        ...

    def flush(self) -> None:
        """What was written is on the disk itself, while another thread writes on. Raises core.errors."""
        ...

    def begin_flush(self) -> None:
        """The disk may begin with what was written; nobody waits for that, and nothing is promised."""
        ...

    def finish(self) -> None:
        """All of it is on the disk itself. Raises core.errors."""
        ...

    def discard(self) -> None:
        """It is not wanted any more; nothing happens when it has found its place."""
        ...


class Disk(Protocol):
    """The workspace's folder. Paths are relative to it and never lead out; every method raises core.errors."""

    root: Path
    exchanges: bool
    """It swaps two files in one step, as far as is known by now."""

    def make_own_folder(self) -> None:
        """The program's own folder is there again, and says that an engine is at work."""
        ...

    def look(self, path: PurePath) -> Look | None:
        """The file at a path, or None."""
        ...

    def blocks(self, path: PurePath, *, start: int = 0) -> Iterator[bytes]:
        """Its content from byte `start` on, piece by piece."""
        ...

    def may_be_written(self, path: PurePath) -> bool:
        """A program has it open and may still write into it, whatever it is called by now."""
        ...

    def probe(self, path: PurePath, *, patient: bool = False) -> None:
        """See whether a file may be replaced, moved or removed now; nothing is changed. Raises InUse if not.

        With `patient` not before a virus scanner had time to let go of it.
        """
        ...

    def begin(self) -> Unfinished:
        """Begin to write content that has no name yet."""
        ...

    def begin_beside(self, path: PurePath) -> Unfinished:
        """The same for a folder that is not the program's: the content grows beside its place."""
        ...

    def place(self, source: PurePath, target: PurePath) -> None:
        """Put finished content where it belongs, in one step; what was there has to be safe already."""
        ...

    def place_new(self, source: PurePath, target: PurePath) -> bool:
        """Put finished content where nothing is, in one step. False: something is there by now, and stays."""
        ...

    def place_all_new(self, pairs: Sequence[tuple[PurePath, PurePath]]) -> list[bool]:
        """The same for many, source and target, with one wait for each folder.

        False: something is there by now and stays, or there is another trouble that shows when it is placed alone.
        """
        ...

    def exchange(self, source: PurePath, target: PurePath) -> bool:
        """Swap two files in one step, each whole in the other's place. False: none to be had; nothing changed."""
        ...

    def link(self, source: PurePath, target: PurePath) -> None:
        """A second name for a file; where there are none the file is moved. Raises core.errors when it is taken."""
        ...

    def move(self, source: PurePath, target: PurePath) -> None:
        """Another name for a file. Raises core.errors when something is there."""
        ...

    def make_durable(self, path: PurePath) -> None:
        """A file that somebody else has put there, and its name, are on the disk itself, as far as the system can."""
        ...

    def remove(self, path: PurePath) -> None:
        """One name less; a missing one is no trouble."""
        ...

    def files_below(self, folder: PurePath, *, unread: dict[PurePath, str] | None = None) -> list[PurePath]:
        """Every file below a folder, by path; nothing where there is no folder, and nothing behind links.

        With `unread` what cannot be read is put there, with why, and the rest is listed.
        """
        ...

    def contents(self, folder: PurePath) -> list[PurePath]:
        """All below a folder that is no folder itself, by path: files, and links, behind which nobody looks."""
        ...

    def clear(self, place: PurePath) -> None:
        """A folder in which nothing is but such folders goes; any other stays."""
        ...

    def remove_empty(self, folder: PurePath) -> None:
        """A folder goes if there is nothing in it."""
        ...

    def set_writable(self, path: PurePath, yes: bool, /) -> None:
        """Set or clear the read-only attribute, and look whether it is so."""
        ...


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Local time with its zone."""
        ...


class Opener(Protocol):
    """The programs of this computer."""

    def open(self, path: Path) -> None:
        """Open a file with its program. Raises NoProgram."""
        ...

    def reveal(self, path: Path) -> None:
        """Show a file in the file manager. Raises NoProgram."""
        ...
