"""The seat on a real X display and D-Bus session: tray icon, notification, its click, and one program a user."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import ANNA, SAM, MakeSeat
from tests.support import desktop
from tests.support.desktop import Session, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Xvfb and D-Bus are Linux's")
FILE = "2210 Manifold block/2210-block-op10.nc"
NULL_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Session]:
    home = tmp_path / "home"
    home.mkdir()
    with desktop.session(home) as session:
        session.environment |= NULL_KEYRING
        yield session


def test_a_notice_reaches_the_desktop_and_its_click_goes_to_the_file(screen: Session, seat: MakeSeat) -> None:
    assert screen.services
    sam = seat(SAM, environment=screen.environment)
    screen.services.tray_registered()
    anna = seat(ANNA)
    anna.do("open", path=FILE)
    sam.do("hide")
    anna.do("check_out", path=FILE, message="Roughing")
    notice = screen.services.next_notice()
    assert notice["app"] == "PDM Desktop"
    assert (notice["title"], notice["text"]) == (
        "2210-block-op10.nc is locked",
        "Anna Novak has it on CAD-04: Roughing",
    )
    assert not sam.do("status")["visible"]
    screen.services.click(notice["id"])
    wait_for(lambda: sam.do("status")["selected"] == [FILE], "the click's way to the file")
    assert sam.do("status")["visible"]


def test_the_tray_icon_tells_the_state_and_opens_the_window(screen: Session, seat: MakeSeat) -> None:
    assert screen.services
    sam = seat(SAM, environment=screen.environment)
    screen.services.tray_registered()
    sam.do("hide")
    services = screen.services
    wait_for(lambda: "in step" in " ".join(services.tooltip()), "the tool tip's state")
    services.activate_tray()
    wait_for(lambda: sam.do("status")["visible"], "the window after a click on the tray icon")


def test_a_second_start_raises_the_first_and_ends(screen: Session, seat: MakeSeat) -> None:
    sam = seat(SAM, environment=screen.environment)
    sam.do("hide")
    command = [sys.executable, "-m", "pdm_desktop", "--data", str(sam.data)]
    done = subprocess.run(command, env=screen.environment | {"PYTHONPATH": "."}, timeout=30, check=False)
    assert done.returncode == 0
    wait_for(lambda: sam.do("status")["visible"], "the first program's window")


def test_a_real_panel_and_a_real_notification_daemon_show_it(seat: MakeSeat, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with (
        desktop.session(home, stand_in=False) as session,
        desktop.running(["dunst"], session.environment),
        desktop.running(["xfce4-panel", "--disable-wm-check"], session.environment, stderr=subprocess.DEVNULL),
    ):
        session.wait_for_name("org.freedesktop.Notifications")
        session.wait_for_name("org.kde.StatusNotifierWatcher")
        sam = seat(SAM, environment=session.environment | NULL_KEYRING)
        assert sam.do("tray")["visible"]
        anna = seat(ANNA)
        anna.do("open", path=FILE)
        anna.do("check_out", path=FILE, message="Roughing")
        displayed = ("org.freedesktop.DBus.Properties.Get", "string:org.dunstproject.cmd0", "string:displayedLength")
        wait_for(lambda: "uint32 1" in ask_dunst(session, *displayed), "the bubble on the screen")
        ask_dunst(session, "org.dunstproject.cmd0.NotificationCloseAll")
        history = ask_dunst(session, "org.dunstproject.cmd0.NotificationListHistory")
        assert "2210-block-op10.nc is locked" in history
        assert "Anna Novak has it on CAD-04: Roughing" in history
        sam.stop()  # before its screen goes


def ask_dunst(session: Session, *call: str) -> str:
    """What the notification daemon answers to a call of its own interface."""
    to = ("--dest=org.freedesktop.Notifications", "/org/freedesktop/Notifications")
    return session.run("dbus-send", "--session", "--print-reply", *to, *call).stdout
