"""The tab Backup: how old the last one is, one more now, how far it is, and how to bring one back."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.backups import BackUpNow
from pdm_desktop.core.office.requests import Look
from pdm_desktop.state.office import Reading
from pdm_desktop.ui import theme
from pdm_desktop.ui.admin.backup import BackupPage
from pdm_desktop.ui.theme import Tone
from server.protocol.calls import Backups
from tests.pdm_desktop.ui.conftest import Desk
from tests.support import sample
from tests.support.sample_keeping import BACKUPS

IDLE = replace(BACKUPS, running=None)


def page_of(desk: Desk, known: Backups | None = IDLE) -> BackupPage:
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=True))
    desk.window.show_administration("Backup")
    if known is not None:
        answer(desk, known)
    return cast("BackupPage", desk.window.administration.page("Backup"))


def answer(desk: Desk, known: Backups) -> None:
    desk.store.read_topic(topics.BACKUPS, Reading(value=known, query=(), at=sample.NOW))


def ink(page: BackupPage) -> str:
    return page.last.palette().color(page.last.foregroundRole()).name().upper()


def test_before_the_answer_it_says_that_it_loads(desk: Desk) -> None:
    page = page_of(desk, None)
    assert Look(topic=topics.BACKUPS) in desk.asked
    assert page.last.text() == "Loading…"
    assert not page.now.isEnabled()


def test_the_age_of_the_last_one_is_said(desk: Desk) -> None:
    page = page_of(desk)
    assert page.last.text() == "The last backup is 15 h old"
    assert ink(page) == theme.LIGHT.text
    assert "at 19:42" in page.next.text()


def test_an_old_one_is_amber(desk: Desk) -> None:
    old = replace(BACKUPS.backups[1], at=sample.NOW - timedelta(days=3))
    page = page_of(desk, replace(IDLE, backups=[old]))
    assert page.last.text() == "The last backup is 3 d old"
    assert ink(page) == theme.LIGHT.ink(Tone.WARN)
    answer(desk, replace(IDLE, backups=[]))
    assert page.last.text() == "There is no backup yet"
    assert ink(page) == theme.LIGHT.ink(Tone.WARN)


def test_one_is_begun_and_its_progress_shown(desk: Desk) -> None:
    page = page_of(desk)
    assert not page.bar.isVisible()
    QTest.mouseClick(page.now, Qt.MouseButton.LeftButton)
    assert BackUpNow() in desk.asked
    answer(desk, BACKUPS)
    assert not page.now.isEnabled()
    assert page.bar.isVisible()
    assert page.bar.value() == 407
    assert "7,420 of 18,231" in page.progress.text()
    assert [page.model.index(place, 1).data() for place in range(4)] == [
        "Being made",
        "Whole",
        "Lacks 2 contents",
        "Whole",
    ]
    answer(desk, IDLE)
    assert page.model.index(0, 1).data() == "Not finished"


def test_how_to_bring_one_back_is_said_of_the_selected_one(desk: Desk) -> None:
    page = page_of(desk)
    assert BACKUPS.backups[1].folder in page.command.text()
    page.table.selectRow(3)
    assert BACKUPS.backups[3].folder in page.command.text()
    assert "on Mon at 19:42" in page.restore.text()
    page.table.selectRow(0)
    assert BACKUPS.backups[1].folder in page.command.text(), "one that is not finished cannot be brought back"


def test_without_a_folder_it_says_what_to_set(desk: Desk) -> None:
    page = page_of(desk, replace(IDLE, folder=None, backups=[], next=None))
    assert page.last.text() == "This server makes no backups itself"
    assert "backup_folder" in page.next.text()
    assert not page.now.isEnabled()
    assert page.now.toolTip() == "The server has no folder for backups."
    assert not page.command.isVisible()


def test_why_the_last_one_was_not_made_is_said(desk: Desk) -> None:
    page = page_of(desk, replace(IDLE, trouble="The disk is full."))
    assert page.notice.isVisible()
    assert page.notice.text() == "The last backup was not made. The disk is full."
    answer(desk, IDLE)
    assert not page.notice.isVisible()
