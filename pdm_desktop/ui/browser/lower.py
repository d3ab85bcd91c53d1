"""The pane below the table: details with history, or transfers."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.browser.details import Details
from pdm_desktop.ui.commands import Commands
from pdm_desktop.ui.history.view import HistoryView
from pdm_desktop.ui.transfers.summary import TransfersSummary
from pdm_desktop.ui.transfers.view import TransfersView
from pdm_desktop.ui.widgets import column, fill, line, pane, row

LEAST: Final = 200
DETAILS, TRANSFERS = 0, 1


class LowerPane(QWidget):
    """Two tabs under the table."""

    def __init__(self, store: Store, commands: Commands, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self.setMinimumHeight(LEAST)
        self.tabs = QTabBar()
        self.tabs.addTab("Details")
        self.tabs.addTab("Transfers")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)  # what stands beside them gives way
        self.tabs.setAccessibleName("Below the table")
        self.summary = TransfersSummary(store, commands.submit)
        self.details = Details(store, commands, clock)
        self.history = HistoryView(store, clock)
        self.transfers = TransfersView(store, commands.submit)
        both = row(self.details, line(vertical=True), self.history, gap=0)
        both.setStretch(0, 2)
        both.setStretch(2, 3)
        self._layers = QStackedWidget()
        self._layers.addWidget(fill(pane(both), QPalette.ColorRole.Base))
        self._layers.addWidget(self.transfers)
        self.tabs.currentChanged.connect(self._show_tab)
        top = pane(row(self.tabs, 16, self.summary, edge=(8, 4, theme.EDGE, 0)))
        self.setLayout(column(line(), top, self._layers, gap=0))
        self.refresh_transfers()
        self._show_tab(self.tabs.currentIndex())

    def refresh_transfers(self) -> None:
        """Transfers began, went on or ended."""
        number = len(self._store.transfers)
        self.tabs.setTabText(TRANSFERS, f"Transfers {number:,}" if number else "Transfers")
        self.transfers.refresh()
        self.summary.refresh()

    def _show_tab(self, tab: int) -> None:
        self._layers.setCurrentIndex(tab)
        self.summary.setVisible(tab == TRANSFERS)
