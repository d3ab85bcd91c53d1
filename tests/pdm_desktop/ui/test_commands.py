"""Commands by clicks and keys: what they ask for, what they ask first, and why they cannot."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.links import Link, link_in
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.ui.checkin.check_in import CheckInDialog
from pdm_desktop.ui.checkin.check_out import CheckOutDialog
from pdm_desktop.ui.checkin.rename import RenameDialog
from server.protocol.events import FileLocked
from server.protocol.set_rule import DEFAULT_RULE
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample

PLUG, MINE, THEIRS = "2210-plug.step", "2210-block-op20.mcam", "2210-block.sldasm"
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def at_desk(desk: Desk, qtbot: QtBot) -> Desk:
    desk.window.activateWindow()
    qtbot.waitUntil(lambda: desk.window.isActiveWindow())
    desk.window.page.table.setFocus()
    desk.asked.clear()
    return desk


def choose(desk: Desk, *files: str) -> None:
    table = desk.window.page.table
    table.clearSelection()
    for file in files:
        place = table.files.place(file)
        assert place is not None
        table.selectionModel().select(
            table.files.index(place, 0),
            table.selectionModel().SelectionFlag.Select | table.selectionModel().SelectionFlag.Rows,
        )
    desk.asked.clear()


def press(qtbot: QtBot, box: QMessageBox, text: str) -> None:
    button = next(each for each in box.buttons() if each.text().replace("&", "") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_check_out_by_click_with_a_reason(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, PLUG)
    button = at_desk.window.tool_bar.buttons[0]
    assert button.text() == "Check out…"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = opened(CheckOutDialog)
    assert isinstance(dialog, CheckOutDialog)
    QTest.keyClicks(dialog.why, "New reamer")
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    assert at_desk.asked == [requests.CheckOut(files=(PLUG,), message="New reamer")]
    assert at_desk.memory.reasons == ["New reamer"]


def test_the_last_reasons_are_buttons(at_desk: Desk, qtbot: QtBot) -> None:
    for reason in ("one", "two", "three", "two"):
        at_desk.memory.keep_reason(reason)
    choose(at_desk, PLUG)
    QTest.keyClick(at_desk.window, Qt.Key.Key_O, CONTROL)
    dialog = opened(CheckOutDialog)
    assert isinstance(dialog, CheckOutDialog)
    assert [each.property("reason") for each in dialog.reasons] == ["two", "three"]
    QTest.mouseClick(dialog.reasons[0], Qt.MouseButton.LeftButton)
    QTest.keyClick(dialog.why, Qt.Key.Key_Return)
    assert at_desk.asked == [requests.CheckOut(files=(PLUG,), message="two")]


def test_check_out_without_a_window(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, PLUG, THEIRS)
    QTest.keyClick(at_desk.window, Qt.Key.Key_O, CONTROL | SHIFT)
    assert at_desk.asked == [requests.CheckOut(files=(PLUG,))]
    assert opened(CheckOutDialog) is None


def test_check_in_with_a_comment_as_a_major_revision(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, MINE)
    QTest.keyClick(at_desk.window, Qt.Key.Key_I, CONTROL)
    dialog = opened(CheckInDialog)
    assert isinstance(dialog, CheckInDialog)
    assert dialog.minor.text() == "Minor, Rev 3.9"
    assert dialog.major.text() == "Major, Rev 4.0"
    QTest.keyClicks(dialog.comment, "Bores finished")
    dialog.major.click()
    dialog.keep.click()
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    both = (MINE, "2210-block-op20.nc")  # what belongs to it and has changed goes with it
    asked = requests.CheckIn(files=both, comment="Bores finished", major=True, keep=True, together=True)
    assert at_desk.asked == [asked]


def test_get_latest_by_key_for_what_is_old(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, "2210-cover.sldprt", "2210-block-op10.mcam")
    QTest.keyClick(at_desk.window, Qt.Key.Key_F5)
    assert at_desk.asked == [requests.GetLatest(files=("2210-cover.sldprt",))]


def test_undo_is_asked_first_and_says_where_edits_go(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, MINE)
    at_desk.window.commands.actions[Command.UNDO_CHECK_OUT].trigger()
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "recovery store" in box.informativeText()
    press(qtbot, box, "Undo check-out")
    assert at_desk.asked == [requests.UndoCheckOut(files=(MINE,))]


def test_no_answer_to_a_question_changes_nothing(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, PLUG)
    QTest.keyClick(at_desk.window, Qt.Key.Key_Delete)
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert PLUG in box.text()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert at_desk.asked == []
    QTest.keyClick(at_desk.window, Qt.Key.Key_Delete)
    box = next(each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox) and each.isVisible())
    press(qtbot, box, "Delete")
    assert at_desk.asked == [requests.Delete(files=(PLUG,))]


def test_rename_takes_a_name_that_windows_allows(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, PLUG)
    QTest.keyClick(at_desk.window, Qt.Key.Key_F2)
    dialog = opened(RenameDialog)
    assert isinstance(dialog, RenameDialog)
    assert not dialog.main.isEnabled()
    for bad in ("con.step", "a/b.step", "a?.step", "end."):
        dialog.name.setText(bad)
        assert not dialog.main.isEnabled()
        assert dialog.flaw.text()
    dialog.name.setText("2210-stopper.step")
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    assert at_desk.asked == [requests.Rename(file=PLUG, path=f"{sample.FOLDER}/2210-stopper.step")]


def test_my_check_out_on_another_computer_can_be_taken_over(at_desk: Desk, qtbot: QtBot) -> None:
    at_desk.store.apply_event("production", 2, FileLocked(
        file=PLUG, path=f"{sample.FOLDER}/{PLUG}", filename=PLUG, locked_by=sample.ME, seat="other", computer="CAM-09",
        since=sample.NOW, token=9,
    ))  # fmt: skip
    choose(at_desk, PLUG)
    at_desk.window.commands.actions[Command.ADOPT].trigger()
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "CAM-09" in box.informativeText()
    press(qtbot, box, "Take over here")
    assert at_desk.asked == [requests.Adopt(files=(PLUG,))]


def test_a_disabled_command_says_why(at_desk: Desk) -> None:
    choose(at_desk, THEIRS)
    actions = at_desk.window.commands.actions
    assert not actions[Command.CHECK_OUT].isEnabled()
    assert actions[Command.CHECK_OUT].toolTip() == "Anna Novak has it."
    at_desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert "offline" in actions[Command.CHECK_OUT].toolTip()
    choose(at_desk)
    assert actions[Command.OPEN].toolTip() == "Select a file first."


def test_of_a_vault_that_one_may_only_read_nothing_can_be_changed(at_desk: Desk) -> None:
    at_desk.store.load_vaults([replace(at_desk.store.vaults["production"], role="reader")])
    choose(at_desk, PLUG)
    able = {command for command, action in at_desk.window.commands.actions.items() if action.isEnabled()}
    assert able == {Command.GET_LATEST, Command.OPEN, Command.WATCH}
    assert at_desk.window.commands.actions[Command.CHECK_OUT].toolTip() == "You may read this vault, not change it."
    assert not at_desk.window.commands.quick.isEnabled()


def test_enter_presses_the_button_of_the_details_that_has_the_focus(at_desk: Desk) -> None:
    choose(at_desk, PLUG)
    latest = at_desk.window.below.details.buttons[1]
    latest.setFocus()
    QTest.keyClick(latest, Qt.Key.Key_Return)
    assert at_desk.asked == [requests.GetLatest(files=(PLUG,))]


def test_a_command_becomes_possible_when_the_file_is_released(at_desk: Desk) -> None:
    from server.protocol.events import FileUnlocked

    choose(at_desk, THEIRS)
    at_desk.store.apply_event("production", 2, FileUnlocked(
        file=THEIRS, path=f"{sample.FOLDER}/{THEIRS}", filename=THEIRS, by="Anna Novak", why="undone"))  # fmt: skip
    assert at_desk.window.commands.actions[Command.CHECK_OUT].isEnabled()


def test_copy_path_takes_the_local_one_where_there_is_one(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, MINE, PLUG)
    QTest.keyClick(at_desk.window, Qt.Key.Key_C, CONTROL | SHIFT)
    lines = QApplication.clipboard().text().splitlines()
    assert lines == [sample.LOCAL[MINE].path, f"{sample.FOLDER}/{PLUG}"]


def test_links_to_the_selected_files_are_copied_and_lead_back_to_them(at_desk: Desk) -> None:
    choose(at_desk, MINE, PLUG)
    at_desk.asked.clear()
    QTest.keyClick(at_desk.window, Qt.Key.Key_L, CONTROL | SHIFT)
    links = QApplication.clipboard().text().splitlines()
    assert links[1] == "pdm://Production/Hydraulics/2210%20Manifold%20block/2210-plug.step"
    assert [link_in(each) for each in links] == [
        Link(vault="Production", path=f"{sample.FOLDER}/{name}") for name in (MINE, PLUG)
    ]
    assert at_desk.asked == [], "a link is made here and asks nobody"


@pytest.mark.parametrize(
    ("folder", "link"),
    [("Hydraulics/2204 End cap", "pdm://Production/Hydraulics/2204%20End%20cap"), ("", "pdm://Production/")],
    ids=["folder", "vault"],
)
def test_the_link_to_a_folder_is_copied_from_its_menu(at_desk: Desk, folder: str, link: str) -> None:
    menu = at_desk.window.folder_menu.menu("production", folder)
    next(each for each in menu.actions() if each.text() == "Copy link").trigger()
    assert QApplication.clipboard().text() == link
    menu.close()


def test_the_context_menu_has_the_same_actions(at_desk: Desk) -> None:
    choose(at_desk, PLUG)
    menu = at_desk.window.commands.menu(at_desk.window)
    texts = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert texts == [
        "Open", "Show in folder", "Check out…", "Check in…", "Undo check-out…", "Get latest", "Take over here…",
        "Ask for it…", "Tell me when free", "Hand over…", "Watch", "Rename…", "Delete…", "Copy link", "Copy path",
    ]  # fmt: skip
    menu.close()


def test_a_folder_is_opened_and_then_its_files_are_checked_out(at_desk: Desk, qtbot: QtBot) -> None:
    menu = at_desk.window.folder_menu.menu("production", "Prototypes")
    action = next(each for each in menu.actions() if each.text() == "Check out the files in it…")
    action.trigger()
    assert at_desk.asked == [requests.OpenFolder(vault="production", folder="Prototypes")]
    new = replace(sample._file("a.nc", "1.0", 1, sample.NOW), path="Prototypes/a.nc")
    sample.fill(at_desk.store, (new,), "Prototypes")
    qtbot.waitUntil(lambda: opened(CheckOutDialog) is not None)
    dialog = opened(CheckOutDialog)
    assert isinstance(dialog, CheckOutDialog)
    assert dialog.files == ("a.nc",)
    dialog.close()
    menu.close()


def test_a_folder_gets_another_name(at_desk: Desk, qtbot: QtBot) -> None:
    menu = at_desk.window.folder_menu.menu("production", "Hydraulics")
    next(each for each in menu.actions() if each.text() == "Rename folder…").trigger()
    dialog = opened(RenameDialog)
    assert isinstance(dialog, RenameDialog)
    dialog.name.setText("Fluids")
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    assert at_desk.asked == [requests.MoveFolder(vault="production", path="Hydraulics", to="Fluids")]
    menu.close()


def test_details_offer_the_three_commands_that_fit(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, MINE)
    buttons = at_desk.window.below.details.buttons
    assert [each.text() for each in buttons] == ["Check in…", "Undo check-out…", "Open"]
    choose(at_desk, PLUG)
    buttons = at_desk.window.below.details.buttons
    assert [each.text() for each in buttons] == ["Check out…", "Get latest", "Open"]
    QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert at_desk.asked == [requests.GetLatest(files=(PLUG,))]
    assert all(isinstance(each, QPushButton) for each in buttons)


def test_what_belongs_to_hits_of_a_search_is_read_before_the_window_opens(at_desk: Desk, qtbot: QtBot) -> None:
    view = View(kind=Kind.SEARCH, text="op10.nc")
    reading = at_desk.store.begin_listing(view)
    hits = [file for file in sample.FILES if file.id == "2210-cover-op10.nc"]
    at_desk.store.load_listing(reading, [("production", each) for each in hits], seqs={})
    choose(at_desk, "2210-cover-op10.nc")
    QTest.keyClick(at_desk.window, Qt.Key.Key_O, CONTROL)
    asked = requests.ReadFolders(vault="production", folders=(sample.FOLDER,))
    assert at_desk.asked[-1] == asked
    assert opened(CheckOutDialog) is None
    at_desk.store.read_folders(asked, [("production", file) for file in sample.FILES])
    dialog = opened(CheckOutDialog)
    assert isinstance(dialog, CheckOutDialog)
    assert dialog.files == ("2210-cover-op10.mcam", "2210-cover-op10.nc")
    dialog.close()
    at_desk.store.read_folders(asked, [])
    assert opened(CheckOutDialog) is None, "an answer that nobody waits for opens nothing"


def test_the_rule_of_the_vault_says_what_belongs_together(at_desk: Desk, qtbot: QtBot) -> None:
    known = at_desk.store.vaults["production"]
    none = replace(DEFAULT_RULE, sources=[], programs=[], sheets=[])
    at_desk.store.load_vaults([replace(known, sets=none)])
    sample.fill(at_desk.store)
    choose(at_desk, "2210-cover-op10.nc")
    QTest.keyClick(at_desk.window, Qt.Key.Key_O, CONTROL)
    dialog = opened(CheckOutDialog)
    assert isinstance(dialog, CheckOutDialog)
    assert dialog.files == ("2210-cover-op10.nc",)
    assert not dialog.table.isVisible()
    dialog.close()


def test_several_files_are_given_back_as_one(at_desk: Desk, qtbot: QtBot) -> None:
    at_desk.window.commands.run(Command.UNDO_CHECK_OUT, [
        row for row in at_desk.store.listing.rows if row.mine
    ])  # fmt: skip
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "All of them or none." in box.informativeText()
    button = next(each for each in box.buttons() if each.text().replace("&", "") == "Undo check-out")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    (request,) = [each for each in at_desk.asked if isinstance(each, requests.UndoCheckOut)]
    assert request.together
    assert len(request.files) == 3


def test_what_is_ticked_is_checked_out_as_one(at_desk: Desk, qtbot: QtBot) -> None:
    choose(at_desk, "2210-cover-op10.nc")
    QTest.keyClick(at_desk.window, Qt.Key.Key_O, CONTROL)
    dialog = opened(CheckOutDialog)
    assert isinstance(dialog, CheckOutDialog)
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    asked = requests.CheckOut(files=("2210-cover-op10.mcam", "2210-cover-op10.nc"), together=True)
    assert at_desk.asked == [asked]
