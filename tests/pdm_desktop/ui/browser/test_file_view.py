"""The file table as a person meets it: selection that stays, badges that tell when they are drawn, columns that go."""

import logging
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.commands import Command
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.ui.browser.columns import Field
from server.protocol.events import FileAdded, FileLocked, FileUnlocked
from tests.pdm_desktop.ui.conftest import NO_SCREEN, Desk
from tests.support import sample

PLUG = "2210-plug.step"


def lock(desk: Desk, file: str, seq: int = 2) -> None:
    desk.store.apply_event("production", seq, FileLocked(
        file=file, path=f"{sample.FOLDER}/{file}", filename=file, locked_by="Mei Tanaka", seat="seat-cam-01",
        computer="CAM-01", since=sample.NOW, token=9, message="Probe",
    ))  # fmt: skip


def test_a_lock_is_painted_and_told_with_its_seq(desk: Desk, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    table = desk.window.page.table
    table.scrollTo(table.files.index(table.files.place(PLUG) or 0, 0))
    QApplication.processEvents()
    place = table.badge_rect(PLUG)
    assert not place.isEmpty()
    before = desk.window.grab(place).toImage()
    with caplog.at_level(logging.INFO, "pdm_desktop"), qtbot.waitSignal(table.painted) as told:
        lock(desk, PLUG)
    assert told.args == [PLUG, Badge.OTHER.value, 2]
    assert f"painted file={PLUG} badge=other seq=2 at=" in caplog.text
    assert table.badge_rect(PLUG) == place
    assert desk.window.grab(place).toImage() != before


def test_a_badge_out_of_sight_is_told_when_it_comes_into_sight(desk: Desk, qtbot: QtBot) -> None:
    table = desk.window.page.table
    desk.window.resize(960, 600)
    last = table.files.row(table.files.rowCount() - 1).file.id
    QApplication.processEvents()
    assert table.badge_rect(last).isEmpty()
    with qtbot.assertNotEmitted(table.painted, wait=100):
        lock(desk, last)
    with qtbot.waitSignal(table.painted) as told:
        table.go_to(last)
    assert told.args[0] == last


def test_the_place_of_a_badge_is_in_the_window(desk: Desk) -> None:
    table = desk.window.page.table
    place = table.badge_rect("2210-block.sldasm")
    assert place.width() == 32
    assert desk.window.childAt(place.center()) is table.viewport()
    assert table.badge_rect("no such file").isEmpty()


def test_the_selection_stays_when_files_come_and_rows_change(desk: Desk, qtbot: QtBot) -> None:
    table = desk.window.page.table
    table.go_to(PLUG)
    new = sample._file("2210-aaa.nc", "1.0", 1, sample.NOW)
    desk.store.apply_event("production", 2, FileAdded(file=new, by="Mei Tanaka"))
    qtbot.waitUntil(lambda: table.files.place("2210-aaa.nc") == 0)
    lock(desk, PLUG, seq=3)
    assert [row.file.id for row in table.rows()] == [PLUG]
    assert table.currentIndex().row() == table.files.place(PLUG)


def test_the_selection_stays_when_the_order_changes(desk: Desk, qtbot: QtBot) -> None:
    table = desk.window.page.table
    table.go_to(PLUG)
    head = table.horizontalHeader()
    x = head.sectionViewportPosition(Field.SIZE) + 10
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=head.viewport().rect().topLeft() + _at(x))
    assert [row.file.id for row in table.rows()] == [PLUG]
    assert table.files.row(0).file.filename == PLUG
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=head.viewport().rect().topLeft() + _at(x))
    assert table.files.row(0).file.filename == "2210-block-op10.mcam"


def _at(x: int) -> QPoint:
    return QPoint(x, 10)


def test_details_follow_the_selected_row_as_it_changes(desk: Desk, qtbot: QtBot) -> None:
    desk.window.page.table.go_to(PLUG)
    details = desk.window.below.details
    assert details.title.whole() == PLUG
    assert details.fact("Holder") == ""
    lock(desk, PLUG)
    assert details.fact("Holder") == "Mei Tanaka on CAM-01, online"
    assert details.fact("Why") == "Probe"
    assert details.fact("Since") == "Today 10:42, just now"
    table = desk.window.page.table
    table.go_to("2210-block-op10.mcam")
    assert details.fact("Since") == "Today 08:28, 2 h 14 min ago"
    table.go_to(PLUG)
    desk.store.apply_event("production", 3, FileUnlocked(
        file=PLUG, path=f"{sample.FOLDER}/{PLUG}", filename=PLUG, by="Mei Tanaka", why="undone"))  # fmt: skip
    assert details.fact("Holder") == ""
    assert details.state.whole() == "Free"


def test_columns_give_way_to_the_width(desk: Desk) -> None:
    table = desk.window.page.table
    desk.window.resize(1280, 800)
    QApplication.processEvents()
    assert not any(table.isColumnHidden(field) for field in (Field.COMPUTER, Field.SIZE, Field.MODIFIED))
    desk.window.resize(960, 600)
    QApplication.processEvents()
    assert all(table.isColumnHidden(field) for field in (Field.COMPUTER, Field.SIZE, Field.MODIFIED))
    tip = table.files.index(0, Field.HOLDER).data(Qt.ItemDataRole.ToolTipRole)
    assert "CAD-04" in tip
    assert "48.2 MB" in tip


def test_folder_stands_in_the_table_for_hits_of_a_search(desk: Desk, qtbot: QtBot) -> None:
    table = desk.window.page.table
    assert table.isColumnHidden(Field.FOLDER)
    view = View(kind=Kind.SEARCH, text="cover")
    reading = desk.store.begin_listing(view)
    desk.store.load_listing(reading, [("production", each) for each in sample.FILES if "cover" in each.path], seqs={})
    qtbot.waitUntil(lambda: table.files.rowCount() == 3)
    assert not table.isColumnHidden(Field.FOLDER)
    assert desk.window.page.heading.title.whole() == "3 files with “cover”"


def test_dropped_files_are_added_to_the_open_folder(desk: Desk) -> None:
    desk.asked.clear()
    table = desk.window.page.table
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/srv/new.nc")])
    event = QDropEvent(
        QPointF(40, 40), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    table.dropEvent(event)
    assert desk.asked == [
        requests.AddFiles(
            vault="production", folder=sample.FOLDER, sources=(QUrl.fromLocalFile("/srv/new.nc").toLocalFile(),)
        )
    ]
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    table.dropEvent(event)
    desk.store.connect(Connection(phase=Phase.IN_STEP, since=sample.NOW))
    desk.store.load_vaults([replace(desk.store.vaults["production"], role="reader")])
    table.dropEvent(event)
    assert len(desk.asked) == 1


# Without a screen no menu can take the keyboard for itself.
@pytest.mark.qt_log_ignore(NO_SCREEN, "does not support grabbing the keyboard", extend=True)
def test_the_menu_key_asks_for_the_commands_of_the_selected_file(desk: Desk, qtbot: QtBot) -> None:
    table = desk.window.page.table
    table.go_to(PLUG)
    place = table.visualRect(table.currentIndex()).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, table.viewport().mapToGlobal(place))
    QApplication.sendEvent(table, event)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert desk.window.commands.actions[Command.UNDO_CHECK_OUT] in menu.actions()
    menu.close()


def test_enter_opens_the_file(desk: Desk, qtbot: QtBot) -> None:
    table = desk.window.page.table
    table.go_to(PLUG)
    desk.asked.clear()
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert desk.asked == [requests.OpenFile(file=PLUG)]


def test_ages_are_told_anew_only_while_the_table_is_seen(desk: Desk) -> None:
    table = desk.window.page.table
    told: list[object] = []
    table.files.dataChanged.connect(lambda *_: told.append(1))
    table._refresh_ages()
    assert told
    told.clear()
    desk.window.hide()
    table._refresh_ages()
    assert told == []
