"""The small windows: what is ticked, what is possible, and that Esc loses no text unasked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.check_in_rule import CheckInRule
from pdm_desktop.core.results import FileResult, Finished, Outcome
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.store import Store
from pdm_desktop.ui.checkin.check_in import CheckInDialog
from pdm_desktop.ui.checkin.check_out import CheckOutDialog
from pdm_desktop.ui.checkin.result import ResultDialog, summary, wants_window
from pdm_desktop.ui.checkin.set_files import SetFiles, found
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.theme import Theme
from server.protocol.limits import COMMENT_CHARACTERS, MESSAGE_CHARACTERS, SET_FILES
from server.protocol.set_rule import DEFAULT_RULE
from server.protocol.vault_rules import VaultRules
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample


@pytest.fixture
def rows(theme: Theme) -> dict[str, FileRow]:
    return {row.file.id: row for row in sample.store().listing.rows}


def shown(qtbot: QtBot, dialog: Dialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)


def chosen(*rows: FileRow) -> SetFiles:
    """Files of which no set is known."""
    return SetFiles(chosen=rows)


def untick(dialog: CheckOutDialog | CheckInDialog, place: int) -> None:
    model = dialog.table.model()
    model.setData(model.index(place, 0), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)


def test_only_free_files_are_ticked_and_the_holder_is_named(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"], rows["2210-block.sldasm"]), [])
    shown(qtbot, dialog)
    assert dialog.files == ("2210-plug.step",)
    model = dialog.table.model()
    assert model.index(1, 3).data() == "Anna Novak has it"
    assert not model.setData(model.index(1, 0), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    untick(dialog, 0)
    assert not dialog.files
    assert not dialog.main.isEnabled()


def test_a_tick_is_set_by_the_space_bar(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"], rows["2210-spool.sldprt"]), [])
    shown(qtbot, dialog)
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.table.model().index(0, 0))
    QTest.keyClick(dialog.table, Qt.Key.Key_Space)
    assert dialog.files == ("2210-spool.sldprt",)


def test_enter_among_the_ticks_is_the_main_button(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"], rows["2210-spool.sldprt"]), [])
    shown(qtbot, dialog)
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.table.model().index(0, 0))
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    assert dialog.result() == CheckOutDialog.DialogCode.Accepted


def tab_order(dialog: Dialog) -> list[str]:
    """The names of what Tab leads to, from where the focus is, once round."""
    seen: list[str] = []
    while (focus := dialog.focusWidget()) is not None:
        name = focus.accessibleName() or (focus.text() if isinstance(focus, QAbstractButton) else "")
        if name in seen:
            break
        seen.append(name)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    return seen


def test_tab_goes_through_a_check_out_in_the_order_of_reading(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"], rows["2210-spool.sldprt"]), ["New reamer"])
    shown(qtbot, dialog)
    assert tab_order(dialog) == ["Why", "New reamer", "Cancel", "Check out", "Files"]


def test_tab_goes_through_a_check_in_in_the_order_of_reading(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckInDialog(chosen(rows["2210-block-op20.mcam"]), now=sample.NOW)
    shown(qtbot, dialog)
    dialog.activateWindow()
    qtbot.waitUntil(lambda: dialog.isActiveWindow())
    keep = "Keep it checked out and go on working"
    assert tab_order(dialog) == ["Comment", "Minor, Rev 3.9", keep, "Cancel", "Check in", "Files"]
    dialog.minor.setFocus()
    QTest.keyClick(dialog.minor, Qt.Key.Key_Right)
    assert dialog.major.isChecked()
    QTest.keyClick(dialog.major, Qt.Key.Key_Return)
    assert dialog.result() == CheckInDialog.DialogCode.Accepted


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_ctrl_and_enter_in_the_comment_is_the_main_button_and_enter_alone_a_new_line(
    rows: dict[str, FileRow], qtbot: QtBot, key: Qt.Key
) -> None:
    dialog = CheckInDialog(chosen(rows["2210-block-op20.mcam"]), now=sample.NOW)
    shown(qtbot, dialog)
    dialog.activateWindow()  # a shortcut is the active window's
    qtbot.waitUntil(lambda: dialog.isActiveWindow())
    accepted: list[bool] = []
    dialog.accepted.connect(lambda: accepted.append(True))
    QTest.keyClicks(dialog.comment, "Deburred")
    QTest.keyClick(dialog.comment, key)
    assert dialog.comment.toPlainText() == "Deburred\n"
    assert not accepted
    QTest.keyClick(dialog.comment, key, Qt.KeyboardModifier.ControlModifier)
    assert accepted
    assert dialog.text == "Deburred"


def test_enter_on_cancel_cancels(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"]), [])
    shown(qtbot, dialog)
    dialog.cancel.setFocus()
    QTest.keyClick(dialog.cancel, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert dialog.result() == CheckOutDialog.DialogCode.Rejected


def test_enter_on_a_last_reason_takes_it_and_waits(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"]), ["New reamer"])
    shown(qtbot, dialog)
    dialog.reasons[0].setFocus()
    QTest.keyClick(dialog.reasons[0], Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.message == "New reamer"


def test_a_reason_is_one_line_of_the_length_that_the_server_takes(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"]), [])
    shown(qtbot, dialog)
    QTest.keyClicks(dialog.why, "x" * (MESSAGE_CHARACTERS + 20))
    assert dialog.message == "x" * MESSAGE_CHARACTERS
    dialog.why.setText("   ")
    assert dialog.message is None


def test_esc_closes_an_empty_window_at_once(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"]), [])
    shown(qtbot, dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.mark.parametrize("answer", ["Go on typing", "Close"])
def test_esc_asks_before_typed_text_is_lost(rows: dict[str, FileRow], qtbot: QtBot, answer: str) -> None:
    dialog = CheckInDialog(chosen(rows["2210-block-op20.mcam"]), now=sample.NOW)
    shown(qtbot, dialog)
    QTest.keyClicks(dialog.comment, "a long story")
    QTest.keyClick(dialog.comment, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    button = next(each for each in box.buttons() if each.text().replace("&", "") == answer)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.isVisible() == (answer == "Go on typing")
    dialog.comment.clear()


def test_edited_files_are_ticked_for_a_check_in_and_numbers_follow(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    mine = chosen(rows["2210-block-op20.mcam"], rows["2210-block-op20.nc"], rows["2210-block.sldprt"])
    dialog = CheckInDialog(mine, now=sample.NOW)
    shown(qtbot, dialog)
    assert dialog.files == ("2210-block-op20.mcam", "2210-block-op20.nc")
    model = dialog.table.model()
    assert model.index(0, 1).data() == "3.8 → 3.9"
    assert model.index(2, 1).data() == "12.3"
    dialog.major.click()
    assert model.index(0, 1).data() == "3.8 → 4.0"
    model.setData(model.index(2, 0), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert dialog.minor.text() == "Minor, each by one step"


def test_the_expected_time_follows_the_rate(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckInDialog(chosen(rows["2210-block-op20.mcam"]), now=sample.NOW, rate=13_100_000)
    shown(qtbot, dialog)
    assert dialog.expected.text() == "131.0 MB, about 10 s"


def test_a_comment_that_is_too_long_says_by_how_much(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckInDialog(chosen(rows["2210-block-op20.mcam"]), now=sample.NOW)
    shown(qtbot, dialog)
    dialog.comment.setPlainText("x" * (COMMENT_CHARACTERS + 3))
    assert not dialog.main.isEnabled()
    assert dialog.main.toolTip() == "The comment is 3 characters too long."
    dialog.comment.clear()


def finished(*outcomes: Outcome) -> Finished:
    results = tuple(
        FileResult(file=str(n), path=f"a/{n}.nc", outcome=outcome, text="Anna Novak has it.", advice="Ask for it.")
        for n, outcome in enumerate(outcomes)
    )
    return Finished(request=requests.CheckOut(files=tuple(each.file for each in results)), results=results)


@pytest.mark.parametrize(
    ("outcomes", "window", "words"),
    [
        ([Outcome.DONE], False, "0.nc checked out"),
        ([Outcome.REFUSED], True, "0.nc not checked out"),
        ([Outcome.DONE, Outcome.UNCHANGED], False, "2 files checked out"),
        ([Outcome.DONE, Outcome.DONE, Outcome.REFUSED], True, "2 of 3 files checked out"),
        ([Outcome.DONE] * 10, False, "10 files checked out"),
        ([Outcome.DONE] * 11, True, "11 files checked out"),
        ([Outcome.GOES_ON], False, "0.nc checked out; its end on this computer is done by itself"),
        (
            [Outcome.DONE, Outcome.GOES_ON, Outcome.REFUSED],
            True,
            "2 of 3 files checked out; its end on this computer is done by itself",
        ),
    ],
)
def test_a_result_is_shown_when_it_must_be(outcomes: list[Outcome], window: bool, words: str) -> None:
    assert wants_window(finished(*outcomes)) is window
    assert summary(finished(*outcomes)) == words


@pytest.mark.parametrize(
    ("request_", "window", "words"),
    [
        (requests.GetLatest(files=("0",)), True, "0.nc at the newest revision; what was here before is kept"),
        (requests.OpenFile(file="0"), True, "0.nc opened; what was here before is kept"),
        (requests.UndoCheckOut(files=("0",)), False, "0.nc given back; what was here before is kept"),
    ],
)
def test_what_a_command_has_moved_out_of_the_way_is_said_where_nobody_expects_it(
    request_: requests.FileRequest, window: bool, words: str
) -> None:
    result = FileResult(file="0", path="a/0.nc", outcome=Outcome.DONE, text="Rev 1.1 is here.", kept=True)
    done = Finished(request=request_, results=(result,))
    assert wants_window(done) is window
    assert summary(done) == words


def test_a_result_has_a_line_for_each_file(theme: Theme, qtbot: QtBot) -> None:
    dialog = ResultDialog(finished(Outcome.DONE, Outcome.REFUSED))
    shown(qtbot, dialog)
    assert dialog.title.text() == "1 of 2 files checked out"
    model = dialog.table.model()
    assert [model.index(place, 1).data() for place in range(2)] == ["0.nc", "1.nc"]
    assert model.index(1, 2).data() == "Anna Novak has it. Ask for it."
    assert model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Not done"
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(model.index(0, 0))
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    assert not dialog.isVisible()


def test_what_somebody_has_handed_over_is_said_in_its_own_words() -> None:
    text = "0.nc is yours now, with what Mei saved."
    result = FileResult(file="0", path="a/0.nc", outcome=Outcome.DONE, text=text)
    news = Finished(request=requests.GetLatest(files=("0",)), results=(result,), is_news=True)
    assert (summary(news), wants_window(news)) == (text, False)


def test_a_hand_over_says_that_what_was_here_is_kept_and_asks_for_no_look() -> None:
    result = FileResult(file="0", path="a/0.nc", outcome=Outcome.DONE, text="Mei has 0.nc now.", kept=True)
    done = Finished(request=requests.Transfer(file="0", to="Mei"), results=(result,))
    assert (summary(done), wants_window(done)) == ("0.nc handed over; what was here before is kept", False)


def test_every_request_about_files_has_its_words() -> None:
    import typing

    for kind in typing.get_args(requests.FileRequest):
        blank = Finished(request=object.__new__(kind), results=())
        assert summary(blank)


def in_set(*files: str, store: Store | None = None) -> SetFiles:
    """These files of the sample folder with what belongs to them."""
    shown_rows = (store or sample.store()).listing.rows
    return found([row for row in shown_rows if row.file.id in files], shown_rows, DEFAULT_RULE)


def cells(dialog: CheckOutDialog | CheckInDialog, column: int) -> list[str]:
    model = dialog.table.model()
    return [model.index(place, column).data() for place in range(model.rowCount())]


def headings(dialog: Dialog) -> list[str]:
    return [each.text() for each in dialog.findChildren(QLabel) if each.isVisible()]


def test_a_check_out_offers_the_set_and_ticks_what_is_free(theme: Theme, qtbot: QtBot) -> None:
    dialog = CheckOutDialog(in_set("2210-block-op10.nc"), [])
    shown(qtbot, dialog)
    assert "The files of this set" in headings(dialog)
    assert cells(dialog, 0) == ["2210-block-op10.mcam", "2210-block-op10.nc", "2210-block-setup.pdf"]
    assert cells(dialog, 3)[0] == "Tomas Ruiz has it"
    assert (dialog.files, dialog.together) == (("2210-block-op10.nc", "2210-block-setup.pdf"), True)
    assert dialog.title.text() == "Check out 2 files"
    assert dialog.note.text().startswith("All of them or none. ")
    untick(dialog, 2)
    assert (dialog.files, dialog.together) == (("2210-block-op10.nc",), False)
    assert dialog.title.text() == "Check out 2210-block-op10.nc"
    assert dialog.accessibleName() == dialog.title.text()
    assert not dialog.note.text().startswith("All")


def test_a_setup_sheet_offers_its_operations_unticked(theme: Theme, qtbot: QtBot) -> None:
    dialog = CheckOutDialog(in_set("2210-block-setup.pdf"), [])
    shown(qtbot, dialog)
    assert "2210-block-op20.nc" in cells(dialog, 0)
    assert dialog.files == ("2210-block-setup.pdf",)


def test_a_file_of_no_set_has_no_list(theme: Theme, qtbot: QtBot) -> None:
    dialog = CheckOutDialog(in_set("2210-plug.step"), [])
    shown(qtbot, dialog)
    assert not dialog.table.isVisible()
    assert "The files of this set" not in headings(dialog)


def test_a_check_in_ticks_what_changed_and_warns_of_an_old_program(theme: Theme, qtbot: QtBot) -> None:
    dialog = CheckInDialog(in_set("2210-block-op20.mcam"), now=sample.NOW)
    shown(qtbot, dialog)
    assert cells(dialog, 0) == ["2210-block-op20.mcam", "2210-block-op20.nc", "2210-block-setup.pdf"]
    assert (dialog.files, dialog.together) == (("2210-block-op20.mcam", "2210-block-op20.nc"), True)
    assert cells(dialog, 3) == ["today 10:38", "today 10:12", "not checked out"]
    assert (dialog.title.text(), dialog.note.text()) == (
        "Check in 2 files", "All of them or none. Others see the new revisions at once."
    )  # fmt: skip
    model = dialog.table.model()
    assert not model.setData(model.index(2, 0), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert dialog.warning.text() == (
        "2210-block-op20.nc is 26 min older than its source. Was it posted again after the last change?"
    )
    assert dialog.expected.text() == "133.4 MB"
    untick(dialog, 0)
    untick(dialog, 1)
    assert not dialog.warning.isVisible(), "nothing of it is about to be stored"


def test_a_check_in_warns_of_a_source_that_was_checked_in_after_the_last_save_here(theme: Theme, qtbot: QtBot) -> None:
    shown_rows = sample.store().listing.rows
    program = next(row for row in shown_rows if row.file.id == "2210-block-op20.nc")
    head = replace(program.file.head, author="Tomas Ruiz", at=sample.NOW - timedelta(days=1))
    source = structs.replace(
        program, file=replace(program.file, id="7", path="2210-block-op20.mcam", head=head), local=None
    )
    assert program.local is not None
    posted = structs.replace(
        program,
        file=replace(program.file, path="2210-block-op20.nc"),
        local=replace(program.local, modified=sample.NOW - timedelta(days=3)),
    )
    dialog = CheckInDialog(found([posted], [posted, source], DEFAULT_RULE), now=sample.NOW)
    shown(qtbot, dialog)
    assert dialog.files == ("2210-block-op20.nc",)
    assert dialog.warning.isVisible()
    assert dialog.warning.text() == (
        "The source of 2210-block-op20.nc has a newer revision than your last save: Tomas Ruiz checked in "
        "2210-block-op20.mcam yesterday at 10:42. Was it posted again after that?"
    )
    assert dialog.main.isEnabled(), "it hinders nothing"


def test_files_of_two_vaults_and_too_many_go_one_by_one_and_it_says_so(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    other = structs.replace(rows["2210-spool.sldprt"], vault="fixtures")
    dialog = CheckOutDialog(chosen(rows["2210-plug.step"], other), [])
    shown(qtbot, dialog)
    assert not dialog.together
    assert dialog.note.text().startswith("They are of several vaults, so each file goes by itself. ")
    many = [
        structs.replace(other, file=replace(other.file, id=str(number), path=f"a/{number}.nc"))
        for number in range(SET_FILES + 1)
    ]
    dialog = CheckOutDialog(chosen(*many), [])
    shown(qtbot, dialog)
    assert not dialog.together
    assert dialog.note.text().startswith("They are more than 200, so each file goes by itself. ")
    untick(dialog, 0)
    assert dialog.together


def test_a_set_that_was_refused_says_that_nothing_happened(theme: Theme, qtbot: QtBot) -> None:
    told = finished(Outcome.REFUSED, Outcome.REFUSED)
    as_one = requests.CheckOut(files=("0", "1"), together=True)
    dialog = ResultDialog(Finished(request=as_one, results=told.results))
    shown(qtbot, dialog)
    assert dialog.note.text() == "All of them or none: nothing was changed."
    dialog = ResultDialog(told)
    shown(qtbot, dialog)
    assert dialog.note.text() == "Nothing else was changed."


def test_a_check_in_needs_a_comment_where_the_vault_asks_for_one(rows: dict[str, FileRow], qtbot: QtBot) -> None:
    dialog = CheckInDialog(chosen(rows["2210-block-op20.mcam"]), now=sample.NOW, rule=CheckInRule(comment=True))
    shown(qtbot, dialog)
    assert not dialog.main.isEnabled()
    assert "comment" in dialog.main.toolTip()
    dialog.comment.setPlainText("Deburred")
    assert dialog.main.isEnabled()


@pytest.mark.parametrize(("minor", "major"), [(True, True), (False, True), (True, False)])
def test_a_kind_of_revision_that_the_vault_does_not_allow_says_why(
    rows: dict[str, FileRow], qtbot: QtBot, minor: bool, major: bool
) -> None:
    rule = CheckInRule(minor=minor, major=major, why="Only an administrator.")
    dialog = CheckInDialog(chosen(rows["2210-block-op20.mcam"]), now=sample.NOW, rule=rule)
    shown(qtbot, dialog)
    assert (dialog.minor.isEnabled(), dialog.major.isEnabled()) == (minor, major)
    assert dialog.major.isChecked() is not minor
    assert {each.toolTip() for each in (dialog.minor, dialog.major) if not each.isEnabled()} <= {rule.why}


def test_no_set_is_made_with_what_the_vault_lets_go_alone(desk: Desk) -> None:
    def others() -> list[str]:
        answers: list[SetFiles] = []
        row = next(each for each in desk.store.listing.rows if each.file.filename == "2210-block-op10.nc")
        desk.window.commands.sets.find([row], answers.append)
        return [each.file.filename for each in answers[0].others]

    assert others() == ["2210-block-op10.mcam", "2210-block-setup.pdf"]
    rules = VaultRules(alone=[".PDF"])
    desk.store.load_vaults([replace(each, rules=rules) for each in desk.store.vaults.values()])
    assert others() == ["2210-block-op10.mcam"]
