"""The main window leads to places: folders, filters, searches, notices; and says so when there is nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.notices import Notice
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.file_model import Filter
from pdm_desktop.ui.browser.places import Place
from pdm_desktop.ui.main_window import MainWindow
from server.protocol.events import FileLocked, FileUnlocked
from server.protocol.vault import Vault
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample

PLUG = "2210-plug.step"
CONTROL = Qt.KeyboardModifier.ControlModifier


def search(desk: Desk, text: str, *names: str) -> None:
    view = View(kind=Kind.SEARCH, text=text)
    reading = desk.store.begin_listing(view)
    desk.store.load_listing(reading, [("production", each) for each in sample.FILES if each.id in names], seqs={})


def test_the_first_vault_is_opened_by_itself(make_desk: Callable[[Store], Desk]) -> None:
    assert make_desk(sample.unopened()).asked == [requests.OpenFolder(vault="archive", folder="")]


@pytest.mark.parametrize("show", [MainWindow.show_dashboard, MainWindow.show_activity, MainWindow.show_administration])
def test_a_link_leads_to_files_whatever_was_shown(desk: Desk, show: Callable[[MainWindow], None]) -> None:
    show(desk.window)
    assert not desk.window.page.isVisible()
    desk.window.follow("Production", f"{sample.FOLDER}/{PLUG}")
    assert desk.window.page.isVisible()


def test_the_last_folder_is_opened_again(make_desk: Callable[[Store], Desk], desk: Desk) -> None:
    desk.memory.keep_place("production", "Hydraulics")
    assert make_desk(sample.unopened()).asked == [requests.OpenFolder(vault="production", folder="Hydraulics")]


def test_the_last_folder_is_opened_when_the_vaults_come_after_the_window(
    make_desk: Callable[[Store], Desk], desk: Desk
) -> None:
    """As from the cache, which is opened beside the window."""
    desk.memory.keep_place("tools", "Drills/Short")
    store = sample.unopened()
    store.load_vaults([])
    new = make_desk(store)
    tools = Vault(id="tools", name="Tools", role="editor", seq=1)
    snapshot = Snapshot(vault="tools", seq=1, folders=[("Drills/Short", 3)], locks=[])
    store.load_vaults([tools], [snapshot])
    assert new.asked == [requests.OpenFolder(vault="tools", folder="Drills/Short")]


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


def test_the_number_of_my_check_outs_follows(active: Desk) -> None:
    index = active.window.side.places.places.row_of(Place.MINE)
    active.store.apply_event("production", 2, FileLocked(
        file=PLUG, path=f"{sample.FOLDER}/{PLUG}", filename=PLUG, locked_by=sample.ME, seat=sample.MY_SEAT,
        computer="CAM-02", since=sample.NOW, token=9,
    ))  # fmt: skip
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "My check-outs, 4"


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
    reading = active.store.begin_listing(view)
    qtbot.waitUntil(lambda: not page.table.isVisible())
    assert not page.empty.isVisible()
    qtbot.waitUntil(lambda: page.empty.isVisible())
    assert page.empty.title.text() == "Loading…"
    active.store.load_listing(reading, [], seqs={})
    qtbot.waitUntil(lambda: page.empty.title.text() == "This folder is empty")
    assert page.empty.button.text() == "Add files…"


def test_nothing_checked_out_and_a_reader_are_told_what_fits(active: Desk, qtbot: QtBot) -> None:
    page = active.window.page
    view = View(kind=Kind.MINE)
    reading = active.store.begin_listing(view)
    active.store.load_listing(reading, [], seqs={})
    qtbot.waitUntil(lambda: page.empty.title.text() == "You have nothing checked out")
    active.store.load_vaults([replace(active.store.vaults["production"], role="reader")])
    sample.fill(active.store, (), "Prototypes")
    qtbot.waitUntil(lambda: page.empty.text.text() == "Files that others add show here.")
    assert not page.empty.button.isVisible()


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


def test_activity_leads_to_the_file_of_a_notice(active: Desk, qtbot: QtBot) -> None:
    active.store.raise_notice(notice(PLUG))
    active.window.show_activity()
    qtbot.waitUntil(lambda: active.window.activity.model.rowCount() == 1)
    active.window.activity.table.opened.emit(0)
    assert active.window.page.table.isVisible()
    assert [row.file.id for row in active.window.page.table.rows()] == [PLUG]


def test_a_link_opens_the_folder_and_selects_the_file(desk: Desk) -> None:
    desk.asked.clear()
    desk.window.navigation.follow("Production", "Prototypes/NEW.nc")
    assert desk.asked == [requests.OpenFolder(vault="production", folder="Prototypes")]
    new = replace(sample.FILES[0], id="new", path="Prototypes/new.nc")
    sample.fill(desk.store, (new,), "Prototypes")
    assert [row.file.id for row in desk.window.page.table.rows()] == ["new"]
    assert opened(QMessageBox) is None


def test_a_link_to_a_folder_opens_it_whether_it_names_the_vault_or_its_id(desk: Desk) -> None:
    desk.asked.clear()
    desk.window.navigation.follow("production", "Prototypes")
    desk.window.navigation.follow("Production", "")
    assert desk.asked == [
        requests.OpenFolder(vault="production", folder="Prototypes"),
        requests.OpenFolder(vault="production", folder=""),
    ]


def test_a_link_to_what_is_not_there_is_told_and_selects_nothing(desk: Desk) -> None:
    desk.window.navigation.follow("Production", "Prototypes/gone.nc")
    sample.fill(desk.store, (), "Prototypes")
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "There is no “Prototypes/gone.nc” in Production" in box.informativeText()


def test_a_link_to_a_vault_that_one_may_not_see_is_told_and_nothing_moves(desk: Desk) -> None:
    desk.asked.clear()
    desk.window.navigation.follow("Secret", "a.nc")
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "There is no vault “Secret” that you may see." in box.informativeText()
    assert desk.asked == []


def test_a_link_waits_until_somebody_is_signed_in_and_the_folders_are_read(
    make_desk: Callable[[Store], Desk], qtbot: QtBot
) -> None:
    store = Store(clock=sample.clock)
    desk = make_desk(store)
    desk.window.navigation.follow("Production", "Hydraulics/2210-plug.step")
    assert desk.asked == []
    known = sample.unopened()
    assert known.account is not None
    store.sign_in(known.account)
    store.load_vaults(known.vaults.values())
    assert requests.OpenFolder(vault="production", folder="Hydraulics") not in desk.asked
    for vault, folders in sample.FOLDERS.items():
        store.load_vault(Snapshot(vault=vault, seq=1, folders=folders, locks=[]))
    qtbot.waitUntil(lambda: requests.OpenFolder(vault="production", folder="Hydraulics") in desk.asked)
