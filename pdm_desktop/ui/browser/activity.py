"""The view Activity: the last notices, results and troubles, each with its time."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.results import Finished, Trouble
from pdm_desktop.state.activity import Entry
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.browser.empty import EmptyState, Nothing
from pdm_desktop.ui.delegates import BadgeDelegate
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import column, label, line, pane, row

GATHER_MS = 200


class ActivityView(QWidget):
    """What happened lately, the newest first."""

    file_asked = Signal(str, str)
    """A vault and a file of it are to be shown."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self._entries: list[Entry] = []
        columns: tuple[Column[Entry], ...] = (
            Column(title="", width=32, cell=_mark, spoken="Kind"),
            Column(title="When", width=118, cell=self._when),
            Column(title="What", width=300, cell=lambda entry: Cell(text=_title(entry), tip=_title(entry))),
            Column(
                title="More", width=300, cell=lambda entry: Cell(text=_text(entry), ink=Tone.SECOND, tip=_text(entry))
            ),
        )
        self.model = RowsModel(columns, lambda: self._entries, lambda entry: entry.at.isoformat(), self)
        self.table = Table(self.model, columns, name="Activity", rest=3)
        self.table.setItemDelegateForColumn(0, BadgeDelegate(self.table))
        self.table.opened.connect(self._open)
        empty = EmptyState()
        empty.say(Nothing(icon="activity", title="Nothing has happened yet", text="Notices and results stand here."))
        self._layers = QStackedWidget()
        self._layers.addWidget(self.table)
        self._layers.addWidget(empty)
        title = row(label("Activity", theme.TITLE, strong=True), None, edge=(theme.EDGE, 4, 8, 4))
        head = pane(title)
        head.setFixedHeight(theme.HEADING)
        self.setLayout(column(head, line(), self._layers, gap=0))
        self._soon = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._soon.timeout.connect(self.refresh)
        self.refresh()

    def tell(self) -> None:
        """Something happened: read it soon, together with what comes at the same time."""
        if not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Read what happened."""
        self._entries = self._store.activity.entries()
        self.model.reset()
        self._layers.setCurrentIndex(0 if self._entries else 1)

    def _when(self, entry: Entry) -> Cell:
        now = self._clock()
        return Cell(text=words.when(entry.at, now), ink=Tone.SECOND, tip=words.full_time(entry.at, now))

    def _open(self, place: int) -> None:
        what = self._entries[place].what
        if isinstance(what, Notice) and what.vault is not None and what.target is not None:
            self.file_asked.emit(what.vault, what.target)


def _mark(entry: Entry) -> Cell:
    match entry.what:
        case Notice():
            return Cell(icon=icons.icon("bell"), spoken="Notice")
        case Finished(all_well=True):
            return Cell(icon=icons.icon("linked", Tone.GOOD), spoken="Done")
        case Finished():
            return Cell(icon=icons.icon("attention", Tone.WARN), spoken="Not all done")
        case Trouble():
            return Cell(icon=icons.icon("attention", Tone.BAD), spoken="Trouble")


def _title(entry: Entry) -> str:
    from pdm_desktop.ui.checkin.result import summary

    match entry.what:
        case Notice() | Trouble():
            return entry.what.title
        case Finished():
            return summary(entry.what)


def _text(entry: Entry) -> str:
    match entry.what:
        case Notice():
            return entry.what.text
        case Trouble():
            return " ".join(part for part in (entry.what.text, entry.what.advice) if part)
        case Finished():
            refused = [each for each in entry.what.results if each.text]
            return "; ".join(each.text for each in refused[:3])
