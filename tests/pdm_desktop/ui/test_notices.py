"""Notices: kept in order, shown by the session bus where there is one, else by the tray; a click knows its notice."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from pdm_desktop.core.notices import ANSWERS, Button, Notice
from pdm_desktop.ui.dbus_notices import escaped
from pdm_desktop.ui.notices import Desktop
from pdm_desktop.ui.toasts import Toasts

FIRST = Notice(title="a.nc is locked", text="Tomas Ruiz has it on CAM-07: <5 & more", vault="v", target="a")
SECOND = Notice(title="b.nc is free", text="Mei Tanaka checked in Rev 2.0.", vault="v", target="b")
ASKS = Notice(title="Mei Tanaka asks for your file", text="a.nc.", request="r1", buttons=ANSWERS, urgent=True)


class Balloon(QSystemTrayIcon):
    """A tray icon that keeps what it was told to show: without a screen there is no tray."""

    messageClicked = Signal()  # noqa: N815 - a name of Qt's own

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str]] = []

    def showMessage(self, title: str, text: str, icon: QIcon) -> None:  # type: ignore[override]  # the one form in use
        self.shown.append((title, text))


@pytest.fixture
def no_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)


def test_without_bus_and_tray_the_last_notices_are_kept(no_bus: None, qtbot: QtBot) -> None:
    desktop = Desktop(None)
    with qtbot.waitSignal(desktop.raised) as told:
        desktop.raise_notice(FIRST)
    desktop.raise_notice(SECOND)
    assert told.args == [FIRST]
    assert desktop.last() == [SECOND, FIRST]
    desktop.close()


def test_without_a_bus_the_tray_shows_it_and_a_click_goes_to_the_last(no_bus: None, qtbot: QtBot) -> None:
    balloon = Balloon()
    desktop = Desktop(balloon)
    desktop.raise_notice(FIRST)
    desktop.raise_notice(SECOND)
    # On Windows it is asked for toasts first, in a thread of its own.
    qtbot.waitUntil(lambda: balloon.shown == [(FIRST.title, FIRST.text), (SECOND.title, SECOND.text)])
    with qtbot.waitSignal(desktop.clicked) as told:
        balloon.messageClicked.emit()
    assert told.args == [SECOND]
    desktop.close()


def test_a_bus_that_does_not_answer_leaves_it_to_the_tray(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus")
    balloon = Balloon()
    desktop = Desktop(balloon)
    desktop.raise_notice(FIRST)
    qtbot.waitUntil(lambda: balloon.shown == [(FIRST.title, FIRST.text)])
    desktop.close()


def test_text_is_no_markup_for_the_notification_service() -> None:
    assert escaped("a <b> & c") == "a &lt;b&gt; &amp; c"


def test_what_is_pressed_on_a_toast_of_windows_answers_the_request_or_opens_it(
    no_bus: None, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_windows: list[Callable[[str], None]] = []

    class Windows:
        def show(self, content: str, pressed: Callable[[str], None], failed: Callable[[], None]) -> None:
            told_windows.append(pressed)

    monkeypatch.setattr("pdm_desktop.ui.notices._service", lambda parent: Toasts(parent, make=Windows))
    desktop = Desktop(None)
    heard: list[tuple[object, ...]] = []
    desktop.clicked.connect(lambda notice: heard.append((notice,)))
    desktop.answered.connect(lambda notice, button: heard.append((notice, button)))
    desktop.raise_notice(ASKS)
    qtbot.waitUntil(lambda: len(told_windows) == 1)
    for words in ("", "release", "keep", "transfer"):
        told_windows[0](words)
    qtbot.waitUntil(lambda: len(heard) == 4)
    assert heard == [(ASKS,), (ASKS, Button.RELEASE), (ASKS, Button.KEEP), (ASKS, Button.TRANSFER)]
    desktop.close()


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="needs a D-Bus daemon")
@pytest.mark.parametrize("case", ["clicks", "plain", "refused"])
def test_on_a_real_bus_a_click_goes_to_its_own_notice(case: str) -> None:
    """Plain is a service that says that it has no buttons: there a request says where it is answered."""
    script = Path(__file__).with_name("bus_script.py")
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, str(script), case],
        check=False, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
