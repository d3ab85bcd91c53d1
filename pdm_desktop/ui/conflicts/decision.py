"""The shape of every window in which something is decided: what is so, the ways to go on, and no way chosen before."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from pdm_desktop.core.choices import Choice, Situation
from pdm_desktop.core.issues import Issue
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.conflicts.options import Options
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import Item

CHANGED = "Look at it again, then choose."
OVER = "There is nothing to decide about it any more."
CHOOSE = "Choose one of the ways first."


class DecisionDialog(Dialog):
    """Shows one issue as it is now, also when it changes meanwhile. `request` is the answer."""

    def __init__(
        self,
        store: Store,
        bridge: Bridge,
        clock: Callable[[], datetime],
        vault: str | None,
        parent: QWidget | None,
        *,
        window: str,
        title: str,
        note: str,
        later: str,
    ) -> None:
        super().__init__(parent, window=window, title=title, note=note, verb="Decide")
        self.store = store
        self._clock = clock
        self._vault = vault
        self.cancel.setText(later)
        self.bar = MessageBar(Bar.WARN)
        self.bar.hide()
        self._soon = QTimer(self, singleShot=True, interval=0)
        """What was just put into the window has a size only after Qt has shown it."""
        self._soon.timeout.connect(self._fit)
        self.options = Options(self.choices())
        self.options.chosen_changed.connect(self._say_what_is_possible)
        bridge.issues.connect(self._look_again)
        bridge.connection.connect(self._look_again)

    @abstractmethod
    def issue(self) -> Issue:
        """What is decided, as it is shown."""

    @abstractmethod
    def take(self, issue: Issue) -> bool:
        """Show what it is now. True: what a decision would be about is something else than before."""

    @abstractmethod
    def choices(self) -> Sequence[Choice]:
        """The ways to decide, as they are now."""

    @property
    @abstractmethod
    def request(self) -> Request:
        """What to ask for. Only for a way that was chosen."""

    def situation(self) -> Situation:
        """Who decides, when, and how the seat stands."""
        vault = self.store.vaults.get(self._vault or "")
        role = "reader" if self._vault is not None and vault is None else "editor" if vault is None else vault.role
        return Situation(reader=self.store.reader, known=self.store.connection.known, role=role, now=self._clock())

    def arrange(self, *items: Item, left: QWidget | QBoxLayout | None = None) -> None:
        """Put what is so above the ways."""
        self.fill(self.bar, *items, 4, self.options, 4, left=left)
        self._say_what_is_possible()
        self.cancel.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        self._fit()
        super().showEvent(event)

    def _fit(self) -> None:
        """As high as all of its words need at this width: Qt's own hint takes wrapped lines for short ones."""
        made = self.layout()
        if made is None:
            return
        made.activate()
        width = max(self.width(), self.minimumWidth())
        height = made.totalHeightForWidth(width)
        self.setMinimumHeight(height)
        self.resize(width, height)

    def _look_again(self) -> None:
        before, now = self.issue(), self.store.issues.same(self.issue())
        is_over = now is None or type(now) is not type(before)
        self.options.setEnabled(not is_over)
        if now is None or is_over:
            self.options.choose_none()
            self._warn(OVER)
            return
        if now != before and self.take(now):
            self.options.choose_none()
            self._warn(CHANGED, strong="It has changed meanwhile.")
        self.options.say(self.choices())
        self._say_what_is_possible()
        self._soon.start()

    def _warn(self, text: str, *, strong: str = "") -> None:
        self.bar.say(text, strong=strong)
        self.bar.show()
        self._soon.start()

    def _say_what_is_possible(self) -> None:
        chosen = self.options.chosen()
        self.main.setEnabled(chosen is not None)
        self.main.setText("Decide" if chosen is None else self.choices()[chosen].verb)
        self.main.setToolTip(CHOOSE if chosen is None else "")
