"""The file table's model: an order of file ids over the store's listing. The rows themselves stay in the store."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from pdm_desktop.state.listing import FileRow, Kind
from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.columns import Field, by_name, columns, holder_tip, holder_title, sort_key
from pdm_desktop.ui.rows import Cell, Index, Roles, cell_data, header_data

SINGLY: Final = 32
"""So many runs of changed rows are told one by one; more as one range."""


class Filter(Enum):
    """Which rows of the listing are shown; the value is the word on its button."""

    ALL = "All"
    CHECKED_OUT = "Checked out"
    MINE = "Mine"
    NEWER = "Newer"

    def takes(self, row: FileRow) -> bool:
        """Whether a row is shown."""
        return _TAKES[self](row)

    def count(self, rows: Iterable[FileRow]) -> int:
        """How many of the rows are shown."""
        return sum(map(_TAKES[self], rows))


def _is_newer(row: FileRow) -> bool:
    return row.local is not None and row.local.is_behind((row.file.head.major, row.file.head.minor))


_TAKES: Final[dict[Filter, Callable[[FileRow], bool]]] = {
    Filter.ALL: lambda _: True,
    Filter.CHECKED_OUT: lambda row: row.file.lock is not None,
    Filter.MINE: lambda row: row.mine,
    Filter.NEWER: _is_newer,
}


class FileModel(QAbstractTableModel):
    """The rows of the open listing, filtered and in order."""

    def __init__(self, store: Store, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._clock = clock
        self.columns = columns(store, clock)
        self._filter = Filter.ALL
        self._sort = (Field.NAME, Qt.SortOrder.AscendingOrder)
        self._order: list[str] = []
        self._places: dict[str, int] = {}
        self._last: tuple[FileRow | None, int, Cell] = (None, 0, Cell())
        self._arrange()

    @property
    def filter(self) -> Filter:
        return self._filter

    def row(self, number: int) -> FileRow:
        """The row at a place. Raises IndexError when there is none."""
        row = self._store.listing.get(self._order[number])
        if row is None:
            raise IndexError(number)
        return row

    def place(self, file: str) -> int | None:
        """Where a file is shown, if it is."""
        return self._places.get(file)

    def shown(self) -> list[str]:
        """The ids of the files shown, from the top."""
        return list(self._order)

    def show(self, what: Filter) -> None:
        """Show other rows of the listing."""
        if what is not self._filter:
            self._filter = what
            self.reset()

    def reset(self) -> None:
        """The listing is another one, or files came and went."""
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def tell_changed(self, files: frozenset[str]) -> None:
        """Rows have another content. Their order, and whether they are shown, follows."""
        if self._depends_on_content() and (wanted := self._wanted()) != self._order:
            if set(wanted) != set(self._order):
                self.reset()
                return
            self._move_to(wanted)
        places = sorted(self._places[file] for file in files if file in self._places)
        if not places:
            return
        last = self.columnCount() - 1
        runs = runs_of(places)
        for first, end in runs if len(runs) <= SINGLY else [(places[0], places[-1])]:
            self.dataChanged.emit(self.index(first, 0), self.index(end, last))

    def tell_ages(self) -> None:
        """A minute has gone by."""
        self._last = None, 0, Cell()
        if self._order:
            last = len(self._order) - 1
            self.dataChanged.emit(self.index(0, Field.SINCE), self.index(last, Field.SINCE))
            self.dataChanged.emit(self.index(0, Field.MODIFIED), self.index(last, Field.MODIFIED))

    def tell_connection(self) -> None:
        """The seat went offline or came back: the header of Holder says of when it is."""
        self._last = None, 0, Cell()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, Field.HOLDER, Field.HOLDER)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (Field(column), order)
        self._move_to(self._wanted())

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._order)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._order):
            return None
        row = self._store.listing.get(self._order[index.row()])
        if row is None:  # it went, and the reset is on its way
            return None
        if role == Roles.ID:
            return row.file.id
        return cell_data(self._cell(row, index.column()), role, right=self.columns[index.column()].right)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if section == Field.HOLDER and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return holder_title(self._store.connection, self._clock())
        if section == Field.HOLDER and role == Qt.ItemDataRole.ToolTipRole:
            return holder_tip(self._store.connection, self._clock())
        return header_data(self.columns[section], role)

    def _cell(self, row: FileRow, column: int) -> Cell:
        """A view asks some seven things of each cell, one after the other: the last cell is kept for them."""
        last_row, last_column, cell = self._last
        if last_row is not row or last_column != column:
            cell = self.columns[column].cell(row)
            self._last = row, column, cell
        return cell

    def _depends_on_content(self) -> bool:
        """Whether changed rows can change their order or number. Another path is a new listing, not a changed row."""
        return self._filter is not Filter.ALL or self._sort[0] not in (Field.NAME, Field.FOLDER)

    def _arrange(self) -> None:
        self._order = self._wanted()
        self._places = {file: place for place, file in enumerate(self._order)}

    def _wanted(self) -> list[str]:
        field, order = self._sort
        backwards = order == Qt.SortOrder.DescendingOrder
        listing = self._store.listing
        # Files of several vaults may have one path.
        listed = listing.unordered if listing.kind is Kind.FOLDER else listing.rows
        rows = by_name(listed if self._filter is Filter.ALL else filter(self._filter.takes, listed))
        if field is not Field.NAME:
            rows.sort(key=sort_key(field), reverse=backwards)
        elif backwards:
            rows.reverse()
        return [row.file.id for row in rows]

    def _move_to(self, order: list[str]) -> None:
        """Put the same rows in another order, and let selection and current row go with them."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        files = [self._order[index.row()] for index in before]
        self._order = order
        self._places = {file: place for place, file in enumerate(order)}
        after = [self._index_of(file, index.column()) for file, index in zip(files, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _index_of(self, file: str, column: int) -> QModelIndex:
        place = self._places.get(file)
        return QModelIndex() if place is None else self.index(place, column)


def runs_of(places: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs without a gap, each with its first and its last."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], place
        else:
            runs.append((place, place))
    return runs
