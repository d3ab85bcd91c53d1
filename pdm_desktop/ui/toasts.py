"""Notifications as Windows' own toasts: with buttons, and each known as its own when it is pressed.

Windows is asked in a thread of its own, which also loads the library: neither its start nor one that hangs stalls the
window. Toasts belong to an AppUserModelID that a shortcut in the Start menu has; without one there are none.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from PySide6.QtCore import QObject, Signal

from pdm_desktop import log
from pdm_desktop.core.notices import WORDS, Button, Notice
from pdm_desktop.product import APP_ID

REMEMBERED: Final = 50
"""So many toasts are known again when they are pressed."""
END_PATIENCE: Final = 2.0
"""Seconds that the end of the program waits for what Windows is being asked."""


class Service(Protocol):
    """What shows toasts. Both functions may be called on any thread."""

    def show(self, content: str, pressed: Callable[[str], None], failed: Callable[[], None]) -> None:
        """Show one, described in XML. `pressed` hears the words of what is pressed. Raises what Windows raises."""
        ...


class Toasts(QObject):
    """Shows notices. Signals come on the window's thread."""

    pressed = Signal(object, object)
    """A notice, and which button of it; a click on the toast itself is the first."""
    refused = Signal(object)
    """A notice that Windows did not take: show it otherwise."""

    def __init__(self, parent: QObject | None = None, *, make: "Callable[[], Service] | None" = None) -> None:
        super().__init__(parent)
        self._make = make or _WindowsService
        self._waiting: queue.SimpleQueue[Notice | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def show(self, notice: Notice) -> None:
        """Hand a notice to Windows."""
        if self._thread is None:  # with the first notice, which is long after the start
            self._thread = threading.Thread(target=self._run, name="toasts", daemon=True)
            self._thread.start()
        self._waiting.put(notice)

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(END_PATIENCE)

    def _run(self) -> None:
        service = self._made()
        while (notice := self._waiting.get()) is not None:
            if service is None:
                self.refused.emit(notice)
            else:
                self._show(service, notice)

    def _made(self) -> Service | None:
        try:
            return self._make()
        except Exception as trouble:  # noqa: BLE001 - whatever this Windows lacks, the tray shows the notice instead
            log.note("notices go to the tray", why=trouble)
            return None

    def _show(self, service: Service, notice: Notice) -> None:
        try:
            service.show(
                content_of(notice),
                lambda words: self.pressed.emit(notice, button_of(words)),
                lambda: self.refused.emit(notice),
            )
        except Exception as trouble:  # noqa: BLE001 - whatever Windows says, the tray shows the notice instead
            log.note("toast refused", why=trouble)
            self.refused.emit(notice)


def content_of(notice: Notice) -> str:
    """A toast in XML: learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/toast-schema."""
    from xml.sax.saxutils import escape, quoteattr  # brings HTTP with it, for which a start does not wait

    duration = ' duration="long"' if notice.urgent else ""
    texts = "".join(f"<text>{escape(text)}</text>" for text in (notice.title, notice.text))
    actions = "".join(
        f"<action content={quoteattr(WORDS[button])} arguments={quoteattr(button.value)}/>" for button in notice.buttons
    )
    return (
        f'<toast launch="{Button.OPEN.value}"{duration}><visual><binding template="ToastGeneric">{texts}</binding>'
        f"</visual><actions>{actions}</actions></toast>"
    )


def button_of(words: str) -> Button:
    """What was pressed. Whatever else Windows says, it is a click on the toast."""
    return next((each for each in Button if each.value == words), Button.OPEN)


class _WindowsService:
    """Windows itself, by PyWinRT. Make it in the thread that uses it."""

    def __init__(self) -> None:
        """Raises ImportError or OSError where there are no toasts."""
        from winrt.runtime import ApartmentType, init_apartment
        from winrt.windows.data.xml import dom
        from winrt.windows.ui import notifications

        init_apartment(ApartmentType.MULTI_THREADED)
        self._dom, self._library = dom, notifications
        self._notifier: Any = notifications.ToastNotificationManager.create_toast_notifier(APP_ID)
        self._shown: deque[Any] = deque(maxlen=REMEMBERED)

    def show(self, content: str, pressed: Callable[[str], None], failed: Callable[[], None]) -> None:
        """As Service says."""
        document = self._dom.XmlDocument()
        document.load_xml(content)
        toast = self._library.ToastNotification(document)
        toast.add_activated(lambda _, told: pressed(_words_of(told)))
        toast.add_failed(lambda _, __: failed())
        is_first = not self._shown
        self._shown.append(toast)  # what it tells later it tells only while it is kept
        self._notifier.show(toast)
        if is_first:
            log.note("notices are toasts", setting=self._setting())

    def _setting(self) -> object:
        """Whether the person lets toasts be shown; None: Windows does not know.

        It knows nothing of a program that has shown none yet, and says "Element not found", which means no more:
        github.com/CommunityToolkit/WindowsCommunityToolkit/issues/3626.
        """
        try:
            return self._notifier.setting
        except OSError:
            return None


def _words_of(told: Any) -> str:
    from winrt.windows.ui.notifications import ToastActivatedEventArgs

    words: str = told.as_(ToastActivatedEventArgs).arguments
    return words
