"""What other seats did, as far as the workspace follows it by itself: clean copies go along, work stays where it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from pdm_desktop import log
from pdm_desktop.core.fold import moved_path
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.perform import Performer
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.workspace import Workspace
from server.protocol.events import FileDeleted, FileLocked, FileMoved, FileUnlocked, FolderMoved, VaultEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the vaults say of this seat's files, at a moment when the seat is in step."""

    paths: Mapping[str, str]
    """Where each file is. One that is not in it may be out of sight as well as deleted: nothing follows from that."""
    tokens: Mapping[str, int]
    """The fencing token of each file that this seat holds."""


class Elsewhere:
    """Lets the workspace follow. Every method raises core.errors, is idempotent, and is called for one file at a time.

    An edited file, one that is checked out here, and one about which an answer is still missing stay where they are:
    the next command about them follows.
    """

    def __init__(
        self, vault: Vault, workspace: Workspace, journal: Journal, performer: Performer, *, seat: str
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._performer = performer
        self._seat = seat

    def concerned(self, vault: str, event: VaultEvent) -> list[str]:
        """The files of the workspace that an event may say something of."""
        match event:
            case FolderMoved():
                copies = [copy for copy in self._journal.copies() if copy.vault == vault]
                return [copy.file for copy in copies if moved_path(copy.path, event) is not None]
            case FileMoved(file=file) | FileDeleted(file=file):
                return [file.id] if self._journal.copy(file.id) is not None else []
            case FileLocked(file=held) | FileUnlocked(file=held):
                return [held] if self._journal.hold(held) is not None else []
            case _:
                return []

    async def follow(self, file: str, event: VaultEvent) -> None:
        """An event happened to this file."""
        copy = self._journal.copy(file)
        match event:
            case FileMoved(file=now):
                await self.move(file, now.path)
            case FolderMoved() if copy is not None and (path := moved_path(copy.path, event)) is not None:
                await self.move(file, path)
            case FileDeleted(by=by):
                await self._put_aside(file, by)
            case FileLocked() | FileUnlocked():
                await self.check_hold(file)

    def behind(self, truth: Truth) -> list[str]:
        """Files of the workspace that are not as the vaults have them: events of a long absence are not told singly."""
        moved = [copy.file for copy in self._journal.copies() if truth.paths.get(copy.file, copy.path) != copy.path]
        lost = [hold.file for hold in self._journal.holds() if truth.tokens.get(hold.file) != hold.token]
        return [*moved, *lost]

    async def catch_up(self, file: str, truth: Truth) -> None:
        """Follow what the vaults have of this file now."""
        await self.check_hold(file)
        if file in truth.paths:
            await self.move(file, truth.paths[file])

    async def move(self, file: str, path: str) -> None:
        """A file has this path in its vault."""
        copy = self._journal.copy(file)
        if copy is None or copy.path == path or not await self._is_clean(file):
            return
        place = await self._workspace.place_of(copy.vault, path)
        await self._workspace.follow(file, path, place)
        log.note("followed", file=file, path=path)

    async def check_hold(self, file: str) -> None:
        """The lock may have gone: the server knows. The copy then becomes read-only, and what is in it stays."""
        hold = self._journal.hold(file)
        if hold is None or self._is_open(file):
            return
        lock = (await self._vault.file(file)).file.lock
        if lock is None or (lock.seat, lock.token) != (self._seat, hold.token):
            log.note("lock gone", file=file)
            await self._performer.let_go(file)

    async def _put_aside(self, file: str, by: str) -> None:
        if await self._is_clean(file):
            kept = await self._workspace.put_aside(file, why=f"{by} deleted it")
            log.note("followed", file=file, kept=kept.path if kept else None)

    async def _is_clean(self, file: str) -> bool:
        """Nothing of a person is in it, as a whole read shows, and nothing here goes on with it."""
        copy = self._journal.copy(file)
        if copy is None or self._journal.hold(file) is not None or self._is_open(file):
            return False
        local = await self._workspace.local(file)
        if local is None or local.missing or local.edited:
            return False
        return (await self._workspace.read(copy.where)).hash == copy.hash

    def _is_open(self, file: str) -> bool:
        return any(intent.file == file for intent in self._journal.unfinished())
