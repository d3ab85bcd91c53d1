"""Ages that go on while somebody looks: what is shown is said anew, and nothing is asked of anybody for it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

EVERY_MS: Final = 30_000
"""An age in minutes is never older than this."""


class Ages(QObject):
    """Calls `say` while a widget can be seen; what cannot be seen costs nothing."""

    def __init__(self, widget: QWidget, say: Callable[[], object]) -> None:
        super().__init__(widget)
        self.timer = QTimer(self, interval=EVERY_MS)
        self.timer.timeout.connect(lambda: say())
        widget.installEventFilter(self)
        if widget.isVisible():
            self.timer.start()

    @property
    def goes_on(self) -> bool:
        """Somebody can see it."""
        return self.timer.isActive()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self.timer.start()
        elif event.type() == QEvent.Type.Hide:
            self.timer.stop()
        return False
