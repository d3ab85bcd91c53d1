"""The dashboard in the window: what it shows, where its links lead, and how it stands while it cannot be read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.requests import OpenFolder
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.dashboard.cards import Links, Place
from pdm_desktop.ui.dashboard.view import DashboardView
from pdm_desktop.ui.dashboard.whole import WholeDialog
from server.protocol.calls import Dashboard, Wholes
from tests.pdm_desktop.ui.conftest import Desk, offline, opened
from tests.support import sample, sample_locks, sample_office


def read(desk: Desk, board: Dashboard | None = sample_office.DASHBOARD, **more: Any) -> DashboardView:
    """The dashboard in front, and what the server answered."""
    desk.window.show_dashboard()
    desk.store.read_topic(topics.DASHBOARD, Reading(value=board, query=(), at=sample.NOW, **more))
    return desk.window.dashboard


def note(view: DashboardView) -> str:
    return next(each.text() for each in view.findChildren(QLabel) if each is view._note)


def test_five_numbers_say_how_it_stands(desk: Desk) -> None:
    assert [card.text() for card in read(desk).numbers] == [
        "6 people online of 7", "11 files checked out", "2 held by somebody offline",
        "5 people waiting, for 3 files", "14 check-ins in 24 hours",
    ]  # fmt: skip


def test_one_is_not_told_as_many(desk: Desk) -> None:
    one = Dashboard(people=1, online=1, check_outs=1, held_offline=0, waiters=1, awaited=1, check_ins=1)
    assert [card.text() for card in read(desk, one).numbers] == [
        "1 people online of 1", "1 file checked out", "0 held by somebody offline", "1 person waiting, for 1 file",
        "1 check-in in 24 hours",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("online", "left", "text"),
    [(True, None, "since 08:42"), (True, 0.5, "away for 30 min"), (False, None, "offline for 2 h")],
    ids=["online", "away", "offline"],
)
def test_who_is_here_has_the_words_of_the_list_of_people(
    desk: Desk, online: bool, left: float | None, text: str
) -> None:
    board = sample_office.DASHBOARD
    away = None if left is None else sample.NOW - timedelta(hours=left)
    one = replace(board.here[-1], online=online, away=away, since=sample.NOW - timedelta(hours=2))
    table = read(desk, replace(board, here=[one])).people.table
    assert [each[2] for each in table.texts()] == [text]


def test_each_list_answers_its_question(desk: Desk) -> None:
    view = read(desk)
    assert view.active.table.texts()[0] == [
        "2210-block.sldasm", "Anna Novak", "edited 4 min ago, open", "26 min"
    ]  # fmt: skip
    assert view.oldest.table.texts()[0] == [
        "2210-fixture-plate.sldprt", "Jan Kowalski", "offline for 2 d 19 h; last known: edited 4 min ago, open",
        "3 d 2 h",
    ]  # fmt: skip
    assert [each[:3] for each in view.people.table.texts()[-3:]] == [
        ["Sam Becker (you)", "CAM-02", "since 07:02"], ["Tomas Ruiz", "CAM-07", "since 06:55"],
        ["Jan Kowalski", "CAM-03", "offline for 2 d 19 h"],
    ]  # fmt: skip
    assert [each[:2] for each in view.waiting.table.texts()] == [
        ["2210-fixture-plate.sldprt", "1. Anna Novak"], ["endmills.tooldb", "1. Luca Ferri"], ["", "2. Priya Shah"],
        ["2210-block-op10.mcam", "1. Sam Becker"], ["", "2. Mei Tanaka"],
    ]  # fmt: skip
    assert view.happenings.table.texts()[3][2] == "You checked out 2210-block-op20.mcam and 1 more"
    assert view.contended.table.texts()[0] == ["2210-block-op10.mcam", "14"]
    assert view.troubles.table.texts()[1] == ["Mei Tanaka", "CAM-01", "online", "the disk is full"]


def test_how_it_stands_is_whole_at_1280(desk: Desk, qtbot: QtBot) -> None:
    """An hour and minutes are the longest age of an edit."""
    board = sample_office.DASHBOARD
    edited = sample.NOW - timedelta(hours=2, minutes=44)
    rows = [replace(each, edited=edited, open=True, online=True, away=None) for each in board.active]
    desk.window.resize(1280, 800)
    table = read(desk, replace(board, active=rows)).active.table
    assert table.texts()[0][2] == "edited 2 h 44 min ago, open"
    qtbot.waitUntil(lambda: all(0 < table.sizeHintForColumn(each) <= table.columnWidth(each) for each in range(3)))


def test_older_check_outs_are_no_active_ones(desk: Desk) -> None:
    shown = {each[0] for each in read(desk).active.table.texts()}
    old = {each.path.rpartition("/")[2] for each in sample_office.LOCKS if sample.NOW - each.lock.since >= timedelta(1)}
    assert len(old) == 3
    assert shown & old == set()


def test_a_holder_says_whether_to_be_reached_and_what_the_seat_told(desk: Desk) -> None:
    view = read(desk)
    tips = {
        table.model().index(0, 1).data(Qt.ItemDataRole.ToolTipRole) for table in (view.active.table, view.oldest.table)
    }
    assert tips == {
        "Anna Novak on CAD-04, online\nedited 4 min ago, open now\nMoving port B, see change 318",
        "Jan Kowalski on CAM-03, offline for 2 d 19 h\nlast known: edited 4 min ago, open\nDowel holes",
    }


def test_a_holder_who_has_left_the_seat_is_away(desk: Desk) -> None:
    rows = {each[0]: each[2] for each in read(desk).oldest.table.texts()}
    assert rows["6020-plate-op30.mcam"] == "away for 25 min"


def test_lists_that_are_cut_say_so_and_lead_to_all_of_them(desk: Desk) -> None:
    board = sample_office.DASHBOARD
    view = read(desk, replace(board, check_outs=300, wholes=Wholes(active=288, here=7, waiting=40, contended=6)))
    more = {card.accessibleName(): (card.more.text(), card.rest.text()) for card in view.lists if card.isVisible()}
    assert more == {
        "Active check-outs": ("and 280 more", ""), "Who is here": ("", ""), "Oldest locks": ("and 296 more", ""),
        "People waiting": ("and 35 more", ""), "Recent activity": ("", ""), "Most contended": ("", "and 1 more"),
        "Seats that need their people": ("", ""),
    }  # fmt: skip
    QTest.keyClick(view.oldest.more, Qt.Key.Key_Return)
    dialog = opened(WholeDialog)
    assert isinstance(dialog, WholeDialog)
    assert Look(topic=topics.LOCKS) in desk.asked
    desk.store.read_topic(topics.LOCKS, Reading(value=sample_locks.LOCKS, query=(), at=sample.NOW))
    assert [each.file for each in dialog.page.frame.shown()][:2] == ["2210-fixture-plate.sldprt", "tombstone-4.sldasm"]
    dialog.page.frame.table.opened.emit(1)
    assert OpenFolder(vault="fixtures", folder="Tombstones") in desk.asked
    assert LookAway(topic=topics.LOCKS) in desk.asked
    assert not view.isVisible()


def test_all_who_wait_stand_in_a_window_in_order(desk: Desk) -> None:
    dialog = read(desk).show_waiting()
    desk.store.read_topic(topics.LINES, Reading(value=sample_locks.LINES, query=(), at=sample.NOW))
    model = dialog.page.frame.model
    assert [[str(model.index(row, place).data()) for place in (0, 2, 3)] for row in range(model.rowCount())] == [
        ["2210-fixture-plate.sldprt", "1. Anna Novak", "1 d 2 h"], ["endmills.tooldb", "1. Luca Ferri", "1 h 20 min"],
        ["endmills.tooldb", "2. Priya Shah", "35 min"],
    ]  # fmt: skip
    dialog.reject()


def test_more_people_than_there_is_room_for_are_shown_when_asked_for(desk: Desk) -> None:
    board = sample_office.DASHBOARD
    crowd = [replace(board.here[0], person=f"Person {number:02}") for number in range(40)]
    card = read(desk, replace(board, here=crowd, wholes=Wholes(here=43))).people
    assert (len(card.table.texts()), card.more.text()) == (8, "and 35 more")
    card.more.pressed.emit()
    assert (len(card.table.texts()), card.more.isVisible(), card.rest.text()) == (40, False, "and 3 more")


def test_nothing_has_a_sentence_and_no_troubles_have_no_card(desk: Desk) -> None:
    empty = Dashboard(people=2, online=1, check_outs=0, held_offline=0, waiters=0, awaited=0, check_ins=0)
    view = read(desk, empty)
    sentences = [card._nothing.text() for card in view.lists if card.isVisible() and card._nothing.isVisible()]
    assert "Nobody waits for a file." in sentences
    assert len(sentences) == 6
    assert not view.troubles.isVisible()
    assert read(desk).troubles.isVisible()


def links(view: DashboardView) -> Iterator[Links[Any]]:
    for card in view.lists:
        if card.table.focusPolicy() != Qt.FocusPolicy.NoFocus:
            yield card.table


@pytest.mark.parametrize("by", ["click", "enter"])
def test_a_file_is_a_link_to_it(desk: Desk, by: str) -> None:
    table = read(desk).contended.table
    desk.asked.clear()
    if by == "click":
        place = table.visualRect(table.model().index(0, 0)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    else:
        table.setFocus()
        table.selectRow(0)
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert not desk.window.dashboard.isVisible()
    assert [row.file.filename for row in desk.window.page.table.rows()] == ["2210-block-op10.mcam"]
    assert LookAway(topic=topics.DASHBOARD) in desk.asked


def test_a_file_of_another_folder_is_gone_to(desk: Desk) -> None:
    table = read(desk).oldest.table
    desk.asked.clear()
    table._ask(1)
    assert OpenFolder(vault="fixtures", folder="Tombstones") in desk.asked


def test_only_names_of_files_lead_somewhere(desk: Desk) -> None:
    view = read(desk)
    assert len(list(links(view))) == 5
    asked: list[Place] = []
    for table in links(view):
        table.asked.connect(asked.append)
        table.clicked.emit(table.model().index(0, 1))
    view.waiting.table.clicked.emit(view.waiting.table.model().index(2, 0))
    assert asked == []


def test_what_is_gone_is_no_link(desk: Desk) -> None:
    gone = [replace(each, what="deleted") for each in sample_office.DASHBOARD.happenings]
    table = read(desk, replace(sample_office.DASHBOARD, happenings=gone)).happenings.table
    asked: list[Place] = []
    table.asked.connect(asked.append)
    table.opened.emit(0)
    assert asked == []


def test_it_is_looked_at_while_it_can_be_seen_and_again_when_connected_anew(desk: Desk) -> None:
    desk.window.show_dashboard()
    assert Look(topic=topics.DASHBOARD) in desk.asked
    desk.window.show_activity()
    assert LookAway(topic=topics.DASHBOARD) in desk.asked


def test_offline_it_says_of_when_it_is(desk: Desk) -> None:
    view = read(desk)
    assert note(view) == ""
    offline(desk)
    assert note(view) == "As it was at 10:42: you are offline"


def test_what_cannot_be_read_says_why(desk: Desk) -> None:
    view = read(desk, None, trouble=Trouble(title="The server is busy", text="The server asks to wait."))
    assert note(view) == "The server asks to wait."
    assert not view.body.isVisible()


def test_below_1100_there_is_one_column_and_all_can_be_reached(desk: Desk, qtbot: QtBot) -> None:
    view = read(desk)

    def tops() -> list[int]:
        return [card.y() for card in view.lists]

    desk.window.resize(1280, 800)
    qtbot.waitUntil(lambda: view.active.y() == view.people.y())
    desk.window.resize(1000, 700)
    qtbot.waitUntil(lambda: tops() == sorted(set(tops())))
    assert view.area.verticalScrollBar().maximum() > 0
    assert view.body.width() <= view.area.viewport().width()


def test_ages_count_on_but_not_while_nobody_knows(desk: Desk) -> None:
    later = sample.NOW + timedelta(minutes=1)
    view = read(desk)
    view.clock = lambda: later
    told: list[str] = []
    view.numbers[0].say("old", "")
    view._count_on()
    told.append(view.numbers[0].text())
    offline(desk)
    view.numbers[0].say("old", "")
    view._count_on()
    told.append(view.numbers[0].text())
    assert told == ["6 people online of 7", "old "]


def test_ages_count_only_while_they_can_be_seen(desk: Desk) -> None:
    view = read(desk)
    assert view.ages.goes_on
    desk.window.show_activity()
    assert not view.ages.goes_on
