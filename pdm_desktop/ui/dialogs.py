"""The dialogs that the main window opens over itself, each with what it needs.

Each is loaded when it is opened first, as are those of commands, folders and issues: a start waits for none of them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.hearing import rule_of
from pdm_desktop.core.requests import Request
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge


class Dialogs(QObject):
    """Opens them. `file_asked`: a vault and a file of it are to be shown."""

    file_asked = Signal(str, str)
    watched_asked = Signal(object)
    """What a watch is about is to be shown."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime],
        window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._store = store
        self._bridge = bridge
        self._submit = submit
        self._clock = clock
        self._window = window

    def show_recovery(self) -> None:
        """Show what the recovery store holds."""
        from pdm_desktop.ui.recovery.window import RecoveryDialog

        dialog = RecoveryDialog(self._store, self._bridge, self._submit, self._clock, self._window)
        dialog.accepted.connect(lambda: self._submit(dialog.request))
        dialog.open()
        self._submit(requests.ListKept())

    def ask_limits(self) -> None:
        """Ask how much of the line transfers may take."""
        from pdm_desktop.ui.transfers.limits import LimitsDialog

        dialog = LimitsDialog(self._store.transfers.limits, self._window, fixed=self._store.fixed)
        dialog.accepted.connect(lambda: self._submit(dialog.request))
        dialog.open()

    def ask_hearing(self) -> None:
        """Ask what the person wants to hear of, and when not."""
        from pdm_desktop.ui.hearing import HearingDialog

        said = self._store.mine.hearing
        own = self._store.hearing.rule if said is None else rule_of(said.rule)
        dialog = HearingDialog(
            self._store.hearing, own, self._window, is_fixed=self._store.fixed.notices,
            known=self._store.connection.known,
        )  # fmt: skip
        dialog.accepted.connect(lambda: self._submit(dialog.request))
        dialog.open()

    def show_watches(self) -> None:
        """Show what the person watches."""
        from pdm_desktop.ui.watches import WatchesDialog

        dialog = WatchesDialog(self._store, self._bridge, self._submit, self._clock, self._window)
        dialog.asked.connect(self.watched_asked)
        dialog.open()

    def show_parked(self, chosen: str | None = None) -> None:
        """Show what the server keeps of refused check-ins, with one of them selected."""
        from pdm_desktop.ui.parked.window import ParkedDialog

        dialog = ParkedDialog(self._store, self._bridge, self._submit, self._clock, self._window, chosen=chosen)
        dialog.open()
        self._submit(requests.ListParked())

    def ask_password(self) -> None:
        """Ask for another password of the signed-in person."""
        from pdm_desktop.ui.sign_in.password import PasswordDialog

        if self._store.account is not None:
            PasswordDialog(self._bridge, self._submit, self._store.account.person, self._window).open()

    def show_queue(self, chosen: str | None = None) -> None:
        """Show which check-ins wait for the server, with that of a file selected."""
        from pdm_desktop.ui.queue.window import QueueDialog

        dialog = QueueDialog(self._store, self._bridge, self._submit, self._clock, self._window, chosen=chosen)
        dialog.file_asked.connect(self.file_asked)
        dialog.open()

    def ask_about_strangers(self, strangers: Sequence[Stranger]) -> None:
        """Ask which files that no vault knows are to be added."""
        from pdm_desktop.ui.browser.strangers import StrangersDialog

        dialog = StrangersDialog(strangers, self._window)
        dialog.accepted.connect(lambda: self._submit(dialog.request))
        dialog.open()
