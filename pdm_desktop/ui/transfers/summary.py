"""All transfers in one line: how many, how fast, how long, and what can be done with all of them."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.requests import ClearFinished, PauseAll, Request, ResumeAll
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import Total, TransferState
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.widgets import Elided, row, tool


class TransfersSummary(QWidget):
    """Stands above the rows of transfers."""

    def __init__(self, store: Store, submit: Callable[[Request], None]) -> None:
        super().__init__()
        self._store = store
        self._submit = submit
        self.text = Elided(second=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.pause = tool("Pause all", "pause", press=self._pause)
        self.clear = tool("Clear finished", press=lambda: submit(ClearFinished()))
        self.setLayout(row(self.text, self.pause, self.clear, gap=theme.GAP))
        self.refresh()

    def refresh(self) -> None:
        """Transfers began, went on or ended."""
        transfers = self._store.transfers
        total = transfers.total()
        self.text.say("      ".join(part for part in (counts(total), rates(self._store), _left(total)) if part))
        self._goes_on = transfers.are_paused or (total.paused > 0 and not total.running + total.waiting)
        self.pause.setText("Resume all" if self._goes_on else "Pause all")
        self.pause.setAccessibleName(self.pause.text())
        self.pause.setIcon(icons.icon("play" if self._goes_on else "pause"))
        tip = "Let every transfer go on" if self._goes_on else "Let every transfer stand where it is, and new ones too"
        self.pause.setToolTip(tip)
        self.clear.setEnabled(bool(transfers.over()))
        self.clear.setToolTip("Show no longer what is done or has stopped" if transfers.over() else "Nothing is over")

    def _pause(self) -> None:
        self._submit(ResumeAll() if self._goes_on else PauseAll())


def counts(total: Total) -> str:
    """`3 running, 2 waiting, 1 paused`."""
    each = ((total.running, "running"), (total.waiting, "waiting"), (total.paused, "paused"))
    return ", ".join(f"{number:,} {word}" for number, word in each if number)


def rates(store: Store) -> str:
    """`↓ 44.5   ↑ 11.8 MB/s`: what moves now; empty when nothing does."""
    running = [one for one in store.transfers.running() if one.state is TransferState.RUNNING]
    down = words.rate(sum(one.rate for one in running if not one.up))
    up = words.rate(sum(one.rate for one in running if one.up))
    moves = {arrow: text for arrow, text in (("↓", down), ("↑", up)) if not text.startswith("0 ")}
    if len(moves) == 2 and down.rpartition(" ")[2] == up.rpartition(" ")[2]:
        moves["↓"] = down.rpartition(" ")[0]
    return "   ".join(f"{arrow} {text}" for arrow, text in moves.items())


def _left(total: Total) -> str:
    return f"about {words.left(total.left)} left" if total.left is not None else ""
