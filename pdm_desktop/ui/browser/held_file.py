"""How it stands with the check-out of the file that is shown: asked for while somebody else's seat has it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from server.protocol.calls import LockEntry

CALM_MS: Final = 200
"""Whoever goes through a table with the arrow keys asks for the last file alone."""


class HeldFile(QObject):
    """One file at a time. What the server says comes with the topic HELD."""

    def __init__(self, store: Store, submit: Callable[[Request], None], parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._submit = submit
        self._wanted: str | None = None
        self._looks = False
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._look)

    def show_file(self, file: str | None) -> None:
        """Ask for the lock of this file soon, and of no other; None: of none."""
        if file == self._wanted:
            return
        self._wanted = file
        self._calm.start()

    def entry(self, file: str) -> LockEntry | None:
        """What the server said last of the lock of a file; None: nothing, or it is another file's."""
        known = self._store.office.known(topics.HELD)
        if known is None or known.value is None or known.query != (("file", file),):
            return None
        return next((each for each in known.value.locks if each.file == file), None)

    def _look(self) -> None:
        if self._wanted is not None:
            self._looks = True
            self._submit(Look(topic=topics.HELD, query=(("file", self._wanted),)))
        elif self._looks:
            self._looks = False
            self._submit(LookAway(topic=topics.HELD))
