"""The one seam to the desktop's notifications: whatever the desktop can do, the last notices are kept in order."""

import sys
from collections import deque
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from pdm_desktop.core.notices import Button, Notice
from pdm_desktop.ui.dbus_notices import BusNotices, session_bus_is_here
from pdm_desktop.ui.toasts import Toasts

KEPT: Final = 50


class Desktop(QObject):
    """Shows notices as this desktop can: as toasts, by the session bus, by the tray, or not at all."""

    clicked = Signal(object)
    """The notice that was clicked."""
    quiet_asked = Signal()
    """The button for an hour of quiet was pressed."""
    answered = Signal(object, object)
    """A notice of a request, and the button by which it was answered."""
    raised = Signal(object)
    """A notice was handed to the desktop."""

    def __init__(self, tray: QSystemTrayIcon | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray = tray
        self._last: deque[Notice] = deque(maxlen=KEPT)
        self._last_in_tray: Notice | None = None
        self._service = _service(self)
        if self._service is not None:
            self._service.pressed.connect(self._pressed)
            self._service.refused.connect(self._show_in_tray)
        if tray is not None:
            tray.messageClicked.connect(self._tray_clicked)

    def raise_notice(self, notice: Notice) -> None:
        """Hand a notice to the desktop, and remember it."""
        self._last.append(notice)
        if self._service is not None:
            self._service.show(notice)
        else:
            self._show_in_tray(notice)
        self.raised.emit(notice)

    def last(self) -> list[Notice]:
        """The last notices handed over, the newest first."""
        return list(reversed(self._last))

    def close(self) -> None:
        """Let go of what shows them."""
        if self._service is not None:
            self._service.close()
            self._service = None

    def _pressed(self, notice: Notice, button: Button) -> None:
        match button:
            case Button.OPEN:
                self.clicked.emit(notice)
            case Button.QUIET:
                self.quiet_asked.emit()
            case Button.RELEASE | Button.KEEP | Button.TRANSFER:
                self.answered.emit(notice, button)

    def _show_in_tray(self, notice: Notice) -> None:
        if self._tray is not None:
            self._last_in_tray = notice  # a new message replaces the old one, and nothing tells which was clicked
            self._tray.showMessage(notice.title, notice.text, self._tray.icon())

    def _tray_clicked(self) -> None:
        if self._last_in_tray is not None:
            self.clicked.emit(self._last_in_tray)


def _service(parent: QObject) -> BusNotices | Toasts | None:
    """What shows notices with buttons on this system; None: it has nothing of the kind."""
    if sys.platform == "win32":
        return Toasts(parent)
    return BusNotices(parent) if session_bus_is_here() else None
