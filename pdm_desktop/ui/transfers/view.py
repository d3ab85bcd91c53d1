"""Content on its way, a row for each file, with what can be done about it."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedLayout, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.requests import CancelTransfer, PauseTransfer, Request, ResumeTransfer
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.ui import icons
from pdm_desktop.ui.browser.empty import EmptyState, Nothing
from pdm_desktop.ui.delegates import BadgeDelegate, ProgressDelegate
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone

FOLDER, WHAT, PROGRESS, DONE, RATE, LEFT, GO, CANCEL = range(2, 10)
LEAST_WIDTHS = {FOLDER: 1000, RATE: 850, DONE: 770}
"""Columns that go where the view is narrower than that."""
SHARE_OF_NOTHING = -0.001
"""A bar of nothing that stands still."""


class TransfersView(QWidget):
    """The tab Transfers. Rows that stopped stay, with the reason."""

    def __init__(self, store: Store, submit: Callable[[Request], None]) -> None:
        super().__init__()
        self._store = store
        self._submit = submit
        self._rows: list[Transfer] = []
        self.model = RowsModel(_COLUMNS, lambda: self._rows, lambda one: one.id, self)
        self.table = _TransfersTable(self.model, _COLUMNS, name="Transfers", rest=WHAT)
        for column in (0, GO, CANCEL):
            self.table.setItemDelegateForColumn(column, BadgeDelegate(self.table))
        self.table.setItemDelegateForColumn(PROGRESS, ProgressDelegate(self.table))
        self.table.clicked.connect(self._press)
        self.table.go_on = lambda: self._ask(go_or_stand)
        self.table.end = lambda: self._ask(_cancel)
        self.table.menu_asked.connect(lambda place: self.menu().popup(place))
        self._empty = EmptyState()
        self._empty.say(
            Nothing(icon="down", title="No transfers", text="Nothing is on its way to the server or from it.")
        )
        self._layers = QStackedLayout(self)
        self._layers.addWidget(self.table)
        self._layers.addWidget(self._empty)
        self.refresh()

    def refresh(self) -> None:
        """Transfers began, went on or ended."""
        self._rows = self._store.transfers.all()
        self.model.renew()
        self._layers.setCurrentWidget(self.table if self._rows else self._empty)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column, least in LEAST_WIDTHS.items():
            self.table.setColumnHidden(column, self.width() < least)

    def menu(self) -> QMenu:
        """What can be done about the selected rows."""
        made = QMenu(self)
        made.aboutToHide.connect(made.deleteLater)
        chosen = self._chosen()
        go = made.addAction(_GO_WORDS.get(_go_icon(chosen[0]), "Pause") if chosen else "Pause")
        go.setIcon(icons.icon(_go_icon(chosen[0]) or "pause") if chosen else icons.icon("pause"))
        go.setShortcut(Qt.Key.Key_Space)
        go.setEnabled(any(go_or_stand(one) is not None for one in chosen))
        go.triggered.connect(lambda: self._ask(go_or_stand))
        end = made.addAction(icons.icon("close"), "Show no longer" if chosen and chosen[0].is_over else "Cancel")
        end.setShortcut(Qt.Key.Key_Delete)
        end.setEnabled(bool(chosen))
        end.triggered.connect(lambda: self._ask(_cancel))
        return made

    def _chosen(self) -> list[Transfer]:
        return [self._rows[place] for place in self.table.selected_rows()]

    def _ask(self, wish: Callable[[Transfer], Request | None]) -> None:
        """Ask for the same about every selected row."""
        for request in [wish(one) for one in self._chosen()]:
            if request is not None:
                self._submit(request)

    def _press(self, index: QModelIndex) -> None:
        one = self._rows[index.row()]
        request: Request | None = None
        if index.column() == GO or (index.column() == LEFT and one.state is TransferState.STOPPED):
            request = go_or_stand(one)
        elif index.column() == CANCEL:
            request = _cancel(one)
        if request is not None:
            self._submit(request)


class _TransfersTable(Table):
    """Space lets the selected rows stand or go on, Del ends them."""

    go_on: Callable[[], None] = staticmethod(lambda: None)
    end: Callable[[], None] = staticmethod(lambda: None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Space:
                self.go_on()
            case Qt.Key.Key_Delete:
                self.end()
            case _:
                super().keyPressEvent(event)


def go_or_stand(one: Transfer) -> Request | None:
    """What the first button of a row asks for; None where it has none."""
    match one.state:
        case TransferState.RUNNING | TransferState.WAITING:
            return PauseTransfer(transfer=one.id)
        case TransferState.PAUSED:
            return ResumeTransfer(transfer=one.id)
        case _:
            return one.again if one.state is TransferState.STOPPED else None


def _cancel(one: Transfer) -> Request:
    return CancelTransfer(transfer=one.id)


_GO_WORDS = {"pause": "Pause", "play": "Resume", "undo": "Try again", "": "Pause"}


def _go_icon(one: Transfer) -> str:
    match one.state:
        case TransferState.RUNNING | TransferState.WAITING:
            return "pause"
        case TransferState.PAUSED:
            return "play"
        case _:
            return "undo" if go_or_stand(one) is not None else ""


def _go(one: Transfer) -> Cell:
    name = _go_icon(one)
    return Cell(icon=icons.icon(name), tip=_GO_WORDS[name], spoken=_GO_WORDS[name]) if name else Cell()


def _end(one: Transfer) -> Cell:
    words_for = "Show no longer" if one.is_over else "Cancel"
    return Cell(icon=icons.icon("close"), tip=words_for, spoken=words_for)


def _way(one: Transfer) -> Cell:
    ink = Tone.ACCENT if one.state is TransferState.RUNNING else Tone.SECOND
    spoken = "To the server" if one.up else "To this computer"
    return Cell(icon=icons.icon("up" if one.up else "down", ink), tip=spoken, spoken=spoken)


def _file(one: Transfer) -> Cell:
    name = one.path.rpartition("/")[2]
    return Cell(text=name, icon=icons.file_icon(name), tip=one.path)


def _folder(one: Transfer) -> Cell:
    return Cell(text=one.path.rpartition("/")[0].rpartition("/")[2], ink=Tone.SECOND, tip=one.path)


def _what(one: Transfer) -> Cell:
    what = one.what or ("Check-in" if one.up else "Get latest")
    if one.reason:
        return Cell(text=one.reason, ink=Tone.BAD, tip=f"{what}: {one.reason}")
    if one.state is TransferState.PAUSED:
        return Cell(text=one.state.value, tip=f"{what}: {one.state.value.lower()}")
    return Cell(text=what, tip=f"{what}: {one.state.value.lower()}")


def _progress(one: Transfer) -> Cell:
    part = one.done / one.size if one.size else 0.0
    match one.state:
        case TransferState.WAITING:
            return Cell(text="waits")
        case TransferState.RUNNING:
            return Cell(progress=part, spoken=f"{part:.0%}", tip=words.part(one.done, one.size))
        case TransferState.DONE:
            return Cell(progress=1.0, spoken="done")
        case TransferState.PAUSED:
            return Cell(progress=-part or SHARE_OF_NOTHING, spoken=f"paused at {part:.0%}")
        case _:
            return Cell(progress=-part or SHARE_OF_NOTHING, spoken=f"stopped at {part:.0%}")


def _done(one: Transfer) -> Cell:
    is_there = one.state is TransferState.DONE
    return Cell(text=words.size(one.size) if is_there else words.part(one.done, one.size))


def _rate(one: Transfer) -> Cell:
    return Cell(text=words.rate(one.rate) if one.state is TransferState.RUNNING and one.rate >= 1 else "")


def _left(one: Transfer) -> Cell:
    if one.state is TransferState.STOPPED and one.again is not None:
        return Cell(text="Try again", ink=Tone.ACCENT, tip="Ask for it once more")
    seconds = one.seconds_left if one.state is TransferState.RUNNING else None
    return Cell(text="" if seconds is None else words.left(seconds))


_COLUMNS: tuple[Column[Transfer], ...] = (
    Column(title="", width=32, cell=_way, spoken="Direction"),
    Column(title="File", width=196, cell=_file),
    Column(title="Folder", width=150, cell=_folder),
    Column(title="What", width=134, cell=_what),
    Column(title="Progress", width=178, cell=_progress),
    Column(title="Done", width=100, cell=_done, right=True),
    Column(title="Rate", width=84, cell=_rate, right=True),
    Column(title="Time left", width=76, cell=_left, right=True),
    Column(title="", width=30, cell=_go, spoken="Pause, resume or try again"),
    Column(title="", width=30, cell=_end, spoken="Cancel"),
)
