"""The tab Server: what needs somebody, the numbers that matter, and what happens."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from pdm_desktop.core.office import columns, topics
from pdm_desktop.core.office import server as told
from pdm_desktop.core.office.server import Fact
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.chart import ColumnChart
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import Card, Elided, card, column, label, pane, row
from server.protocol.calls import ServerState

NUMBER = 22
"""Pixels of type, semi-bold, as on the dashboard."""
_WIDE = 880
"""Pixels of width from which three cards stand side by side."""
_INSIDE = (16, 12, 16, 12)


class ServerPage(OfficePage):
    """How the server is, kept as it is for as long as it can be seen."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.SERVER])
        self.warnings = column(gap=theme.GAP)
        self._said: list[str] = []
        self._numbers = [_Number() for _ in range(4)]
        self.chart = ColumnChart()
        self.vault = QComboBox()
        self.vault.setAccessibleName("Vault whose changes are shown")
        self.vault.setFixedHeight(theme.FIELD)
        self.vault.addItem(told.EVERYTHING, "")
        self.vault.activated.connect(self._draw)
        self.server, self.room, self.seats = _Facts("Server"), _Facts("Room"), _Facts("Seats")
        rates = card(
            row(
                label("Changes per minute", theme.TITLE, strong=True),
                label("in the last hour", second=True),
                None,
                self.vault,
            ),
            self.chart,
            edge=_INSIDE,
        )
        self.loading = label("Loading…", second=True)
        self._all = pane(column(row(*self._numbers, gap=theme.EDGE), rates, self._facts(), None, gap=theme.EDGE))
        inside = pane(column(self.loading, self.warnings, self._all, None, gap=theme.EDGE, edge=(16, 16, 16, 16)))
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("How the server is")
        area.setWidget(inside)
        self.setLayout(column(area, gap=0))

    def refresh(self) -> None:
        state = self._state()
        self.loading.setVisible(state is None)
        self._all.setVisible(state is not None)
        if state is None:
            return
        self._warn(state.warnings)
        for number, (text, of) in zip(self._numbers, told.numbers(state), strict=True):
            number.say(text, of)
        now = self.clock()
        self.server.say(told.about_server(state, now))
        self.room.say(told.about_room(state))
        self.seats.say(told.about_seats(state))
        self._fill_vaults(state)
        self._draw()

    def said(self) -> Sequence[str]:
        """The warnings that are shown."""
        return tuple(self._said)

    def _state(self) -> ServerState | None:
        reading = self.store.office.known(topics.SERVER)
        return None if reading is None else reading.value

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_facts()

    def _facts(self) -> QWidget:
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.EDGE)
        self._place_facts()
        return pane(self._grid)

    def _place_facts(self) -> None:
        """Side by side, or two in a row where there is less room."""
        columns = 3 if self.width() >= _WIDE else 2
        for number, facts in enumerate((self.server, self.room, self.seats)):
            self._grid.addWidget(facts, number // columns, number % columns)
        for place in range(3):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)

    def _warn(self, warnings: Sequence[str]) -> None:
        if list(warnings) == self._said:
            return
        self._said = list(warnings)
        while (item := self.warnings.takeAt(0)) is not None:
            if (bar := item.widget()) is not None:
                bar.deleteLater()
        for text in warnings:
            said = MessageBar(Bar.WARN)
            said.say(text)
            self.warnings.addWidget(said)

    def _fill_vaults(self, state: ServerState) -> None:
        known = [(each.name, each.vault) for each in state.rates]
        if known == [
            (self.vault.itemText(place), self.vault.itemData(place)) for place in range(1, self.vault.count())
        ]:
            return
        chosen = self.vault.currentData()
        self.vault.clear()
        self.vault.addItem(told.EVERYTHING, "")
        for name, vault in known:
            self.vault.addItem(name, vault)
        self.vault.setCurrentIndex(max(0, self.vault.findData(chosen)))

    def _draw(self) -> None:
        state = self._state()
        if state is not None:
            minutes = told.minutes_of(state, self.vault.currentData() or "")
            self.chart.show_columns(columns.by_minute(minutes, of=self.vault.currentText()))


def _title(text: str) -> QLabel:
    return label(text, theme.TITLE, strong=True)


class _Number(Card):
    """One number and of what it is."""

    def __init__(self) -> None:
        super().__init__()
        self.number = label("", NUMBER, strong=True)
        self.of = Elided(second=True)
        self.setLayout(column(self.number, self.of, gap=2, edge=_INSIDE))

    def say(self, number: str, of: str) -> None:
        """Show it."""
        self.number.setText(number)
        self.of.say(of)


class _Facts(Card):
    """A card of facts: what, and how it is."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GAP_GROUPS)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, Elided]] = []
        self.setLayout(column(_title(title), self._grid, None, edge=_INSIDE))

    def say(self, facts: Sequence[Fact]) -> None:
        """Show these."""
        while len(self._labels) < len(facts):
            pair = (label("", second=True), Elided())
            for place, widget in enumerate(pair):
                self._grid.addWidget(widget, len(self._labels), place)
            self._labels.append(pair)
        for number, (what, how) in enumerate(self._labels):
            is_shown = number < len(facts)
            what.setVisible(is_shown)
            how.setVisible(is_shown)
            if is_shown:
                what.setText(facts[number][0])
                how.say(facts[number][1])

    def text(self) -> dict[str, str]:
        """What is shown."""
        return {what.text(): how.whole() for what, how in self._labels if what.isVisibleTo(self)}
