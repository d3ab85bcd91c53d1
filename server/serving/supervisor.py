"""What the service manager that started this process is told: that it answers, and that it stops (sd_notify(3))."""

import os
import socket
import sys

VARIABLE = "NOTIFY_SOCKET"
READY = "READY=1"
STOPPING = "STOPPING=1"


def tell_supervisor(state: str) -> None:
    """Tell it, if there is one that wants to hear. It is no reason to stop that it does not listen."""
    address = os.environ.get(VARIABLE, "")
    if not address or sys.platform == "win32":
        return
    if address.startswith("@"):  # a name without a file
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling:
            telling.sendto(state.encode(), address)
    except OSError:
        return
