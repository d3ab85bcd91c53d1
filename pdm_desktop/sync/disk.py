"""The workspace's folder: whole files or none, on the disk itself, and nothing outside."""

import os
import stat
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import BinaryIO

from pdm_desktop import log
from pdm_desktop.core.errors import ForbiddenPath, InUse, NotWritable, Told
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync import origin, system
from pdm_desktop.sync.holders import program_using
from pdm_desktop.sync.os_errors import from_os_error, means_held
from pdm_desktop.sync.ports import Look

BLOCK = 1 << 20
AT_WORK = PurePath(OWN_FOLDER, "at-work")
LOCK = PurePath(OWN_FOLDER, "lock")
UNFINISHED = PurePath(OWN_FOLDER, "unfinished")


class LocalDisk:
    """A folder of this computer. Every method raises core.errors."""

    exchanges: bool = system.EXCHANGES
    """It swaps two files in one step, as far as is known by now."""

    def __init__(self, root: Path, *, zone: int | None = None) -> None:
        """`zone` is from where Windows is told that new files come; None: it is told nothing."""
        self.root = root
        self._zone = zone
        self._root = os.fspath(root)

    def prepare(self) -> None:
        """Make the program's own folder and throw away what was left unfinished.

        What somebody has open, as a virus scanner or a backup, stays until another start.
        """
        with _told("the workspace"):
            folder = self._made(UNFINISHED / "any").parent
            for left in list(folder.iterdir()):
                _throw_away(left)

    def begin_work(self) -> bool:
        """Mark that an engine works here. True: the last one did not end its work, but was stopped suddenly."""
        with _told("the workspace"):
            mark = self._inside(AT_WORK)
            was_at_work = mark.is_file()
            mark.touch()
            system.sync_file(mark)
            system.sync_folder(mark.parent)
        return was_at_work

    def end_work(self) -> None:
        """The engine ends in order."""
        with _told("the workspace"):
            self._inside(AT_WORK).unlink(missing_ok=True)

    def make_own_folder(self) -> None:
        """The program's own folder is there again, and says that an engine is at work.

        Nothing is thrown away: what is there by now is another engine's, and the lock tells.
        """
        with _told("the workspace"):
            self._made(UNFINISHED / "any")
        self.begin_work()

    @property
    def lock(self) -> Path:
        """The file that is the lock of the workspace."""
        return self.root / LOCK

    def place_for_lock(self, *, is_new: bool = True) -> Path:
        """Where to hold the lock of the workspace, which is made if it may be new, and else has to be there."""
        with _told("the workspace"):
            goal = self._made(LOCK) if is_new else self._with_folders(LOCK)
        self._refuse_link(LOCK)
        return goal

    def look(self, path: PurePath) -> Look | None:
        """The file at a path, or None."""
        with _told(path.name):
            try:
                found = os.lstat(self._checked(path))
            except (FileNotFoundError, NotADirectoryError):
                return None
        if system.is_link(found):
            raise _leads_out(path)
        return Look(
            size=found.st_size,
            mtime_ns=system.time_of(found),
            number=found.st_ino,
            writable=system.is_writable(found),
            is_folder=stat.S_ISDIR(found.st_mode),
        )

    def blocks(self, path: PurePath, *, start: int = 0) -> Iterator[bytes]:
        """Its content from byte `start` on, piece by piece."""
        self._refuse_link(path)
        with self._held(path), system.open_itself(self._inside(path)) as file:
            file.seek(start)
            while block := file.read(BLOCK):
                yield block

    def may_be_written(self, path: PurePath) -> bool:
        """A program has it open and may still write into it, whatever it is called by now."""
        with self._held(path):
            return system.may_be_written(self._inside(path))

    def probe(self, path: PurePath, *, patient: bool = False) -> None:
        """See whether a file may be replaced, moved or removed now; nothing is changed. Raises InUse if not.

        With `patient` not before a virus scanner had time to let go of it.
        """
        if self.look(path) is None:
            return
        with self._held(path):
            full = self._inside(path)
            if patient:
                system.patiently(lambda: system.probe(full))
            else:
                system.probe(full)

    def begin(self) -> "UnfinishedFile":
        """Begin to write content that has no name yet."""
        path = UNFINISHED / uuid.uuid4().hex
        self._refuse_gone(self.root / OWN_FOLDER)
        with _told("a new file"):
            return UnfinishedFile(path, self._inside(path), zone=self._zone)

    def begin_beside(self, path: PurePath) -> "UnfinishedFile":
        """The same for a folder that is not the program's: the content grows beside its place, under this name."""
        with _told("a new file"):
            return UnfinishedFile(path, self._inside(path), zone=self._zone)

    def place(self, source: PurePath, target: PurePath) -> None:
        """Put finished content where it belongs, in one step; what was there has to be safe already."""
        with self._held(source, target):
            goal = self._with_folders(target)
            system.replace_durably(self._itself(source), goal)

    def place_new(self, source: PurePath, target: PurePath) -> bool:
        """Put finished content where nothing is, in one step. False: something is there by now, and stays."""
        with self._held(source, target):
            goal = self._with_folders(target)
            try:
                system.place_durably(self._itself(source), goal)
            except FileExistsError:
                return False
        return True

    def place_all_new(self, pairs: Sequence[tuple[PurePath, PurePath]]) -> list[bool]:
        """The same for many, source and target, with one wait for each folder.

        False: something is there by now and stays, or there is another trouble that shows when it is placed alone.
        """
        folders: set[Path] = set()
        try:
            placed = [self._named(source, target, folders) for source, target in pairs]
        finally:  # whatever stops it: what has its name keeps it
            with _told("the workspace"):
                for each in folders:
                    system.sync_folder(each)
        with _told("a new file"):
            own = {self._inside(source) for (source, _), is_placed in zip(pairs, placed, strict=True) if is_placed}
            for each in own:
                each.unlink(missing_ok=True)
            for folder in {each.parent for each in own}:
                system.sync_folder(folder)
        return placed

    def _named(self, source: PurePath, target: PurePath, folders: set[Path]) -> bool:
        """Finished content gets its name where nothing is; `folders` takes the folder that has to be synced for it."""
        try:
            with self._held(source, target):
                goal = self._with_folders(target)
                system.name(self._itself(source), goal)
                folders.add(goal.parent)
        except Told:
            return False
        return True

    def exchange(self, source: PurePath, target: PurePath) -> bool:
        """Swap two files in one step, each whole in the other's place. False: none to be had; nothing changed."""
        with self._held(source, target):
            self.exchanges = system.exchange_durably(self._inside(source), self._inside(target))
        return self.exchanges

    def link(self, source: PurePath, target: PurePath) -> None:
        """A second name for a file; where there are none the file is moved. Raises core.errors when it is taken."""
        with self._held(source, target):
            goal = self._with_folders(target)
            try:
                system.patiently(lambda: os.link(self._inside(source), goal, follow_symlinks=False))
            except OSError as error:
                if error.errno not in system.NO_LINKS:
                    raise
                system.move_durably(self._inside(source), goal)
            else:
                system.sync_folder(goal.parent)

    def move(self, source: PurePath, target: PurePath) -> None:
        """Another name for a file. Raises core.errors when something is there, also what came after the look."""
        if self.look(target) is not None:
            raise _is_there(target)
        with self._held(source, target):
            goal = self._with_folders(target)
            try:
                system.move_durably(self._itself(source), goal)
            except FileExistsError as error:
                raise _is_there(target) from error

    def make_durable(self, path: PurePath) -> None:
        """A file that somebody else has put there, and its name, are on the disk itself, as far as the system can."""
        with self._held(path):
            goal = self._inside(path)
            system.sync_file(goal)
            system.sync_folder(goal.parent)

    def remove(self, path: PurePath) -> None:
        """One name less; a missing one is no trouble."""
        with self._held(path):
            goal = self._inside(path)
            if os.path.lexists(goal):
                system.remove(goal)
                system.sync_folder(goal.parent)

    def files_below(self, folder: PurePath, *, unread: dict[PurePath, str] | None = None) -> list[PurePath]:
        """Every file below a folder, by path; nothing where there is no folder, and nothing behind links.

        With `unread` what cannot be read is put there, with why, and the rest is listed.
        """
        found: list[PurePath] = []
        with _told(folder.name):
            self._collect(self._inside(folder), found, unread=unread)
        return sorted(found)

    def contents(self, folder: PurePath) -> list[PurePath]:
        """All below a folder that is no folder itself, by path: files, and links, behind which nobody looks."""
        found: list[PurePath] = []
        with _told(folder.name):
            self._collect(self._inside(folder), found, links=True)
        return sorted(found)

    def clear(self, place: PurePath) -> None:
        """A folder in which nothing is but such folders goes; any other stays."""
        if self.look(place) is None or self.contents(place):
            return
        with self._held(place):
            for each in [*reversed(self._folders_below(place)), place]:
                self._inside(each / "any").parent.rmdir()  # no link by now; the system removes none that has something

    def _folders_below(self, folder: PurePath) -> list[PurePath]:
        """Each before what is in it."""
        found: list[PurePath] = []
        for each in sorted(self._inside(folder).iterdir()):
            look = each.lstat()
            if stat.S_ISDIR(look.st_mode) and not system.is_link(look):
                found += [folder / each.name, *self._folders_below(folder / each.name)]
        return found

    def _collect(
        self, folder: Path, found: list[PurePath], *, links: bool = False, unread: dict[PurePath, str] | None = None
    ) -> None:
        for each, look in self._entries(folder, unread):
            if system.is_link(look):
                found += [PurePath(each.relative_to(self.root))] if links else []
            elif stat.S_ISDIR(look.st_mode):
                self._collect(each, found, links=links, unread=unread)
            else:
                found.append(PurePath(each.relative_to(self.root)))

    def _entries(self, folder: Path, unread: dict[PurePath, str] | None) -> Iterator[tuple[Path, os.stat_result]]:
        try:
            entries = list(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self._pass_over(folder, error, unread)
            return
        for each in entries:
            try:
                look = each.lstat()
            except OSError as error:
                self._pass_over(each, error, unread)
            else:
                yield each, look

    def _pass_over(self, full: Path, error: OSError, unread: dict[PurePath, str] | None) -> None:
        if unread is None:
            raise error
        unread[PurePath(full.relative_to(self.root))] = error.strerror or str(error)

    def remove_empty(self, folder: PurePath) -> None:
        """A folder goes if there is nothing in it."""
        with _told(folder.name), suppress(FileNotFoundError):
            goal = self._inside(folder)
            if goal.is_dir() and not any(goal.iterdir()):
                goal.rmdir()

    def set_writable(self, path: PurePath, yes: bool, /) -> None:
        """Set or clear the read-only attribute, and look whether it is so."""
        self._refuse_link(path)
        with self._held(path):
            system.set_writable(self._inside(path), yes=yes)

    @contextmanager
    def _held(self, *places: PurePath) -> Iterator[None]:
        """What the system refuses about these places; who holds them is found out while they are held."""
        try:
            yield
        except OSError as error:
            full = [self.root / place for place in places]
            rights = all(system.has_rights(each) for each in full)
            program = program_using(*full) if means_held(error, rights=rights) else None
            length = max(len(str(each)) for each in full)
            told = from_os_error(error, places[-1].name, rights=rights, program=program, length=length)
            if isinstance(told, InUse):
                told.places = places
            raise told from error

    def _refuse_link(self, path: PurePath) -> None:
        """Raises ForbiddenPath for a name that leads elsewhere."""
        self.look(path)

    def _with_folders(self, path: PurePath) -> Path:
        """Its folders are there. A workspace that has gone is not made anew: who looks would find an empty one."""
        self._refuse_gone(self.root / OWN_FOLDER if path.parts[:1] == (OWN_FOLDER,) else self.root)
        return self._made(path)

    def _refuse_gone(self, folder: Path) -> None:
        """Raises NotWritable when the workspace, or the program's own folder in it, is not there."""
        if not folder.is_dir():
            gone = folder if self.root.is_dir() else self.root
            raise NotWritable(
                f"The {'workspace' if gone == self.root else 'program’s'} folder {gone} is not there.",
                advice="Connect its drive or bring it back; nothing is done before.",
            )

    def _made(self, path: PurePath) -> Path:
        goal = self._inside(path)
        missing = [each for each in (goal.parent, *goal.parent.parents) if not each.exists()]
        goal.parent.mkdir(parents=True, exist_ok=True)
        for each in reversed(missing):
            system.sync_folder(each.parent)
        return self._inside(path)  # again: to make folders and sync them takes long enough to swap one

    def _itself(self, path: PurePath) -> Path:
        """The full path of what is to get another name, after a look that it is no link. Raises ForbiddenPath.

        Whoever looked before that made folders and synced them since: long enough to swap a file.
        """
        self._refuse_link(path)
        return self._inside(path)

    def _inside(self, path: PurePath) -> Path:
        """The full path, after a look that no folder on the way is a link. Raises ForbiddenPath."""
        return Path(self._checked(path))

    def _checked(self, path: PurePath) -> str:
        """The same as text."""
        parts = path.parts
        if path.anchor or not parts or ".." in parts:
            raise _leads_out(path)
        place = self._root
        for part in parts[:-1]:
            place = f"{place}{os.sep}{part}"
            try:
                found = os.lstat(place)
            except FileNotFoundError:
                break
            if system.is_link(found):
                raise _leads_out(path)
        return os.sep.join((self._root, *parts))  # noqa: PTH118 - a Path for each look costs as much as the look


class UnfinishedFile:
    """Content that is being written in the program's own folder."""

    def __init__(self, path: PurePath, full: Path, *, zone: int | None = None) -> None:
        self.path = path
        self._full = full
        self._zone = zone
        full.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = full.open("xb", buffering=0)

    def write(self, block: bytes) -> None:
        """One more piece."""
        with _told("a new file"):
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]

    def flush(self) -> None:
        """What was written is on the disk itself, while another thread writes on."""
        with _told("a new file"):
            os.fsync(self._file.fileno())

    def begin_flush(self) -> None:
        """The disk may begin with what was written; nobody waits for that, and nothing is promised."""
        system.begin_flush(self._file.fileno())

    def finish(self) -> None:
        """All of it is on the disk itself."""
        with _told("a new file"):
            os.fsync(self._file.fileno())
            self._file.close()
        if self._zone is not None:  # before anybody looks: a mark changes the time of a file, and needs it writable
            origin.mark(self._full, self._zone)

    def discard(self) -> None:
        """It is not wanted any more; nothing happens when it has found its place."""
        self._file.close()
        with _told("a new file"):
            if self._full.exists():
                system.remove(self._full)  # it may be read-only already


def _throw_away(left: Path) -> None:
    """A file goes if it can; a folder is somebody else's, as network drives make them."""
    try:
        if not stat.S_ISDIR(left.lstat().st_mode):
            system.remove(left)
    except (OSError, Told) as error:
        log.note("left unfinished", name=left.name, why=str(error))


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise from_os_error(error, name) from error


def _is_there(target: PurePath) -> NotWritable:
    return NotWritable(f"{target} is there already.", advice="Rename or move that file, then try again.")


def _leads_out(path: PurePath) -> ForbiddenPath:
    return ForbiddenPath(
        f"{path} leads out of the workspace through a link.", advice="Remove the link from the workspace folder."
    )
