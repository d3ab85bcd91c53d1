"""The tabs Seats and Messages: what they say, and what each action asks for."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.office.seats import EndSeat
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin.messages import MessagesPage
from pdm_desktop.ui.admin.receipts import ReceiptsDialog
from pdm_desktop.ui.admin.seats import OLD, ONLINE, SIGNED_IN, SeatsPage
from pdm_desktop.ui.admin.tell import TellDialog
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample, sample_people


def administer(desk: Desk) -> None:
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=True))


@pytest.fixture
def seats(desk: Desk) -> SeatsPage:
    administer(desk)
    desk.window.show_administration("Seats")
    desk.store.read_topic(topics.SEATS, Reading(value=sample_people.SEATS, query=(), at=sample.NOW))
    found = desk.window.administration.page("Seats")
    assert isinstance(found, SeatsPage)
    desk.asked.clear()
    return found


@pytest.fixture
def messages(desk: Desk) -> MessagesPage:
    administer(desk)
    desk.window.show_administration("Messages")
    desk.store.read_topic(topics.PEOPLE, Reading(value=sample_people.PEOPLE, query=(), at=sample.NOW))
    desk.store.read_topic(topics.MESSAGES, Reading(value=sample_people.MESSAGES, query=(), at=sample.NOW))
    found = desk.window.administration.page("Messages")
    assert isinstance(found, MessagesPage)
    desk.asked.clear()
    return found


def test_old_programs_are_marked_and_counted(seats: SeatsPage) -> None:
    assert seats.newest.text() == "Newest program: 0.4.0; older on 3 of 11"
    model = seats.frame.model
    marked = {
        model.row(place).version
        for place in range(model.rowCount())
        if model.index(place, 3).data(Qt.ItemDataRole.DecorationRole) is not None
    }
    assert marked == {"0.3.1", "0.2.0"}


def test_seats_are_narrowed(seats: SeatsPage) -> None:
    counts = {}
    for which in (ONLINE, SIGNED_IN, OLD):
        seats._which.setCurrentText(which)
        counts[which] = len(seats.frame.shown())
    assert counts == {ONLINE: 7, SIGNED_IN: 10, OLD: 3}


def test_a_sign_in_is_ended_after_a_question(desk: Desk, seats: SeatsPage) -> None:
    end = seats.frame.bar.buttons["End…"]
    seats.frame.select("seat-cam-09")
    assert (end.isEnabled(), end.toolTip()) == (False, "Nobody is signed in there.")
    seats.frame.table.clearSelection()
    seats.frame.select("seat-cam-02")
    QTest.mouseClick(end, Qt.MouseButton.LeftButton)
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "This is where you are now." in box.informativeText()
    [agree] = [each for each in box.buttons() if box.buttonRole(each) == QMessageBox.ButtonRole.DestructiveRole]
    QTest.mouseClick(agree, Qt.MouseButton.LeftButton)
    assert desk.asked == [EndSeat(seat="seat-cam-02", whose="Sam Becker")]


def test_a_message_to_all_is_written(desk: Desk, messages: MessagesPage) -> None:
    messages._ask_what()
    dialog = opened(TellDialog)
    assert isinstance(dialog, TellDialog)
    names = [dialog.to.itemText(place) for place in range(dialog.to.count())]
    assert names[0] == "Everybody"
    assert "Paul Brandt" not in names
    dialog.text.setPlainText("x" * 2_001)
    assert (dialog.main.isEnabled(), dialog.flaw.text()) == (False, "1 characters too long: 2,000 at most.")
    dialog.text.setPlainText("The server stops at 17:00.")
    dialog.accept()
    assert desk.asked == [TellPeople(text="The server stops at 17:00.", to=None)]
    desk.store.made(desk.asked[0])  # type: ignore[arg-type] # the wish of above
    assert desk.window.status.middle.text() == "The message to everybody is sent."


def test_who_has_read_it_is_followed_for_as_long_as_it_is_shown(desk: Desk, messages: MessagesPage) -> None:
    messages.frame.select("m3")
    QTest.mouseClick(messages.frame.bar.buttons["Who has read it…"], Qt.MouseButton.LeftButton)
    dialog = opened(ReceiptsDialog)
    assert isinstance(dialog, ReceiptsDialog)
    query = (("message", "m3"),)
    assert desk.asked == [Look(topic=topics.RECEIPTS, query=query)]
    desk.store.read_topic(topics.RECEIPTS, Reading(value=sample_people.RECEIPTS, query=query, at=sample.NOW))
    assert dialog.model.rowCount() == 8
    assert dialog.count.text() == "5 of 8 people have acknowledged it."
    trouble = Trouble(title="The server does not answer.", text="Try again later.")
    desk.store.read_topic(topics.RECEIPTS, Reading(value=None, query=query, at=sample.NOW, trouble=trouble))
    assert dialog.count.text().startswith("The server does not answer.")
    dialog.accept()
    assert desk.asked[-1] == LookAway(topic=topics.RECEIPTS)
