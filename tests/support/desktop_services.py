"""A notification daemon and a tray's host for one D-Bus session, in one process that tells what programs ask of it.

It owns `org.freedesktop.Notifications` and `org.kde.StatusNotifierWatcher`. Each request becomes one JSON line on
standard output; standard input takes `click ID` (the person clicks that notice), `activate` (clicks the tray icon) and
`tooltip`. With `--no-buttons` its notices can neither be pressed nor clicked, as those of some desktops.
Run it with the session's bus in DBUS_SESSION_BUS_ADDRESS; it ends when its standard input does.
"""

import json
import select
import sys
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

NOTIFICATIONS = "org.freedesktop.Notifications"
WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
PROPERTIES = "org.freedesktop.DBus.Properties"
PIXELS = {"image-data", "image_data", "icon_data"}


class Desktop:
    """What the session's programs see of a desktop."""

    def __init__(self, connection: DBusConnection, *, has_buttons: bool) -> None:
        self.connection = connection
        self.has_buttons = has_buttons
        self.items: list[str] = []
        self.notices = 0
        self.waiting: dict[int, str] = {}

    def own(self, name: str) -> None:
        """Take a well-known name of the bus. Raises SystemExit if somebody else has it."""
        reply = self.connection.send_and_get_reply(message_bus.RequestName(name))
        if reply.body != (1,):
            raise SystemExit(f"{name} is taken on this bus")

    def obey(self, line: str) -> None:
        """Do what the test says a person does."""
        match line.split():
            case ["click", number, *action] if self.has_buttons:
                origin = DBusAddress("/org/freedesktop/Notifications", NOTIFICATIONS, NOTIFICATIONS)
                self.connection.send(
                    new_signal(origin, "ActionInvoked", "us", (int(number), action[0] if action else "default"))
                )
            case ["activate"]:
                self._ask_item(ITEM, "Activate", "ii", (10, 10))
            case ["tooltip"]:
                serial = self._ask_item(PROPERTIES, "Get", "ss", (ITEM, "ToolTip"))
                self.waiting[serial] = "tooltip"
            case words:
                raise SystemExit(f"not understood: {words}")

    def _ask_item(self, interface: str, member: str, signature: str, body: tuple[Any, ...]) -> int:
        address = DBusAddress("/StatusNotifierItem", self.items[-1], interface)
        serial: int = next(self.connection.outgoing_serial)
        self.connection.send(new_method_call(address, member, signature, body), serial=serial)
        return serial

    def receive(self, message: Message) -> None:
        """Answer one message of the bus."""
        match message.header.message_type:
            case MessageType.method_call:
                self._answer(message, message.header.fields[HeaderFields.member])
            case MessageType.method_return:
                question = self.waiting.pop(message.header.fields[HeaderFields.reply_serial], None)
                if question:
                    tell(tooltip=message.body[0][1][2:])

    def _answer(self, message: Message, member: str) -> None:
        body = message.body
        match member:
            case "Notify":
                self.notices += 1
                number = body[1] or self.notices
                hints = {key: "pixels" if key in PIXELS else value[1] for key, value in body[6].items()}
                said = {"app": body[0], "title": body[3], "text": body[4], "actions": body[5], "hints": hints}
                tell(notice={"id": number, **said})
                self._reply(message, "u", (number,))
            case "GetServerInformation":
                self._reply(message, "ssss", ("test desktop", "tests", "1", "1.2"))
            case "GetCapabilities":
                self._reply(message, "as", (["body", "icon-static", *(["actions"] if self.has_buttons else [])],))
            case "CloseNotification":
                self._reply(message)
            case "RegisterStatusNotifierItem":
                sender = message.header.fields[HeaderFields.sender]
                self.items.append(sender if body[0].startswith("/") else body[0])
                self._reply(message)
                origin = DBusAddress("/StatusNotifierWatcher", interface=WATCHER)
                self.connection.send(new_signal(origin, "StatusNotifierItemRegistered", "s", (self.items[-1],)))
                tell(tray=self.items[-1])
            case "RegisterStatusNotifierHost":
                self._reply(message)
            case "Get":
                self._reply(message, "v", (self._properties()[body[1]],))
            case "GetAll":
                self._reply(message, "a{sv}", (self._properties(),))
            case "Introspect":
                self._reply(message, "s", ("<node/>",))
            case _:
                self.connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))

    def _properties(self) -> dict[str, tuple[str, Any]]:
        return {
            "IsStatusNotifierHostRegistered": ("b", True),
            "ProtocolVersion": ("i", 0),
            "RegisteredStatusNotifierItems": ("as", self.items),
        }

    def _reply(self, message: Message, signature: str | None = None, body: tuple[Any, ...] = ()) -> None:
        self.connection.send(new_method_return(message, signature, body))


def tell(**what: Any) -> None:
    """One JSON line for the test."""
    print(json.dumps(what, ensure_ascii=False), flush=True)


def main() -> None:
    """Serve until standard input ends."""
    with open_dbus_connection(bus="SESSION") as connection:
        desktop = Desktop(connection, has_buttons="--no-buttons" not in sys.argv)
        desktop.own(NOTIFICATIONS)
        desktop.own(WATCHER)
        tell(ready=True)
        while True:
            ready, _, _ = select.select([connection.sock, sys.stdin], [], [])
            if sys.stdin in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                desktop.obey(line)
            if connection.sock in ready:
                desktop.receive(connection.receive())


if __name__ == "__main__":
    main()
