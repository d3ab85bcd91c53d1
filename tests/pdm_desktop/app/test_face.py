"""What can be seen of the program: what the tray, a notice and the window ask for reaches each other."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from pdm_desktop.app.face import Face
from pdm_desktop.core.inbox import request_notice
from pdm_desktop.core.notices import Button, Notice
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.handover import KeepFile
from pdm_desktop.core.requests import BeQuiet, CheckOut, Request, ShowMine
from pdm_desktop.core.results import FileResult, Finished, Outcome
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui.handover.request import RequestWindow
from pdm_desktop.ui.tray import QUIET
from server.protocol import calls
from tests.support import sample
from tests.support.sample_office import my_lists

PLUG = "2210-plug.step"
LOCKED = Notice(
    title=f"{PLUG} is locked",
    text="Tomas Ruiz has it on CAM-07.",
    vault="production",
    target=PLUG,
    path=f"{sample.FOLDER}/{PLUG}",
)


class Seen:
    """The face of the sample shop, hidden, and what it asked for."""

    def __init__(self, application: QApplication, folder: Path) -> None:
        self.store: Store = sample.store()
        self.asked: list[Request] = []
        self.quits: list[bool] = []
        self.face = Face(application, self.store, self.asked.append, sample.clock, folder)
        self.face.quit_asked.connect(lambda: self.quits.append(True))
        self.asked.clear()

    def choose(self, beginning: str) -> None:
        """Choose what begins so in the tray's menu."""
        self.face.tray.fill_menu()
        next(each for each in self.face.tray.menu.actions() if each.text().startswith(beginning)).trigger()

    def selected(self) -> list[str]:
        return [row.file.id for row in self.face.window.page.table.rows()]


@pytest.fixture
def seen(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    made = Seen(qapp, tmp_path)
    yield made
    made.face.close()


def test_the_trays_menu_opens_the_window(seen: Seen) -> None:
    seen.choose("Open")
    assert seen.face.window.isVisible()


def test_the_trays_menu_leads_to_my_check_outs(seen: Seen) -> None:
    seen.choose("My check-outs")
    assert seen.face.window.isVisible()
    assert seen.asked[-1] == ShowMine()


def test_the_trays_menu_leads_to_the_file_of_a_notice(seen: Seen) -> None:
    seen.store.raise_notice(LOCKED)
    seen.face.tray.fill_menu()
    below = next(each for each in seen.face.tray.menu.actions() if each.text() == "Last notices").menu()
    assert isinstance(below, QMenu)
    below.actions()[0].trigger()
    assert seen.face.window.isVisible()
    assert seen.selected() == [PLUG]


def test_the_trays_menu_asks_for_an_hour_of_quiet(seen: Seen) -> None:
    seen.choose("Quiet for 1 h")
    assert seen.asked == [BeQuiet(until=sample.NOW + QUIET)]


def quit_in_the_tray(seen: Seen) -> None:
    seen.choose("Quit")


def close_the_window(seen: Seen) -> None:
    seen.face.window.close()


def quit_in_the_account_menu(seen: Seen) -> None:
    next(each for each in seen.face.window.account_menu.menu.actions() if each.text() == "Quit").trigger()


@pytest.mark.parametrize("how", [quit_in_the_tray, close_the_window, quit_in_the_account_menu])
def test_each_way_to_quit_quits(seen: Seen, how: Callable[[Seen], None]) -> None:
    seen.face.window.show()
    how(seen)
    assert seen.quits == [True]


def test_a_notice_is_handed_to_the_desktop_and_its_click_goes_to_the_file(seen: Seen) -> None:
    seen.store.raise_notice(LOCKED)
    assert seen.face.desktop.last() == [LOCKED]
    seen.face.desktop.clicked.emit(LOCKED)
    assert seen.face.window.isVisible()
    assert seen.selected() == [PLUG]


def test_a_notices_button_asks_for_an_hour_of_quiet(seen: Seen) -> None:
    seen.face.desktop._pressed(LOCKED, Button.QUIET)
    assert seen.asked == [BeQuiet(until=sample.NOW + QUIET)]
    assert not seen.face.window.isVisible()
    seen.face.desktop._pressed(LOCKED, Button.OPEN)
    assert seen.selected() == [PLUG]


def ask_for_plug(seen: Seen) -> Notice:
    """Somebody asks for a file of this person; the notice that says so."""
    request = calls.Request(
        id="r1", vault="production", file=PLUG, path=f"{sample.FOLDER}/{PLUG}", token=1, asker="Mei Tanaka",
        computer="CAM-01", holder="Sam Becker", at=sample.NOW, text="Before noon",
    )  # fmt: skip
    seen.store.read_topic(topics.MINE, Reading(value=my_lists(requests=[request]), query=(), at=sample.NOW))
    return request_notice(request)


@pytest.mark.parametrize("pressed", [Button.OPEN, Button.TRANSFER], ids=["a click", "transfer"])
def test_a_notice_of_a_request_opens_its_window(seen: Seen, pressed: Button) -> None:
    seen.face.desktop._pressed(ask_for_plug(seen), pressed)
    (shown,) = (each for each in seen.face.window.findChildren(RequestWindow) if each.isVisible())
    assert [each.text() for each in shown.buttons.values()] == ["Release…", "Transfer", "Keep"]
    assert seen.asked == []


def test_keep_on_a_notice_is_answered_without_a_window(seen: Seen) -> None:
    seen.face.desktop._pressed(ask_for_plug(seen), Button.KEEP)
    assert seen.asked == [KeepFile(request="r1")]
    assert not seen.face.window.isVisible()


def test_a_button_of_a_request_that_is_over_leads_to_its_file(seen: Seen) -> None:
    notice = ask_for_plug(seen)
    seen.store.read_topic(topics.MINE, Reading(value=my_lists(requests=[]), query=(), at=sample.NOW))
    seen.face.desktop._pressed(notice, Button.KEEP)
    assert seen.face.window.isVisible()
    assert seen.selected() == [PLUG]
    assert not any(isinstance(each, KeepFile) for each in seen.asked)


def test_a_click_on_a_notice_while_nobody_is_signed_in_asks_who_this_is(seen: Seen) -> None:
    seen.face.ask_who(server="https://pdm.example", name="Sam")
    assert seen.face.sign_in is not None
    seen.face.sign_in.hide()
    seen.face.desktop.clicked.emit(LOCKED)
    assert seen.face.sign_in.isVisible()
    assert not seen.face.window.isVisible()


def test_the_tool_tip_follows_the_connection_and_the_locks(seen: Seen) -> None:
    icon = seen.face.tray.icon
    assert icon.toolTip() == "PDM Desktop: in step, 3 checked out"
    seen.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert icon.toolTip() == "PDM Desktop: offline since 10:42"


def finished(outcome: Outcome) -> Finished:
    result = FileResult(file=PLUG, path=PLUG, outcome=outcome, text="Anna Novak has it.")
    return Finished(request=CheckOut(files=(PLUG,)), results=(result,))


def taken_away(seen: Seen) -> None:
    seen.store.raise_notice(Notice(title="Your lock was released", text="a.nc, by Olga Lind.", urgent=True))


def not_done(seen: Seen) -> None:
    seen.store.finish(finished(Outcome.REFUSED))


@pytest.mark.parametrize("what", [taken_away, not_done])
def test_what_cannot_wait_sets_the_attention_sign_until_the_window_is_seen(
    seen: Seen, what: Callable[[Seen], None]
) -> None:
    calm = seen.face.tray.icon.icon().cacheKey()
    seen.store.raise_notice(LOCKED)
    seen.store.finish(finished(Outcome.DONE))
    assert seen.face.tray.icon.icon().cacheKey() == calm
    what(seen)
    assert seen.face.tray.icon.icon().cacheKey() != calm
    assert seen.face.tray._attention
    seen.face.show()
    assert not seen.face.tray._attention
