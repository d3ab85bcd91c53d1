"""The tab Locks: what stands there, what narrows it, and how a check-out is taken away or handed over."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.locks import CSV_HEAD, ForceRelease
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.tables import MARK
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin.locks import LocksPage
from pdm_desktop.ui.admin.saving import save
from pdm_desktop.ui.admin.taking_away import ForceReleaseDialog, HandOverDialog
from pdm_desktop.ui.admin.tell import TellDialog
from server.protocol.calls import Locks, PersonAccess, VaultAccess
from tests.pdm_desktop.ui.conftest import Desk, offline, opened
from tests.support import sample
from tests.support.sample_locks import LINES, LOCKS

PLATE, HOUSING = "2210-fixture-plate.sldprt", "4502-housing-op20.mcam"
REASON = "Jan is on leave until Monday."


@pytest.fixture
def page(desk: Desk) -> LocksPage:
    """An administrator of the server and of all vaults looks at it."""
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=True))
    desk.store.load_vaults([replace(each, role="administrator") for each in desk.store.vaults.values()])
    desk.window.show_administration("Locks")
    show(desk, LOCKS)
    desk.store.read_topic(topics.LINES, Reading(value=LINES, query=(), at=sample.NOW))
    made = desk.window.administration.page("Locks")
    assert isinstance(made, LocksPage)
    return made


def show(desk: Desk, locks: Locks) -> None:
    desk.store.read_topic(topics.LOCKS, Reading(value=locks, query=(), at=sample.NOW))


def files(page: LocksPage) -> list[str]:
    return [each.file for each in page.frame.shown()]


def select(page: LocksPage, file: str) -> None:
    page.frame.table.clearSelection()
    page.frame.select(f"{file} 7")


def press(page: LocksPage, verb: str) -> None:
    QTest.mouseClick(page.frame.bar.buttons[verb], Qt.MouseButton.LeftButton)


def test_it_looks_while_it_can_be_seen_and_its_tab_counts(desk: Desk, page: LocksPage) -> None:
    assert {each.topic for each in desk.asked if isinstance(each, Look)} >= {topics.LOCKS, topics.LINES}
    tabs = desk.window.administration.tabs
    assert tabs.tabText(tabs.indexOf(page)) == "Locks 11"


def test_the_tab_has_no_number_before_the_server_has_answered(desk: Desk) -> None:
    desk.store.load_vaults(list(desk.store.vaults.values()))
    desk.window.administration.page("Locks").refresh()
    assert desk.window.administration._title("Locks") == "Locks"
    show(desk, Locks(locks=[]))
    desk.window.administration.page("Locks").refresh()
    assert desk.window.administration._title("Locks") == "Locks 0"


def test_the_oldest_stands_first_with_all_that_is_known(page: LocksPage) -> None:
    model = page.frame.model
    said = [str(model.index(0, place).data()).rstrip("\u00a0") for place in range(model.columnCount())]
    assert said == [
        PLATE, "Production › Hydraulics", "Jan Kowalski", "offline for 2 d 19 h", "CAM-03", "3 d 2 h",
        "2 d 19 h ago, last known", "1",
    ]  # fmt: skip


def test_ages_go_on_while_one_looks_and_nothing_is_asked_for_it(
    desk: Desk, page: LocksPage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    desk.asked.clear()
    monkeypatch.setattr(sample, "NOW", sample.NOW + timedelta(minutes=5))
    page.ages.timer.setInterval(1)
    qtbot.waitUntil(lambda: texts(page)["endmills.tooldb"][4:7] == ["CAM-01", "22 h 5 min", "16 min ago"])
    assert texts(page)["6020-plate-op30.mcam"][3] == "away for 30 min"
    assert desk.asked == []
    desk.window.show_activity()
    assert not page.ages.goes_on


def texts(page: LocksPage) -> dict[str, list[str]]:
    """What each row says, by its file."""
    model = page.frame.model
    columns = range(model.columnCount())
    rows = [[str(model.index(row, place).data()) for place in columns] for row in range(model.rowCount())]
    return {each[0]: each for each in rows}


def test_a_wide_window_gives_room_to_long_names_and_what_was_drawn_stays(
    desk: Desk, page: LocksPage, qtbot: QtBot
) -> None:
    table = page.frame.table

    def widths() -> list[int]:
        return [table.columnWidth(place) for place in (0, 2)]

    desk.window.resize(1280, 800)
    qtbot.waitUntil(lambda: table.viewport().width() < 1100)
    narrow = widths()
    table.setColumnWidth(0, narrow[0] + 30)
    desk.window.resize(1900, 800)
    qtbot.waitUntil(lambda: table.viewport().width() > 1500)
    assert all(wide > before + 80 for wide, before in zip(widths(), narrow, strict=True))
    desk.window.resize(1280, 800)
    qtbot.waitUntil(lambda: table.viewport().width() < 1100)
    assert widths() == [narrow[0] + 30, narrow[1]]


def test_filters_narrow_it_together(page: LocksPage) -> None:
    page.offline.click()
    assert files(page) == [PLATE, "tombstone-4.sldasm"]
    page.age.setCurrentText("2 days or more")
    assert files(page) == [PLATE, "tombstone-4.sldasm"]
    page.vault.setCurrentText("Fixtures")
    assert files(page) == ["tombstone-4.sldasm"]
    page.vault.setCurrentText("All vaults")
    QTest.keyClicks(page.frame.filter, "jan plate")
    assert files(page) == [PLATE]


def test_who_administers_one_vault_sees_its_locks_alone(desk: Desk, page: LocksPage) -> None:
    mine = [
        replace(each, role="administrator" if each.id == "tools" else "editor") for each in desk.store.vaults.values()
    ]
    desk.store.load_vaults(mine)
    assert files(page) == ["endmills.tooldb"]
    assert [page.vault.itemText(place) for place in range(page.vault.count())] == ["All vaults", "Tool library"]


def test_the_chosen_vault_stays_chosen_when_another_comes(desk: Desk, page: LocksPage) -> None:
    page.vault.setCurrentText("Fixtures")
    vaults = list(desk.store.vaults.values())
    desk.store.load_vaults([*vaults, replace(vaults[0], id="new", name="A new one")])
    assert page.vault.currentText() == "Fixtures"
    assert files(page) == ["tombstone-4.sldasm"]


def test_a_release_needs_a_reason_that_can_be_understood(desk: Desk, page: LocksPage) -> None:
    select(page, PLATE)
    press(page, "Force release…")
    dialog = opened(ForceReleaseDialog)
    assert isinstance(dialog, ForceReleaseDialog)
    assert dialog.title.text() == f"Force release of {PLATE}"
    assert dialog.promise.text().startswith("Nothing is lost. Jan’s edits stay on CAM-03")
    for typed, enabled in (("", False), ("too short", False), ("   too short   ", False), ("long enough", True)):
        dialog.reason.setPlainText(typed)
        assert dialog.main.isEnabled() is enabled, typed
        assert bool(dialog.main.toolTip()) is not enabled
    dialog.reason.setPlainText(REASON)
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    assert desk.asked[-1] == ForceRelease(
        file=PLATE, path=f"Hydraulics/{PLATE}", holder="Jan Kowalski", token=7, reason=REASON, give_to="Anna Novak"
    )


def test_the_lock_need_not_go_to_who_waits(desk: Desk, page: LocksPage) -> None:
    dialog = page.force_release(LOCKS.locks[0])
    assert dialog.give.text() == "&Give the lock to Anna Novak, who has waited since yesterday"
    assert "Jan and Anna" in dialog.promise.text()
    dialog.give.click()
    assert "offered to Jan." in dialog.promise.text()
    assert dialog.request.give_to is None


def test_where_nobody_waits_nobody_is_offered_it(page: LocksPage) -> None:
    dialog = page.force_release(LOCKS.locks[4])
    assert dialog.give.isHidden()
    assert dialog.request.give_to is None
    assert dialog.promise.text() == (
        "Nothing is lost. What Luca has saved on CAM-06 is parked on the server now and offered to Luca."
    )


def test_it_is_handed_over_to_somebody_who_is_named(desk: Desk, page: LocksPage) -> None:
    select(page, "endmills.tooldb")
    press(page, "Hand over…")
    dialog = opened(HandOverDialog)
    assert isinstance(dialog, HandOverDialog)
    assert desk.asked[-1] == Look(topic=topics.VAULT_ACCESS, query=(("vault", "tools"),))
    assert offered(dialog) == []
    tell_access(desk, "fixtures", reader="Luca Ferri")
    assert offered(dialog) == []
    dialog.to.setEditText("Lu")
    tell_access(desk, "tools")
    assert (offered(dialog), dialog.give_to) == (["Luca Ferri", "Priya Shah", "Sam Becker", "Anna Novak"], "Lu")
    dialog.reason.setPlainText(REASON)
    dialog.to.setEditText("")
    assert (dialog.main.isEnabled(), dialog.main.toolTip()) == (False, "Say who is to have it.")
    dialog.to.setEditText("Mei Tanaka")
    assert dialog.main.toolTip() == "Mei Tanaka has it already."
    dialog.to.setEditText("Luca Ferri")
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    wish = next(each for each in desk.asked if isinstance(each, ForceRelease))
    assert LookAway(topic=topics.VAULT_ACCESS) in desk.asked
    assert (wish.file, wish.give_to, wish.holder) == ("endmills.tooldb", "Luca Ferri", "Mei Tanaka")


def test_it_is_not_handed_to_somebody_who_may_not_edit_the_vault(desk: Desk, page: LocksPage) -> None:
    dialog = page.hand_over(LOCKS.locks[3])
    dialog.reason.setPlainText(REASON)
    tell_access(desk, "tools", reader="Luca Ferri")
    assert offered(dialog) == ["Priya Shah", "Sam Becker", "Anna Novak"]
    for name, why in (
        ("Luca Ferri", "Luca Ferri may not edit this vault. Choose somebody of the list."),
        ("Nobody", "Nobody may not edit this vault. Choose somebody of the list."),
        ("priya shah", ""),
    ):
        dialog.to.setEditText(name)
        assert (dialog.main.isEnabled(), dialog.main.toolTip()) == (not why, why)
    dialog.to.setEditText("")
    dialog.reason.setPlainText("")
    dialog.reject()
    tell_access(desk, "tools")


def tell_access(desk: Desk, vault: str, *, reader: str = "") -> None:
    """Who may do what there: all who are here and nobody else, but `reader` may not edit."""
    names = ("Anna Novak", "Luca Ferri", "Mei Tanaka", "Priya Shah", "Sam Becker")
    people = [PersonAccess(name=each, role="reader" if each == reader else "editor") for each in names]
    people += [PersonAccess(name="Gone", role="editor", disabled=True), PersonAccess(name="Nobody")]
    access = VaultAccess(vault=vault, name=vault, people=people)
    query = (("vault", vault),)
    desk.store.read_topic(topics.VAULT_ACCESS, Reading(value=access, query=query, at=sample.NOW))


def offered(dialog: HandOverDialog) -> list[str]:
    return [dialog.to.itemText(place) for place in range(dialog.to.count())]


def test_what_was_typed_is_not_lost_by_esc(page: LocksPage) -> None:
    dialog = page.force_release(LOCKS.locks[0])
    dialog.reason.setPlainText(REASON)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert opened(QMessageBox) is not None
    assert dialog.isVisible()


def test_a_holder_can_be_written_to_and_oneself_cannot(desk: Desk, page: LocksPage) -> None:
    button = page.frame.bar.buttons["Message…"]
    select(page, PLATE)
    assert button.text() == "Message to Jan…"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = opened(TellDialog)
    assert isinstance(dialog, TellDialog)
    assert dialog.to.currentText() == "Jan Kowalski"
    QTest.keyClicks(dialog.text, "When are you back?")
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    wish = TellPeople(text="When are you back?", to="Jan Kowalski")
    assert desk.asked[-1] == wish
    desk.store.made(wish, None)
    assert page.notice.text() == f"Done. {wish.done}"
    select(page, "2210-block.sldprt")
    assert (button.isEnabled(), button.toolTip()) == (False, "You have it yourself.")


def test_who_administers_a_vault_alone_writes_no_messages(desk: Desk, page: LocksPage) -> None:
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=False))
    select(page, PLATE)
    button = page.frame.bar.buttons["Message…"]
    assert (button.isEnabled(), button.toolTip()) == (False, "Messages are written by administrators of the server.")


def test_what_was_done_is_said(desk: Desk, page: LocksPage) -> None:
    assert page.notice.isHidden()
    wish = page.force_release(LOCKS.locks[0]).request
    desk.store.made(wish, None)
    assert page.notice.isVisible()
    assert page.notice.text() == (
        f"Done. Anna Novak has {PLATE} now. Jan Kowalski is told why, and keeps what was saved."
    )


def test_offline_nothing_can_be_taken_away(desk: Desk, page: LocksPage) -> None:
    select(page, PLATE)
    offline(desk)
    assert not page.frame.bar.buttons["Force release…"].isEnabled()
    assert not page.frame.bar.buttons["Hand over…"].isEnabled()


def test_what_is_listed_is_saved_as_a_table(page: LocksPage, tmp_path: Path, qtbot: QtBot) -> None:
    page.offline.click()
    QTest.mouseClick(page.save, Qt.MouseButton.LeftButton)
    dialog = opened(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    target = tmp_path / "locks.csv"
    dialog.fileSelected.emit(str(target))
    dialog.close()
    lines = target.read_text(encoding="utf-8").removeprefix(MARK).splitlines()
    assert lines[0] == ",".join(CSV_HEAD)
    assert [line.split(",")[0] for line in lines[1:]] == files(page)


def test_a_table_that_cannot_be_saved_says_so(page: LocksPage, tmp_path: Path) -> None:
    box = save(page, str(tmp_path / "no folder" / "locks.csv"), page.csv())
    assert box is not None
    assert "no folder" in box.informativeText()
    box.close()
