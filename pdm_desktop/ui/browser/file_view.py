"""The file table: its selection survives every change, its columns give way, and it tells of badges that it drew."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPaintEvent, QResizeEvent, QShowEvent

from pdm_desktop import log
from pdm_desktop.core.badges import Badge
from pdm_desktop.state.listing import FileRow, Kind
from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.columns import GIVING_WAY, Field, given_way
from pdm_desktop.ui.browser.file_model import FileModel
from pdm_desktop.ui.delegates import BadgeDelegate
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.rows import Index, Roles
from pdm_desktop.ui.table import Table

MINUTE_MS: Final = 60_000
COLUMN_LEAST: Final = 32


class FileView(Table):
    """The files of a folder, the hits of a search, or my check-outs."""

    selected = Signal()
    """Other files are selected, or the selected ones are others now."""
    painted = Signal(str, str, int)
    """A file's id, its badge, the seq of its vault: the changed badge has just been drawn."""
    dropped = Signal(list)
    """Paths of this computer that were dropped on the table."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.files = FileModel(store, clock)
        super().__init__(self.files, self.files.columns, name="Files", rest=Field.WHY)
        self.files.setParent(self)
        self._store = store
        self._unpainted: dict[str, tuple[Badge, int]] = {}
        self._just_painted: list[tuple[str, Badge, int]] = []
        self._remembered: tuple[set[str], str | None] = (set(), None)
        self.setItemDelegateForColumn(Field.BADGE, BadgeDelegate(self, self._note_painted))
        self.setSelectionMode(self.SelectionMode.ExtendedSelection)
        self.setAcceptDrops(True)
        self.setSortingEnabled(False)
        head = self.horizontalHeader()
        head.setSectionResizeMode(Field.BADGE, head.ResizeMode.Fixed)
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(False)
        head.sectionClicked.connect(self._sort_by)
        self._sort = (Field.NAME, Qt.SortOrder.AscendingOrder)
        self.selectionModel().selectionChanged.connect(lambda: self.selected.emit())
        self.files.modelAboutToBeReset.connect(self._remember)
        self.files.modelReset.connect(self._restore)
        self._ages = QTimer(self, interval=MINUTE_MS)
        self._ages.timeout.connect(self._refresh_ages)
        self._ages.start()
        self.show_kind(Kind.FOLDER)

    def rows(self) -> list[FileRow]:
        """The selected rows, from the top."""
        return [self.files.row(place) for place in self.selected_rows()]

    def go_to(self, file: str) -> bool:
        """Select a file and bring it into sight. False: it is not shown."""
        place = self.files.place(file)
        if place is None:
            return False
        self.clearSelection()
        self.setCurrentIndex(self.files.index(place, Field.NAME))
        self.selectRow(place)
        self.scrollTo(self.files.index(place, Field.NAME))
        return True

    def badge_rect(self, file: str) -> QRect:
        """The visible part of a file's badge cell, in coordinates of the window; empty when it cannot be seen."""
        place = self.files.place(file)
        if place is None:
            return QRect()
        seen = self.visualRect(self.files.index(place, Field.BADGE)) & self.viewport().rect()
        return QRect(self.viewport().mapTo(self.window(), seen.topLeft()), seen.size()) if seen.isValid() else QRect()

    def tell_changed(self, files: frozenset[str]) -> None:
        """Rows of these files are others now; tells when their badges were drawn."""
        for file in files:
            row = self._store.listing.get(file)
            if row is not None:
                self._unpainted[file] = (row.badge, self._store.seq_of(row.vault) or 0)
        self.files.tell_changed(files)
        if any(row.file.id in files for row in self.rows()):
            self.selected.emit()

    def keep_widths(self, memory: Memory) -> None:
        """Remember how wide the columns are; a column that has given way keeps its last width."""
        for field in Field:
            if not self.isColumnHidden(field):
                memory.keep_number(f"column/{field.name.lower()}", self.columnWidth(field))

    def restore_widths(self, memory: Memory) -> None:
        """Make the columns as wide as they were."""
        for field in Field:
            if field is not Field.BADGE and field is not Field.WHY:
                first = self.files.columns[field].width
                self.setColumnWidth(field, max(memory.number(f"column/{field.name.lower()}", first), COLUMN_LEAST))

    def show_kind(self, kind: Kind) -> None:
        """Folder stands after Name where the files are of several folders."""
        self.setColumnHidden(Field.FOLDER, kind is Kind.FOLDER)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().width() - (0 if self.isColumnHidden(Field.FOLDER) else self.columnWidth(Field.FOLDER))
        hidden = given_way(room)
        for field in GIVING_WAY:
            self.setColumnHidden(field, field in hidden)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        done, self._just_painted = self._just_painted, []
        for file, badge, seq in done:
            log.note("painted", file=file, badge=badge.value, seq=seq, at=f"{time.time():.6f}")
            self.painted.emit(file, badge.value, seq)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_ages()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._takes_drop(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._takes_drop(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and self._takes_drop(event):
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def _takes_drop(self, event: QDropEvent) -> bool:
        listing = self._store.listing
        vault = self._store.vaults.get(listing.vault)
        may = vault is not None and vault.role != "reader" and listing.kind is Kind.FOLDER
        return may and self._store.connection.known and event.mimeData().hasUrls()

    def _note_painted(self, index: Index) -> None:
        row = self._store.listing.get(index.data(Roles.ID) or "")
        if row is None:  # another listing is here, and the reset is on its way
            return
        waiting = self._unpainted.get(row.file.id)
        if waiting is not None and waiting[0] is row.badge:
            del self._unpainted[row.file.id]
            self._just_painted.append((row.file.id, *waiting))

    def _sort_by(self, section: int) -> None:
        field, order = self._sort
        ascending, descending = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        turned = descending if field == section and order == ascending else ascending
        self._sort = (Field(section), turned)
        self.horizontalHeader().setSortIndicator(section, turned)
        self.horizontalHeader().setSortIndicatorShown(True)
        self.files.sort(section, turned)

    def _refresh_ages(self) -> None:
        if self.isVisible():
            self.files.tell_ages()

    def _remember(self) -> None:
        current = self.currentIndex()
        shown = self.files.shown()
        here = shown[current.row()] if current.isValid() and current.row() < len(shown) else None
        chosen = {shown[place] for place in self.selected_rows() if place < len(shown)}
        self._remembered = (chosen, here)

    def _restore(self) -> None:
        chosen, here = self._remembered
        places = sorted(place for file in chosen if (place := self.files.place(file)) is not None)
        current = None if here is None else self.files.place(here)
        model = self.selectionModel()
        if current is not None:
            model.setCurrentIndex(self.files.index(current, Field.NAME), QItemSelectionModel.SelectionFlag.NoUpdate)
        selection = QItemSelection()
        last = self.files.columnCount() - 1
        for place in places:
            selection.select(self.files.index(place, 0), self.files.index(place, last))
        model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._unpainted = {file: seen for file, seen in self._unpainted.items() if self.files.place(file) is not None}
        self.selected.emit()
