"""A request for a file of mine, asking for one of others, the line, messages and watches in the window."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pdm_desktop.core.badges import Badge
from pdm_desktop.core.commands import Command
from pdm_desktop.core.notices import ANSWERS, Button, Notice
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.handover import AskForFile, KeepFile, StopWaiting, WaitForFile, Withdraw
from pdm_desktop.core.office.watches import StopWatching, Understand, Watch
from pdm_desktop.core.requests import Adopt, CheckOut, Transfer, UndoCheckOut
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui.checkin.check_out import CheckOutDialog
from pdm_desktop.ui.handover.ask import AskDialog
from pdm_desktop.ui.handover.request import RequestWindow
from server.protocol import calls
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample
from tests.support.sample_office import my_lists


def read(desk: Desk, **lists: Any) -> None:
    desk.store.read_topic(topics.MINE, Reading(value=my_lists(**lists), query=(), at=sample.NOW))


def last(desk: Desk) -> object:
    """What was asked for last."""
    return desk.asked[-1]


def row(desk: Desk, chosen: Callable[[FileRow], bool]) -> FileRow:
    return next(each for each in desk.store.listing.rows if chosen(each))


def asked(desk: Desk, of: FileRow, *, asker: str = "Mei Tanaka", holder: str = "Sam Becker") -> calls.Request:
    made = calls.Request(
        id="r1", vault=of.vault, file=of.file.id, path=of.file.path, token=1, asker=asker, computer="CAM-01",
        holder=holder, at=sample.NOW, text="Need to repost before noon",
    )  # fmt: skip
    read(desk, requests=[made])
    return made


def test_a_request_says_what_each_answer_does_and_no_answer_changes_nothing(active: Desk) -> None:
    edited = row(active, lambda each: each.badge is Badge.EDITED)
    asked(active, edited)
    active.asked.clear()
    assert active.window.requests.show("r1")
    window = opened(RequestWindow)
    assert isinstance(window, RequestWindow)
    assert window.title.text() == f"Mei Tanaka asks for {edited.file.filename}"
    assert window.buttons[Button.RELEASE].text() == "Check in and release…"
    assert window.notes[Button.TRANSFER].text() == "Mei Tanaka gets the lock and your edits, not checked in."
    window.later.click()
    assert active.asked == []


def test_keep_carries_the_answer_and_transfer_the_request(active: Desk) -> None:
    edited = row(active, lambda each: each.badge is Badge.EDITED)
    asked(active, edited)
    active.window.requests.show("r1")
    window = opened(RequestWindow)
    assert isinstance(window, RequestWindow)
    window.reply.setText("Ready at 11:30.")
    window.buttons[Button.KEEP].click()
    assert last(active) == KeepFile(request="r1", reply="Ready at 11:30.")
    active.window.requests.show("r1")
    again = opened(RequestWindow)
    assert isinstance(again, RequestWindow)
    again.buttons[Button.TRANSFER].click()
    assert last(active) == Transfer(file=edited.file.id, to="Mei Tanaka", request="r1")


def test_transfer_on_a_notice_says_first_what_goes_along(active: Desk) -> None:
    asked(active, row(active, lambda each: each.badge is Badge.EDITED))
    active.asked.clear()
    assert active.window.requests.answer("r1", Button.TRANSFER)
    window = opened(RequestWindow)
    assert isinstance(window, RequestWindow)
    assert window.focusWidget() is window.buttons[Button.TRANSFER]
    assert active.asked == []
    window.later.click()
    assert active.window.requests.answer("r1", Button.KEEP)
    assert active.asked == [KeepFile(request="r1")]


@pytest.mark.parametrize("which", ANSWERS, ids=[each.value for each in ANSWERS])
def test_a_notice_of_a_request_that_is_over_answers_nothing(active: Desk, which: Button) -> None:
    asked(active, row(active, lambda each: each.mine))
    read(active, requests=[])
    active.asked.clear()
    assert not active.window.requests.answer("r1", which)
    assert active.asked == []
    assert opened(RequestWindow) is None


def test_a_bar_says_who_asks_until_there_is_an_answer(active: Desk) -> None:
    bar = active.window.asked_bar
    assert not bar.isVisible()
    mine = row(active, lambda each: each.mine)
    first = asked(active, mine)
    assert bar.isVisible()
    assert bar.text() == f"Mei Tanaka asks for {mine.file.filename}: Need to repost before noon"
    second = replace(first, id="r2", asker="Anna Novak", text=None)
    mine_to_others = replace(first, id="r3", asker="Sam Becker", holder="Anna Novak")
    read(active, requests=[mine_to_others, first, second])
    assert bar.text().endswith("before noon (1 more request)")
    bar.answer.click()
    window = opened(RequestWindow)
    assert isinstance(window, RequestWindow)
    assert window.request == first
    window.later.click()
    read(active, requests=[second])
    assert bar.text() == f"Anna Novak asks for {mine.file.filename}."
    read(active, requests=[mine_to_others])
    assert not bar.isVisible()


def test_the_bar_of_a_request_goes_with_its_person(active: Desk) -> None:
    asked(active, row(active, lambda each: each.mine))
    assert active.window.asked_bar.isVisible()
    active.store.sign_out()
    assert active.window.asked_bar.isHidden()


def test_a_request_that_is_over_can_be_answered_no_more(active: Desk) -> None:
    asked(active, row(active, lambda each: each.mine))
    active.window.requests.show("r1")
    window = opened(RequestWindow)
    assert isinstance(window, RequestWindow)
    read(active, requests=[])
    assert not any(each.isEnabled() or each.isVisible() for each in window.buttons.values())
    assert window.state.text() == "This request is over; there is nothing to answer."
    assert window.later.width() < window.width() / 2, "a button, not a bar"
    assert window.later.text() == "Close"
    assert not active.window.requests.show("r1")


def test_somebody_elses_file_is_asked_for_and_the_request_taken_back(active: Desk) -> None:
    other = row(active, lambda each: each.badge is Badge.OTHER)
    active.window.commands.run(Command.ASK, (other,))
    dialog = opened(AskDialog)
    assert isinstance(dialog, AskDialog)
    dialog.text.setText("Before noon")
    dialog.main.click()
    assert last(active) == AskForFile(file=other.file.id, text="Before noon", waits=True)
    asked(active, other, asker="Sam Becker", holder="Anna Novak")
    active.window.commands.run(Command.ASK, (other,))
    assert last(active) == Withdraw(request="r1")


def test_who_waits_has_the_bell_and_can_leave_the_line(active: Desk) -> None:
    other = row(active, lambda each: each.badge is Badge.OTHER)
    active.window.commands.run(Command.WAIT, (other,))
    assert last(active) == WaitForFile(file=other.file.id)
    waiters = [calls.Waiter(person="Sam Becker", since=sample.NOW)]
    line = calls.Line(vault=other.vault, file=other.file.id, path=other.file.path, waiters=waiters)
    read(active, lines=[line])
    now = active.store.listing.get(other.file.id)
    assert now is not None
    assert (now.badge, now.badge_words.endswith("you are first in line")) == (Badge.WAITING, True)
    active.window.commands.select((now,))
    assert active.window.commands.actions[Command.WAIT].text() == "Stop waiting"
    active.window.commands.run(Command.WAIT, (now,))
    assert last(active) == StopWaiting(file=other.file.id)
    read(active, lines=[replace(line, waiters=[])])
    after = active.store.listing.get(other.file.id)
    assert after is not None
    assert after.badge is Badge.OTHER


def test_a_file_is_watched_and_no_longer(active: Desk) -> None:
    one = active.store.listing.rows[0]
    active.window.commands.run(Command.WATCH, (one,))
    assert last(active) == Watch(vault=one.vault, file=one.file.id)
    watch = calls.Watch(id="w1", vault=one.vault, file=one.file.id, path=one.file.path, at=sample.NOW)
    read(active, watches=[watch])
    active.window.commands.run(Command.WATCH, (one,))
    assert last(active) == StopWatching(watch="w1")


def test_a_message_stays_until_it_is_understood(active: Desk) -> None:
    told = calls.InboxEntry(
        number=7, kind="message", at=sample.NOW, acknowledged=False, by="Olga Lind", text="Server stops at 17:00.",
        message="m1",
    )  # fmt: skip
    bar = active.window.told_bar
    assert not bar.isVisible()
    read(active, messages=[told])
    assert bar.isVisible()
    assert "Olga Lind" in bar.text()
    assert "Server stops at 17:00." in bar.text()
    bar.understood.click()
    assert last(active) == Understand(number=7)
    assert not bar.isVisible()


# On a notice


@pytest.fixture
def laptop(make_desk: Callable[[Store], Desk]) -> Desk:
    """Sam sits at another computer: what is checked out on CAM-02 stays that."""
    return make_desk(sample.store(seat="laptop"))


def my_file(desk: Desk) -> FileRow:
    return row(desk, lambda each: each.file.lock is not None and each.file.lock.locked_by == sample.ME)


@pytest.mark.parametrize("which", [Button.RELEASE, Button.TRANSFER])
def test_what_is_checked_out_elsewhere_is_not_given_away_here_and_it_is_said_where_it_is(
    laptop: Desk, which: Button
) -> None:
    mine = my_file(laptop)
    asked(laptop, mine)
    assert laptop.window.requests.answer("r1", which)
    window = opened(RequestWindow)
    assert isinstance(window, RequestWindow)
    assert not window.buttons[which].isEnabled()
    assert window.notes[which].text() == "You have it on CAM-02. Answer there, or take it over here first."
    assert window.state.text().startswith("You have it on CAM-02 since ")
    assert [each for each in laptop.asked if isinstance(each, Transfer | UndoCheckOut)] == []
    window.adopt.click()
    question = opened(QMessageBox)
    assert isinstance(question, QMessageBox)
    next(each for each in question.buttons() if each.text() == "Take over here").click()
    assert last(laptop) == Adopt(files=(mine.file.id,))
    window.close()


def test_keep_works_from_any_seat_and_there_is_nothing_to_take_over_where_the_file_is(
    active: Desk, laptop: Desk
) -> None:
    asked(active, my_file(active))
    active.window.requests.show("r1")
    window = opened(RequestWindow)
    assert isinstance(window, RequestWindow)
    assert not window.adopt.isVisible()
    window.close()
    asked(laptop, my_file(laptop))
    assert laptop.window.requests.answer("r1", Button.KEEP)
    assert last(laptop) == KeepFile(request="r1", reply=None)


def test_release_goes_to_the_file_also_from_another_view_and_asks(active: Desk) -> None:
    mine = row(active, lambda each: each.badge is Badge.MINE)
    asked(active, mine)
    active.window.show_activity()
    assert active.window.requests.answer("r1", Button.RELEASE)
    assert active.window.page.table.isVisible()
    question = opened(QMessageBox)
    assert isinstance(question, QMessageBox)
    assert "Undo the check-out of" in question.text()
    question.close()


def test_an_answer_to_a_request_that_is_over_is_said_to_be_none(active: Desk) -> None:
    assert not active.window.requests.answer("r1", Button.RELEASE)
    mine = my_file(active)
    active.window.go_to_notice(
        Notice(title="t", text="x", vault=mine.vault, target=mine.file.id, path=mine.file.path, request="r1")
    )
    assert "This request is over" in active.window.status.middle.text()


# A file that was waited for is free


def free(desk: Desk, of: FileRow) -> Notice:
    return Notice(title="t", text="x", vault=of.vault, target=of.file.id, path=of.file.path, offers=True)


def test_a_click_on_your_turn_shows_the_file_and_begins_its_check_out(active: Desk) -> None:
    one = row(active, lambda each: each.badge is Badge.FREE)
    active.window.show_activity()
    active.window.go_to_notice(free(active, one))
    assert [each.file.id for each in active.window.page.table.rows()] == [one.file.id]
    dialog = opened(CheckOutDialog)
    assert isinstance(dialog, CheckOutDialog)
    active.window.go_to_notice(free(active, one))
    dialog.main.click()
    (wish,) = [each for each in active.asked if isinstance(each, CheckOut)]
    assert one.file.id in wish.files


def test_who_comes_late_to_the_turn_reads_who_has_the_file(active: Desk) -> None:
    other = row(active, lambda each: each.badge is Badge.OTHER)
    active.window.go_to_notice(free(active, other))
    told = opened(QMessageBox)
    assert isinstance(told, QMessageBox)
    assert f"{other.file.filename} cannot be checked out" in told.text()
    assert other.file.lock is not None
    assert told.informativeText() == f"{other.file.lock.locked_by} has it."
    told.close()
    active.window.go_to_notice(free(active, my_file(active)))
    assert opened(QMessageBox) is None, "it is mine by now"


def test_a_file_that_went_meanwhile_is_said_to_be_gone(active: Desk, qtbot: QtBot) -> None:
    gone = Notice(title="t", text="x", vault="production", target="gone", path="Prototypes/gone.nc", offers=True)
    active.window.go_to_notice(gone)
    sample.fill(active.store, sample.FILES[:1], "Prototypes")
    qtbot.waitUntil(lambda: opened(QMessageBox) is not None)
    told = opened(QMessageBox)
    assert isinstance(told, QMessageBox)
    assert "gone.nc is not there any more" in told.text()
    told.close()
