"""Parked versions in the window: what is listed, what is possible, and what is asked before it is gone for good."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import FileResult, Finished, Outcome, Trouble
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.ui.parked.check_in import CheckInParkedDialog
from pdm_desktop.ui.parked.window import ParkedDialog
from server.protocol.limits import COMMENT_CHARACTERS
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample


@pytest.fixture
def dialog(desk: Desk) -> ParkedDialog:
    desk.asked.clear()
    desk.window.account_menu.parked.trigger()
    made = opened(ParkedDialog)
    assert isinstance(made, ParkedDialog)
    assert desk.asked == [requests.ListParked()]
    assert made.note.text() == "Loading…"
    desk.store.load_parked(sample.PARKED)
    desk.asked.clear()
    return made


def press(button: QWidget) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_line_says_file_folder_base_when_why_size_and_until_when(dialog: ParkedDialog) -> None:
    model = dialog.table.model()
    line = [str(model.index(1, column).data()).strip() for column in range(model.columnCount())]
    assert line == [
        "2210-fixture.sldasm", "Hydraulics/2210 Manifold block", "Rev 6.4", "Yesterday 17:42",
        "A newer revision was there", "35.9 MB", "23 Feb 2027",
    ]  # fmt: skip
    assert dialog.note.text().startswith("4 versions, 216.2 MB, kept on the server")
    dialog.reject()


@pytest.mark.parametrize(
    ("place", "first", "asked"),
    [
        (1, "Check out", requests.CheckOut(files=("2210-fixture.sldasm",))),
        (3, "Restore", requests.RestoreFile(vault="production", file="2210-plug.step")),
    ],
)
def test_what_has_to_come_first_is_said_and_offered(
    desk: Desk, dialog: ParkedDialog, place: int, first: str, asked: Request
) -> None:
    dialog.table.selectRow(place)
    assert not dialog.main.isEnabled()
    assert dialog.first.isVisible()
    assert dialog.first.text() == first
    press(dialog.first)
    assert desk.asked == [asked]
    result = FileResult(file="f", path="f", outcome=Outcome.DONE, text="")
    desk.store.finish(Finished(request=asked, results=(result,)))  # type: ignore[arg-type]  # one of them is about files
    assert desk.asked[1:] == [requests.ListParked()]
    dialog.reject()


def test_who_has_the_file_is_named_and_only_a_copy_is_possible(dialog: ParkedDialog) -> None:
    dialog.table.selectRow(2)
    assert "Anna Novak on CAD-04 has 2210-block.sldasm" in dialog.about.text()
    assert not dialog.main.isEnabled()
    assert not dialog.first.isVisible()
    assert dialog.save.isEnabled()
    dialog.reject()


def test_of_one_whose_file_is_not_known_a_copy_can_be_saved_and_the_others_are_as_ever(
    desk: Desk, dialog: ParkedDialog
) -> None:
    desk.store.load_parked((replace(sample.PARKED[0], now=None), *sample.PARKED[1:]))
    assert dialog.table.model().rowCount() == len(sample.PARKED)
    dialog.table.selectRow(0)
    dialog.accept()
    assert not dialog.findChildren(CheckInParkedDialog)
    assert (dialog.main.isEnabled(), dialog.first.isVisible()) == (False, False)
    assert (dialog.save.isEnabled(), dialog.drop.isEnabled()) == (True, True)
    dialog.table.selectRow(1)
    assert dialog.first.isVisible()
    dialog.reject()


def test_a_check_in_from_it_names_the_revision_that_was_seen(desk: Desk, dialog: ParkedDialog) -> None:
    dialog.table.selectRow(0)
    assert dialog.main.isEnabled()
    press(dialog.main)
    inner = opened(CheckInParkedDialog)
    assert isinstance(inner, CheckInParkedDialog)
    assert inner.warning.isHidden()
    inner.comment.setPlainText("late")
    inner.major.click()
    inner.keep.click()
    press(inner.main)
    assert desk.asked == [
        requests.CheckInParked(
            parked="p1", file="2210-block-op20.mcam", base="3.8", comment="late", major=True, keep=True
        )
    ]
    assert dialog.isVisible()
    dialog.reject()


def test_what_came_between_is_warned_of_and_a_comment_has_its_bound(desk: Desk) -> None:
    inner = CheckInParkedDialog(sample.PARKED[1], sample.FILES[10].head, desk.window)
    inner.open()
    assert "Rev 6.5 of Mei Tanaka came meanwhile" in inner.warning.text()
    assert inner.request.base == "6.5"
    inner.comment.setPlainText("x" * (COMMENT_CHARACTERS + 2))
    assert inner.main.toolTip() == "The comment is 2 characters too long."
    assert inner.typed()
    inner.comment.clear()
    inner.reject()


def test_a_copy_goes_where_the_person_says(desk: Desk, dialog: ParkedDialog) -> None:
    dialog.table.selectRow(3)
    press(dialog.save)
    chooser = dialog.findChild(QFileDialog)
    assert chooser is not None
    chooser.fileSelected.emit("/somewhere/plug.step")
    assert desk.asked == [requests.SaveParked(parked="p4", target="/somewhere/plug.step")]
    chooser.reject()
    dialog.reject()


def test_what_is_to_be_dropped_is_asked_first(desk: Desk, dialog: ParkedDialog) -> None:
    dialog.table.selectRow(0)
    press(dialog.drop)
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "2210-block-op20.mcam" in box.text()
    assert "cannot be brought back" in box.informativeText()
    assert desk.asked == []
    press(next(each for each in box.buttons() if each.text().replace("&", "") == "Drop"))
    assert desk.asked == [requests.DropParked(parked=("p1",))]
    dialog.reject()


def test_offline_nothing_of_it_is_possible_and_a_list_that_cannot_be_read_says_so(
    desk: Desk, dialog: ParkedDialog
) -> None:
    dialog.table.selectRow(0)
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert not any(each.isEnabled() for each in (dialog.main, dialog.save, dialog.drop, dialog.first))
    desk.store.raise_trouble(Trouble(title="No", text="No server answers."), requests.ListParked())
    assert dialog.note.text().startswith("The parked versions could not be read.")
    dialog.reject()


def test_nothing_parked_says_so_and_who_signs_out_leaves_none_behind(desk: Desk, dialog: ParkedDialog) -> None:
    desk.store.load_parked(())
    assert dialog.note.text().startswith("Nothing is parked.")
    assert not dialog.main.isEnabled()
    desk.store.load_parked(sample.PARKED)
    dialog.reject()
    desk.store.sign_out()
    assert desk.store.parked == ()
