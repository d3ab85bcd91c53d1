"""What tests of the window share: a seat's window over the sample shop, and everything that it asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pdm_desktop.core.requests import Request
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.main_window import MainWindow
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.theme import Theme, Wish
from tests.support import sample

HERE = Path(__file__).parent
# The platform without a screen says so each time a window has a least size or comes forward; no other does.
NO_SCREEN = r"This plugin does not support (propagateSizeHints|raise)\(\)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.qt_log_ignore(NO_SCREEN, extend=True))


@dataclass
class Desk:
    """A window, what it shows, and what was asked of it."""

    store: Store
    bridge: Bridge
    memory: Memory
    theme: Theme
    window: MainWindow
    asked: list[Request] = field(default_factory=list)


@pytest.fixture(autouse=True)
def no_key_stays_held(qapp: QApplication) -> Iterator[None]:
    """A key with Shift or Ctrl counts as held until the next key: in another test a click would mean something else."""
    yield
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        hand = QWidget()
        hand.show()
        QTest.keyRelease(hand, Qt.Key.Key_Shift)
        hand.hide()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, Wish.LIGHT)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def make_desk(qtbot: QtBot, theme: Theme, memory: Memory) -> Iterator[Callable[[Store], Desk]]:
    made: list[Desk] = []

    def make(store: Store) -> Desk:
        bridge = Bridge(store)
        asked: list[Request] = []
        window = MainWindow(store, bridge, asked.append, sample.clock, memory, theme)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        made.append(Desk(store, bridge, memory, theme, window, asked))
        return made[-1]

    yield make
    for desk in made:
        desk.bridge.close()


@pytest.fixture
def desk(make_desk: Callable[[Store], Desk]) -> Desk:
    return make_desk(sample.store())


@pytest.fixture
def active(desk: Desk, qtbot: QtBot) -> Desk:
    desk.window.activateWindow()
    qtbot.waitUntil(lambda: desk.window.isActiveWindow())
    desk.asked.clear()
    return desk


def offline(desk: Desk) -> None:
    """The connection has gone some minutes ago."""
    since = sample.NOW - timedelta(minutes=18)
    desk.store.connect(Connection(
        phase=Phase.OFFLINE, since=since, detail="No server answers.", next_try=sample.NOW + timedelta(seconds=12)
    ))  # fmt: skip


def opened(kind: type[QWidget]) -> QWidget | None:
    """The visible top-level window of a kind. What an earlier test left, and only waits to go, is gone."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return next((each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()), None)
