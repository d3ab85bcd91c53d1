"""Cards of the dashboard: a number with its words, and a short list whose files are links."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QSizePolicy, QStyledItemDelegate

from pdm_desktop.core.office.columns import Columns
from pdm_desktop.ui import theme
from pdm_desktop.ui.chart import ColumnChart
from pdm_desktop.ui.rows import Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.widgets import Card, Elided, Link, column, label, row
from server.protocol.records import dataclass

Row = TypeVar("Row")
NUMBER_HEIGHT: Final = 64


@dataclass(frozen=True, slots=True)
class Place:
    """A file that a row leads to."""

    vault: str
    file: str
    path: str


class NumberCard(Card):
    """One number and what it counts."""

    def __init__(self) -> None:
        super().__init__()
        self._number = label("", theme.NUMBER, strong=True)
        self._words = Elided(second=True)
        self.setLayout(column(self._number, self._words, gap=0, edge=(16, 8, 16, 10)))
        self.setFixedHeight(NUMBER_HEIGHT)

    def say(self, number: str, words: str) -> None:
        """Show another number."""
        self._number.setText(number)
        self._words.say(words)
        self.setAccessibleName(f"{number} {words}")

    def text(self) -> str:
        return self.accessibleName()


class ChartCard(Card):
    """A title with a note, and a chart below."""

    def __init__(self, title: str, note: str, *, height: int) -> None:
        super().__init__()
        self.chart = ColumnChart(height)
        head = row(label(title, theme.TITLE, strong=True), label(note, second=True), None, gap=8)
        self.setLayout(column(head, self.chart, gap=4, edge=(16, 12, 16, 8)))
        self.setAccessibleName(title)

    def show_columns(self, columns: Columns) -> None:
        """These columns and no others."""
        self.chart.show_columns(columns)


class Links(Table, Generic[Row]):
    """A table as high as its rows, without a header; a click on a file, or Enter, leads to it."""

    asked = Signal(Place)

    def __init__(
        self,
        name: str,
        columns: Sequence[Column[Row]],
        *,
        rest: int,
        place: Callable[[Row], Place | None] | None = None,
        link: int = 0,
        delegates: dict[int, type[QStyledItemDelegate]],
        weights: Sequence[int] = (),
    ) -> None:
        """`weights`: how the columns share what there is more than their first widths, or less."""
        self._rows: list[Row] = []
        self._place = place
        self._link = link
        """The column that names the file."""
        model = RowsModel(columns, lambda: self._rows, lambda _: "")
        super().__init__(model, columns, name=name, height=theme.ROW_TIGHT, rest=rest, weights=weights)
        self._model = model
        model.setParent(self)
        for number, delegate in delegates.items():
            self.setItemDelegateForColumn(number, delegate(self))
        self.horizontalHeader().hide()
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if place is None else Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(place is not None)
        self.opened.connect(self._ask)
        self.clicked.connect(self._ask_for_file)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """These rows and no others."""
        self._rows = list(rows)
        self._model.renew()
        self.setFixedHeight(max(len(rows), 1) * theme.ROW_TIGHT + 2)

    def texts(self) -> list[list[str]]:
        """What the rows say."""
        model = self._model
        return [
            [str(model.index(number, each).data()) for each in range(model.columnCount())]
            for number in range(model.rowCount())
        ]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        leads = self._leads(self.indexAt(event.position().toPoint()))
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)

    def _leads(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        """A click there goes somewhere: on the name of a file."""
        if not index.isValid() or self._place is None or self._place(self._rows[index.row()]) is None:
            return False
        return index.column() == self._link and bool(index.data())

    def _ask_for_file(self, index: QModelIndex) -> None:
        if self._leads(index):
            self._ask(index.row())

    def _ask(self, number: int) -> None:
        place = None if self._place is None else self._place(self._rows[number])
        if place is not None:
            self.asked.emit(place)


class ListCard(Card):
    """A title with a note, and a list below, or a sentence that there is nothing; at its foot, how many more there are.

    `whole_asked`: the whole list is to be shown, in a window of its own.
    """

    whole_asked = Signal()

    def __init__(
        self, title: str, note: str, table: Links[Any], *, nothing: str, most: int = 0, has_window: bool = False
    ) -> None:
        """`most`: so many rows stand there until somebody asks for all of them; 0: all that are told.

        `has_window`: a window shows the whole list.
        """
        super().__init__()
        self.table = table
        self.title = label(title, theme.TITLE, strong=True)
        self._most = most
        self._has_window = has_window
        self._rows: Sequence[Any] = ()
        self._whole = 0
        self._nothing = label(nothing, second=True)
        self._nothing.setFixedHeight(theme.ROW_TIGHT + 2)
        self.more = Link("")
        self.more.pressed.connect(self._show_more)
        self.rest = label("", second=True)
        head = row(self.title, label(note, second=True), None, gap=8)
        foot = row(self.more, self.rest, None, edge=(4, 0, 0, 0))
        self.setLayout(column(head, table, self._nothing, foot, None, gap=8, edge=(16, 12, 16, 12)))
        self.setAccessibleName(title)
        self.show_rows([])

    def show_rows(self, rows: Sequence[Any], whole: int = 0) -> None:
        """These rows, of so many as there are in whole; without any, the sentence."""
        self._rows, self._whole = rows, max(whole, len(rows))
        shown = rows[: self._most] if self._most else rows
        self.table.show_rows(shown)
        self.table.setVisible(bool(rows))
        self._nothing.setVisible(not rows)
        self._say_more(self._whole - len(shown), leads=len(shown) < len(rows) or self._has_window)

    def _say_more(self, more: int, *, leads: bool) -> None:
        text = f"and {more:,} more" if more else ""
        self.more.say(text if leads else "", spoken=f"{self.title.text()}: {text}")
        self.rest.setText("" if leads else text)
        self.more.setVisible(bool(text) and leads)
        self.rest.setVisible(bool(text) and not leads)

    def _show_more(self) -> None:
        if self._has_window:
            self.whole_asked.emit()
        else:
            self._most = 0
            self.show_rows(self._rows, self._whole)
