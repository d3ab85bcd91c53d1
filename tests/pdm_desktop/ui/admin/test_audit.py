"""The tab Audit trail: rows are narrowed, read whole, saved and verified, from the keyboard as well."""

from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.audit import PAGE, ExportAudit, VerifyAudit
from pdm_desktop.core.office.requests import Look, Query
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin.audit import AuditPage
from server.protocol.calls import AuditCheck
from server.protocol.calls import AuditPage as Rows
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample
from tests.support.sample_keeping import AUDIT


def page_of(desk: Desk, *, administrator: bool = True) -> AuditPage:
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=administrator))
    desk.window.show_administration("Audit trail")
    return cast("AuditPage", desk.window.administration.page("Audit trail"))


def answer(desk: Desk, page: AuditPage, rows: Rows = AUDIT) -> None:
    reading = Reading(value=rows, query=page.query(topics.AUDIT), at=sample.NOW)
    desk.store.read_topic(topics.AUDIT, reading)


def last_look(desk: Desk) -> Query:
    looks = [each for each in desk.asked if isinstance(each, Look) and each.topic is topics.AUDIT]
    return looks[-1].query


def test_it_looks_at_the_newest_rows_and_shows_them(desk: Desk) -> None:
    page = page_of(desk)
    assert last_look(desk) == (("rows", str(PAGE)),)
    assert page.count.text() == "Loading…"
    answer(desk, page)
    cells = [page.model.index(0, each).data() for each in range(6)]
    assert cells[1:5] == ["Tomas Ruiz", "checked in", "2210-block-op10.mcam", "Production"]
    assert page.count.text() == "The newest 12 rows"
    assert page.older.isVisible()


def test_a_selected_row_is_read_whole_and_stays_selected(desk: Desk) -> None:
    page = page_of(desk)
    answer(desk, page)
    page.table.selectRow(3)
    assert "came from 2204-old.nc" in page.about.text()
    newer = replace(AUDIT.rows[0], number=48_213)
    answer(desk, page, Rows(rows=[newer, *AUDIT.rows]))
    assert page.table.selected_rows() == [4]
    assert "came from 2204-old.nc" in page.about.text()
    assert not page.older.isVisible()


def test_each_filter_narrows_what_is_asked_for(desk: Desk, qtbot: QtBot) -> None:
    page = page_of(desk)
    page.text.setText("cover")
    page.person.setText("Mei Tanaka")
    qtbot.waitUntil(lambda: ("person", "Mei Tanaka") in last_look(desk))
    assert ("text", "cover") in last_look(desk)
    page.vault.setCurrentIndex(page.vault.findText("Production"))
    page.vault.activated.emit(page.vault.currentIndex())
    assert ("vault", "production") in last_look(desk)
    page.action.setCurrentIndex(page.action.findData("checked_in"))
    page.action.activated.emit(page.action.currentIndex())
    assert ("action", "checked_in") in last_look(desk)
    page.span.setCurrentIndex(page.span.findText("Last 7 days"))
    page.span.activated.emit(page.span.currentIndex())
    assert dict(last_look(desk))["since"] == "2026-11-19T10:42:00+01:00"


def test_what_was_asked_for_otherwise_is_not_shown(desk: Desk) -> None:
    page = page_of(desk)
    answer(desk, page)
    page.text.setText("something else")
    QTest.keyClick(page.text, Qt.Key.Key_Return)
    assert page.model.rowCount() == 0
    assert page.count.text() == "Loading…"


def test_only_one_file_and_all_again(desk: Desk) -> None:
    page = page_of(desk)
    answer(desk, page)
    page.table.selectRow(4)
    assert not page.only.isEnabled(), "a person was added: there is no file"
    page.table.selectRow(0)
    QTest.mouseClick(page.only, Qt.MouseButton.LeftButton)
    assert ("file", "f0") in last_look(desk)
    answer(desk, page, Rows(rows=AUDIT.rows[:1]))
    assert page.count.text() == "The newest 1 row of 2210-block-op10.mcam"
    assert page.only.text() == "All files again"
    QTest.mouseClick(page.only, Qt.MouseButton.LeftButton)
    assert "file" not in dict(last_look(desk))


def test_older_rows_come_when_they_are_wanted(desk: Desk) -> None:
    page = page_of(desk)
    answer(desk, page)
    QTest.mouseClick(page.older, Qt.MouseButton.LeftButton)
    assert last_look(desk) == (("rows", str(2 * PAGE)),)


def test_nothing_that_fits_is_said_with_what_was_not_searched(desk: Desk) -> None:
    page = page_of(desk)
    answer(desk, page, Rows(rows=[], cursor="7"))
    assert page.count.text() == "No row fits. Older ones are not searched yet."
    answer(desk, page, Rows(rows=[]))
    assert page.count.text() == "No row fits."


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (AuditCheck(rows=3, head="ab"), "The chain is sound."),
        (AuditCheck(rows=3, head="ab", first_break=4), "The chain is broken at row 4."),
    ],
    ids=["sound", "broken"],
)
def test_the_verdict_is_said_in_words(desk: Desk, check: AuditCheck, said: str) -> None:
    page = page_of(desk)
    QTest.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    assert VerifyAudit() in desk.asked
    assert not page.verify.isEnabled()
    desk.store.made(VerifyAudit(), check)
    assert page.verify.isEnabled()
    assert page.notice.isVisible()
    assert page.notice.text().startswith(said)


def test_after_a_refusal_one_may_try_again(desk: Desk) -> None:
    page = page_of(desk)
    QTest.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    desk.store.raise_trouble(Trouble(title="No answer", text="The server does not answer."), VerifyAudit())
    assert page.verify.isEnabled()
    assert page.verify.text() == "Verify the chain"


@pytest.mark.parametrize(
    ("typed", "kind", "target"),
    [("D:/trail", "csv", "D:/trail.csv"), ("D:/trail.CSV", "csv", "D:/trail.CSV"), ("D:/t", "jsonl", "D:/t.jsonl")],
)
def test_an_export_takes_what_is_narrowed(desk: Desk, typed: str, kind: str, target: str) -> None:
    page = page_of(desk)
    page.person.setText("Mei Tanaka")
    page.save_as(typed, kind)
    [asked] = [each for each in desk.asked if isinstance(each, ExportAudit)]
    assert (asked.target, asked.kind, asked.query) == (target, kind, (("person", "Mei Tanaka"),))
    assert not page.export.isEnabled()
    desk.store.made(asked)
    assert page.export.isEnabled()
    assert target in page.notice.text()


def test_export_asks_where(desk: Desk) -> None:
    page = page_of(desk)
    QTest.mouseClick(page.export, Qt.MouseButton.LeftButton)
    dialog = opened(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    dialog.close()


def test_who_administers_a_vault_alone_has_this_tab_and_cannot_verify(desk: Desk) -> None:
    mine = [replace(each, role="administrator") for each in desk.store.vaults.values() if each.name == "Production"]
    others = [replace(each, role="reader") for each in desk.store.vaults.values() if each.name != "Production"]
    desk.store.load_vaults([*mine, *others])
    page = page_of(desk, administrator=False)
    assert not page.verify.isVisible()
    assert [page.vault.itemText(place) for place in range(page.vault.count())] == ["All vaults", "Production"]
    assert page.export.isVisible()


def test_a_list_that_cannot_be_read_says_why(desk: Desk) -> None:
    page = page_of(desk)
    trouble = Trouble(title="No answer", text="The server does not answer.")
    reading: Reading[Rows] = Reading(value=None, query=page.query(topics.AUDIT), at=sample.NOW, trouble=trouble)
    desk.store.read_topic(topics.AUDIT, reading)
    assert page.notice.text() == "No answer The server does not answer."
