"""Notifications through the session bus (org.freedesktop.Notifications): a click on one of them is known as its own.

The bus is read and written in a thread of its own: a notification service that hangs never stalls the window.
"""

import os
import selectors
import socket
import threading
from collections import deque
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from pdm_desktop import log
from pdm_desktop.core.notices import WORDS, Button, Notice

APPLICATION: Final = "PDM Desktop"
ICON_NAME: Final = "pdm-desktop"
SERVICE: Final = "org.freedesktop.Notifications"
PATH: Final = "/org/freedesktop/Notifications"
NO_BUTTONS: Final = " Open PDM Desktop to answer."
"""What is added to a request where notifications have no buttons, and may not even hear a click."""
REMEMBERED: Final = 50
"""So many notifications are known again when they are clicked."""


def session_bus_is_here() -> bool:
    """Whether this desktop session has a bus at all."""
    return bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))


class BusNotices(QObject):
    """Shows notices. Signals come on the window's thread."""

    pressed = Signal(object, object)
    """A notice, and which button of it; a click on the notice itself is the first."""
    refused = Signal(object)
    """A notice that no service took: show it otherwise."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Notice] = deque()
        self._ours, self._wake = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._thread.start()

    def show(self, notice: Notice) -> None:
        """Hand a notice to the service."""
        self._waiting.append(notice)
        self._wake.send(b"+")

    def close(self) -> None:
        """End the thread."""
        self._stopping = True
        self._wake.send(b"+")
        self._thread.join()
        self._wake.close()
        self._ours.close()

    def _run(self) -> None:
        try:
            talk = _Talk()
        except Exception as trouble:  # noqa: BLE001  # whatever is wrong with the bus, the tray shows the notice instead
            log.note("notices go to the tray", why=trouble)
            talk = None
        while not self._stopping:
            talk = self._turn(talk)
        if talk is not None:
            talk.close()

    def _turn(self, talk: "_Talk | None") -> "_Talk | None":
        """Wait for the window or the bus, and serve both. The answer is the bus while it works."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._ours, selectors.EVENT_READ)
            if talk is not None:
                ready.register(talk.socket, selectors.EVENT_READ)
            found = {key.fileobj for key, _ in ready.select()}
        if self._ours in found:
            self._ours.recv(64)
        try:
            if talk is not None and talk.socket in found:
                for notice, button in talk.receive():
                    self.pressed.emit(notice, button)
                for notice in talk.take_refused():
                    self.refused.emit(notice)
            while self._waiting:
                notice = self._waiting.popleft()
                if talk is None:
                    self.refused.emit(notice)
                else:
                    talk.notify(notice)
        except OSError as trouble:
            log.note("session bus gone", why=trouble)
            return None
        return talk


class _Talk:
    """One connection to the bus."""

    def __init__(self) -> None:
        from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        self._connection = open_dbus_connection(bus="SESSION")
        self._address = DBusAddress(PATH, bus_name=SERVICE, interface=SERVICE)
        rule = MatchRule(type="signal", interface=SERVICE, path=PATH)
        self._connection.send_and_get_reply(message_bus.AddMatch(rule))
        # Nobody waits for this answer: a service that hangs holds up nothing, and counts as one with buttons.
        self._what_it_can = next(self._connection.outgoing_serial)
        self._connection.send(new_method_call(self._address, "GetCapabilities"), serial=self._what_it_can)
        self._has_buttons = True
        self._asked: dict[int, Notice] = {}
        self._shown: dict[int, Notice] = {}
        self._refused: list[Notice] = []

    @property
    def socket(self) -> socket.socket:
        found: socket.socket = self._connection.sock
        return found

    def notify(self, notice: Notice) -> None:
        from jeepney import new_method_call

        urgency = ("y", 2 if notice.urgent else 1)
        # A click on the notification itself is an action as well; it is shown as a button only where it has words.
        buttons = notice.buttons if Button.OPEN in notice.buttons else (Button.OPEN, *notice.buttons)
        actions = [word for button in buttons for word in (button.value, WORDS[button])]
        text = notice.text if self._has_buttons or notice.request is None else notice.text + NO_BUTTONS
        body = (
            APPLICATION, 0, ICON_NAME, notice.title, escaped(text), actions, {"urgency": urgency}, -1
        )  # fmt: skip
        serial = next(self._connection.outgoing_serial)
        self._connection.send(new_method_call(self._address, "Notify", "susssasa{sv}i", body), serial=serial)
        self._asked[serial] = notice

    def receive(self) -> list[tuple[Notice, Button]]:
        """Take everything that has come; the answer is what was pressed on which notices."""
        pressed: list[tuple[Notice, Button]] = []
        while True:  # several messages may have come at once, and the socket is silent about those already read
            try:
                message: Any = self._connection.receive(timeout=0)
            except TimeoutError:
                return pressed
            pressed.extend(self._take(message))

    def _take(self, message: Any) -> list[tuple[Notice, Button]]:
        from jeepney import HeaderFields, MessageType

        fields = message.header.fields
        answered = self._asked.pop(fields.get(HeaderFields.reply_serial), None)
        match message.header.message_type:
            case MessageType.method_return if fields.get(HeaderFields.reply_serial) == self._what_it_can:
                self._has_buttons = "actions" in message.body[0]
            case MessageType.method_return if answered is not None:
                self._remember(message.body[0], answered)
            case MessageType.error if answered is not None:
                self._refused.append(answered)
            case MessageType.signal if fields.get(HeaderFields.member) == "ActionInvoked":
                number, action = message.body[:2]
                if number in self._shown:
                    return [(self._shown[number], each) for each in Button if each.value == action]
        return []

    def take_refused(self) -> list[Notice]:
        refused, self._refused = self._refused, []
        return refused

    def close(self) -> None:
        self._connection.close()

    def _remember(self, number: int, notice: Notice) -> None:
        self._shown[number] = notice
        while len(self._shown) > REMEMBERED:
            del self._shown[next(iter(self._shown))]


def escaped(text: str) -> str:
    """A text as the body of a notification, which is read as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
