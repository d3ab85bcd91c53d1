"""The sign-in window by keys and clicks."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from pdm_desktop.core.requests import (
    AskAboutFolder,
    AskWhoseToken,
    FindServer,
    InstallUpdate,
    Request,
    SignIn,
    SignInByCode,
    SignInByToken,
)
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.updates import Need, Update
from pdm_desktop.state.changes import ServerFound, TokenKnown, TokenWanted
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.fixed import FIXED
from pdm_desktop.ui.sign_in.way import Way
from pdm_desktop.ui.sign_in.window import SignInWindow
from pdm_desktop.ui.theme import Theme
from server.protocol.calls import Installer, ServerInfo, TokenOwner
from tests.support import sample

ADDRESS = "https://pdm.hartmann.example"
INFO = ServerInfo(id="works", name="Hartmann Precision", version="1.4", oldest_client="1")


class Door:
    """The window, its store, and what it asked for."""

    def __init__(self, qtbot: QtBot, *, server: str = "", name: str = "", is_fixed: bool = False) -> None:
        self.store = Store(clock=sample.clock)
        self.asked: list[Request] = []
        self.bridge = Bridge(self.store)
        self.window = SignInWindow(
            self.bridge, self.asked.append, server=server, name=name, is_fixed=is_fixed,
            update=lambda: self.store.update, signed_in=lambda: self.store.account is not None,
        )  # fmt: skip
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)

    @property
    def page(self) -> int:
        return self.window._pages.currentIndex()


@pytest.fixture
def door(qtbot: QtBot, theme: Theme) -> Iterator[Door]:
    made = Door(qtbot)
    yield made
    made.bridge.close()


@pytest.fixture
def second(qtbot: QtBot, theme: Theme) -> Iterator[Door]:
    made = Door(qtbot, server=ADDRESS, name="sam.becker")
    assert made.asked == [FindServer(address=ADDRESS)], "whether it has a GitLab"
    made.asked.clear()
    yield made
    made.bridge.close()


def test_next_looks_for_the_server_and_goes_on_when_it_is_found(door: Door, qtbot: QtBot) -> None:
    QTest.keyClicks(door.window.server, "pdm.hartmann.example")
    QTest.keyClick(door.window.server, Qt.Key.Key_Return)
    assert door.asked == [FindServer(address="pdm.hartmann.example")]
    door.store.found(ServerFound(address=ADDRESS, info=INFO))
    assert door.page == 1
    assert door.window.where.whole() == "pdm.hartmann.example"
    assert door.window.found.words.text() == "Found: Hartmann Precision, version 1.4"


def test_a_pause_while_typing_looks_for_the_server_and_stays(door: Door, qtbot: QtBot) -> None:
    QTest.keyClicks(door.window.server, "pdm.hartmann.example")
    qtbot.waitUntil(lambda: bool(door.asked))
    door.store.found(ServerFound(address=ADDRESS, info=INFO))
    assert door.page == 0
    assert door.window.found.isVisible()
    assert door.window.secure.words.text() == "The connection is encrypted"
    QTest.mouseClick(door.window.next, Qt.MouseButton.LeftButton)
    assert door.page == 1


def test_plain_http_is_refused_in_words(door: Door, qtbot: QtBot) -> None:
    door.window.server.setText("http://pdm.hartmann.example")
    QTest.mouseClick(door.window.next, Qt.MouseButton.LeftButton)
    trouble = Trouble(title="Not encrypted.", text="Plain HTTP is for this computer alone.", advice="Use https.")
    door.store.found(ServerFound(address="http://pdm.hartmann.example", trouble=trouble))
    assert door.page == 0
    assert door.window.server_bar.isVisible()
    assert door.window.server_bar.text() == "Not encrypted. Plain HTTP is for this computer alone. Use https."
    assert not door.window.found.isVisible()
    QTest.keyClick(door.window.server, Qt.Key.Key_X)
    assert not door.window.server_bar.isVisible()


def test_another_address_forgets_the_server_that_was_found(door: Door, qtbot: QtBot) -> None:
    door.store.found(ServerFound(address=ADDRESS, info=INFO))
    QTest.keyClicks(door.window.server, "other")
    QTest.mouseClick(door.window.next, Qt.MouseButton.LeftButton)
    assert door.page == 0
    assert door.asked == [FindServer(address="other")]


def test_a_known_server_begins_with_the_password(second: Door) -> None:
    assert second.page == 1
    assert second.window.name.text() == "sam.becker"
    assert second.window.focusWidget() is second.window.password
    assert not second.window.enter.isEnabled()


def test_enter_signs_in_and_the_window_waits(second: Door, qtbot: QtBot) -> None:
    QTest.keyClicks(second.window.password, "correct horse")
    QTest.keyClick(second.window.password, Qt.Key.Key_Return)
    assert second.asked == [SignIn(server=ADDRESS, name="sam.becker", password="correct horse", stay=True)]
    assert second.window.enter.text() == "Signing in…"
    assert not second.window.enter.isEnabled()


def test_a_wrong_password_is_a_bar_and_the_name_stays(second: Door, qtbot: QtBot) -> None:
    second.window.stay.click()
    QTest.keyClicks(second.window.password, "wrong")
    QTest.keyClick(second.window.password, Qt.Key.Key_Return)
    request = second.asked[0]
    assert isinstance(request, SignIn)
    assert request.stay is False
    second.store.raise_trouble(Trouble(title="Name or password is wrong.", text="Try again."), request)
    assert second.window.bar.isVisible()
    assert second.window.bar.text() == "Name or password is wrong. Try again."
    assert second.window.name.text() == "sam.becker"
    assert second.window.password.text() == ""
    assert second.window.focusWidget() is second.window.password
    assert second.window.enter.text() == "Sign in"


def test_troubles_of_other_requests_are_not_told_here(second: Door) -> None:
    second.store.raise_trouble(Trouble(title="x", text="y"))
    assert not second.window.bar.isVisible()


def test_the_window_closes_when_somebody_is_signed_in(second: Door, qtbot: QtBot) -> None:
    QTest.keyClicks(second.window.password, "correct horse")
    with qtbot.waitSignal(second.window.accepted):
        account = sample.store().account
        assert account is not None
        second.store.sign_in(account)
    assert second.window.password.text() == ""


def test_another_server_can_be_chosen(second: Door, qtbot: QtBot) -> None:
    QTest.mouseClick(second.window.other, Qt.MouseButton.LeftButton)
    assert second.page == 0
    assert second.window.focusWidget() is second.window.server


def test_esc_quits_without_a_sign_in(second: Door, qtbot: QtBot) -> None:
    with qtbot.waitSignal(second.window.quit_asked):
        QTest.keyClick(second.window, Qt.Key.Key_Escape)


def offer(door: Door) -> None:
    """The server has a GitLab, and wants ten characters."""
    info = replace(INFO, gitlab_host="gitlab.hartmann.example", gitlab_scope="read_user", password_least=10)
    door.store.found(ServerFound(address=ADDRESS, info=info))


def press(button: QWidget) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_way_by_gitlab_is_there_only_where_the_server_has_one(second: Door) -> None:
    assert not second.window.ways.tabs.isVisible()
    offer(second)
    assert second.window.ways.tabs.isVisible()
    second.store.found(ServerFound(address=ADDRESS, info=INFO))
    assert not second.window.ways.tabs.isVisible()


def test_a_first_sign_in_by_token_asks_whose_it_is_then_for_a_password(second: Door) -> None:
    ways, welcome = second.window.ways, second.window.welcome
    offer(second)
    ways.tabs.setCurrentIndex(1)
    assert second.window.focusWidget() is ways.token
    assert ways.scope.words.text() == "Needs the scope read_user, nothing more"
    assert not ways.name.isVisible()
    QTest.keyClicks(ways.token, "a-token")
    QTest.keyClick(ways.token, Qt.Key.Key_Return)
    assert second.asked == [AskWhoseToken(server=ADDRESS, gitlab_token="a-token")]
    assert not ways.enter.isEnabled()
    owner = TokenOwner(person="sam.becker", called="Sam Becker", has_password=False)
    second.store.answer_entrance(TokenKnown(owner=owner, least=10))
    assert (second.page, welcome.title.whole()) == (2, "Welcome, Sam Becker")
    assert "sam.becker" in welcome.note.text()
    assert second.window.focusWidget() is welcome.password.field
    QTest.keyClicks(welcome.password.field, "nine char")
    assert (welcome.start.isEnabled(), welcome.password.fact.words.text()) == (
        False, "At least 10 characters; 9 so far",
    )  # fmt: skip
    QTest.keyClicks(welcome.password.field, "s")
    assert welcome.password.fact.words.text() == "10 characters, long enough"
    QTest.keyClick(welcome.password.field, Qt.Key.Key_Return)
    assert second.asked[1:] == [
        AskAboutFolder(server=ADDRESS, name="sam.becker"),
        SignInByToken(server=ADDRESS, name="sam.becker", gitlab_token="a-token", password="nine chars", stay=True),
    ]
    account = sample.store().account
    assert account is not None
    second.store.sign_in(account)
    assert (ways.token.text(), welcome.password.text) == ("", "")


def test_what_gitlab_refuses_is_a_bar_above_the_token(second: Door) -> None:
    offer(second)
    ways = second.window.ways
    ways.tabs.setCurrentIndex(1)
    ways.token.setText("an-old-token")
    press(ways.enter)
    second.store.raise_trouble(Trouble(title="GitLab", text="This token has expired."), second.asked[-1])
    assert ways.bar.text() == "GitLab This token has expired."
    assert (ways.bar.isVisible(), ways.token.isVisible(), ways.enter.isEnabled()) == (True, True, True)


def test_who_has_a_password_is_led_to_it(second: Door) -> None:
    offer(second)
    ways = second.window.ways
    ways.tabs.setCurrentIndex(1)
    ways.token.setText("a-token")
    press(ways.enter)
    owner = TokenOwner(person="sam.b", called="Sam Becker", has_password=True)
    second.store.answer_entrance(TokenKnown(owner=owner, least=10))
    assert (second.page, ways.way, ways.name.text(), ways.token.text()) == (1, Way.PASSWORD, "sam.b", "")
    assert "has a password already" in ways.bar.text()
    assert second.window.focusWidget() is ways.password


def test_a_demanded_token_is_asked_for_beside_the_password(second: Door) -> None:
    ways = second.window.ways
    ways.password.setText("correct horse")
    press(ways.enter)
    needed = Trouble(title="Your GitLab token is needed this time", text="Give both.")
    second.store.answer_entrance(TokenWanted(trouble=needed))
    assert (ways.token.isVisible(), ways.password.text(), ways.enter.isEnabled()) == (True, "correct horse", False)
    assert second.window.focusWidget() is ways.token
    QTest.keyClicks(ways.token, "a-token")
    press(ways.enter)
    assert second.asked[-1] == SignIn(
        server=ADDRESS, name="sam.becker", password="correct horse", stay=True, gitlab_token="a-token"
    )


def test_the_window_grows_with_what_it_asks_and_says(second: Door, qtbot: QtBot) -> None:
    offer(second)
    ways = second.window.ways
    before = second.window.height()
    needed = Trouble(title="Your GitLab token is needed this time", text="Give both, please; it is for once. " * 3)
    second.store.answer_entrance(TokenWanted(trouble=needed))
    fields = (ways.name, ways.password, ways.token)
    qtbot.waitUntil(lambda: second.window.height() > before)
    qtbot.waitUntil(lambda: all(each.visibleRegion().boundingRect().height() == each.height() for each in fields))
    assert {each.visibleRegion().boundingRect().height() for each in fields} == {theme.FIELD_SIGN_IN}
    assert ways.bar.height() >= ways.bar.heightForWidth(ways.bar.width())


def test_a_code_takes_a_new_password_and_what_is_wrong_with_it_is_said_at_the_code(second: Door) -> None:
    ways, welcome = second.window.ways, second.window.welcome
    QTest.mouseClick(ways.lost, Qt.MouseButton.LeftButton)
    assert second.window.focusWidget() is ways.code
    QTest.keyClicks(ways.code, "abcd-efgh-jkmn")
    press(ways.enter)
    assert (second.page, welcome.title.whole()) == (2, "A new password")
    QTest.keyClicks(welcome.password.field, "another horse")
    press(welcome.start)
    asked = SignInByCode(server=ADDRESS, name="sam.becker", code="abcd-efgh-jkmn", password="another horse", stay=True)
    assert second.asked == [AskAboutFolder(server=ADDRESS, name="sam.becker"), asked]
    second.store.raise_trouble(Trouble(title="You are not signed in", text="This code has expired."), asked)
    assert (second.page, ways.way, ways.name.text()) == (1, Way.CODE, "sam.becker")
    assert "expired" in ways.bar.text()
    press(ways.other)
    assert (second.page, ways.way) == (1, Way.PASSWORD)


def test_the_new_password_can_be_looked_at(second: Door) -> None:
    password = second.window.welcome.password
    for shown, mode in ((True, QLineEdit.EchoMode.Normal), (False, QLineEdit.EchoMode.Password)):
        password.shown.setChecked(shown)
        assert password.field.echoMode() is mode


def test_a_server_that_does_not_answer_now_changes_nothing_on_the_page_of_who(second: Door) -> None:
    second.store.found(ServerFound(address="", trouble=Trouble(title="x", text="y")))
    second.window.password.setText("correct horse")
    press(second.window.enter)
    assert second.asked == [SignIn(server=ADDRESS, name="sam.becker", password="correct horse", stay=True)]


def test_tab_goes_in_the_order_of_reading(second: Door, qtbot: QtBot) -> None:
    window = second.window
    QTest.keyClicks(window.password, "correct horse")
    window.name.setFocus()
    seen = []
    for _ in range(7):
        seen.append(window.focusWidget())
        QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
    lost = window.ways.lost
    assert seen == [window.name, window.password, window.stay, lost, window.other, window.enter, window.name]


def test_enter_on_another_button_presses_that_one(second: Door, qtbot: QtBot) -> None:
    QTest.keyClicks(second.window.password, "correct horse")
    second.window.other.setFocus()
    QTest.keyClick(second.window.other, Qt.Key.Key_Return)
    assert second.page == 0
    assert second.asked == []


def test_a_server_that_is_fixed_stays_and_the_window_says_why(qtbot: QtBot, theme: Theme) -> None:
    door = Door(qtbot, server=ADDRESS, is_fixed=True)
    other = door.window.other
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    assert (door.page, other.isEnabled(), other.toolTip()) == (1, False, FIXED)
    QTest.keyClicks(door.window.name, "anna")
    QTest.keyClicks(door.window.password, "wrong")
    QTest.keyClick(door.window.password, Qt.Key.Key_Return)
    door.store.raise_trouble(Trouble(title="Name or password is wrong.", text="Try again."), door.asked[-1])
    assert door.window.name.isEnabled()
    assert not other.isEnabled()
    door.bridge.close()


def test_a_seat_that_is_too_old_reads_so_once_and_installs_the_update_from_here(second: Door) -> None:
    second.window.show_trouble(Trouble(title="PDM Desktop is too old for this server", text="It needs 0.3.0."))
    assert second.window.bar.isVisible()
    msi = Installer(name="PDM-Desktop-0.3.0-x64.msi", version="0.3.0", size=9, sha256="ab" * 32)
    second.store.load_update(Update(need=Need.REQUIRED, own="0.2.0", version="0.3.0", installer=msi))
    assert second.window.update_bar.isVisible()
    assert not second.window.bar.isVisible()
    second.window.show_trouble(Trouble(title="PDM Desktop is too old for this server", text="It needs 0.3.0."))
    assert not second.window.bar.isVisible()
    second.asked.clear()
    second.window.update_bar.act.click()
    assert second.asked == [InstallUpdate()]


def test_an_update_that_is_only_available_does_not_disturb_the_sign_in(second: Door) -> None:
    second.store.load_update(Update(need=Need.AVAILABLE, own="0.2.0", version="0.3.0"))
    assert not second.window.update_bar.isVisible()
