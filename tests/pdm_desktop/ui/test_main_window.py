"""The main window: going places, what is said when there is nothing, keys, spoken names, nothing clipped."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.notices import Notice, Rule
from pdm_desktop.core.results import FileResult, Finished, Outcome, Trouble
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.hearing import Hearing
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.file_model import Filter
from pdm_desktop.ui.browser.places import Place
from pdm_desktop.ui.checkin.result import ResultDialog
from pdm_desktop.ui.legend import MEANING, Legend
from pdm_desktop.ui.main_window import MainWindow
from pdm_desktop.ui.theme import Wish
from pdm_desktop.ui.widgets import Elided
from server.protocol.events import FileLocked, FileUnlocked
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample

PLUG = "2210-plug.step"
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def active(desk: Desk, qtbot: QtBot) -> Desk:
    desk.window.activateWindow()
    qtbot.waitUntil(lambda: desk.window.isActiveWindow())
    desk.asked.clear()
    return desk


def search(desk: Desk, text: str, *names: str) -> None:
    view = View(kind=Kind.SEARCH, text=text)
    desk.store.begin_listing(view)
    desk.store.load_listing(view, [("production", each) for each in sample.FILES if each.id in names], seqs={})


def test_the_first_vault_is_opened_by_itself(make_desk: Callable[[Store], Desk]) -> None:
    assert make_desk(sample.unopened()).asked == [requests.OpenFolder(vault="archive", folder="")]


def test_the_last_folder_is_opened_again(make_desk: Callable[[Store], Desk], desk: Desk) -> None:
    desk.memory.keep_place("production", "Hydraulics")
    assert make_desk(sample.unopened()).asked == [requests.OpenFolder(vault="production", folder="Hydraulics")]


def test_a_click_on_a_folder_opens_it(active: Desk, qtbot: QtBot) -> None:
    tree = active.window.side.tree
    place = tree.visualRect(tree.folders.find("production", "Prototypes")).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert active.asked == [requests.OpenFolder(vault="production", folder="Prototypes")]


def test_the_parts_of_the_path_are_links(active: Desk, qtbot: QtBot) -> None:
    links = active.window.page.heading.links
    assert [link.text() for link in links] == ["Production", "Hydraulics"]
    QTest.mouseClick(links[1], Qt.MouseButton.LeftButton)
    QTest.keyClick(links[0], Qt.Key.Key_Return)
    assert active.asked == [
        requests.OpenFolder(vault="production", folder="Hydraulics"),
        requests.OpenFolder(vault="production", folder=""),
    ]  # fmt: skip


def test_filters_have_numbers_and_show_what_they_say(active: Desk, qtbot: QtBot) -> None:
    heading = active.window.page.heading
    assert [button.text() for button in heading.filters.values()] == ["All 16", "Checked out 6", "Mine 3", "Newer 3"]
    QTest.mouseClick(heading.filters[Filter.MINE], Qt.MouseButton.LeftButton)
    assert active.window.page.table.files.rowCount() == 3
    sample.fill(active.store, sample.FILES[:2], "Prototypes")
    qtbot.waitUntil(lambda: active.window.page.table.files.rowCount() == 2)
    assert heading.filters[Filter.ALL].isChecked()


def test_the_numbers_of_the_filters_follow_a_lock(active: Desk, qtbot: QtBot) -> None:
    active.store.apply_event("production", 2, FileLocked(
        file=PLUG, path=f"{sample.FOLDER}/{PLUG}", filename=PLUG, locked_by=sample.ME, seat=sample.MY_SEAT,
        computer="CAM-02", since=sample.NOW, token=9,
    ))  # fmt: skip
    filters = active.window.page.heading.filters
    qtbot.waitUntil(lambda: filters[Filter.CHECKED_OUT].text() == "Checked out 7")
    assert filters[Filter.MINE].text() == "Mine 4"


def test_my_check_outs_have_a_number_and_are_a_place(active: Desk, qtbot: QtBot) -> None:
    places = active.window.side.places
    index = places.places.row_of(Place.MINE)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "My check-outs, 3"
    QTest.mouseClick(places.viewport(), Qt.MouseButton.LeftButton, pos=places.visualRect(index).center())
    assert active.asked == [requests.ShowMine()]


def test_search_asks_while_one_types_and_esc_goes_back(active: Desk, qtbot: QtBot) -> None:
    window = active.window
    window.navigation.open_folder("production", sample.FOLDER)
    active.asked.clear()
    QTest.keyClick(window, Qt.Key.Key_F, CONTROL)
    assert window.focusWidget() is window.tool_bar.search
    QTest.keyClicks(window.tool_bar.search, "plug")
    qtbot.waitUntil(lambda: active.asked == [requests.Search(text="plug")])
    search(active, "plug", PLUG, "2210-plug-op10.emcam")
    qtbot.waitUntil(lambda: window.page.table.files.rowCount() == 2)
    assert window.page.heading.title.whole() == "2 files with “plug”"
    QTest.keyClick(window.tool_bar.search, Qt.Key.Key_Escape)
    assert active.asked[-1] == requests.OpenFolder(vault="production", folder=sample.FOLDER)
    assert window.tool_bar.search.text() == ""


def test_nothing_found_says_so_and_leads_back(active: Desk, qtbot: QtBot) -> None:
    page = active.window.page
    search(active, "2211")
    qtbot.waitUntil(lambda: page.empty.isVisible())
    assert page.empty.title.text() == "No file name contains “2211”"
    QTest.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert isinstance(active.asked[-1], requests.ShowMine | requests.OpenFolder)


def test_an_empty_folder_says_so_only_after_the_answer(active: Desk, qtbot: QtBot) -> None:
    page = active.window.page
    view = View(kind=Kind.FOLDER, vault="production", folder="Prototypes")
    active.store.begin_listing(view)
    qtbot.waitUntil(lambda: not page.table.isVisible())
    assert not page.empty.isVisible()
    qtbot.waitUntil(lambda: page.empty.isVisible())
    assert page.empty.title.text() == "Loading…"
    active.store.load_listing(view, [], seqs={})
    qtbot.waitUntil(lambda: page.empty.title.text() == "This folder is empty")
    assert page.empty.button.text() == "Add files…"


def test_nothing_checked_out_and_a_reader_are_told_what_fits(active: Desk, qtbot: QtBot) -> None:
    page = active.window.page
    view = View(kind=Kind.MINE)
    active.store.begin_listing(view)
    active.store.load_listing(view, [], seqs={})
    qtbot.waitUntil(lambda: page.empty.title.text() == "You have nothing checked out")
    active.store.load_vaults([replace(active.store.vaults["production"], role="reader")])
    sample.fill(active.store, (), "Prototypes")
    qtbot.waitUntil(lambda: page.empty.text.text() == "Files that others add show here.")
    assert not page.empty.button.isVisible()


def offline(desk: Desk, **more: object) -> None:
    since = sample.NOW - timedelta(minutes=18)
    desk.store.connect(Connection(
        phase=Phase.OFFLINE, since=since, detail="No server answers.", next_try=sample.NOW + timedelta(seconds=12)
    ))  # fmt: skip


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
    menu.deleteLater()


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


def notice(file: str, folder: str = sample.FOLDER) -> Notice:
    return Notice(title="t", text="x", vault="production", target=file, path=f"{folder}/{file}")


def test_a_notice_leads_to_its_file_in_the_open_folder(active: Desk) -> None:
    active.window.hide()
    active.window.go_to_notice(notice(PLUG))
    assert active.window.isVisible()
    assert [row.file.id for row in active.window.page.table.rows()] == [PLUG]
    assert [each for each in active.asked if isinstance(each, requests.OpenFolder)] == []


def test_a_notice_opens_the_folder_and_selects_when_the_rows_are_here(active: Desk, qtbot: QtBot) -> None:
    active.window.go_to_notice(notice("a.nc", "Prototypes"))
    assert active.asked == [requests.OpenFolder(vault="production", folder="Prototypes")]
    sample.fill(active.store, (sample._file("a.nc", "1.0", 1, sample.NOW), sample.FILES[0]), "Prototypes")
    qtbot.waitUntil(lambda: [row.file.id for row in active.window.page.table.rows()] == ["a.nc"])


def test_a_gathered_notice_leads_to_activity(active: Desk) -> None:
    active.store.raise_notice(Notice(title="9 files locked", text="Anna Novak 9 locked. Click to see them."))
    active.window.go_to_notice(Notice(title="9 files locked", text="x"))
    active.window.activity.refresh()
    assert active.window.activity.table.isVisible()
    assert active.window.activity.model.index(0, 2).data() == "9 files locked"


def test_beside_the_files_no_command_is_possible(active: Desk) -> None:
    active.window.page.table.go_to(PLUG)
    assert active.window.commands.actions[Command.DELETE].isEnabled()
    active.window.show_activity()
    assert not any(action.isEnabled() for action in active.window.commands.actions.values())
    assert active.window.status.middle.text() == ""


def test_delete_in_the_search_box_deletes_a_letter_not_a_file(active: Desk) -> None:
    active.window.page.table.go_to(PLUG)
    box = active.window.tool_bar.search
    QTest.keyClick(active.window, Qt.Key.Key_F, CONTROL)
    QTest.keyClicks(box, "plug")
    QTest.keyClick(box, Qt.Key.Key_Home)
    QTest.keyClick(box, Qt.Key.Key_Delete)
    assert box.text() == "lug"
    assert opened(QMessageBox) is None


def test_activity_leads_to_the_file_of_a_notice(active: Desk, qtbot: QtBot) -> None:
    active.store.raise_notice(notice(PLUG))
    active.window.show_activity()
    qtbot.waitUntil(lambda: active.window.activity.model.rowCount() == 1)
    active.window.activity.table.opened.emit(0)
    assert active.window.page.table.isVisible()
    assert [row.file.id for row in active.window.page.table.rows()] == [PLUG]


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


def test_f1_shows_the_legend_with_every_badge_that_can_be_shown(active: Desk, qtbot: QtBot) -> None:
    QTest.keyClick(active.window, Qt.Key.Key_F1)
    legend = opened(Legend)
    assert isinstance(legend, Legend)
    words = {label.text() for label in legend.findChildren(QLabel)}
    assert all({name, shape, meaning} <= words for _, name, shape, meaning in MEANING)
    legend.close()


def test_f6_goes_from_pane_to_pane_and_back(active: Desk, qtbot: QtBot) -> None:
    window = active.window
    window.side.places.setFocus()
    seen = []
    for _ in range(5):
        QTest.keyClick(window, Qt.Key.Key_F6)
        seen.append(window.focusWidget())
    expected = [
        window.side.tree,
        window.page.table,
        window.below.history.table,
        window.tool_bar.search,
        window.side.places,
    ]
    assert seen == expected
    QTest.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is window.tool_bar.search


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


def test_everything_that_can_be_reached_has_a_name(active: Desk) -> None:
    nameless = []
    for widget in active.window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        if isinstance(widget, QAbstractItemView | QLineEdit | QAbstractButton):
            spoken = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
            if not spoken and not isinstance(widget, QHeaderView):
                nameless.append(widget)
    assert nameless == []


def test_tab_goes_in_the_order_of_reading(active: Desk, qtbot: QtBot) -> None:
    window = active.window
    window.tool_bar.search.setFocus()
    seen: list[QWidget] = []
    for _ in range(40):
        window.focusNextChild()
        focus = window.focusWidget()
        if focus is not None:
            seen.append(focus)
    wanted = [window.side.places, window.side.tree, window.page.table, window.below.history.table]
    first = [seen.index(widget) for widget in wanted]
    assert first == sorted(first)


@pytest.mark.parametrize("wish", [Wish.LIGHT, Wish.DARK])
@pytest.mark.parametrize("size", [(960, 600), (1280, 800)])
def test_nothing_is_clipped(active: Desk, size: tuple[int, int], wish: Wish) -> None:
    active.theme.follow(wish)
    window = active.window
    window.resize(*size)
    window.page.table.go_to("2210-fixture-plate.sldprt")
    offline(active)
    window.page._say_offline()
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and isinstance(widget, QAbstractButton | QLabel):
            assert_whole(window, widget)
    active.theme.follow(Wish.LIGHT)


def assert_whole(window: MainWindow, widget: QAbstractButton | QLabel) -> None:
    if any(isinstance(each, QAbstractItemView | QLineEdit) for each in _above(widget)):
        return
    corner = widget.mapTo(window, QPoint(0, 0))
    assert corner.x() >= 0, widget
    assert corner.x() + widget.width() <= window.width(), (widget, widget.text())
    if not isinstance(widget, Elided) and not (isinstance(widget, QLabel) and widget.wordWrap()):
        assert widget.width() >= widget.minimumSizeHint().width(), (widget, widget.text())


def _above(widget: QWidget) -> list[QWidget]:
    found = []
    each: QWidget | None = widget.parentWidget()
    while each is not None:
        found.append(each)
        each = each.parentWidget()
    return found


def test_a_lock_changes_the_numbers_of_the_folders_above(active: Desk, qtbot: QtBot) -> None:
    tree = active.window.side.tree
    lock = FileLocked(
        file=PLUG, path=f"{sample.FOLDER}/{PLUG}", filename=PLUG, locked_by="Mei Tanaka", seat="s", computer="CAM-01",
        since=sample.NOW, token=9,
    )  # fmt: skip
    told: list[str] = []
    tree.folders.dataChanged.connect(lambda first, _: told.append(first.data()))
    active.store.apply_event("production", 2, lock)
    assert sorted(told) == ["2210 Manifold block", "Hydraulics", "Production"]
    active.store.apply_event("production", 3, FileUnlocked(
        file=PLUG, path=lock.path, filename=PLUG, by="Mei Tanaka", why="undone"))  # fmt: skip
    assert len(told) == 6


def test_the_number_of_my_check_outs_follows(active: Desk) -> None:
    index = active.window.side.places.places.row_of(Place.MINE)
    active.store.apply_event("production", 2, FileLocked(
        file=PLUG, path=f"{sample.FOLDER}/{PLUG}", filename=PLUG, locked_by=sample.ME, seat=sample.MY_SEAT,
        computer="CAM-02", since=sample.NOW, token=9,
    ))  # fmt: skip
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "My check-outs, 4"


def test_signed_out_the_window_shows_nothing(active: Desk, qtbot: QtBot) -> None:
    active.store.sign_out()
    qtbot.waitUntil(lambda: active.window.page.table.files.rowCount() == 0)
    assert active.window.side.tree.folders.rowCount() == 0
    assert not active.window.tool_bar.account.isVisible()
    assert active.window.status.state.text() == "Signed out"


def test_the_account_menu_asks_for_the_chosen_notices_and_shows_the_choice(active: Desk) -> None:
    rules = active.window.account_menu.rules
    rules[Rule.LOCAL].trigger()
    assert active.asked[-1] == requests.ChooseNotices(rule=Rule.LOCAL)
    active.store.hear(Hearing(rule=Rule.NONE))
    menu = rules[Rule.NONE].associatedObjects()[0]
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    assert rules[Rule.NONE].isChecked()
    assert not rules[Rule.LOCAL].isChecked()
