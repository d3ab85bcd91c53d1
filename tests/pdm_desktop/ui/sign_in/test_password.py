"""The window in which somebody sets another password."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office.accounts import ChangePassword
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.sign_in.password import PasswordDialog
from pdm_desktop.ui.theme import Theme
from tests.support import sample


class Room:
    def __init__(self, qtbot: QtBot) -> None:
        self.store = Store(clock=sample.clock)
        self.asked: list[Request] = []
        self.bridge = Bridge(self.store)
        self.dialog = PasswordDialog(self.bridge, self.asked.append, "Tomas Ruiz")
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(self.dialog)
        self.dialog.show()
        qtbot.waitExposed(self.dialog)

    def change(self) -> ChangePassword:
        QTest.keyClicks(self.dialog.old, "correct horse")
        QTest.keyClicks(self.dialog.new.field, "another horse")
        QTest.keyClick(self.dialog.new.field, Qt.Key.Key_Return)
        request = self.asked[-1]
        assert isinstance(request, ChangePassword)
        return request


@pytest.fixture
def room(qtbot: QtBot, theme: Theme) -> Iterator[Room]:
    made = Room(qtbot)
    yield made
    made.bridge.close()


def test_it_closes_when_the_server_has_taken_the_new_password(room: Room) -> None:
    request = room.change()
    assert request == ChangePassword(old="correct horse", new="another horse")
    assert room.dialog.isVisible()
    room.store.made(request)
    assert not room.dialog.isVisible()


def test_a_wrong_password_is_said_there_and_the_new_one_stays(room: Room) -> None:
    request = room.change()
    room.store.raise_trouble(Trouble(title="You are not signed in", text="It is another."), request)
    assert room.dialog.isVisible()
    assert room.dialog.bar.text() == "Your password is the same as before. It is another."
    assert (room.dialog.old.text(), room.dialog.new.text) == ("", "another horse")
    assert room.dialog.focusWidget() is room.dialog.old
    assert not room.dialog.main.isEnabled()


def test_the_main_button_waits_for_both(room: Room) -> None:
    QTest.keyClicks(room.dialog.new.field, "another horse")
    assert not room.dialog.main.isEnabled()
    QTest.keyClicks(room.dialog.old, "x")
    assert room.dialog.main.isEnabled()
    room.dialog.new.field.setText("short")
    assert not room.dialog.main.isEnabled()


def test_another_wish_does_not_close_it(room: Room) -> None:
    room.change()
    room.store.made(ChangePassword(old="correct horse", new="another horse"))
    room.store.raise_trouble(Trouble(title="x", text="y"))
    assert room.dialog.isVisible()
    assert not room.dialog.bar.isVisible()
