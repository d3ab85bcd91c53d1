"""How long nobody has touched the computer, as each system tells it."""

import json
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest

from pdm_desktop.app.idle import SERVICES, TICKS, between, idle_time

_BUS = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("dbus-run-session") is None, reason="needs a D-Bus daemon"
)
_DESKTOP = """\
import json, sys, threading
from jeepney import MessageType, HeaderFields, message_bus, new_error, new_method_return
from jeepney.io.blocking import open_dbus_connection
from pdm_desktop.app.idle import idle_time

service, path, method, signature, answer = json.loads(sys.argv[1])
if service:
    desktop = open_dbus_connection(bus="SESSION")
    assert desktop.send_and_get_reply(message_bus.RequestName(service)).body == (1,)

    def serve():
        while True:
            asked = desktop.receive()
            if asked.header.message_type is MessageType.method_call:
                named = [asked.header.fields.get(each) for each in (HeaderFields.path, HeaderFields.member)]
                if named == [path, method] and signature:
                    desktop.send(new_method_return(asked, signature, (answer,)))
                else:
                    desktop.send(new_error(asked, "org.freedesktop.DBus.Error.UnknownMethod", "s", ("no",)))

    threading.Thread(target=serve, daemon=True).start()
found = idle_time()
print("unknown" if found is None else found.total_seconds(), flush=True)
"""


def told_by(service: str, path: str = "", method: str = "", signature: str = "", answer: object = None) -> str:
    """What the seat finds in a session with such a desktop."""
    words = json.dumps([service, path, method, signature, answer])
    command = ["dbus-run-session", "--", sys.executable, "-c", _DESKTOP, words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return ended.stdout.strip()


@_BUS
@pytest.mark.parametrize(("place", "signature"), [(0, "t"), (1, "u")], ids=["mutter", "screen saver"])
def test_a_desktop_tells_it(place: int, signature: str) -> None:
    assert told_by(*SERVICES[place], signature, 754_321) == "754.321"


@_BUS
@pytest.mark.parametrize(
    ("service", "signature", "answer"),
    [("", "", None), (SERVICES[1][0], "", None), (SERVICES[1][0], "s", "long")],
    ids=["no such service", "does not know the method", "no number"],
)
def test_where_nobody_tells_it_is_unknown(service: str, signature: str, answer: object) -> None:
    assert told_by(service, *SERVICES[1][1:], signature, answer) == "unknown"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no bus on Windows")
@pytest.mark.parametrize("address", ["", "unix:path=/nobody/is/here"], ids=["no bus", "a bus that is gone"])
def test_without_a_bus_it_is_unknown(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert idle_time() is None


@pytest.mark.skipif(sys.platform != "win32", reason="asks Windows")
def test_windows_tells_it() -> None:
    found = idle_time()
    assert found is not None
    assert found >= timedelta()


@pytest.mark.parametrize(
    ("last", "now", "milliseconds"),
    [(1_000, 601_000, 600_000), (TICKS - 1_000, 2_000, 3_000), (5, 5, 0)],
    ids=["later", "begun anew", "at once"],
)
def test_the_counter_of_windows_may_begin_anew(last: int, now: int, milliseconds: int) -> None:
    assert between(last, now) == timedelta(milliseconds=milliseconds)
