"""The main window as a whole: the connection, transfers, history, results, and what it remembers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QProgressBar
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.hearing import Hearing, Rule
from pdm_desktop.core.office.watches import ChooseHearing
from pdm_desktop.core.results import FileResult, Finished, Outcome, Trouble
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.fixed import Fixed
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.columns import Field
from pdm_desktop.ui.checkin.result import ResultDialog
from pdm_desktop.ui.fixed import FIXED
from pdm_desktop.ui.hearing import HearingDialog
from pdm_desktop.ui.main_window import MainWindow
from pdm_desktop.ui.theme import Wish
from server.protocol.calls import QuietHours
from tests.pdm_desktop.ui.conftest import Desk, offline, opened
from tests.support import sample

PLUG = "2210-plug.step"


def test_offline_is_said_at_once_below_and_after_three_seconds_above(active: Desk, qtbot: QtBot) -> None:
    window = active.window
    offline(active)
    assert window.status.state.text() == "Offline since 10:42"
    assert window.status.server.whole() == "next try in 12 s"
    assert window.status.people.text() == "people unknown"
    assert not window.page.bar.isVisible()
    qtbot.waitUntil(lambda: window.page.bar.isVisible(), timeout=6_000)
    assert window.page.bar.text().startswith("Offline since 10:42. You see the state of")
    QTest.mouseClick(window.page.try_now, Qt.MouseButton.LeftButton)
    assert active.asked == [requests.TryNow()]
    active.store.connect(Connection(phase=Phase.IN_STEP, since=sample.NOW))
    assert not window.page.bar.isVisible()
    assert window.status.state.text() == "In step"


FRIDAY = sample.NOW - timedelta(days=5, hours=18)


def test_what_was_seen_days_ago_says_so_where_no_server_has_answered_since(
    make_desk: Callable[[Store], Desk], qtbot: QtBot
) -> None:
    desk = make_desk(remembered_since(FRIDAY))
    window, across = desk.window, Qt.Orientation.Horizontal
    files = window.page.table.files
    window.page._say_offline()
    assert window.page.bar.text().startswith("Not connected yet. You see the state of Fri 20 Nov, 16:42. Go on")
    offline(desk)
    assert window.status.state.text() == "Offline since Fri 20 Nov, 16:42"
    assert files.headerData(Field.HOLDER, across) == "Holder at Fri 16:42"
    assert files.headerData(Field.HOLDER, across, Qt.ItemDataRole.ToolTipRole) == "As of Fri 20 Nov 2026 16:42:00"
    window.page._say_offline()
    assert window.page.bar.text().startswith("Offline since Fri 20 Nov, 16:42. You see the state of 5 d 18 h ago.")


def test_a_start_that_knows_of_no_moment_names_none(make_desk: Callable[[Store], Desk]) -> None:
    desk = make_desk(remembered_since(None))
    offline(desk)
    desk.window.page._say_offline()
    assert desk.window.status.state.text() == "Offline"
    assert desk.window.page.bar.text().startswith("Offline. You see what this computer remembers.")


def remembered_since(at: datetime | None) -> Store:
    """What the window shows at a start, before anything has answered."""
    store = sample.store()
    store.connect(Connection(phase=Phase.SIGNED_OUT, since=sample.NOW))
    store.connect(Connection(phase=Phase.CONNECTING, since=sample.NOW))
    store.was_true(at)
    return store


def test_a_blink_of_the_connection_shows_no_bar(active: Desk, qtbot: QtBot) -> None:
    offline(active)
    assert active.window.page._offline.isActive()
    active.store.connect(Connection(phase=Phase.IN_STEP, since=sample.NOW))
    assert not active.window.page._offline.isActive()
    assert not active.window.page.bar.isVisible()


def test_the_people_online_are_listed(active: Desk) -> None:
    status = active.window.status
    assert status.people.text() == "6 online"
    menu = status.people_menu()
    texts = [action.text() for action in menu.actions()]
    assert texts[0] == "Anna Novak, here since 10:42"
    assert "Sam Becker (you), here since 10:42" in texts
    assert "Priya Shah, away for 25 min" in texts
    menu.deleteLater()


def test_the_bar_below_says_how_much_of_all_transfers_has_arrived(active: Desk, qtbot: QtBot) -> None:
    (bar,) = active.window.status.findChildren(QProgressBar)
    assert not bar.isVisible()
    for transfer in sample.transfers():
        active.store.put_transfer(transfer)
    qtbot.waitUntil(lambda: bar.value() == 36)  # 731 of 2014 MB: the one that stopped does not count
    assert bar.isVisible()
    assert (bar.minimum(), bar.maximum()) == (0, 100)
    first, *others = sample.transfers()[:4]
    active.store.put_transfer(replace(first, state=TransferState.DONE))
    for transfer in others:
        active.store.drop_transfer(transfer.id)
    qtbot.waitUntil(lambda: not bar.isVisible())  # what is done and what stopped is on its way no longer


def test_transfers_are_counted_and_a_click_opens_their_tab(active: Desk, qtbot: QtBot) -> None:
    window = active.window
    assert not window.status.transfers.isVisible()
    for transfer in sample.transfers():
        active.store.put_transfer(transfer)
    assert window.below.tabs.tabText(1) == "Transfers 5"
    QTest.mouseClick(window.status.transfers, Qt.MouseButton.LeftButton)
    table = window.below.transfers.table
    assert table.isVisible()
    cells = [[table.model().index(row, column).data() for column in (1, 3)] for row in range(5)]
    assert cells[0] == ["2210-block-op20.mcam", "Check-in, Rev 3.9"]
    assert cells[3] == ["6020-plate.mcam", "Paused by you"]
    assert cells[4] == ["2210-cover.sldprt", "The disk is full"]
    for transfer in sample.transfers():
        active.store.drop_transfer(transfer.id)
    qtbot.waitUntil(lambda: not table.isVisible())


def test_history_is_asked_for_and_an_old_revision_opens(active: Desk, qtbot: QtBot) -> None:
    history = active.window.below.history
    active.window.page.table.go_to(PLUG)
    qtbot.waitUntil(lambda: requests.LoadHistory(file=PLUG) in active.asked)
    active.store.load_history(sample.history(PLUG), more=False)
    assert history.count.text() == "23 revisions"
    assert not history.open.isEnabled()
    history.table.selectRow(2)
    QTest.mouseClick(history.open, Qt.MouseButton.LeftButton)
    assert active.asked[-1] == requests.OpenRevision(file=PLUG, major=5, minor=0)
    history.table.setFocus()
    history.table.setCurrentIndex(history.model.index(4, 0))
    QTest.keyClick(history.table, Qt.Key.Key_Return)
    assert active.asked[-1] == requests.OpenRevision(file=PLUG, major=4, minor=6)
    bar = history.table.verticalScrollBar()
    bar.setMaximum(10)
    bar.setValue(10)
    assert requests.LoadHistory(file=PLUG, more=True) in active.asked


def test_beside_the_files_no_command_is_possible(active: Desk) -> None:
    active.window.page.table.go_to(PLUG)
    assert active.window.commands.actions[Command.DELETE].isEnabled()
    active.window.show_activity()
    assert not any(action.isEnabled() for action in active.window.commands.actions.values())
    assert active.window.status.middle.text() == ""


def finished(outcome: Outcome) -> Finished:
    result = FileResult(file=PLUG, path=PLUG, outcome=outcome, text="Anna Novak has it.")
    return Finished(request=requests.CheckOut(files=(PLUG,)), results=(result,))


def test_what_went_well_is_said_quietly_and_what_did_not_in_a_window(active: Desk, qtbot: QtBot) -> None:
    active.store.finish(finished(Outcome.DONE))
    assert active.window.status.middle.text() == f"{PLUG} checked out"
    assert opened(ResultDialog) is None
    active.store.finish(finished(Outcome.REFUSED))
    dialog = opened(ResultDialog)
    assert isinstance(dialog, ResultDialog)
    dialog.close()


def test_a_trouble_is_told_but_not_that_of_a_sign_in(active: Desk, qtbot: QtBot) -> None:
    trouble = Trouble(title="The disk is full.", text="Nothing was changed.", advice="Make room and try again.")
    active.store.raise_trouble(trouble, requests.SignIn(server="s", name="n", password="p"))
    assert opened(QMessageBox) is None
    active.store.raise_trouble(trouble)
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "The disk is full." in box.text()
    assert box.informativeText() == "Nothing was changed. Make room and try again."
    box.close()


def test_a_trouble_is_told_when_the_window_is_seen_again(active: Desk) -> None:
    active.window.hide()
    active.store.raise_trouble(Trouble(title="This computer has no keyring.", text="The sign-in lasts until you quit."))
    assert opened(QMessageBox) is None
    active.window.come_forward()
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "no keyring" in box.text()
    box.close()


def test_signing_out_is_asked_while_something_is_checked_out(active: Desk, qtbot: QtBot) -> None:
    active.window.account_menu.sign_out.trigger()
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "3 files" in box.informativeText()
    button = next(each for each in box.buttons() if each.text().replace("&", "") == "Sign out")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert active.asked == [requests.SignOut()]


def test_the_wanted_appearance_is_kept(active: Desk) -> None:
    active.window.account_menu.wishes[Wish.DARK].trigger()
    assert active.memory.wish is Wish.DARK
    assert active.theme.wish is Wish.DARK
    active.window.account_menu.wishes[Wish.LIGHT].trigger()


def test_closing_quits_without_a_tray_and_hides_with_one(
    active: Desk, qtbot: QtBot, make_desk: Callable[[Store], Desk]
) -> None:
    with qtbot.waitSignal(active.window.quit_asked):
        active.window.close()
    bridge = Bridge(active.store)
    window = MainWindow(
        active.store,
        bridge,
        active.asked.append,
        sample.clock,
        active.memory,
        active.theme,
        closes_to_tray=lambda: True,
    )
    qtbot.addWidget(window)
    window.show()
    with qtbot.assertNotEmitted(window.quit_asked):
        window.close()
    assert not window.isVisible()
    bridge.close()


def test_sizes_columns_and_tab_are_remembered(active: Desk, make_desk: Callable[[Store], Desk]) -> None:
    active.window.resize(960, 700)
    active.window.page.table.setColumnWidth(1, 333)
    active.window.below.tabs.setCurrentIndex(1)
    active.window.keep_sizes()
    again = make_desk(active.store).window
    assert (again.width(), again.height()) == (960, 700)
    assert again.page.table.columnWidth(1) == 333
    assert again.below.tabs.currentIndex() == 1


def test_signed_out_the_window_shows_nothing(active: Desk, qtbot: QtBot) -> None:
    active.store.sign_out()
    qtbot.waitUntil(lambda: active.window.page.table.files.rowCount() == 0)
    assert active.window.side.tree.folders.rowCount() == 0
    assert not active.window.tool_bar.account.isVisible()
    assert active.window.status.state.text() == "Signed out"


def test_the_account_menu_asks_what_the_person_wants_to_hear_of(active: Desk) -> None:
    active.window.account_menu.hearing.trigger()
    dialog = opened(HearingDialog)
    assert isinstance(dialog, HearingDialog)
    dialog.rules[Rule.LOCAL].setChecked(True)
    dialog.days[4].tick.setChecked(True)
    dialog.main.click()
    night = QuietHours(day=4, start=18 * 60, end=6 * 60)
    assert active.asked[-1] == ChooseHearing(rule=Rule.LOCAL, quiet=(night,))


def test_a_rule_that_is_fixed_is_shown_and_cannot_be_chosen(make_desk: Callable[[Store], Desk]) -> None:
    store = sample.store()
    store.fixed = Fixed(notices=True, workspace=True)
    store.hear(Hearing(rule=Rule.NONE))
    desk = make_desk(store)
    menu = desk.window.account_menu
    menu.hearing.trigger()
    dialog = opened(HearingDialog)
    assert isinstance(dialog, HearingDialog)
    assert dialog.rules[Rule.NONE].isChecked()
    assert [(each.isEnabled(), each.toolTip()) for each in dialog.rules.values()] == [(False, FIXED)] * 3
    dialog.days[0].tick.setChecked(True)
    assert dialog.request.quiet[0].day == 0
    (place,) = [each for each in menu.menu.actions() if each.text().startswith("Files in ")]
    assert (place.isEnabled(), place.toolTip()) == (False, FIXED)
