"""The one seam to the desktop's notifications: whatever the desktop can do, the last notices are kept in order."""

from collections import deque
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from pdm_desktop.core.notices import Notice
from pdm_desktop.ui.dbus_notices import BusNotices, session_bus_is_here

KEPT: Final = 50


class Desktop(QObject):
    """Shows notices as this desktop can: by the session bus, by the tray, or not at all."""

    clicked = Signal(object)
    """The notice that was clicked."""
    raised = Signal(object)
    """A notice was handed to the desktop."""

    def __init__(self, tray: QSystemTrayIcon | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray = tray
        self._last: deque[Notice] = deque(maxlen=KEPT)
        self._last_in_tray: Notice | None = None
        self._bus = BusNotices(self) if session_bus_is_here() else None
        if self._bus is not None:
            self._bus.clicked.connect(self.clicked)
            self._bus.refused.connect(self._show_in_tray)
        if tray is not None:
            tray.messageClicked.connect(self._tray_clicked)

    def raise_notice(self, notice: Notice) -> None:
        """Hand a notice to the desktop, and remember it."""
        self._last.append(notice)
        if self._bus is not None:
            self._bus.show(notice)
        else:
            self._show_in_tray(notice)
        self.raised.emit(notice)

    def last(self) -> list[Notice]:
        """The last notices handed over, the newest first."""
        return list(reversed(self._last))

    def close(self) -> None:
        """Let go of the session bus."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _show_in_tray(self, notice: Notice) -> None:
        if self._tray is not None:
            self._last_in_tray = notice  # a new message replaces the old one, and nothing tells which was clicked
            self._tray.showMessage(notice.title, notice.text, self._tray.icon())

    def _tray_clicked(self) -> None:
        if self._last_in_tray is not None:
            self.clicked.emit(self._last_in_tray)
