"""The bar at the foot: connection, server, selection, who is online, transfers."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QMenu, QProgressBar, QStatusBar

from pdm_desktop.core import words
from pdm_desktop.core.office.presence import presence_words
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.loading import Loading
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.presence import presence_icon
from pdm_desktop.ui.queue.sentence import waiting_words
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.transfers.summary import rates
from pdm_desktop.ui.widgets import Dye, Elided, Picture, label, line, pane, row, tool

SAID_MS = 6_000
"""A result that went well is said for so long."""
SECOND_MS = 1_000

_ICONS = {
    Phase.IN_STEP: ("linked", Tone.GOOD),
    Phase.CATCHING_UP: ("linked", Tone.SECOND),
    Phase.CONNECTING: ("linked", Tone.SECOND),
    Phase.OFFLINE: ("plug_off", Tone.WARN),
    Phase.WAITING: ("plug_off", Tone.WARN),
    Phase.SIGNED_OUT: ("person", Tone.WARN),
}


def connection_words(connection: Connection, now: datetime) -> str:
    """`In step`, `Catching up (312 changes)`, `Offline since 10:24`, which may be that of an earlier run."""
    if connection.phase is Phase.OFFLINE and connection.in_step_until is not None:
        return f"Offline since {words.exact(connection.in_step_until, now)}"
    if connection.phase is Phase.CATCHING_UP and connection.behind:
        return f"Catching up ({words.several(connection.behind, 'change', 'changes')})"
    text: str = connection.phase.value
    return text


def loading_words(loading: Loading) -> str:
    """`420,000 of 1,000,000 files`."""
    return f"{loading.files:,} of {words.several(loading.of, 'file', 'files')}"


class StatusBar(QStatusBar):
    """26 pixels that say how it stands."""

    transfers_asked = Signal()
    queue_asked = Signal()

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self.setSizeGripEnabled(False)
        self._picture = Picture("linked", ink=Tone.SECOND)
        self.state = label("")
        self.server = Elided(second=True)
        self.middle = label("", second=True)
        self.people = tool("people unknown", "people", press=self._list_people)
        self._rates = label("")
        self._progress = QProgressBar()
        self._progress.setRange(0, 100)
        self._progress.setTextVisible(False)
        self._progress.setFixedSize(88, 8)
        self._progress.setAccessibleName("All transfers")
        Dye(self._progress, QPalette.ColorRole.Highlight, lambda: theme.scheme().accent)
        self.transfers = tool("", press=self.transfers_asked.emit)
        self.queue = tool("", tip="Show what waits", press=self.queue_asked.emit)
        self.queue.setFont(theme.font(strong=True))
        self._rule = line(vertical=True, length=14)
        self._queue_rule = line(vertical=True, length=14)
        for button in (self.people, self.transfers, self.queue):
            button.setMinimumHeight(22)
            button.setMaximumHeight(22)
        box = row(
            self._picture, self.state, self.server, self.middle, None, self.people, self._rule, self._rates,
            self._progress, self.transfers, self._queue_rule, self.queue, gap=theme.GAP, edge=(10, 0, 10, 0),
        )  # fmt: skip
        box.setStretch(2, 1)
        whole = pane(box)
        whole.setFixedHeight(theme.STATUS_BAR)
        self.addWidget(whole, 1)
        if (inner := self.layout()) is not None:
            inner.setContentsMargins(0, 0, 0, 0)
        self._selection = ""
        self._said = QTimer(self, singleShot=True, interval=SAID_MS)
        self._said.timeout.connect(lambda: self.middle.setText(self._selection))
        self._second = QTimer(self, interval=SECOND_MS)
        self._second.timeout.connect(self.refresh_connection)
        self.refresh()

    def refresh(self) -> None:
        """Say everything anew."""
        self.refresh_connection()
        self.refresh_people()
        self.refresh_transfers()
        self.refresh_queue()

    def refresh_connection(self) -> None:
        """Say how the connection stands."""
        connection, account, now = self._store.connection, self._store.account, self._clock()
        self._picture.show_icon(*_ICONS[connection.phase])
        self.state.setText(self._state_words(connection, now))
        strong = not connection.known and connection.phase is not Phase.CONNECTING
        self.state.setFont(theme.font(strong=strong))
        self.state.setToolTip(connection.detail)
        wait = 0 if connection.next_try is None else max(0, round((connection.next_try - now).total_seconds()))
        server = "" if account is None else account.address.partition("://")[2]
        self.server.say(f"next try in {wait} s" if wait and not connection.known else server)
        if connection.next_try is None or connection.known:
            self._second.stop()
        elif not self._second.isActive():
            self._second.start()

    def _state_words(self, connection: Connection, now: datetime) -> str:
        """While many files are read, how many are here."""
        loading = self._store.loading
        vault = None if loading is None else self._store.vaults.get(loading.vault)
        if loading is None or vault is None or connection.phase is not Phase.CATCHING_UP:
            return connection_words(connection, now)
        return f"Loading {vault.name}: {loading_words(loading)}"

    def refresh_people(self) -> None:
        """Say how many people are online."""
        presence = self._store.presence
        known = presence.known
        self.people.setText(f"{len(presence):,} online" if known else "people unknown")
        self.people.setEnabled(known)
        self.people.setToolTip("Who is online" if known else "Who is online is not known while you are offline.")
        self.people.setVisible(self._store.account is not None)

    def refresh_transfers(self) -> None:
        """Say what is on its way."""
        number, part = len(self._store.transfers), self._store.transfers.total().share
        self._rates.setText(rates(self._store))
        self._rates.setVisible(bool(self._rates.text()))
        self._progress.setVisible(part is not None)
        self._progress.setValue(round((part or 0) * 100))
        self.transfers.setText(words.several(number, "transfer", "transfers"))
        self.transfers.setVisible(number > 0)
        self._rule.setVisible(number > 0)

    def refresh_queue(self) -> None:
        """Say which check-ins wait."""
        said = waiting_words(self._store.queue)
        self.queue.setText(said)
        for each in (self.queue, self._queue_rule):
            each.setVisible(bool(said))

    def say_selection(self, text: str) -> None:
        """How many files there are, and how many are selected."""
        self._selection = text
        if not self._said.isActive():
            self.middle.setText(text)

    def say_result(self, text: str) -> None:
        """What has just gone well."""
        self.middle.setText(text)
        self._said.start()

    def people_menu(self) -> QMenu:
        """Everybody who is online, and since when, or since when away."""
        made = QMenu(self)
        made.aboutToHide.connect(made.deleteLater)
        now = self._clock()
        for person in self._store.presence.online():
            you = " (you)" if person.name == self._store.reader.person else ""
            here = f"here since {words.clock_or_day(person.since, now)}"
            said = here if person.away is None else presence_words(online=True, away=person.away, seen=None, now=now)
            sign = presence_icon(online=True, away=person.away)
            made.addAction(sign, f"{person.name}{you}, {said}".replace("&", "&&"))
        return made

    def _list_people(self) -> None:
        menu = self.people_menu()
        corner = self.people.mapToGlobal(QPoint(0, 0))
        menu.popup(corner - QPoint(0, menu.sizeHint().height()))
