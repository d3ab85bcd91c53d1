"""The view Needs you: everything that only the person can decide, each with what is so."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.choices import sentence_of, title_of
from pdm_desktop.core.issues import Absent, Conflict, Doubt, Issue, MassDeletion, key_of
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.browser.empty import EmptyState, Nothing
from pdm_desktop.ui.delegates import BadgeDelegate
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, column, label, line, pane, row

GATHER_MS = 100


class IssuesView(QWidget):
    """What waits for the person. Enter or “Decide…” opens the window where it is decided."""

    decide_asked = Signal(object)
    """An issue is to be decided."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self._issues: tuple[Issue, ...] = ()
        columns: tuple[Column[Issue], ...] = (
            Column(title="", width=32, cell=_mark, spoken="Kind"),
            Column(title="What", width=220, cell=_what),
            Column(title="What is so", width=420, cell=self._sentence),
            Column(title="Saved here", width=118, cell=self._saved),
        )
        self.model = RowsModel(columns, lambda: self._issues, key_of, self)
        self.table = Table(self.model, columns, name="Needs you", rest=2)
        self.table.setItemDelegateForColumn(0, BadgeDelegate(self.table))
        self.table.setSelectionMode(self.table.SelectionMode.SingleSelection)
        self.table.opened.connect(self._decide)
        self.decide = button("Decide…", press=self._decide_selected)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        empty = EmptyState()
        empty.say(Nothing(
            icon="linked", title="Nothing needs you", text="Two versions of a file, or what looks like an accident, "
            "stand here until you decide.",
        ))  # fmt: skip
        self._layers = QStackedWidget()
        self._layers.addWidget(self.table)
        self._layers.addWidget(empty)
        head = pane(row(
            label("Needs you", theme.TITLE, strong=True), None, self.decide, edge=(theme.EDGE, 4, 8, 4)
        ))  # fmt: skip
        head.setFixedHeight(theme.HEADING)
        self.setLayout(column(head, line(), self._layers, gap=0))
        self._soon = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._soon.timeout.connect(self.refresh)
        self.refresh()

    def tell(self) -> None:
        """Something else is open: read it soon, together with what comes at the same time."""
        if not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Read what is open. What was selected stays so."""
        chosen = [key_of(self._issues[place]) for place in self.table.selected_rows()]
        self._issues = self._store.issues.all
        self.model.reset()
        places = list(enumerate(self._issues))
        known = [place for place, each in places if key_of(each) in chosen]
        for place in (known or [place for place, each in places if not isinstance(each, Absent)])[:1]:
            self.table.selectRow(place)
        self._layers.setCurrentIndex(0 if self._issues else 1)
        self._say_what_is_possible()

    def _decide(self, place: int) -> None:
        if not isinstance(self._issues[place], Absent):
            self.decide_asked.emit(self._issues[place])

    def _decide_selected(self) -> None:
        for place in self.table.selected_rows()[:1]:
            self._decide(place)

    def _say_what_is_possible(self) -> None:
        chosen = [self._issues[place] for place in self.table.selected_rows()[:1]]
        can = any(not isinstance(each, Absent) for each in chosen)
        self.decide.setVisible(bool(self._issues))
        self.decide.setEnabled(can)
        self.decide.setToolTip("" if can or not chosen else "It goes on by itself as soon as the folder is back.")

    def _sentence(self, issue: Issue) -> Cell:
        text = sentence_of(issue, self._clock())
        return Cell(text=text, tip=text)

    def _saved(self, issue: Issue) -> Cell:
        if not isinstance(issue, Conflict | Doubt):
            return Cell()
        now = self._clock()
        return Cell(text=words.when(issue.mine.at, now), ink=Tone.SECOND, tip=words.full_time(issue.mine.at, now))


def _mark(issue: Issue) -> Cell:
    match issue:
        case Conflict():
            return Cell(icon=icons.badge(Badge.CONFLICT), tip="Two versions, both kept", spoken="Two versions")
        case Doubt():
            return _attention("Suspicious content")
        case MassDeletion():
            return _attention("Very much deleted")
        case Absent():
            return _attention("Not there")


def _attention(spoken: str) -> Cell:
    return Cell(icon=icons.icon("attention", Tone.WARN), tip=spoken, spoken=spoken)


def _what(issue: Issue) -> Cell:
    name = title_of(issue)
    if isinstance(issue, Conflict | Doubt):
        return Cell(text=name, icon=icons.file_icon(name), tip=issue.path)
    return Cell(text=name, icon=icons.icon("folder", Tone.SECOND))
