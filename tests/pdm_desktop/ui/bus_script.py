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

from pdm_desktop.core.notices import Button, Notice
from pdm_desktop.ui.dbus_notices import PATH, SERVICE, BusNotices

NOTICES = [
    Notice(title=f"{name}.nc is locked", text="<5 & more", vault="v", target=name, urgent=name == "c") for name in "abc"
]
PATIENCE_MS = 20_000


class Service(threading.Thread):
    """A notification service that is pressed on its first two notices as soon as it has three."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.connection = open_dbus_connection(bus="SESSION")
        self.connection.send_and_get_reply(message_bus.RequestName(SERVICE))
        self.bodies: list[Any] = []

    def run(self) -> None:
        while len(self.bodies) < len(NOTICES):
            message = self.connection.receive()
            fields = message.header.fields
            if message.header.message_type is MessageType.method_call and fields[HeaderFields.member] == "Notify":
                self.bodies.append(message.body)
                self.connection.send(new_method_return(message, "u", (len(self.bodies),)))
        address = DBusAddress(PATH, interface=SERVICE)
        for number, action in ((1, "default"), (2, "quiet"), (3, "of tomorrow")):
            self.connection.send(new_signal(address, "ActionInvoked", "us", (number, action)))


def main(case: str) -> None:
    application = QApplication([])
    service = Service() if case == "clicks" else None
    if service is not None:
        service.start()
    bus = BusNotices()
    got: list[object] = []
    loop = QEventLoop()
    wanted = [(NOTICES[0], Button.OPEN), (NOTICES[1], Button.QUIET)] if case == "clicks" else [*NOTICES]
    bus.refused.connect(got.append)
    bus.pressed.connect(lambda notice, button: got.append((notice, button)))
    for told in (bus.refused, bus.pressed):
        told.connect(lambda *_: loop.quit() if len(got) >= len(wanted) else None)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    for notice in NOTICES:
        bus.show(notice)
    loop.exec()
    bus.close()
    assert got == wanted, got
    if service is not None:
        assert [body[3] for body in service.bodies] == [notice.title for notice in NOTICES]
        assert service.bodies[0][4] == "&lt;5 &amp; more"
        assert service.bodies[0][5] == ["default", "Open", "quiet", "Quiet for 1 h"]
        assert [body[6]["urgency"] for body in service.bodies] == [("y", 1), ("y", 1), ("y", 2)]
    application.processEvents()


main(sys.argv[1])
