"""Content on its way, a row for each file."""

import math

from PySide6.QtWidgets import QStackedLayout, QWidget

from pdm_desktop.core import words
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.ui import icons
from pdm_desktop.ui.browser.empty import EmptyState, Nothing
from pdm_desktop.ui.delegates import BadgeDelegate, ProgressDelegate
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone


class TransfersView(QWidget):
    """The tab Transfers. Rows that stopped stay, with the reason."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self.model = RowsModel(_COLUMNS, store.transfers.all, lambda one: one.id, self)
        self.table = Table(self.model, _COLUMNS, name="Transfers", rest=4)
        self.table.setItemDelegateForColumn(0, BadgeDelegate(self.table))
        self.table.setItemDelegateForColumn(4, ProgressDelegate(self.table))
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
        self.model.renew()
        self._layers.setCurrentWidget(self.table if self.model.rowCount() else self._empty)


def rates(store: Store) -> str:
    """`↓ 44.5 MB/s   ↑ 11.8 MB/s`: what moves now; empty when nothing does."""
    running = [one for one in store.transfers.running() if one.state is TransferState.RUNNING]
    down = sum(one.rate for one in running if not one.up)
    up = sum(one.rate for one in running if one.up)
    parts = [f"↓ {words.rate(down)}"] if down >= 1 else []
    return "   ".join([*parts, *([f"↑ {words.rate(up)}"] if up >= 1 else [])])


def share(store: Store) -> float | None:
    """How much of everything on its way has arrived, from 0 to 1; None when nothing is."""
    running = store.transfers.running()
    whole = sum(one.size for one in running)
    return sum(one.done for one in running) / whole if whole else None


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
    if one.reason:
        return Cell(text=one.reason, ink=Tone.BAD, tip=one.reason)
    return Cell(text="Check in" if one.up else "Get", tip=one.state.value)


def _progress(one: Transfer) -> Cell:
    part = one.done / one.size if one.size else 0.0
    match one.state:
        case TransferState.WAITING:
            return Cell(text="waits")
        case TransferState.RUNNING | TransferState.DONE:
            return Cell(progress=part, spoken=f"{part:.0%}")
        case TransferState.PAUSED:
            return Cell(progress=-part if part else -0.001, spoken=f"paused at {part:.0%}")
        case _:
            return Cell(progress=-part if part else -0.001, spoken=f"stopped at {part:.0%}")


def _done(one: Transfer) -> Cell:
    whole = words.size(one.size)
    return Cell(text=f"{words.size(one.done)} of {whole}" if one.done else whole)


def _left(one: Transfer) -> Cell:
    seconds = one.seconds_left if one.state is TransferState.RUNNING else None
    if seconds is None:
        return Cell()
    minutes, rest = divmod(math.ceil(seconds), 60)
    return Cell(text=f"{minutes} min" if minutes else f"{rest} s")


_COLUMNS: tuple[Column[Transfer], ...] = (
    Column(title="", width=32, cell=_way, spoken="Direction"),
    Column(title="File", width=196, cell=_file),
    Column(title="Folder", width=150, cell=_folder),
    Column(title="What", width=134, cell=_what),
    Column(title="Progress", width=170, cell=_progress),
    Column(title="Done", width=136, cell=_done, right=True),
    Column(
        title="Rate", width=90, right=True,
        cell=lambda one: Cell(text=words.rate(one.rate) if one.state is TransferState.RUNNING and one.rate else ""),
    ),
    Column(title="Time left", width=80, cell=_left, right=True),
)  # fmt: skip
