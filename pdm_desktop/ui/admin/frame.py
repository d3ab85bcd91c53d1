"""The frame of a tab of Administration: a bar that narrows the list, the list, and a bar with what can be done."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from pdm_desktop.core import words
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.admin.selection import Action, SelectionBar
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import EmptyState, Nothing
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import Item, column, line, pane, row
from server.protocol.records import dataclass

Row = TypeVar("Row")
FILTER_WIDTH: Final = 230
FILTER_LEAST: Final = 120
LOADING_MS: Final = 200
"""Until then nothing is said of a list that is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Generic[Row]):
    """What a list shows and how it is called."""

    name: str
    """Of the table, for a reader of screens."""
    columns: tuple[Column[Row], ...]
    rest: int
    """The column that takes the rest of the width."""
    identify: Callable[[Row], str]
    title: Callable[[Row], str]
    """What the bar below calls a row."""
    nothing: Nothing
    """What is said when there is nothing to list."""
    prompt: str
    """What one may type into the field above: "Person or computer"."""
    text: Callable[[Row], str]
    """Where those words are looked for."""
    keys: tuple[Callable[[Row], Any] | None, ...] = ()
    """By what each column puts the rows in order; None: it does not."""
    weights: tuple[int, ...] = ()
    """How the columns share the width that is more than their first; none: one takes it all."""
    sorted_by: tuple[int, Qt.SortOrder] | None = None
    """The column by which they are in order at first, and how; None: as the server gives them."""


class FilterBox(QLineEdit):
    """Narrows a list to the rows that have every word in it."""

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self.setPlaceholderText(prompt)
        self.setAccessibleName(prompt)
        self.setClearButtonEnabled(True)
        self.addAction(icons.icon("search", Tone.SECOND), QLineEdit.ActionPosition.LeadingPosition)
        self.setFixedHeight(theme.FIELD)
        self.setMinimumWidth(FILTER_LEAST)
        self.setMaximumWidth(FILTER_WIDTH)

    def sizeHint(self) -> QSize:
        return QSize(FILTER_WIDTH, theme.FIELD)

    def takes(self, text: str) -> bool:
        """Whether a row with that text stays."""
        inside = text.casefold()
        return all(word in inside for word in self.text().casefold().split())


class ListFrame(QWidget, Generic[Row]):
    """One list with what narrows it and what can be done with its rows. What is selected stays so while it changes."""

    opened = Signal(object)
    """A row was double-clicked, or Enter pressed on it."""
    selected = Signal()
    """Other rows are selected, or the same ones say something else."""

    def __init__(
        self, store: Store, bridge: Bridge, clock: Callable[[], datetime], of: ListOf[Row],
        *, actions: Sequence[Action[Row]] = (), filters: Sequence[Item] = (), beside: Sequence[Item] = (),
    ) -> None:  # fmt: skip
        """`filters` stand after the field in the bar above, `beside` at its right edge."""
        super().__init__()
        self._clock = clock
        self._of = of
        self._all: Sequence[Row] = ()
        self._rows: list[Row] = []
        self._rule: Callable[[Row], bool] = lambda _: True
        self._order = of.sorted_by
        self.filter = FilterBox(of.prompt)
        self.filter.textChanged.connect(self.narrow)
        above = pane(row(self.filter, *filters, None, *beside, edge=(theme.EDGE, 8, theme.EDGE, 8)))
        self.model = RowsModel(of.columns, lambda: self._rows, of.identify, self)
        self.table = Table(self.model, of.columns, name=of.name, rest=of.rest, weights=of.weights)
        self.table.opened.connect(lambda place: self.opened.emit(self._rows[place]))
        self.table.menu_asked.connect(self._show_menu)
        self.table.selectionModel().selectionChanged.connect(self._tell_selected)
        self._sortable()
        self.bar = SelectionBar(store, actions, of.title)
        self.trouble = MessageBar(Bar.WARN)
        self.trouble.hide()
        self.empty = EmptyState()
        self._layers = QStackedWidget()
        self._blank = QWidget()
        for layer in (self.table, self.empty, self._blank):
            self._layers.addWidget(layer)
        whole = column(above, line(), self.trouble, self._layers, self.bar, gap=0)
        whole.setStretchFactor(self._layers, 1)
        self.bar.setVisible(bool(actions))
        self.setLayout(whole)
        self._slow = QTimer(self, singleShot=True, interval=LOADING_MS)
        self._slow.timeout.connect(lambda: self._say(Nothing(icon=of.nothing.icon, title="Loading…", text="")))
        self._show_layer(self._blank)
        bridge.connection.connect(self.bar.refresh)

    def show_reading(self, reading: Reading[Any] | None, rows: Sequence[Row]) -> None:
        """Show these rows, which were read so; None: nothing was read yet."""
        trouble = None if reading is None else reading.trouble
        self._say_trouble(reading)
        if reading is None or (reading.value is None and trouble is None):
            if self._layers.currentWidget() is self._blank and not self._slow.isActive():
                self._slow.start()
            return
        self._slow.stop()
        self._all = rows
        self.narrow()

    def narrow(self, _text: str = "", *, rule: Callable[[Row], bool] | None = None) -> None:
        """Show the rows that the field above and the page's own rule take; without a rule, that of before."""
        if rule is not None:
            self._rule = rule
        self._put([each for each in self._all if self._rule(each) and self.filter.takes(self._of.text(each))])

    def chosen(self) -> list[Row]:
        """The selected rows, from the top."""
        return [self._rows[place] for place in self.table.selected_rows() if place < len(self._rows)]

    def shown(self) -> list[Row]:
        """The rows as they stand there, from the top."""
        return list(self._rows)

    def shown_on_screen(self) -> list[Row]:
        """Those of them that can be seen without scrolling."""
        if not self.table.isVisible():
            return []
        area = self.table.viewport().rect()
        places = range(len(self._rows))
        return [
            self._rows[place] for place in places if self.table.visualRect(self.model.index(place, 0)).intersects(area)
        ]

    def select(self, *ids: str) -> None:
        """Select the rows of these ids, where they are."""
        chosen = self.table.selectionModel()
        flags = chosen.SelectionFlag.Select | chosen.SelectionFlag.Rows
        for place, each in enumerate(self._rows):
            if self._of.identify(each) in ids:
                chosen.select(self.model.index(place, 0), flags)

    def _put(self, rows: list[Row]) -> None:
        rows = self._in_order(rows)
        if [self._of.identify(each) for each in self._rows] == [self._of.identify(each) for each in rows]:
            self._rows = rows
            self.model.renew()
        else:
            kept, current = {self._of.identify(each) for each in self.chosen()}, self._current_id()
            at = self.table.verticalScrollBar().value()
            self._rows = rows
            self.model.reset()
            self.select(*kept)
            self._go_to(current)
            self.table.verticalScrollBar().setValue(at)
        self._say_whether_empty()
        self._tell_selected()

    def _current_id(self) -> str | None:
        place = self.table.currentIndex().row()
        return self._of.identify(self._rows[place]) if 0 <= place < len(self._rows) else None

    def _go_to(self, row_id: str | None) -> None:
        """Put the keyboard back on that row, without selecting it."""
        places = (place for place, each in enumerate(self._rows) if self._of.identify(each) == row_id)
        place = next(places, None)
        if place is not None:
            chosen = self.table.selectionModel()
            chosen.setCurrentIndex(self.model.index(place, 0), chosen.SelectionFlag.NoUpdate)

    def _in_order(self, rows: list[Row]) -> list[Row]:
        if self._order is None:
            return rows
        place, order = self._order
        key = self._of.keys[place]
        return rows if key is None else sorted(rows, key=key, reverse=order is Qt.SortOrder.DescendingOrder)

    def _sortable(self) -> None:
        if not self._of.keys:
            return
        head = self.table.horizontalHeader()
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(self._order is not None)
        if self._order is not None:
            head.setSortIndicator(*self._order)
        head.sectionClicked.connect(self._sort_by)

    def _sort_by(self, place: int) -> None:
        up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        head = self.table.horizontalHeader()
        if self._of.keys[place] is not None:
            self._order = (place, down if self._order == (place, up) else up)
            self.narrow()
        head.setSortIndicatorShown(self._order is not None)
        if self._order is not None:
            head.setSortIndicator(*self._order)

    def _say_whether_empty(self) -> None:
        if self._rows:
            self._show_layer(self.table)
        elif self._all:
            text = "Type less, or take the filters away."
            self._say(Nothing(icon="search", title=f"Nothing fits, of {len(self._all):,}", text=text))
        else:
            self._say(self._of.nothing)

    def _say(self, nothing: Nothing) -> None:
        self.empty.say(nothing)
        self._show_layer(self.empty)

    def _say_trouble(self, reading: Reading[Any] | None) -> None:
        trouble = None if reading is None else reading.trouble
        self.trouble.setVisible(trouble is not None)
        if reading is not None and trouble is not None:
            old = "" if reading.value is None else f" What you see may be old: asked for again {self._at(reading)}."
            said = " ".join(part for part in (trouble.text, trouble.advice) if part)
            self.trouble.say(f"{said}{old}", strong=trouble.title)

    def _at(self, reading: Reading[Any]) -> str:
        return words.at_time(reading.at, self._clock())

    def _show_layer(self, layer: QWidget) -> None:
        self._layers.setCurrentWidget(layer)

    def _tell_selected(self) -> None:
        self.bar.show_chosen(self.chosen())
        self.selected.emit()

    def _show_menu(self, place: QPoint) -> None:
        if self.chosen() and not self.bar.isHidden():
            self.bar.menu().popup(place)


def time_cell(moment: datetime | None, now: datetime, *, none: str = "") -> Cell:
    """When something was, with the full time as its tool tip."""
    if moment is None:
        return Cell(text=none, ink=Tone.SECOND)
    return Cell(text=words.when(moment, now), ink=Tone.SECOND, tip=words.full_time(moment, now))


def strong_if(cell: Cell, so: bool) -> Cell:
    """The cell, semi-bold if so."""
    return replace(cell, strong=True) if so else cell
