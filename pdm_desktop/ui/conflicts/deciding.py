"""Opens the window in which an issue is decided, one at a time for each."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from pdm_desktop.core.issues import Absent, Conflict, Doubt, Issue, MassDeletion, ParkedNeed, WaitingNeed, key_of
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge

if TYPE_CHECKING:
    from pdm_desktop.ui.conflicts.decision import DecisionDialog


class Decider:
    """What is decided is handed on as a request. Closing a window decides nothing."""

    def __init__(
        self,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        window: QWidget,
    ) -> None:
        self._store = store
        self._bridge = bridge
        self._submit = submit
        self._clock = clock
        self._window = window
        self._open: dict[str, DecisionDialog] = {}

    def open(self, issue: Issue) -> None:
        """Bring up the window for an issue as it is now; nothing for what is not decided there."""
        key = key_of(issue)
        now = self._store.issues.same(issue)
        known = self._open.get(key)
        if known is not None:
            known.raise_()
            known.activateWindow()
            return
        made = None if now is None else self._made(now)
        if made is None:
            return
        self._open[key] = made
        made.accepted.connect(lambda: self._submit(made.request))
        made.finished.connect(lambda _: self._open.pop(key, None))
        made.open()

    def _made(self, issue: Issue) -> "DecisionDialog | None":
        from pdm_desktop.ui.conflicts.deletion import DeletionDialog
        from pdm_desktop.ui.conflicts.doubt import DoubtDialog
        from pdm_desktop.ui.conflicts.versions import VersionsDialog

        match issue:
            case Conflict():
                return VersionsDialog(issue, self._store, self._bridge, self._submit, self._clock, self._window)
            case Doubt():
                return DoubtDialog(issue, self._store, self._bridge, self._submit, self._clock, self._window)
            case MassDeletion():
                return DeletionDialog(issue, self._store, self._bridge, self._clock, self._window)
            case Absent() | WaitingNeed() | ParkedNeed():
                return None
