"""The folder for the local copies on the last page of a first sign-in, by keys and clicks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pdm_desktop.core.places import Settled
from pdm_desktop.core.requests import AskAboutFolder, Request, SignInByToken
from pdm_desktop.state.changes import FolderSeen, TokenKnown
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.fixed import FIXED
from pdm_desktop.ui.sign_in.folder_field import FolderField
from pdm_desktop.ui.sign_in.way import Way
from pdm_desktop.ui.sign_in.window import SignInWindow
from pdm_desktop.ui.theme import Theme
from server.protocol.calls import TokenOwner
from tests.support import sample

ADDRESS = "https://pdm.hartmann.example"
USUAL = FolderSeen(
    asked="", folder="/files/PDM", text="412 GB free; not inside OneDrive: good", is_good=True, is_usual=True,
    settled=Settled.FREE,
)  # fmt: skip


class Page:
    """The last page of Sam's first sign-in, and what the window asked for there."""

    def __init__(self, qtbot: QtBot) -> None:
        self.store = Store(clock=sample.clock)
        self.asked: list[Request] = []
        self.bridge = Bridge(self.store)
        self.window = SignInWindow(self.bridge, self.asked.append, server=ADDRESS)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.ways.show_way(Way.TOKEN)
        self.asked.clear()
        owner = TokenOwner(person="sam.becker", called="Sam Becker", has_password=False)
        self.store.answer_entrance(TokenKnown(owner=owner, least=10))
        assert self.asked == [about("")]
        self.asked.clear()

    @property
    def folder(self) -> FolderField:
        return self.window.welcome.folder

    @property
    def start(self) -> QWidget:
        return self.window.welcome.start

    def types(self, folder: str) -> None:
        self.folder.field.selectAll()
        QTest.keyClicks(self.folder.field, folder)


def about(folder: str) -> AskAboutFolder:
    return AskAboutFolder(server=ADDRESS, name="sam.becker", folder=folder)


def press(button: QWidget) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Iterator[Page]:
    made = Page(qtbot)
    QTest.keyClicks(made.window.welcome.password.field, "nine chars")
    yield made
    made.bridge.close()


def test_the_usual_folder_stands_there_with_its_room_and_goes_along(page: Page) -> None:
    page.store.answer_entrance(USUAL)
    assert (page.folder.field.text(), page.folder.good.text()) == (USUAL.folder, USUAL.text)
    assert (page.folder.good.isVisible(), page.folder.bad.isVisible()) == (True, False)
    press(page.start)
    (asked,) = page.asked
    assert isinstance(asked, SignInByToken)
    assert asked.workspace == USUAL.folder


def test_a_typed_folder_is_looked_at_after_a_pause_and_a_bad_one_stops_the_start(page: Page, qtbot: QtBot) -> None:
    page.store.answer_entrance(USUAL)
    page.types("/files/OneDrive")
    assert not page.folder.good.text(), "that was of the other one"
    qtbot.waitUntil(lambda: bool(page.asked))
    assert page.asked == [about("/files/OneDrive")]
    bad = replace(USUAL, asked="/files/OneDrive", folder="/files/OneDrive", text="It is bad.", is_good=False)
    page.store.answer_entrance(bad)
    assert (page.folder.bad.isVisible(), page.folder.bad.words.text()) == (True, "It is bad.")
    assert (page.start.isEnabled(), page.start.toolTip()) == (False, "Choose another folder for your files first.")
    page.types("/drive/PDM")
    assert (page.folder.bad.isVisible(), page.start.isEnabled()) == (False, True)


def test_an_answer_to_what_stood_there_before_counts_no_more(page: Page) -> None:
    page.types("/drive/PDM")
    page.store.answer_entrance(replace(USUAL, is_good=False))
    assert (page.folder.field.text(), page.folder.is_bad) == ("/drive/PDM", False)


def test_choose_opens_a_window_and_what_is_taken_there_is_looked_at_at_once(page: Page, tmp_path: Path) -> None:
    dialog = page.folder.ask_which()
    assert dialog.fileMode() is dialog.FileMode.Directory
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert page.folder.field.text() == str(tmp_path)
    assert page.asked == [about(str(tmp_path))]


@pytest.mark.parametrize(
    ("settled", "why"),
    [
        pytest.param(Settled.FIXED, FIXED, id="by an administrator"),
        pytest.param(Settled.STARTED, Settled.STARTED.value, id="by this start"),
        pytest.param(Settled.KNOWN, Settled.KNOWN.value, id="by what was before"),
    ],
)
def test_what_is_settled_is_shown_and_says_why(page: Page, settled: Settled, why: str) -> None:
    page.store.answer_entrance(replace(USUAL, settled=settled, is_good=False, text="It is bad."))
    for widget in (page.folder.field, page.folder.choose):
        assert (widget.isEnabled(), widget.toolTip()) == (False, why)
    assert (page.folder.field.text(), page.folder.bad.words.text()) == (USUAL.folder, "It is bad.")
    assert page.start.isEnabled(), "nobody else can do anything about it here"
    press(page.start)
    (asked,) = page.asked
    assert isinstance(asked, SignInByToken)
    assert asked.workspace == ""
    page.store.answer_entrance(TokenKnown(owner=TokenOwner(person="eva", called="Eva", has_password=False), least=10))
    page.store.answer_entrance(USUAL)
    assert page.folder.field.isEnabled()


def test_a_sign_in_that_ends_because_of_the_folder_stays_on_the_page(page: Page) -> None:
    page.types("/drive/PDM")
    press(page.start)
    assert not page.folder.isEnabled()
    good = replace(USUAL, asked="/drive/PDM", folder="/drive/PDM")
    page.store.answer_entrance(good)
    assert page.window.welcome.start.text() == "Signing in…", "a look that comes now ends nothing"
    page.store.answer_entrance(replace(good, is_good=False, text="It is full.", ends_sign_in=True))
    assert (page.window.welcome.isVisible(), page.folder.isEnabled()) == (True, True)
    assert (page.window.welcome.start.text(), page.start.isEnabled()) == ("Start", False)
    assert page.folder.bad.words.text() == "It is full."
    assert page.window.welcome.password.text == "nine chars"


def test_a_long_path_goes_on_in_the_next_line_and_nothing_is_cut(page: Page, qtbot: QtBot) -> None:
    long = "/".join(["somewhere"] * 12)
    text = f"This folder is inside /{long}, where the files of Tomas are. Choose another one."
    page.store.answer_entrance(replace(USUAL, is_good=False, text=text))
    words = page.folder.bad.words
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()))
    assert words.minimumSizeHint().width() <= words.width()
    assert words.width() <= page.folder.width()
    assert words.visibleRegion().boundingRect().size() == words.size()


def test_tab_goes_from_the_password_to_the_folder_and_its_button(page: Page) -> None:
    page.store.answer_entrance(USUAL)
    welcome = page.window.welcome
    seen = []
    welcome.password.field.setFocus()
    for _ in range(5):
        seen.append(page.window.focusWidget())
        QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
    assert seen == [
        welcome.password.field, welcome.password.shown, page.folder.field, page.folder.choose, welcome.stay,
    ]  # fmt: skip
