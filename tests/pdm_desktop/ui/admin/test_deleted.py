"""The tabs Deleted files and Parked versions: what stands there, and what can be asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.deleted import KeepDeleted, PurgeFile
from pdm_desktop.core.office.requests import Look
from pdm_desktop.core.requests import RestoreFile, SaveParked
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin.deleted import DeletedPage
from pdm_desktop.ui.admin.parked import ParkedPage
from server.protocol.calls import Purge
from tests.pdm_desktop.ui.conftest import Desk, offline, opened
from tests.support import sample
from tests.support.sample_locks import ALL_PARKED, DELETED

BRACKET, CAP, KNOB, TOMBSTONE = (each.file.id for each in DELETED.files)


def open_tab(desk: Desk, name: str) -> None:
    desk.store.load_vaults([replace(each, role="administrator") for each in desk.store.vaults.values()])
    desk.window.show_administration(name)


@pytest.fixture
def deleted(desk: Desk) -> DeletedPage:
    open_tab(desk, "Deleted files")
    desk.store.read_topic(topics.DELETED, Reading(value=DELETED, query=(), at=sample.NOW))
    made = desk.window.administration.page("Deleted files")
    assert isinstance(made, DeletedPage)
    return made


@pytest.fixture
def parked(desk: Desk) -> ParkedPage:
    open_tab(desk, "Parked versions")
    desk.store.read_topic(topics.ALL_PARKED, Reading(value=ALL_PARKED, query=(), at=sample.NOW))
    made = desk.window.administration.page("Parked versions")
    assert isinstance(made, ParkedPage)
    return made


def press(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def text(page: DeletedPage | ParkedPage, row: int) -> list[str]:
    model = page.frame.model
    return [str(model.index(row, place).data()).rstrip("\u00a0") for place in range(model.columnCount())]


def confirm(verb: str) -> None:
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    press(next(each for each in box.buttons() if each.text() == verb))


def test_the_vaults_that_i_administer_are_read(desk: Desk, deleted: DeletedPage) -> None:
    looks = [each for each in desk.asked if isinstance(each, Look) and each.topic is topics.DELETED]
    assert set(looks[-1].query) == {("vault", each) for each in desk.store.vaults}
    mine = [each if each.id == "tools" else replace(each, role="reader") for each in desk.store.vaults.values()]
    desk.store.load_vaults(mine)
    looks = [each for each in desk.asked if isinstance(each, Look) and each.topic is topics.DELETED]
    assert looks[-1].query == (("vault", "tools"),)


def test_a_row_says_who_deleted_it_when_and_what_becomes_of_it(deleted: DeletedPage) -> None:
    assert [each.file.id for each in deleted.frame.shown()] == [TOMBSTONE, BRACKET, CAP, KNOB]
    assert text(deleted, 2) == [
        "2204-cap-test.nc", "Production › Hydraulics › 2204 End cap", "2.1", "12.4 MB", "17 Nov", "Tomas Ruiz",
        "goes for good on 17 Dec",
    ]  # fmt: skip
    assert text(deleted, 3)[-1] == "waits for 1 parked version"


def test_a_file_is_restored(desk: Desk, deleted: DeletedPage) -> None:
    deleted.frame.select(BRACKET, TOMBSTONE)
    press(deleted.frame.bar.buttons["Restore"])
    asked = [each for each in desk.asked if isinstance(each, RestoreFile)]
    assert {(each.vault, each.file) for each in asked} == {("production", BRACKET), ("fixtures", TOMBSTONE)}


def test_a_purge_is_asked_about_first_and_only_what_stays_is_purged(desk: Desk, deleted: DeletedPage) -> None:
    deleted.frame.select(BRACKET, CAP)
    press(deleted.frame.bar.buttons["Purge…"])
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "Purge 4471-bracket-old.sldprt?" in box.text()
    assert not [each for each in desk.asked if isinstance(each, PurgeFile)]
    confirm("Purge")
    asked = [each for each in desk.asked if isinstance(each, PurgeFile)]
    assert asked == [PurgeFile(file=BRACKET, path=DELETED.files[0].file.path)]


def test_it_is_kept_after_all(desk: Desk, deleted: DeletedPage) -> None:
    keep, purge = (deleted.frame.bar.buttons[verb] for verb in ("Keep", "Purge…"))
    deleted.frame.select(BRACKET)
    assert (keep.isEnabled(), purge.isEnabled()) == (False, True)
    deleted.frame.table.clearSelection()
    deleted.frame.select(CAP)
    assert (keep.isEnabled(), purge.isEnabled(), purge.toolTip()) == (True, False, "It goes for good already.")
    press(keep)
    assert desk.asked[-1] == KeepDeleted(file=CAP, path=DELETED.files[1].file.path)


def test_it_is_said_when_a_file_goes_and_that_it_stays(desk: Desk, deleted: DeletedPage) -> None:
    purge = sample.NOW + timedelta(days=30)
    path = DELETED.files[0].file.path
    asked = PurgeFile(file=BRACKET, path=path)
    desk.store.made(asked, Purge(vault="production", file=BRACKET, path=path, purge=purge))
    assert "4471-bracket-old.sldprt goes for good on 26 Dec." in deleted.notice.text()
    desk.store.made(KeepDeleted(file=BRACKET, path=path), Purge(vault="production", file=BRACKET, path=path))
    assert deleted.notice.text() == "Done. 4471-bracket-old.sldprt stays among the deleted files."


def test_a_vault_narrows_deleted_files(deleted: DeletedPage) -> None:
    deleted.vault.setCurrentText("Fixtures")
    assert [each.file.id for each in deleted.frame.shown()] == [TOMBSTONE]


def test_parked_versions_say_whose_they_are_and_why(desk: Desk, parked: ParkedPage) -> None:
    assert text(parked, 1) == [
        "6020-plate-op30.mcam", "Production › Medical", "Priya Shah", "CAM-05", "Rev 3.8", "Tue 10:42",
        "A newer revision was there", "35.9 MB", "22 Feb 2027",
    ]  # fmt: skip
    tabs = desk.window.administration.tabs
    assert tabs.tabText(tabs.indexOf(parked)) == "Parked versions 2"
    parked.vault.setCurrentText("Fixtures")
    assert parked.frame.shown() == []


def test_a_parked_version_is_fetched_and_nobody_drops_it_here(desk: Desk, parked: ParkedPage) -> None:
    assert list(parked.frame.bar.buttons) == ["Save a copy…"]
    parked.frame.select("p2")
    press(parked.frame.bar.buttons["Save a copy…"])
    dialog = opened(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit("/somewhere/plate.mcam")
    dialog.close()
    assert desk.asked[-1] == SaveParked(parked="p2", target="/somewhere/plate.mcam")


def test_offline_nothing_is_done(desk: Desk, deleted: DeletedPage) -> None:
    deleted.frame.select(BRACKET)
    offline(desk)
    assert not any(each.isEnabled() for each in deleted.frame.bar.buttons.values())
