"""What the table shows: the files of a folder, the hits of a search, or my check-outs."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from enum import Enum

import msgspec

from pdm_desktop.core.badges import Badge
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.fold import moved_path
from server.protocol.events import FolderMoved
from server.protocol.records import dataclass
from server.protocol.vault import File


class Kind(Enum):
    """Which files a listing holds."""

    FOLDER = "folder"
    SEARCH = "search"
    MINE = "mine"


class FileRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One file as the table shows it. There are thousands at once: as a dataclass each takes nine times as long."""

    file: File
    vault: str
    local: LocalCopy | None
    badge: Badge
    badge_words: str
    online: bool | None
    """Whether the holder is online; None when nobody holds it or it is not known."""
    away: datetime | None
    """Since when the holder is online and at no seat; None: is at one, or not online."""
    mine: bool = False
    """Held by this person on this seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a listing is asked to show."""

    kind: Kind
    vault: str = ""
    folder: str = ""
    text: str = ""

    def takes(self, vault: str, file: File) -> bool:
        """A file that came into the vault belongs here. For MINE the locks decide, not this."""
        match self.kind:
            case Kind.FOLDER:
                return vault == self.vault and file.folder == self.folder
            case Kind.SEARCH:
                return self.text.casefold() in file.filename.casefold()
            case Kind.MINE:
                return False

    def after(self, vault: str, move: FolderMoved) -> "View":
        """The same view after a folder's move: an open folder that moved is followed."""
        if self.kind is not Kind.FOLDER or vault != self.vault or not self.folder:
            return self
        folder = moved_path(self.folder, move)
        return self if folder is None else View(kind=self.kind, vault=vault, folder=folder)


class Listing:
    """The rows of one view. Read it; the store fills it."""

    def __init__(self, view: View | None = None, *, loading: bool = False) -> None:
        self.view = view or View(kind=Kind.FOLDER)
        self.loading = loading
        """Asked for and not answered yet: never say "empty" now."""
        self.cut_at: int | None = None
        """More files were found than are shown: only so many."""
        self._rows: dict[str, FileRow] = {}
        self._ordered: list[FileRow] | None = None

    @property
    def kind(self) -> Kind:
        """Which files these are."""
        return self.view.kind

    @property
    def vault(self) -> str:
        """The vault of a folder."""
        return self.view.vault

    @property
    def folder(self) -> str:
        """The path of a folder in its vault."""
        return self.view.folder

    @property
    def title(self) -> str:
        """The folder's path, the searched text, or the name of the view."""
        match self.kind:
            case Kind.FOLDER:
                return self.folder
            case Kind.SEARCH:
                return self.view.text
            case Kind.MINE:
                return "My check-outs"

    @property
    def rows(self) -> list[FileRow]:
        """The files, by path."""
        if self._ordered is None:
            self._ordered = sorted(self._rows.values(), key=_order)
        return self._ordered

    @property
    def unordered(self) -> Collection[FileRow]:
        """The same in no order, which costs nothing: to count them, or to look for some."""
        return self._rows.values()

    def get(self, file: str) -> FileRow | None:
        """The row of a file, if it is shown."""
        return self._rows.get(file)

    def files(self) -> set[str]:
        """The ids of all files shown."""
        return set(self._rows)

    def fill(self, rows: Iterable[FileRow]) -> None:
        """These rows and no others."""
        self._rows = {row.file.id: row for row in rows}
        self._ordered = None
        self.loading = False

    def put(self, row: FileRow) -> bool:
        """Show a row, or what it is now. True: the order or number of rows may be another."""
        before = self._rows.get(row.file.id)
        self._rows[row.file.id] = row
        moved = before is None or before.file.path != row.file.path
        if moved:
            self._ordered = None
        elif self._ordered is not None:
            self._ordered[_position(row, self._ordered)] = row
        return moved

    def drop(self, file: str) -> bool:
        """Show a file no longer. True: it was shown."""
        found = self._rows.pop(file, None) is not None
        if found:
            self._ordered = None
        return found

    def remake(self, make: Callable[[FileRow], FileRow]) -> frozenset[str]:
        """Make every row anew; the answer is which are others now."""
        changed = set[str]()
        for file, row in list(self._rows.items()):
            made = make(row)
            if made != row:
                self._rows[file] = made
                changed.add(file)
        if changed:
            self._ordered = None
        return frozenset(changed)


def _position(row: FileRow, ordered: list[FileRow]) -> int:
    place = bisect_left(ordered, _order(row), key=_order)
    while ordered[place].file.id != row.file.id:  # two vaults may have files of one path
        place += 1
    return place


def _order(row: FileRow) -> tuple[str, str]:
    return row.file.path.casefold(), row.file.path
