"""A table's rows as Qt wants them, read from whoever owns them: columns say how a row is shown, nothing is copied."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import IntEnum
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QIcon

from pdm_desktop.core.badges import Badge
from pdm_desktop.ui import theme
from pdm_desktop.ui.theme import Tone
from server.protocol.records import dataclass

Index = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")

LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_PAD: Final = "\u00a0\u00a0"
"""Two hard spaces keep a number off its right neighbour."""


class Roles(IntEnum):
    """What delegates ask an index for, beside Qt's own roles."""

    ID = Qt.ItemDataRole.UserRole + 1
    COUNTS = Qt.ItemDataRole.UserRole + 2
    PROGRESS = Qt.ItemDataRole.UserRole + 3
    AGE = Qt.ItemDataRole.UserRole + 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How one field of a row is shown; `spoken` is its text for a screen reader where that is another one."""

    text: str = ""
    icon: QIcon | None = None
    ink: Tone | Badge | None = None
    strong: bool = False
    tip: str = ""
    spoken: str = ""
    progress: float | None = None
    """0 to 1; negative when it stands still at that place."""
    age: timedelta | None = None
    """What the bar of an age shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column: its title, its first width in pixels, and how a row is shown in it."""

    title: str
    width: int
    cell: Callable[[Row], Cell]
    right: bool = False
    spoken: str = ""
    """The title for a screen reader where the column has none to see."""


def cell_data(cell: Cell, role: int, *, right: bool) -> Any:
    """What Qt asks of a cell."""
    match role:
        case Qt.ItemDataRole.DisplayRole:
            return f"{cell.text}{_PAD}" if right and cell.text else cell.text
        case Qt.ItemDataRole.DecorationRole:
            return cell.icon
        case Qt.ItemDataRole.ForegroundRole:
            return None if cell.ink is None else theme.colour(cell.ink)
        case Qt.ItemDataRole.FontRole:
            return _strong() if cell.strong else None
        case Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if right else LEFT
        case Qt.ItemDataRole.ToolTipRole:
            return cell.tip or None
        case Qt.ItemDataRole.AccessibleTextRole:
            return cell.spoken or cell.text
        case Roles.PROGRESS:
            return cell.progress
        case Roles.AGE:
            return cell.age
        case _:
            return None


def header_data(column: Column[Any], role: int) -> Any:
    """What Qt asks of a column's header."""
    match role:
        case Qt.ItemDataRole.DisplayRole:
            return f"{column.title}{_PAD}" if column.right else column.title
        case Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.right else LEFT
        case Qt.ItemDataRole.AccessibleTextRole:
            return column.spoken or column.title
        case _:
            return None


def _strong() -> QFont:
    return theme.font(strong=True)


class RowsModel(QAbstractTableModel, Generic[Row]):
    """A flat table over rows that belong to somebody else, who says when they are others."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        rows: Callable[[], Sequence[Row]],
        identify: Callable[[Row], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows = rows
        self._identify = identify
        self._count = len(rows())

    def row(self, number: int) -> Row:
        """The row at a place. Raises IndexError when there is none."""
        return self._rows()[number]

    def renew(self) -> None:
        """The rows are others now: tell the views. A table of the same rows keeps its selection."""
        rows = self._rows()
        if len(rows) != self._count:
            self.beginResetModel()
            self._count = len(rows)
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self._columns) - 1))

    def reset(self) -> None:
        """All rows are others now."""
        self.beginResetModel()
        self._count = len(self._rows())
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        rows = self._rows()
        if not index.isValid() or index.row() >= len(rows):
            return None
        row, column = rows[index.row()], self._columns[index.column()]
        if role == Roles.ID:
            return self._identify(row)
        return cell_data(column.cell(row), role, right=column.right)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        return header_data(self._columns[section], role)


class TickedModel(RowsModel[Row]):
    """Rows with a tick in the first column, for those that may be chosen."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        rows: Sequence[Row],
        identify: Callable[[Row], str],
        *,
        ticked: Callable[[Row], bool],
        may: Callable[[Row], bool],
    ) -> None:
        super().__init__(columns, lambda: rows, identify)
        self._may = may
        self._ticked = {identify(row) for row in rows if may(row) and ticked(row)}

    def chosen(self) -> list[Row]:
        """The ticked rows, in order."""
        return [row for row in self._rows() if self._identify(row) in self._ticked]

    def flags(self, index: Index) -> Qt.ItemFlag:
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if not self._may(self.row(index.row())):
            return Qt.ItemFlag.ItemIsSelectable
        return base | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else base

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.CheckStateRole and index.isValid() and index.column() == 0:
            ticked = self._identify(self.row(index.row())) in self._ticked
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0 or not self._may(self.row(index.row())):
            return False
        one = self._identify(self.row(index.row()))
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._ticked.add(one)
        else:
            self._ticked.discard(one)
        self.dataChanged.emit(index, index, [role])
        return True
