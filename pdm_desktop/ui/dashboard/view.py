"""The view Dashboard: five numbers, and a card for each question about the shop."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.columns import by_hour
from pdm_desktop.core.requests import Request
from pdm_desktop.core.words import several
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.ages import Ages
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dashboard import lists, whole
from pdm_desktop.ui.dashboard.cards import ChartCard, ListCard, NumberCard, Place
from pdm_desktop.ui.dashboard.lists import Stand
from pdm_desktop.ui.dashboard.whole import WholeDialog, WholePage
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.widgets import column, label, line, pane, row
from server.protocol.calls import Contended, Dashboard, LockEntry

LOADING_MS: Final = 200
TWO_COLUMNS: Final = 836
"""From this width on the cards stand in two columns: that of a window of 1,100 with the left side as it is at first."""
NARROW: Final = 3
"""So many numbers stand side by side above one column."""
ACTIVE: Final = timedelta(days=1)
CHART: Final = 108
"""Pixels of height: less than in Administration, because the lists matter more."""

Row = TypeVar("Row")


class DashboardView(OfficePage):
    """How it stands with the shop, kept as it is for as long as it can be seen."""

    file_asked = Signal(str, str, str)
    """A vault, a file of it and its path: it is to be shown."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.DASHBOARD])
        self.bridge = bridge
        self._note = label("", second=True)
        head = pane(row(label("Dashboard", theme.TITLE, strong=True), self._note, None, edge=(theme.EDGE, 4, 8, 4)))
        head.setFixedHeight(theme.HEADING)
        self.numbers = [NumberCard() for _ in range(5)]
        self.hours = ChartCard("Check-outs by hour", "in the last day", height=CHART)
        self.active = lists.active_card(clock)
        self.people = lists.people_card(clock, self._me)
        self.oldest = lists.oldest_card(clock)
        self.waiting = lists.waiting_card(clock)
        self.happenings = lists.happenings_card(clock, self._me)
        self.contended = lists.contended_card(self._most)
        self.troubles = lists.troubles_card(clock)
        self._contended: list[Contended] = []
        self._numbers, self._cards = QGridLayout(), QGridLayout()
        for grid in (self._numbers, self._cards):
            grid.setSpacing(theme.EDGE)
        self._columns = 0
        self.body = QWidget()
        self.body.setLayout(column(self._numbers, self.hours, self._cards, None, gap=12, edge=(16, 16, 16, 16)))
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.body)
        self.setLayout(column(head, line(), self.area, gap=0))
        for card in self.lists:
            card.table.asked.connect(self._go_to)
        bridge.connection.connect(self._say_how_old)
        for card in (self.active, self.oldest):
            card.whole_asked.connect(self.show_check_outs)
        self.waiting.whole_asked.connect(self.show_waiting)
        self.ages = Ages(self, self._count_on)
        self._late = QTimer(self, singleShot=True, interval=LOADING_MS)
        self._late.timeout.connect(self.refresh)
        self._arrange(2)

    @property
    def lists(self) -> list[ListCard]:
        """The cards with lists, in the order in which they are read."""
        return [
            self.active, self.people, self.oldest, self.waiting, self.happenings, self.contended, self.troubles
        ]  # fmt: skip

    def refresh(self) -> None:
        """Show what the server said last."""
        board = self._board()
        self.body.setVisible(board is not None)
        self._say_how_old()
        if board is None:
            return
        self._show_numbers(board)
        now = self.clock()
        self._show_hours(board, now)
        self._contended = board.contended
        wholes = board.wholes
        self.active.show_rows([each for each in board.active if now - each.lock.since < ACTIVE], wholes.active)
        self.people.show_rows(board.here, wholes.here)
        self.oldest.show_rows(board.oldest, board.check_outs)
        self.waiting.show_rows(lists.stands_in(board.lines), wholes.waiting)
        self.happenings.show_rows(board.happenings)
        self.contended.show_rows(board.contended, wholes.contended)
        self.troubles.show_rows(board.troubles, wholes.troubles)
        self.troubles.setVisible(bool(board.troubles))

    def show_check_outs(self) -> WholeDialog[LockEntry]:
        """Show all check-outs of the vaults that I may read."""
        return self._show_whole(whole.check_outs(self.store, self.bridge, self.submit, self.clock), "All check-outs")

    def show_waiting(self) -> WholeDialog[Stand]:
        """Show everybody who waits for a file."""
        return self._show_whole(whole.waiting(self.store, self.bridge, self.submit, self.clock), "People waiting")

    def _show_whole(self, page: WholePage[Row], title: str) -> WholeDialog[Row]:
        dialog = WholeDialog(page, title, self.window())
        dialog.file_asked.connect(self._go_to)
        dialog.open()
        return dialog

    def look_again(self) -> None:
        super().look_again()
        if self._board() is None:
            self._late.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= TWO_COLUMNS else 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(400, 200)

    def _show_numbers(self, board: Dashboard) -> None:
        told = (
            (board.online, f"people online of {board.people:,}"),
            (board.check_outs, "file checked out" if board.check_outs == 1 else "files checked out"),
            (board.held_offline, "held by somebody offline"),
            (board.waiters, _waiting(board)),
            (board.check_ins, "check-in in 24 hours" if board.check_ins == 1 else "check-ins in 24 hours"),
        )
        for card, (number, text) in zip(self.numbers, told, strict=True):
            card.say(f"{number:,}", text)

    def _show_hours(self, board: Dashboard, now: datetime) -> None:
        """A server of before this chart says no hours."""
        known = self.store.office.known(topics.DASHBOARD)
        self.hours.setVisible(bool(board.hours))
        self.hours.show_columns(by_hour(board.hours, read=now if known is None else known.at, now=now))

    def _board(self) -> Dashboard | None:
        known = self.store.office.known(topics.DASHBOARD)
        return None if known is None else known.value

    def _say_how_old(self) -> None:
        """Nothing while it is true; else of when it is, or why there is nothing to show."""
        known = self.store.office.known(topics.DASHBOARD)
        if known is None or known.value is None:
            offline = "This needs the server, and you are offline."
            trouble = "" if known is None or known.trouble is None else known.trouble.text
            waited = "Loading…" if not self._late.isActive() else ""
            self._note.setText(trouble or (waited if self.store.connection.known else offline))
        elif not self.store.connection.known:
            self._note.setText(f"As it was {words.at_time(known.at, self.clock())}: you are offline")
        else:
            self._note.setText("" if known.trouble is None else known.trouble.text)

    def _count_on(self) -> None:
        """Ages are words of now. While nobody can tell how it stands, they stand still."""
        if self.store.connection.known:
            self.refresh()

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        across = len(self.numbers) if columns > 1 else NARROW
        for number, each in enumerate(self.numbers):
            self._numbers.removeWidget(each)
            self._numbers.addWidget(each, number // across, number % across)
        for place in range(len(self.numbers)):
            self._numbers.setColumnStretch(place, 1 if place < across else 0)
        for card in self.lists:
            self._cards.removeWidget(card)
        for number, card in enumerate(self.lists[:-1]):
            self._cards.addWidget(card, number // columns, number % columns)
        self._cards.addWidget(self.troubles, len(self.lists) // columns, 0, 1, columns)
        self._cards.setColumnStretch(0, 16)
        self._cards.setColumnStretch(1, 10 if columns == 2 else 0)

    def _go_to(self, place: Place) -> None:
        self.file_asked.emit(place.vault, place.file, place.path)

    def _me(self) -> str | None:
        return self.store.reader.person

    def _most(self) -> int:
        return max((each.waits for each in self._contended), default=0)


def _waiting(board: Dashboard) -> str:
    people = "person waiting" if board.waiters == 1 else "people waiting"
    return f"{people}, for {several(board.awaited, 'file', 'files')}" if board.awaited else people
