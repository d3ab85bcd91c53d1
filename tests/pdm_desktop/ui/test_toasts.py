"""Notices as Windows' toasts: what Windows is given, what comes back to the window, and what the tray shows."""

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QCoreApplication, QThread
from pytestqt.qtbot import QtBot

from pdm_desktop.core.notices import ANSWERS, WORDS, Button, Notice
from pdm_desktop.ui.toasts import Toasts, button_of, content_of

LOCKED = Notice(title="a & b.nc is locked", text='Tomas has it: <"5">', vault="v", target="a")
FREE = Notice(title="b.nc is free", text="Mei Tanaka checked in Rev 2.0.", vault="v", target="b", urgent=True)


class Windows:
    """What shows toasts, as far as the program knows it; its answers come on a thread of its own."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.shown: list[str] = []
        self.asked_on: list[threading.Thread] = []
        self._refuses = refuses
        self._pressed: list[Callable[[str], None]] = []
        self._failed: list[Callable[[], None]] = []

    def show(self, content: str, pressed: Callable[[str], None], failed: Callable[[], None]) -> None:
        """Take one."""
        self.asked_on.append(threading.current_thread())
        if self._refuses:
            raise OSError(-2143420155, "Notifications are switched off")
        self.shown.append(content)
        self._pressed.append(pressed)
        self._failed.append(failed)

    def press(self, place: int, words: str) -> None:
        """Somebody presses that toast."""
        self._tell(lambda: self._pressed[place](words))

    def fail(self, place: int) -> None:
        """That toast cannot be shown after all."""
        self._tell(self._failed[place])

    def _tell(self, what: Callable[[], None]) -> None:
        thread = threading.Thread(target=what)
        thread.start()
        thread.join()


class Shown:
    """Toasts, what shows them, and what they told."""

    def __init__(self, make: Callable[[], Windows]) -> None:
        self.toasts = Toasts(make=make)
        self.told: list[object] = []
        self.threads: list[QThread] = []
        self.toasts.pressed.connect(lambda notice, button: self._hear((notice, button)))
        self.toasts.refused.connect(self._hear)

    def _hear(self, what: object) -> None:
        self.told.append(what)
        self.threads.append(QThread.currentThread())


@pytest.fixture
def windows() -> Windows:
    return Windows()


@pytest.fixture
def shown(qtbot: QtBot, windows: Windows) -> Iterator[Shown]:
    made = Shown(lambda: windows)
    yield made
    made.toasts.close()


def test_a_toast_says_all_of_a_notice_and_has_its_buttons() -> None:
    toast = ElementTree.fromstring(content_of(LOCKED))  # noqa: S314 - it was made here
    assert [each.text for each in toast.iter("text")] == [LOCKED.title, LOCKED.text]
    actions = [(each.get("arguments"), each.get("content")) for each in toast.iter("action")]
    assert actions == [("default", "Open"), ("quiet", "Quiet for 1 h")]
    asked = replace(LOCKED, request="r1", buttons=ANSWERS)
    toast_of_request = ElementTree.fromstring(content_of(asked))  # noqa: S314 - it was made here
    assert [each.get("content") for each in toast_of_request.iter("action")] == [WORDS[each] for each in ANSWERS]
    assert [WORDS[each] for each in ANSWERS] == ["Release…", "Keep", "Transfer…"]
    assert (toast.get("launch"), toast.get("duration")) == ("default", None)
    assert ElementTree.fromstring(content_of(FREE)).get("duration") == "long"  # noqa: S314 - it was made here


def test_what_is_pressed_is_told_on_the_windows_thread_with_its_own_notice(
    shown: Shown, windows: Windows, qtbot: QtBot
) -> None:
    shown.toasts.show(LOCKED)
    shown.toasts.show(FREE)
    qtbot.waitUntil(lambda: len(windows.shown) == 2)
    windows.press(1, "quiet")
    windows.press(0, "default")
    windows.press(0, "")
    qtbot.waitUntil(lambda: len(shown.told) == 3)
    assert shown.told == [(FREE, Button.QUIET), (LOCKED, Button.OPEN), (LOCKED, Button.OPEN)]
    assert {*shown.threads} == {QThread.currentThread()}
    assert threading.current_thread() not in windows.asked_on


def test_a_toast_that_fails_later_is_shown_otherwise(shown: Shown, windows: Windows, qtbot: QtBot) -> None:
    shown.toasts.show(LOCKED)
    qtbot.waitUntil(lambda: len(windows.shown) == 1)
    windows.fail(0)
    qtbot.waitUntil(lambda: shown.told == [LOCKED])


def test_a_toast_that_is_refused_is_shown_otherwise_and_the_next_one_is_tried(qtbot: QtBot) -> None:
    windows = Windows(refuses=True)
    shown = Shown(lambda: windows)
    for notice in (LOCKED, FREE):
        shown.toasts.show(notice)
    shown.toasts.close()  # it waits for its thread; what that has told comes with the next events
    QCoreApplication.processEvents()
    assert shown.told == [LOCKED, FREE]
    assert len(windows.asked_on) == 2


def test_where_there_are_no_toasts_each_notice_is_shown_otherwise(qtbot: QtBot) -> None:
    tries: list[int] = []

    def none() -> Windows:
        tries.append(1)
        raise ImportError("No module named 'winrt'")

    shown = Shown(none)
    assert tries == [], "nothing is loaded before the first notice"
    for notice in (LOCKED, FREE):
        shown.toasts.show(notice)
    qtbot.waitUntil(lambda: shown.told == [LOCKED, FREE])
    assert len(tries) == 1
    shown.toasts.close()


class Winrt:
    """Windows' own library as it answers a program that is no package, and has never shown a toast before."""

    def __init__(self, *, refuses: bool = False, learns: bool = True) -> None:
        self.shown: list[str] = []
        self.settings_read = 0
        self._refuses = refuses
        self._learns = learns

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be what an import finds."""
        parts: dict[str, dict[str, object]] = {
            "winrt": {},
            "winrt.runtime": {"ApartmentType": SimpleNamespace(MULTI_THREADED=1), "init_apartment": lambda _: None},
            "winrt.windows": {},
            "winrt.windows.data": {},
            "winrt.windows.data.xml": {"dom": SimpleNamespace(XmlDocument=WinrtDocument)},
            "winrt.windows.ui": {
                "notifications": SimpleNamespace(
                    ToastNotification=WinrtToast,
                    ToastNotificationManager=SimpleNamespace(create_toast_notifier=lambda _: self),
                )
            },
        }
        for name, holds in parts.items():
            module = ModuleType(name)
            vars(module).update(holds)
            monkeypatch.setitem(sys.modules, name, module)

    @property
    def setting(self) -> int:
        self.settings_read += 1
        if not self.shown or not self._learns:
            raise OSError(0x80070490, "Element not found")
        return 0

    def show(self, toast: "WinrtToast") -> None:
        if self._refuses:
            raise OSError(0x80070490, "Element not found")
        self.shown.append(toast.document.content)


class WinrtDocument:
    content = ""

    def load_xml(self, content: str) -> None:
        self.content = content


class WinrtToast:
    def __init__(self, document: WinrtDocument) -> None:
        self.document = document

    def add_activated(self, handler: object) -> None:
        """Nobody presses it."""

    def add_failed(self, handler: object) -> None:
        """It does not fail."""


def told_by(made: Toasts, *notices: Notice) -> list[Notice]:
    """Show these; which are to be shown otherwise."""
    refused: list[Notice] = []
    made.refused.connect(refused.append)
    for notice in notices:
        made.show(notice)
    made.close()
    QCoreApplication.processEvents()
    return refused


@pytest.mark.parametrize("learns", [True, False])
def test_toasts_are_shown_to_a_person_who_has_never_seen_one_of_this_program(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, *, learns: bool
) -> None:
    """Windows says nothing of the settings of such a program before."""
    windows = Winrt(learns=learns)
    windows.install(monkeypatch)
    assert told_by(Toasts(), LOCKED, FREE) == []
    assert windows.shown == [content_of(LOCKED), content_of(FREE)]
    assert windows.settings_read == 1


def test_what_windows_refuses_to_show_goes_to_the_tray(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = Winrt(refuses=True)
    windows.install(monkeypatch)
    assert told_by(Toasts(), LOCKED, FREE) == [LOCKED, FREE]


def test_without_a_shortcut_of_this_program_the_real_thing_leaves_it_to_the_tray(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither another system, nor Wine, nor a Windows on which nobody has installed this, has toasts of it."""
    caplog.set_level(logging.INFO)
    made = Toasts()
    refused: list[Notice] = []
    made.refused.connect(refused.append)
    made.show(LOCKED)
    qtbot.waitUntil(lambda: refused == [LOCKED], timeout=20_000)
    made.close()
    (why,) = [each for each in caplog.messages if each.startswith(("notices go to the tray", "toast refused"))]
    assert ("No module named" in why) == (sys.platform != "win32"), why


def test_whatever_windows_says_of_a_press_is_a_click() -> None:
    assert [button_of(words) for words in ("default", "quiet", "", "of tomorrow")] == [
        Button.OPEN, Button.QUIET, Button.OPEN, Button.OPEN,
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="there the library may be loaded for the tests before")
def test_the_library_is_loaded_only_where_it_is_used() -> None:
    assert "winrt" not in sys.modules
