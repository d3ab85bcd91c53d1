"""The view Needs you: everything that only the person can go on with, each with what is so and what to do."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.choices import sentence_of, title_of
from pdm_desktop.core.issues import Absent, Conflict, Doubt, Issue, MassDeletion, ParkedNeed, WaitingNeed, key_of
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.browser.empty import EmptyState, Nothing
from pdm_desktop.ui.delegates import BadgeDelegate
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, column, label, line, pane, row

GATHER_MS = 100
ABOUT_HEIGHT = 36
"""Two lines."""
DECIDE = "Decide…"
_VERBS: dict[type[Issue], str] = {WaitingNeed: "Show what waits…", ParkedNeed: "Parked versions…"}


class IssuesView(QWidget):
    """What waits for the person. Enter or the button opens the window where one goes on with it."""

    decide_asked = Signal(object)
    """An issue is to be decided."""
    queue_asked = Signal(str)
    """Show the check-in of this file among those that wait."""
    parked_asked = Signal(str)
    """Show this parked version."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self._issues: tuple[Issue, ...] = ()
        columns: tuple[Column[Issue], ...] = (
            Column(title="", width=32, cell=_mark, spoken="Kind"),
            Column(title="What", width=220, cell=_what),
            Column(title="What is so", width=420, cell=self._sentence),
            Column(title="When", width=118, cell=self._when),
        )
        self.model = RowsModel(columns, lambda: self._issues, key_of, self)
        self.table = Table(self.model, columns, name="Needs you", rest=2)
        self.table.setItemDelegateForColumn(0, BadgeDelegate(self.table))
        self.table.setSelectionMode(self.table.SelectionMode.SingleSelection)
        self.table.opened.connect(self._open)
        self.decide = button(DECIDE, press=self._open_selected)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        empty = EmptyState()
        empty.say(Nothing(
            icon="linked", title="Nothing needs you", text="Two versions of a file, what looks like an accident, and "
            "refused check-ins stand here until you decide.",
        ))  # fmt: skip
        self._layers = QStackedWidget()
        head = pane(row(
            label("Needs you", theme.TITLE, strong=True), None, self.decide, edge=(theme.EDGE, 4, 8, 4)
        ))  # fmt: skip
        head.setFixedHeight(theme.HEADING)
        self.about = label("", second=True, wrap=True)
        self.about.setMinimumHeight(ABOUT_HEIGHT)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        below = pane(row(self.about, edge=(theme.EDGE, 8, theme.EDGE, 8)))
        listed = QWidget()
        listed.setLayout(column(self.table, line(), below, gap=0))
        self._layers.addWidget(listed)
        self._layers.addWidget(empty)
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

    def _open(self, place: int) -> None:
        match self._issues[place]:
            case Absent():
                """It has to come back."""
            case WaitingNeed() as need:
                self.queue_asked.emit(need.check_in.file)
            case ParkedNeed() as need:
                self.parked_asked.emit(need.parked.version.id)
            case issue:
                self.decide_asked.emit(issue)

    def _open_selected(self) -> None:
        for place in self.table.selected_rows()[:1]:
            self._open(place)

    def _say_what_is_possible(self) -> None:
        chosen = [self._issues[place] for place in self.table.selected_rows()[:1]]
        can = any(not isinstance(each, Absent) for each in chosen)
        self.about.setText(sentence_of(chosen[0], self._clock(), self._store.reader) if chosen else "")
        self.decide.setText(_VERBS.get(type(chosen[0]), DECIDE) if chosen else DECIDE)
        self.decide.setVisible(bool(self._issues))
        self.decide.setEnabled(can)
        self.decide.setToolTip("" if can or not chosen else "It goes on by itself as soon as the folder is back.")

    def _sentence(self, issue: Issue) -> Cell:
        text = sentence_of(issue, self._clock(), self._store.reader)
        return Cell(text=text, tip=text)

    def _when(self, issue: Issue) -> Cell:
        now = self._clock()
        match issue:
            case Conflict() | Doubt():
                what, at = "Saved here", issue.mine.at
            case WaitingNeed():
                what, at = "Asked for", issue.check_in.asked
            case ParkedNeed():
                what, at = "Parked", issue.parked.version.at
            case _:
                return Cell()
        return Cell(text=words.when(at, now), ink=Tone.SECOND, tip=f"{what}: {words.full_time(at, now)}")


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
        case WaitingNeed():
            return _attention("Check-in that waited")
        case ParkedNeed():
            return _attention("Parked version")


def _attention(spoken: str) -> Cell:
    return Cell(icon=icons.icon("attention", Tone.WARN), tip=spoken, spoken=spoken)


def _what(issue: Issue) -> Cell:
    name, path = title_of(issue), _path_of(issue)
    if path is not None:
        return Cell(text=name, icon=icons.file_icon(name), tip=path)
    return Cell(text=name, icon=icons.icon("folder", Tone.SECOND))


def _path_of(issue: Issue) -> str | None:
    """The file that it is about; None when it is about many."""
    match issue:
        case Conflict() | Doubt():
            return issue.path
        case WaitingNeed():
            return issue.check_in.path
        case ParkedNeed():
            return issue.parked.version.path
        case _:
            return None
