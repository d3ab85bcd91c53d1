"""The revisions of the selected file, the newest first; an old one opens read-only."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import requests, words
from pdm_desktop.core.requests import Request
from pdm_desktop.state.history import History
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import column, label, row, tool
from server.protocol.vault import Revision

GIVING_WAY = {4: 440, 2: 380}
"""Columns that go when the view is narrower than so many pixels: first Size, then Author."""
PAUSE_MS = 150
"""A selection that moves on sooner reads no history."""


class HistoryView(QWidget):
    """The right part of the lower pane."""

    asked = Signal(object)
    """A request: a page of revisions, or one of them to be opened."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self._file: str | None = None
        self._columns = self._make_columns()
        self.model = RowsModel(self._columns, self._revisions, lambda revision: revision.number, self)
        self.table = Table(self.model, self._columns, name="History", height=theme.ROW_TIGHT, rest=3)
        self.table.setSelectionMode(self.table.SelectionMode.SingleSelection)
        self.table.opened.connect(self.open_row)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        self.table.verticalScrollBar().valueChanged.connect(self._read_on)
        self.count = label("", second=True)
        self.open = tool("Open", "open", press=lambda: self.open_row(self.table.currentIndex().row()))
        caption = row(label("History", strong=True), self.count, None, self.open, gap=6, edge=(10, 2, 8, 2))
        self.setLayout(column(caption, row(self.table, edge=(7, 0, 0, 0)), gap=0))
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._read)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for place, least in GIVING_WAY.items():
            self.table.setColumnHidden(place, self.width() < least)

    def show_file(self, file: str | None) -> None:
        """Show the revisions of a file; None: of none."""
        if file == self._file:
            return
        self._file = file
        self.model.reset()
        self.refresh()
        if file is None:
            self._pause.stop()
        elif file not in self._store.history:
            self._pause.start()

    def tell_changed(self, file: str) -> None:
        """Revisions of a file were read, or have one more."""
        if file == self._file:
            self.model.renew()
            self.refresh()

    def refresh(self) -> None:
        """Say how many there are, and read them if the connection has come back since they were asked for."""
        history = self._history()
        if history is None:
            self.count.setText("")
        elif history.loading and not history.revisions:
            self.count.setText("Loading…")
        else:
            self.count.setText(words.several(history.total, "revision", "revisions"))
        if history is None and self._file is not None and self._store.connection.known:
            self._pause.start()
        self._say_what_is_possible()

    def open_row(self, place: int) -> None:
        """Ask for one revision, read-only."""
        if self._file is not None and 0 <= place < len(self._revisions()) and self.open.isEnabled():
            revision = self._revisions()[place]
            self.asked.emit(requests.OpenRevision(file=self._file, major=revision.major, minor=revision.minor))

    def _say_what_is_possible(self) -> None:
        known, chosen = self._store.connection.known, self.table.currentIndex().isValid()
        self.open.setEnabled(known and chosen)
        if not known:
            self.open.setToolTip("This needs the server, and you are offline.")
        else:
            self.open.setToolTip("Open this revision, read-only" if chosen else "Select a revision first.")

    def _read(self) -> None:
        if self._file is not None and self._file not in self._store.history and self._store.connection.known:
            self._ask(requests.LoadHistory(file=self._file))

    def _read_on(self, value: int) -> None:
        history = self._history()
        at_end = value == self.table.verticalScrollBar().maximum()
        if self._file is None or history is None or history.loading or history.cursor is None or not at_end:
            return
        if self._store.connection.known:
            self._ask(requests.LoadHistory(file=self._file, more=True))

    def _ask(self, request: Request) -> None:
        self.asked.emit(request)

    def _history(self) -> History | None:
        return None if self._file is None else self._store.history.get(self._file)

    def _revisions(self) -> tuple[Revision, ...]:
        history = self._history()
        return () if history is None else history.revisions

    def _make_columns(self) -> tuple[Column[Revision], ...]:
        return (
            Column(title="Rev", width=52, cell=_number),
            Column(title="When", width=118, cell=self._when),
            Column(title="Author", width=104, cell=lambda one: Cell(text=one.author)),
            Column(title="Comment", width=240, cell=_comment),
            Column(
                title="Size", width=80, right=True, cell=lambda one: Cell(text=words.size(one.size), ink=Tone.SECOND)
            ),
        )

    def _when(self, one: Revision) -> Cell:
        now = self._clock()
        return Cell(text=words.when(one.at, now), ink=Tone.SECOND, tip=words.full_time(one.at, now))


def _number(one: Revision) -> Cell:
    return Cell(text=one.number, strong=one.minor == 0, tip=f"Rev {one.number} by {one.author}, {words.size(one.size)}")


def _comment(one: Revision) -> Cell:
    text = one.comment or ""
    return Cell(text=" ".join(text.split()), tip=text)
