"""How many files and locks each folder has: the folders and locks of all vaults, kept true together event by event."""

from collections.abc import Iterable, Iterator, Mapping

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.fold import lock_of, moved_path
from pdm_desktop.core.folder_list import FolderList
from pdm_desktop.state.changes import Change, FolderCountsChanged, FoldersReset, LocksChanged
from pdm_desktop.state.folders import Folders, with_those_above
from pdm_desktop.state.locks import HeldFile, Locks
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
from server.protocol.vault import File


class Census:
    """Folders and locks as one reader counts them. What changes something answers what to look at again."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.folders = Folders()
        self.locks = Locks()

    def load(
        self, vault: str, folders: FolderList | Iterable[tuple[str, int]], locks: Iterable[HeldFile]
    ) -> Iterator[Change]:
        """Begin a vault anew."""
        before = {held.file for held in self.locks.of_vault(vault)}
        self.folders.replace(vault, folders)
        self.locks.replace(vault, locks)
        held = self.locks.of_vault(vault)
        for each in held:
            self._count(each, 1)
        yield FoldersReset(vault=vault)
        yield LocksChanged(files=frozenset(before | {each.file for each in held}))

    def apply(self, vault: str, event: VaultEvent) -> Iterator[Change]:
        """The next event of a vault."""
        match event:
            case FileLocked():
                yield from self._hold(HeldFile(vault=vault, file=event.file, path=event.path, lock=lock_of(event)))
            case FileUnlocked():
                yield from self._release(event.file)
            case FileAdded() | FileRestored():
                yield from self._count_files(vault, {event.file.folder: 1})
                yield from self._follow(vault, event.file)
            case FileDeleted():
                yield from self._release(event.file.id)
                yield from self._count_files(vault, {event.file.folder: -1})
            case FileUpdated():
                yield from self._follow(vault, event.file)
            case FileMoved():
                yield from self._move_file(vault, event)
            case FolderMoved():
                self._move_folder(vault, event)
                yield FoldersReset(vault=vault)

    def _move_file(self, vault: str, event: FileMoved) -> Iterator[Change]:
        source, target = event.from_.rpartition("/")[0], event.file.folder
        yield from self._release(event.file.id)
        if source != target:
            yield from self._count_files(vault, {target: 1, source: -1})
        yield from self._follow(vault, event.file)

    def _move_folder(self, vault: str, move: FolderMoved) -> None:
        self.folders.move(vault, move.from_, move.to)
        for each in self.locks.of_vault(vault):
            path = moved_path(each.path, move)
            if path is not None:
                self._count(each, -1)
                self._count(self.locks.move(each.file, path), 1)

    def _count_files(self, vault: str, counts: Mapping[str, int]) -> Iterator[Change]:
        reset = [self.folders.count_files(vault, folder, change) for folder, change in counts.items()]
        if any(reset):
            yield FoldersReset(vault=vault)
        else:
            above = frozenset[str]().union(*(with_those_above(folder) for folder in counts))
            yield FolderCountsChanged(vault=vault, folders=above)

    def _follow(self, vault: str, file: File) -> Iterator[Change]:
        if file.lock is None:
            yield from self._release(file.id)
        else:
            yield from self._hold(HeldFile(vault=vault, file=file.id, path=file.path, lock=file.lock))

    def _hold(self, held: HeldFile) -> Iterator[Change]:
        before = self.locks.take(held.file)
        self.locks.put(held)
        if before == held:
            return
        folders = with_those_above(held.folder)
        if before is not None:
            self._count(before, -1)
            folders |= with_those_above(before.folder)
        self._count(held, 1)
        yield FolderCountsChanged(vault=held.vault, folders=folders)
        yield LocksChanged(files=frozenset((held.file,)))

    def _release(self, file: str) -> Iterator[Change]:
        held = self.locks.take(file)
        if held is None:
            return
        self._count(held, -1)
        yield FolderCountsChanged(vault=held.vault, folders=with_those_above(held.folder))
        yield LocksChanged(files=frozenset((file,)))

    def _count(self, held: HeldFile, change: int) -> None:
        mine = self.reader.holds(held.lock)
        self.folders.count_locks(held.vault, held.folder, mine=change if mine else 0, others=0 if mine else change)
