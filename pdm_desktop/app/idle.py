"""How long nobody has touched this computer: asked of the system, and nothing else of what its person does.

Windows counts the milliseconds since the last key or move of the mouse in the session. On Linux the desktop knows,
where it has one of two services: Mutter's (GNOME), or that of the screen saver, which KDE answers in milliseconds.
Where others answer in seconds a person is never away, which is the harmless mistake.
"""

import os
import sys
from datetime import timedelta
from typing import Final

from pdm_desktop import log

PATIENCE: Final = 2.0
"""Seconds that the desktop has for each answer."""
SERVICES: Final = (
    ("org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core", "GetIdletime"),
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "GetSessionIdleTime"),
)
"""Who may know it: the name on the session bus, also that of the interface, then the object and its method."""
TICKS: Final = 1 << 32
"""Windows' counter of milliseconds begins anew after 49 days."""


def between(last: int, now: int) -> timedelta:
    """The time between two states of Windows' counter, which may have begun anew between them."""
    return timedelta(milliseconds=(now - last) % TICKS)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _LastInput(ctypes.Structure):
        """LASTINPUTINFO of Windows."""

        _fields_ = (("size", wintypes.UINT), ("time", wintypes.DWORD))

    def idle_time() -> timedelta | None:
        """Since the last input in this session; None: Windows does not say."""
        last = _LastInput(ctypes.sizeof(_LastInput), 0)
        if not ctypes.WinDLL("user32").GetLastInputInfo(ctypes.byref(last)):
            return None
        ask = ctypes.WinDLL("kernel32").GetTickCount
        ask.restype = wintypes.DWORD
        return between(last.time, ask())

else:

    def idle_time() -> timedelta | None:
        """Since the last input in this session; None: no desktop says. It may take some seconds."""
        if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            return None
        try:
            return _ask_the_bus()
        except Exception as trouble:  # noqa: BLE001  # whatever is wrong with the bus, it is not known
            log.note("idle time unknown", why=trouble)
            return None

    def _ask_the_bus() -> timedelta | None:
        from jeepney import DBusAddress, MessageType, message_bus, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        with open_dbus_connection(bus="SESSION") as connection:
            for name, path, method in SERVICES:
                # A service that is not there is not started for this.
                owned = connection.send_and_get_reply(message_bus.NameHasOwner(name), timeout=PATIENCE)
                if owned.body != (True,):
                    continue
                call = new_method_call(DBusAddress(path, bus_name=name, interface=name), method)
                answer = connection.send_and_get_reply(call, timeout=PATIENCE)
                if answer.header.message_type is MessageType.method_return and isinstance(answer.body[0], int):
                    return timedelta(milliseconds=answer.body[0])
        return None
