"""The one look of every table: no grid, no stripes, whole rows, a quiet header, one column that takes the rest."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from pdm_desktop.ui import theme
from pdm_desktop.ui.rows import Column
from pdm_desktop.ui.widgets import Dye

LEAST_COLUMN: Final = 24


class Table(QTableView):
    """A flat table of whole rows. Enter and a double click open a row, menu key and right click ask for a menu."""

    opened = Signal(int)
    """The row at that place is to be opened."""
    menu_asked = Signal(QPoint)
    """A context menu is wanted at that place of the screen."""

    def __init__(
        self, model: QAbstractItemModel, columns: Sequence[Column[Any]],
        *, name: str, height: int = theme.ROW, rest: int, weights: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """`rest` takes what the others leave; with `weights`, all share what there is more than their first widths."""
        super().__init__()
        self._first = [each.width for each in columns]
        self._given = list(self._first)
        self._weights = weights
        self._rest = rest
        self._opens = True
        self.setModel(model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(theme.ICON, theme.ICON))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        self._dress_headers(height)
        for number, column in enumerate(columns):
            self.setColumnWidth(number, column.width)
        self.horizontalHeader().setSectionResizeMode(rest, QHeaderView.ResizeMode.Stretch)

    def _dress_headers(self, height: int) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(20)
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setFixedHeight(theme.TABLE_HEADER)
        head.setMinimumSectionSize(LEAST_COLUMN)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def leave_enter(self) -> None:
        """Nothing is opened here: Enter is for the main button of the window."""
        self._opens = False

    def ring_ticks(self) -> None:
        """Give the tick boxes of the rows a frame of 3 : 1, as fields have."""
        Dye(self, QPalette.ColorRole.Window, lambda: theme.scheme().frame)
        Dye(self.horizontalHeader(), QPalette.ColorRole.Window, lambda: theme.scheme().window)

    def selected_rows(self) -> list[int]:
        """Places of the selected rows, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._weights:
            self._share(self.viewport().width() - sum(self._first))

    def _share(self, spare: int) -> None:
        """Give each column its part of that; what somebody has drawn one wider stays. Less than none is a scroll bar,
        or, where there is none, shared as well.
        """
        if self.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            spare = max(spare, 0)
        for place, (width, weight) in enumerate(zip(self._first, self._weights, strict=True)):
            if place != self._rest:
                drawn = self.columnWidth(place) - self._given[place]
                self._given[place] = max(LEAST_COLUMN, width + spare * weight // sum(self._weights))
                self.setColumnWidth(place, self._given[place] + drawn)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._opens and self.currentIndex().isValid():
                self.opened.emit(self.currentIndex().row())
            event.setAccepted(self._opens)
            return
        super().keyPressEvent(event)

    def _ask_for_menu(self, place: QPoint) -> None:
        self.menu_asked.emit(self.viewport().mapToGlobal(place))
