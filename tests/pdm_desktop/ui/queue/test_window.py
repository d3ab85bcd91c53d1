"""What waits, in the window: the words for it, the list, and what is done with it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.results import FileResult, Finished, Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.ui.checkin.check_in import OFFLINE, CheckInDialog
from pdm_desktop.ui.checkin.result import summary, wants_window
from pdm_desktop.ui.queue.sentence import waiting_words
from pdm_desktop.ui.queue.window import QueueDialog
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample

FIRST, SECOND, NEEDY = sample.QUEUE


def offline(desk: Desk) -> None:
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW - timedelta(minutes=18)))


def shown(desk: Desk, queue: Sequence[object] = sample.QUEUE) -> QueueDialog:
    desk.store.load_queue(sample.QUEUE[: len(queue)])
    desk.asked.clear()
    desk.window.dialogs.show_queue()
    dialog = opened(QueueDialog)
    assert isinstance(dialog, QueueDialog)
    return dialog


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        ((), ""),
        ((FIRST,), "1 check-in waits"),
        ((FIRST, SECOND), "2 check-ins wait"),
        ((FIRST, SECOND, NEEDY), "2 check-ins wait, 1 needs you"),
        ((NEEDY,), "1 check-in needs you"),
    ],
)
def test_the_queue_in_words(queue: tuple[object, ...], words: str) -> None:
    assert waiting_words([one for one in sample.QUEUE if one in queue]) == words


def test_what_waits_is_said_below_and_in_the_bar(desk: Desk) -> None:
    status, page = desk.window.status, desk.window.page
    assert not status.queue.isVisible()
    offline(desk)
    page._say_offline()
    assert not page.show_queue.isVisible()
    desk.store.load_queue([FIRST, SECOND])
    assert status.queue.text() == "2 check-ins wait"
    assert page.bar.text().endswith("Go on with what you have checked out; 2 check-ins wait.")
    QTest.mouseClick(page.show_queue, Qt.MouseButton.LeftButton)
    first = opened(QueueDialog)
    assert isinstance(first, QueueDialog)
    first.reject()
    desk.store.load_queue([])
    assert not status.queue.isVisible()
    assert not page.show_queue.isVisible()


def test_a_line_says_file_comment_since_when_and_how_it_stands(desk: Desk) -> None:
    dialog = shown(desk)
    model = dialog.table.model()
    lines = [[model.index(row, column).data() for column in range(1, 5)] for row in range(3)]
    assert lines[0] == [
        "2210-block-op20.mcam", "Bores finished with the new reamer, feed 0.12 (major)", "Today 10:31", "Waits",
    ]  # fmt: skip
    assert lines[1] == ["2210-block-op20.nc", "(keeps it)", "Today 10:31", "Waits. The server has no room left."]
    assert lines[2][3].startswith("Needs you. Your lock of 2210-fixture.sldasm is gone: Anna Novak has it")
    assert dialog.table.selected_rows() == [2]
    assert "Check it out as soon as it is yours to take" in dialog.about.text()
    dialog.reject()


def test_one_is_taken_out_and_the_list_follows(desk: Desk) -> None:
    dialog = shown(desk)
    dialog.table.selectRow(0)
    QTest.mouseClick(dialog.take_out, Qt.MouseButton.LeftButton)
    assert desk.asked == [requests.TakeOut(files=(FIRST.file,))]
    desk.store.load_queue([SECOND, NEEDY])
    assert dialog.table.model().rowCount() == 2
    desk.store.load_queue([])
    assert dialog.note.text().startswith("No check-in waits.")
    assert not dialog.main.isEnabled()
    assert not dialog.take_out.isEnabled()
    dialog.reject()


def test_what_was_sent_cannot_be_taken_out(desk: Desk) -> None:
    dialog = shown(desk, ())
    desk.store.load_queue([replace(FIRST, stand=Stand.SENT)])
    dialog.table.selectRow(0)
    assert not dialog.take_out.isEnabled()
    assert "may have happened" in dialog.take_out.toolTip()
    dialog.reject()


def test_try_now_asks_and_the_window_stays(desk: Desk) -> None:
    dialog = shown(desk)
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    assert desk.asked == [requests.TryNow()]
    assert dialog.isVisible()
    dialog.table.opened.emit(0)
    assert not dialog.isVisible()
    assert [row.file.id for row in desk.window.page.table.rows()] == [FIRST.file]


def test_offline_a_check_in_is_possible_and_says_that_it_waits(desk: Desk, qtbot: QtBot) -> None:
    offline(desk)
    desk.window.page.table.go_to(FIRST.file)
    qtbot.waitUntil(lambda: desk.window.commands.actions[Command.CHECK_IN].isEnabled())
    assert not desk.window.commands.actions[Command.UNDO_CHECK_OUT].isEnabled()
    desk.window.commands.actions[Command.CHECK_IN].trigger()
    dialog = opened(CheckInDialog)
    assert isinstance(dialog, CheckInDialog)
    assert dialog.note.text() == f"All of them or none. {OFFLINE}"
    dialog.reject()


def test_the_badge_says_that_its_check_in_waits(desk: Desk) -> None:
    desk.store.load_queue([FIRST])
    row = desk.store.listing.get(FIRST.file)
    assert row is not None
    assert row.badge_words == "Edited here, not checked in; its check-in waits"
    desk.store.load_queue([])
    row = desk.store.listing.get(FIRST.file)
    assert row is not None
    assert row.badge_words == "Edited here, not checked in"


def test_who_signs_out_is_told_what_waits_and_leaves_no_list_behind(desk: Desk) -> None:
    desk.store.load_queue([FIRST])
    desk.window.account_menu.sign_out.trigger()
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "1 check-in waits, until you are signed in here again." in box.informativeText()
    box.reject()
    desk.store.sign_out()
    assert desk.store.queue == ()
    assert not desk.window.status.queue.isVisible()


@pytest.mark.parametrize(
    ("outcomes", "window", "words"),
    [
        ([Outcome.WAITS], False, "The check-in of 0.nc waits"),
        ([Outcome.WAITS, Outcome.WAITS], False, "2 check-ins wait"),
        ([Outcome.DONE, Outcome.WAITS], False, "1 of 2 files checked in, 1 waits"),
        ([Outcome.REFUSED, Outcome.WAITS], True, "0 of 2 files checked in, 1 waits"),
    ],
)
def test_a_check_in_that_waits_needs_no_window(outcomes: list[Outcome], window: bool, words: str) -> None:
    results = tuple(FileResult(file=str(n), path=f"{n}.nc", outcome=each, text="") for n, each in enumerate(outcomes))
    finished = Finished(request=requests.CheckIn(files=()), results=results)
    assert (wants_window(finished), summary(finished)) == (window, words)
    # What has waited and needs the person now is told by a notice, and stands in the queue and below Needs you.
    assert not wants_window(replace(finished, is_of_queue=True))
