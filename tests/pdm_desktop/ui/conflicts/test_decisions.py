"""What needs the person: the place, the list, and the windows where it is decided, never by themselves."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Issue
from pdm_desktop.core.waiting import Stand
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.ui.browser.places import Place
from pdm_desktop.ui.conflicts.decision import CHANGED, CHOOSE, OVER, DecisionDialog
from pdm_desktop.ui.conflicts.deletion import DeletionDialog
from pdm_desktop.ui.conflicts.doubt import DoubtDialog
from pdm_desktop.ui.conflicts.versions import VersionsDialog
from pdm_desktop.ui.parked.window import ParkedDialog
from pdm_desktop.ui.queue.window import QueueDialog
from pdm_desktop.ui.tray import Tray, TrayState, tray_state
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample

SPOKEN = Qt.ItemDataRole.AccessibleTextRole
FREE = replace(sample.CONFLICT, lock=None)


def with_issues(desk: Desk, *issues: Issue) -> Desk:
    desk.store.load_issues(issues)
    desk.window.show_issues()
    desk.window.issues.refresh()
    desk.asked.clear()
    return desk


def decides(desk: Desk, kind: type[DecisionDialog], *issues: Issue) -> DecisionDialog:
    """The window that Enter opens for the first of these."""
    with_issues(desk, *issues)
    desk.window.issues.table.setCurrentIndex(desk.window.issues.model.index(0, 0))
    QTest.keyClick(desk.window.issues.table, Qt.Key.Key_Return)
    found = opened(kind)
    assert isinstance(found, DecisionDialog)
    return found


def choose(dialog: DecisionDialog, place: int) -> None:
    dialog.options.options[place].button.click()


def press(dialog: DecisionDialog) -> None:
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)


# The place and its list


def test_the_place_has_its_number_and_is_grey_without_one(desk: Desk) -> None:
    places = desk.window.side.places.places
    index = places.row_of(Place.ISSUES)
    assert index.data(SPOKEN) == "Needs you, 0"
    assert index.data(Qt.ItemDataRole.ForegroundRole) is not None
    desk.store.load_issues(sample.ISSUES)
    assert index.data(SPOKEN) == "Needs you, 3"
    assert index.data(Qt.ItemDataRole.ForegroundRole) is None


def test_a_click_on_the_place_lists_what_needs_the_person(desk: Desk) -> None:
    with_issues(desk, sample.ABSENT, *sample.ISSUES)
    desk.window.show_activity()
    places = desk.window.side.places
    place = places.visualRect(places.places.row_of(Place.ISSUES)).center()
    QTest.mouseClick(places.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.window.issues.isVisible()
    model = desk.window.issues.model
    lines = [[model.index(row, column).data() for column in (1, 2)] for row in range(model.rowCount())]
    assert lines == [
        ["The workspace", "The workspace folder E:/PDM is not there. Nothing is done until it is back, "
         "and then it goes on by itself."],
        ["30 files", "So many were deleted in the vault by Jan Kowalski at once that the copies here stay until you "
         "decide."],
        ["2210-fixture.sldasm", "Edited here from Rev 6.4, and Mei Tanaka checked in Rev 6.5 yesterday at 17:42. "
         "Both are kept."],
        ["2210-cover.sldprt", "It is suddenly empty. Rev 4.0 has 9.6 MB. It is left as it is."],
    ]  # fmt: skip


def test_what_only_has_to_come_back_cannot_be_decided(desk: Desk) -> None:
    with_issues(desk, sample.ABSENT)
    view = desk.window.issues
    view.table.selectRow(0)
    assert not view.decide.isEnabled()
    view.table.opened.emit(0)
    assert opened(DecisionDialog) is None


def test_nothing_to_decide_says_so(desk: Desk) -> None:
    with_issues(desk)
    assert desk.window.issues.decide.isHidden()
    assert not desk.window.issues.table.isVisible()


def test_the_tray_wants_attention_while_something_needs_the_person(desk: Desk) -> None:
    assert tray_state(desk.store, attention=False) is not TrayState.ATTENTION
    desk.store.load_issues([sample.CONFLICT])
    assert tray_state(desk.store, attention=False) is TrayState.ATTENTION
    tray = Tray(desk.store, sample.clock, list)
    tray.fill_menu()
    assert "Needs you (1)" in [each.text() for each in tray.menu.actions()]
    desk.store.load_issues([])
    assert tray_state(desk.store, attention=False) is not TrayState.ATTENTION


def test_who_signs_out_leaves_nothing_to_decide_behind(desk: Desk) -> None:
    desk.store.load_issues(sample.ISSUES)
    desk.store.sign_out()
    assert len(desk.store.issues) == 0


# Refused check-ins


@pytest.fixture
def refused(desk: Desk) -> Desk:
    desk.store.load_queue(sample.QUEUE)
    desk.store.load_parked(sample.PARKED)
    return with_issues(desk)


def open_line(desk: Desk, place: int) -> None:
    desk.window.issues.table.selectRow(place)
    QTest.keyClick(desk.window.issues.table, Qt.Key.Key_Return)


def test_refused_check_ins_stand_in_the_list_and_count_at_the_place_and_in_the_tray(refused: Desk) -> None:
    places, model = refused.window.side.places.places, refused.window.issues.model
    assert places.row_of(Place.ISSUES).data(SPOKEN) == "Needs you, 5"
    assert tray_state(refused.store, attention=False) is TrayState.ATTENTION
    names = [model.index(row, 1).data() for row in range(model.rowCount())]
    assert names == [
        "2210-fixture.sldasm", "2210-block-op20.mcam", "2210-block.sldasm", "2210-fixture.sldasm", "2210-plug.step",
    ]  # fmt: skip
    assert model.index(0, 2).data().startswith("Not checked in. Your lock of 2210-fixture.sldasm is gone")
    assert refused.window.issues.about.text() == model.index(0, 2).data(), "the selected one stands below in full"
    assert [model.index(row, 3).data() for row in (0, 1)] == ["Yesterday 17:42", "Today 10:34"]
    assert [model.index(row, 0).data(SPOKEN) for row in (0, 1)] == ["Check-in that waited", "Parked version"]
    refused.store.load_queue(sample.QUEUE[:2])
    refused.store.load_parked([])
    assert places.row_of(Place.ISSUES).data(SPOKEN) == "Needs you, 0"


def test_enter_on_a_refused_check_in_opens_what_waits_with_it_selected(refused: Desk) -> None:
    other = replace(sample.QUEUE[0], stand=Stand.NEEDS_YOU, why="It was deleted in the vault meanwhile.")
    refused.store.load_queue([other, *sample.QUEUE[1:]])
    refused.window.issues.refresh()
    open_line(refused, 1)
    dialog = opened(QueueDialog)
    assert isinstance(dialog, QueueDialog)
    assert dialog.table.selected_rows() == [2]
    dialog.reject()
    assert opened(DecisionDialog) is None


def test_the_button_on_a_parked_version_opens_their_window_with_it_selected(refused: Desk) -> None:
    view = refused.window.issues
    view.table.selectRow(3)
    assert view.decide.text() == "Parked versions…"
    QTest.mouseClick(view.decide, Qt.MouseButton.LeftButton)
    dialog = opened(ParkedDialog)
    assert isinstance(dialog, ParkedDialog)
    assert refused.asked == [requests.ListParked()]
    assert dialog.table.selected_rows() == [1]
    new = replace(sample.PARKED[0], version=replace(sample.PARKED[0].version, id="new"))
    refused.store.load_parked([new, *sample.PARKED])
    assert dialog.table.selected_rows() == [2], "it stays selected when another comes before it"
    dialog.reject()
    view.table.selectRow(0)
    assert view.decide.text() == "Show what waits…"


def test_a_conflict_and_a_refused_check_in_of_one_file_are_both_there(refused: Desk) -> None:
    with_issues(refused, FREE)
    assert refused.window.issues.model.rowCount() == 6
    refused.window.issues.table.selectRow(1)
    assert refused.window.issues.decide.text() == "Decide…"
    open_line(refused, 1)
    dialog = opened(DecisionDialog)
    assert isinstance(dialog, VersionsDialog)
    dialog.reject()


# Two versions


@pytest.mark.parametrize(("place", "side"), list(enumerate(Side)))
def test_a_way_is_chosen_and_asked_for_about_what_is_shown(desk: Desk, place: int, side: Side) -> None:
    dialog = decides(desk, VersionsDialog, FREE)
    choose(dialog, place)
    press(dialog)
    assert desk.asked == [
        requests.DecideVersions(file=FREE.file, side=side, seen=FREE.seen, who=sample.ME),
    ]  # fmt: skip


def test_no_way_is_chosen_beforehand_and_closing_decides_nothing(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, FREE)
    assert not dialog.main.isEnabled()
    assert dialog.main.toolTip() == CHOOSE
    assert dialog.options.chosen() is None
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert desk.asked == []


def test_the_button_is_the_verb_of_the_way(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, FREE)
    choose(dialog, 1)
    assert dialog.main.text() == "Take the vault's"
    choose(dialog, 0)
    assert dialog.main.text() == "Keep both"
    dialog.reject()


def test_while_somebody_has_it_mine_cannot_go_on_and_it_says_who(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, sample.CONFLICT)
    mine = dialog.options.options[2]
    assert not mine.button.isEnabled()
    assert mine.why_not.text() == "Tomas Ruiz has it on CAM-07 since 10:16."
    assert mine.why_not.isVisible()
    desk.store.load_issues([FREE])
    assert mine.button.isEnabled()
    assert mine.why_not.isHidden()
    assert dialog.bar.isHidden(), "another lock is no other version"
    dialog.reject()


def test_a_version_that_changes_meanwhile_is_shown_anew_and_nothing_stays_chosen(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, FREE)
    choose(dialog, 1)
    again = replace(FREE, mine=replace(sample.HERE, hash="12345678" * 8))
    desk.store.load_issues([again])
    assert dialog.bar.text() == f"It has changed meanwhile. {CHANGED}"
    assert dialog.options.chosen() is None
    assert not dialog.main.isEnabled()
    choose(dialog, 1)
    press(dialog)
    (asked,) = desk.asked
    assert isinstance(asked, requests.DecideVersions)
    assert asked.seen == again.seen


def test_what_is_over_meanwhile_cannot_be_decided_any_more(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, FREE)
    choose(dialog, 1)
    desk.store.load_issues([])
    assert dialog.bar.text() == OVER
    assert not dialog.main.isEnabled()
    assert not dialog.options.isEnabled()
    dialog.reject()


def test_offline_nothing_that_needs_the_server_can_be_chosen(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, FREE)
    choose(dialog, 0)
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert [each.button.isEnabled() for each in dialog.options.options] == [False, False, False]
    assert dialog.options.chosen() is None
    desk.store.connect(Connection(phase=Phase.IN_STEP, since=sample.NOW))
    assert [each.button.isEnabled() for each in dialog.options.options] == [True, True, True]
    dialog.reject()


def test_both_are_opened(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, FREE)
    assert isinstance(dialog, VersionsDialog)
    QTest.mouseClick(dialog.open_both, Qt.MouseButton.LeftButton)
    assert desk.asked == [
        requests.OpenFile(file=FREE.file),
        requests.OpenRevision(file=FREE.file, major=6, minor=5),
    ]  # fmt: skip
    assert dialog.isVisible()
    dialog.reject()


def test_each_side_says_what_who_when_and_how_large_and_the_tool_tip_has_the_whole_hash(desk: Desk) -> None:
    dialog = decides(desk, VersionsDialog, sample.CONFLICT)
    assert isinstance(dialog, VersionsDialog)
    assert dialog.mine.accessibleDescription() == (
        "Revision: Edited from Rev 6.4; Who: Sam Becker on CAM-02; Saved: Today 10:24; Size: 35.9 MB; "
        "Content: 9f3a61c29f3a; Checked out: No"
    )
    assert dialog.theirs.accessibleDescription() == (
        "Revision: Rev 6.5, the newest; Who: Mei Tanaka; Checked in: Yesterday 17:42; Size: 35.5 MB; "
        "Content: 04b7e8d104b7; Checked out: Tomas Ruiz on CAM-07 since 10:16"
    )
    tips = [each.toolTip() for each in dialog.mine.findChildren(type(dialog.note)) if each.text() == "9f3a61c29f3a"]
    assert tips == [f"BLAKE3 {sample.HERE.hash}"]
    assert dialog.differ.text() == "They differ in content. Yours is 400 KB larger."
    dialog.reject()


@pytest.mark.parametrize(("by", "said"), [("Mei Tanaka", "Mei Tanaka"), (None, "Not known")])
def test_the_side_that_was_deleted_says_by_whom(desk: Desk, by: str | None, said: str) -> None:
    dialog = decides(desk, VersionsDialog, replace(FREE, theirs=None, deleted_by=by))
    assert isinstance(dialog, VersionsDialog)
    assert dialog.mine.accessibleDescription() == (
        "Revision: Edited from Rev 6.4; Who: Sam Becker on CAM-02; Saved: Today 10:24; Size: 35.9 MB; "
        "Content: 9f3a61c29f3a; Checked out: No"
    )
    assert dialog.theirs.accessibleDescription() == f"Revision: Deleted; Who: {said}"
    dialog.reject()


def test_no_word_is_cut_off(desk: Desk, qtbot: QtBot) -> None:
    for kind, issue in ((VersionsDialog, sample.CONFLICT), (DoubtDialog, sample.DOUBT)):
        dialog = decides(desk, kind, issue)
        for each in dialog.findChildren(type(dialog.note)):
            if each.isVisible() and each.wordWrap():
                assert each.height() >= each.heightForWidth(each.width()), each.text()
        dialog.reject()


def test_one_window_for_each_question(desk: Desk) -> None:
    first = decides(desk, VersionsDialog, FREE)
    desk.window.decider.open(FREE)
    shown = [each for each in QApplication.topLevelWidgets() if isinstance(each, VersionsDialog) and each.isVisible()]
    assert shown == [first]
    first.reject()


# Suspicious content, deletions


@pytest.mark.parametrize(("place", "right"), [(0, True), (1, False)])
def test_suspicious_content_is_right_or_it_is_not(desk: Desk, place: int, *, right: bool) -> None:
    dialog = decides(desk, DoubtDialog, sample.DOUBT)
    assert dialog.cancel.text() == "Leave it"
    choose(dialog, place)
    press(dialog)
    assert desk.asked == [requests.DecideDoubt(file=sample.DOUBT.file, right=right, seen=sample.DOUBT.seen)]


@pytest.mark.parametrize(("held", "said"), [(False, "No"), (True, "By you, here")])
def test_what_is_here_stands_beside_what_was_expected(desk: Desk, *, held: bool, said: str) -> None:
    dialog = decides(desk, DoubtDialog, replace(sample.DOUBT, held_here=held))
    assert isinstance(dialog, DoubtDialog)
    assert dialog.here.accessibleDescription() == (
        f"Size: 0 bytes; Content: af1349b9af13; Saved: Today 09:40; Checked out: {said}"
    )
    assert dialog.expected.accessibleDescription() == (
        "Size: 9.6 MB; Content: 77d0c4aa77d0; Revision: Rev 4.0, or an edit of it"
    )
    dialog.reject()


def test_each_deleted_file_says_where_it_was_by_whom_it_was_deleted_and_how_large_it_is(desk: Desk) -> None:
    first, second, *others = sample.DELETION.copies
    unknown = replace(second, by=None)
    dialog = decides(desk, DeletionDialog, replace(sample.DELETION, copies=(first, unknown, *others)))
    assert isinstance(dialog, DeletionDialog)
    model = dialog.table.model()
    across = range(model.columnCount())
    titles = [model.headerData(column, Qt.Orientation.Horizontal).strip() for column in across]
    assert titles == ["File", "Folder", "Deleted by", "Size"]
    assert [[model.index(row, column).data().strip() for column in across] for row in (0, 1)] == [
        ["soft-jaw-001.sldprt", "Soft jaws", "Jan Kowalski", "4.1 MB"],
        ["soft-jaw-002.sldprt", "Soft jaws", "not known", "4.1 MB"],
    ]
    assert model.rowCount() == 30
    dialog.reject()


@pytest.mark.parametrize(("place", "remove"), [(0, True), (1, False)])
def test_copies_of_deleted_files_go_or_stay(desk: Desk, place: int, *, remove: bool) -> None:
    dialog = decides(desk, DeletionDialog, sample.DELETION)
    assert dialog.title.text() == "30 files were deleted in the vault"
    choose(dialog, place)
    assert dialog.main.text() == ("Remove 30 copies" if remove else "Keep 30 copies")
    press(dialog)
    files = tuple(each.file for each in sample.DELETION.copies)
    assert desk.asked == [requests.DecideDeletion(files=files, remove=remove)]


# Commands for such a file


@pytest.mark.parametrize("command", [Command.CHECK_OUT, Command.GET_LATEST])
def test_a_command_that_would_decide_by_the_way_asks_first(desk: Desk, command: Command) -> None:
    desk.store.load_issues([FREE])
    desk.window.page.table.go_to(FREE.file)
    desk.asked.clear()
    desk.window.commands.actions[command].trigger()
    dialog = opened(VersionsDialog)
    assert isinstance(dialog, VersionsDialog)
    assert desk.asked == []
    dialog.reject()


def test_the_menu_of_such_a_file_leads_to_the_decision(desk: Desk) -> None:
    desk.store.load_issues([FREE])
    desk.window.page.table.go_to(FREE.file)
    menu: QMenu = desk.window.commands.menu(desk.window)
    next(each for each in menu.actions() if each.text() == "Decide…").trigger()
    dialog = opened(VersionsDialog)
    assert isinstance(dialog, VersionsDialog)
    dialog.reject()
