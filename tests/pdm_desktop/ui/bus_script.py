"""Runs inside a D-Bus session of its own: notices through the bus, to a service in a second thread or to none."""

import os
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))
os.environ["QT_QPA_PLATFORM"] = "offscreen"

from jeepney import DBusAddress, HeaderFields, MessageType, message_bus, new_method_return, new_signal
from jeepney.io.blocking import open_dbus_connection
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from pdm_desktop.core.notices import ANSWERS, Button, Notice
from pdm_desktop.ui.dbus_notices import PATH, SERVICE, BusNotices

NOTICES = [
    Notice(title=f"{name}.nc is locked", text="<5 & more", vault="v", target=name, urgent=name == "c") for name in "abc"
]
ASKS = Notice(title="Mei asks for your file", text="a.nc.", request="r1", buttons=ANSWERS, urgent=True)
PATIENCE_MS = 20_000


class Service(threading.Thread):
    """A notification service that is pressed on its first two notices as soon as it has three, then on a request."""

    def __init__(self, *abilities: str) -> None:
        super().__init__(daemon=True)
        self.abilities = [*abilities]
        self.connection = open_dbus_connection(bus="SESSION")
        self.connection.send_and_get_reply(message_bus.RequestName(SERVICE))
        self.bodies: list[Any] = []

    def run(self) -> None:
        self._serve(len(NOTICES))
        self._press((1, "default"), (2, "quiet"), (3, "of tomorrow"))
        self._serve(len(NOTICES) + 1)
        self._press((4, "keep"))

    def _serve(self, until: int) -> None:
        """Take notices until there are so many."""
        while len(self.bodies) < until:
            message = self.connection.receive()
            if message.header.message_type is not MessageType.method_call:
                continue
            match message.header.fields[HeaderFields.member]:
                case "Notify":
                    self.bodies.append(message.body)
                    self.connection.send(new_method_return(message, "u", (len(self.bodies),)))
                case "GetCapabilities":
                    self.connection.send(new_method_return(message, "as", (self.abilities,)))

    def _press(self, *what: tuple[int, str]) -> None:
        address = DBusAddress(PATH, interface=SERVICE)
        for number, action in what:
            self.connection.send(new_signal(address, "ActionInvoked", "us", (number, action)))


def main(case: str) -> None:
    application = QApplication([])
    service = None if case == "refused" else Service("body", *(["actions"] if case == "clicks" else []))
    if service is not None:
        service.start()
    bus = BusNotices()
    got: list[object] = []
    loop = QEventLoop()
    pressed = [(NOTICES[0], Button.OPEN), (NOTICES[1], Button.QUIET), (ASKS, Button.KEEP)]
    wanted = [*NOTICES] if service is None else pressed
    bus.refused.connect(got.append)
    bus.pressed.connect(lambda notice, button: got.append((notice, button)))
    bus.pressed.connect(lambda *_: bus.show(ASKS) if len(got) == len(wanted) - 1 else None)
    for told in (bus.refused, bus.pressed):
        told.connect(lambda *_: loop.quit() if len(got) >= len(wanted) else None)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    for notice in NOTICES:
        bus.show(notice)
    loop.exec()
    bus.close()
    assert got == wanted, got
    if service is not None:
        assert [body[3] for body in service.bodies] == [notice.title for notice in (*NOTICES, ASKS)]
        assert service.bodies[0][4] == "&lt;5 &amp; more"
        assert service.bodies[0][5] == ["default", "Open", "quiet", "Quiet for 1 h"]
        assert [body[6]["urgency"] for body in service.bodies] == [("y", 1), ("y", 1), ("y", 2), ("y", 2)]
        assert service.bodies[3][4] == ("a.nc." if case == "clicks" else "a.nc. Open PDM Desktop to answer.")
        assert service.bodies[3][5][2:] == ["release", "Release…", "keep", "Keep", "transfer", "Transfer…"]
    application.processEvents()


main(sys.argv[1])
