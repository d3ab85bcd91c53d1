"""The tab Transfers: what its rows say, and what its buttons and keys ask for."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from pdm_desktop.core.pace import Limits
from pdm_desktop.core.requests import (
    CancelTransfer,
    ClearFinished,
    GetLatest,
    LimitTransfers,
    PauseAll,
    PauseTransfer,
    Request,
    ResumeAll,
    ResumeTransfer,
)
from pdm_desktop.state.fixed import Fixed
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.ui.fixed import FIXED
from pdm_desktop.ui.transfers.limits import LimitsDialog
from pdm_desktop.ui.transfers.view import CANCEL, DONE, GO, LEFT, PROGRESS, WHAT, TransfersView
from tests.pdm_desktop.ui.conftest import Desk
from tests.support import sample

RUNNING, WAITING, PAUSED, STOPPED = 0, 2, 3, 4


@pytest.fixture
def full(desk: Desk) -> Desk:
    for transfer in sample.transfers():
        desk.store.put_transfer(transfer)
    desk.window.below.tabs.setCurrentIndex(1)
    desk.asked.clear()
    return desk


def view_of(desk: Desk) -> TransfersView:
    return desk.window.below.transfers


def press(view: TransfersView, row: int, column: int) -> None:
    table = view.table
    place = table.visualRect(table.model().index(row, column)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def text(view: TransfersView, row: int, column: int) -> str:
    return str(view.model.index(row, column).data()).rstrip("\u00a0")


def spoken(view: TransfersView, row: int, column: int) -> str:
    return str(view.model.index(row, column).data(Qt.ItemDataRole.AccessibleTextRole))


def test_a_row_says_what_it_is_for_how_far_it_is_and_how_long_it_takes(full: Desk) -> None:
    view = view_of(full)
    assert [text(view, RUNNING, column) for column in (WHAT, DONE, LEFT)] == [
        "Check-in, Rev 3.9",
        "81 of 131 MB",
        "5 s",
    ]
    assert (text(view, WAITING, PROGRESS), text(view, WAITING, DONE)) == ("waits", "2.4 MB")
    assert (text(view, PAUSED, WHAT), spoken(view, PAUSED, PROGRESS)) == ("Paused by you", "paused at 47%")
    assert [text(view, STOPPED, column) for column in (WHAT, LEFT)] == ["The disk is full", "Try again"]


@pytest.mark.parametrize(
    ("row", "column", "words", "asked"),
    [
        (RUNNING, GO, "Pause", PauseTransfer(transfer="1")),
        (WAITING, GO, "Pause", PauseTransfer(transfer="3")),
        (PAUSED, GO, "Resume", ResumeTransfer(transfer="4")),
        (STOPPED, GO, "Try again", GetLatest(files=("e",))),
        (STOPPED, LEFT, "Try again", GetLatest(files=("e",))),
        (RUNNING, CANCEL, "Cancel", CancelTransfer(transfer="1")),
        (STOPPED, CANCEL, "Show no longer", CancelTransfer(transfer="5")),
    ],
)
def test_the_buttons_of_a_row(full: Desk, row: int, column: int, words: str, asked: Request) -> None:
    assert spoken(view_of(full), row, column).rstrip("\u00a0") == words
    press(view_of(full), row, column)
    assert full.asked == [asked]


def test_a_click_beside_the_buttons_asks_for_nothing(full: Desk) -> None:
    for column in range(GO):
        press(view_of(full), RUNNING, column)
    assert full.asked == []


def test_keys_do_what_the_buttons_do_for_all_selected_rows(full: Desk) -> None:
    table = view_of(full).table
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert full.asked == [
        PauseTransfer(transfer="1"),
        PauseTransfer(transfer="2"),
        PauseTransfer(transfer="3"),
        ResumeTransfer(transfer="4"),
        GetLatest(files=("e",)),
    ]
    full.asked.clear()
    table.selectRow(WAITING)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert full.asked == [CancelTransfer(transfer="3")]


@pytest.mark.parametrize(("row", "words"), [(RUNNING, ["Pause", "Cancel"]), (STOPPED, ["Try again", "Show no longer"])])
def test_the_menu_of_a_row(full: Desk, row: int, words: list[str]) -> None:
    view_of(full).table.selectRow(row)
    menu = view_of(full).menu()
    assert [action.text() for action in menu.actions()] == words
    menu.actions()[1].trigger()
    assert isinstance(full.asked[0], CancelTransfer)
    menu.deleteLater()


def test_above_the_rows_stands_all_of_it_together(full: Desk) -> None:
    summary = full.window.below.summary
    assert summary.isVisible()
    for part in ("2 running, 1 waiting, 1 paused", "↓ 38.4   ↑ 11.8 MB/s", "about 31 s left"):
        assert part in summary.text.whole()
    full.window.below.tabs.setCurrentIndex(0)
    assert not summary.isVisible()


def test_all_are_paused_and_go_on_by_one_button(full: Desk) -> None:
    summary = full.window.below.summary
    summary.pause.click()
    full.store.pause_transfers(paused=True)
    assert summary.pause.text() == "Resume all"
    assert summary.pause.accessibleName() == "Resume all"
    summary.pause.click()
    assert full.asked == [PauseAll(), ResumeAll()]


def test_finished_ones_are_cleared(full: Desk) -> None:
    summary = full.window.below.summary
    summary.clear.click()
    assert full.asked == [ClearFinished()]
    full.store.clear_transfers()
    assert [one.id for one in full.store.transfers.all()] == ["1", "2", "3", "4"]
    assert not summary.clear.isEnabled()


def test_a_transfer_that_begins_takes_the_place_of_the_one_that_stopped(full: Desk) -> None:
    full.store.put_transfer(Transfer(id="6", file="e", path="x", up=False, size=1))
    assert [one.id for one in full.store.transfers.all()] == ["1", "2", "3", "4", "6"]


def test_of_a_large_folder_not_all_that_is_done_is_shown(desk: Desk) -> None:
    for number in range(1_000):
        done = Transfer(id=str(number), file=str(number), path="x", up=False, size=1, state=TransferState.DONE)
        desk.store.put_transfer(done)
    assert len(desk.store.transfers) == 20


def test_many_changes_reach_the_window_together(desk: Desk, qtbot: QtBot) -> None:
    told: list[int] = []
    desk.bridge.transfers.connect(lambda: told.append(1))
    for number in range(1_000):
        desk.store.put_transfer(Transfer(id="1", file="a", path="x", up=True, size=1_000, done=number))
    with qtbot.waitSignal(desk.bridge.transfers):
        assert len(told) < 10
    assert view_of(desk).model.row(0).done == 999


def test_narrow_views_keep_what_matters(full: Desk, qtbot: QtBot) -> None:
    full.window.resize(960, 600)
    table = view_of(full).table
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() == 0)
    assert not table.isColumnHidden(GO)
    assert not table.isColumnHidden(CANCEL)


def test_the_model_is_sound(full: Desk) -> None:
    QAbstractItemModelTester(view_of(full).model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    view_of(full).model.renew()


def test_limits_are_asked_for_from_the_menu_of_the_account(desk: Desk) -> None:
    desk.store.limit_transfers(Limits(up=2.5))
    desk.window.account_menu.limits.trigger()
    dialog = desk.window.findChild(LimitsDialog)
    assert isinstance(dialog, LimitsDialog)
    assert (dialog.up.text(), dialog.down.text()) == ("2.5 MB/s", "No limit")
    dialog.down.setValue(0.04)
    assert dialog.down.text() == "No limit", "less than a tenth is none"
    dialog.down.setValue(10.0)
    dialog.main.click()
    assert LimitTransfers(up=2.5, down=10.0) in desk.asked


def test_a_limit_set_by_hand_below_the_least_is_shown_as_that(make_dialog: Callable[[Limits], LimitsDialog]) -> None:
    dialog = make_dialog(Limits(up=0.01))
    assert dialog.request == LimitTransfers(up=0.1, down=0.0)
    assert dialog.result() != QDialog.DialogCode.Accepted


def test_a_limit_that_is_fixed_cannot_be_set_and_says_why(desk: Desk) -> None:
    desk.store.fixed = Fixed(limit_up=True)
    desk.store.limit_transfers(Limits(up=2.5))
    desk.window.account_menu.limits.trigger()
    dialog = desk.window.findChild(LimitsDialog)
    assert isinstance(dialog, LimitsDialog)
    assert (dialog.up.isEnabled(), dialog.up.toolTip(), dialog.up.text()) == (False, FIXED, "2.5 MB/s")
    assert dialog.focusWidget() is dialog.down
    dialog.down.setValue(10.0)
    dialog.main.click()
    assert LimitTransfers(up=2.5, down=10.0) in desk.asked


def test_where_both_limits_are_fixed_there_is_nothing_to_set(desk: Desk) -> None:
    dialog = LimitsDialog(Limits(up=2.5), desk.window, fixed=Fixed(limit_up=True, limit_down=True))
    assert (dialog.main.isEnabled(), dialog.main.toolTip()) == (False, FIXED)
    assert dialog.cancel.isEnabled()


@pytest.fixture
def make_dialog(desk: Desk) -> Callable[[Limits], LimitsDialog]:
    return lambda limits: LimitsDialog(limits, desk.window)
