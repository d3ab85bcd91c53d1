"""Deleted files are listed and come back."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pdm_desktop.core import requests
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.ui.browser.deleted import DeletedDialog
from server.protocol.calls import DeletedFile
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample

GONE = [
    DeletedFile(
        id=name,
        path=f"{sample.FOLDER}/{name}",
        head=sample.FILES[0].head,
        deleted_by="Anna Novak",
        deleted_at=sample.NOW,
    )
    for name in ("old.nc", "older.nc")
]


def test_the_selected_file_is_restored(desk: Desk) -> None:
    desk.asked.clear()
    menu = desk.window.folder_menu.menu("production", "")
    next(each for each in menu.actions() if each.text() == "Deleted files…").trigger()
    assert desk.asked == [requests.ListDeleted(vault="production")]
    dialog = opened(DeletedDialog)
    assert isinstance(dialog, DeletedDialog)
    assert dialog.note.text() == "Loading…"
    assert not dialog.main.isEnabled()
    desk.store.load_deleted("production", GONE)
    assert dialog.note.text() == "2 files. They come back with all their revisions."
    dialog.table.selectRow(1)
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    assert desk.asked[1:] == [requests.RestoreFile(vault="production", file="older.nc")]
    menu.close()


def test_nothing_deleted_says_so(desk: Desk) -> None:
    dialog = DeletedDialog(desk.store, desk.bridge, "production", desk.window)
    dialog.show()
    desk.store.load_deleted("production", [])
    assert dialog.note.text() == "Nothing has been deleted here."
    dialog.close()


def test_offline_a_folder_offers_only_to_be_opened(desk: Desk) -> None:
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    menu = desk.window.folder_menu.menu("production", "Hydraulics")
    able = [each.text() for each in menu.actions() if each.isEnabled() and not each.isSeparator()]
    assert able == ["Open", "Copy link"]
    why = {each.toolTip() for each in menu.actions() if not each.isEnabled() and not each.isSeparator()}
    assert why == {"This needs the server, and you are offline."}
    menu.close()


def test_of_a_vault_that_one_may_only_read_files_can_be_got_and_nothing_changed(desk: Desk) -> None:
    desk.store.load_vaults([replace(desk.store.vaults["production"], role="reader")])
    menu = desk.window.folder_menu.menu("production", "Hydraulics")
    able = [each.text() for each in menu.actions() if each.isEnabled() and not each.isSeparator()]
    assert able == ["Open", "Get latest the files in it", "Watch this folder", "Copy link"]
    why = {each.toolTip() for each in menu.actions() if not each.isEnabled() and not each.isSeparator()}
    assert why == {"You may read this vault, not change it."}
    menu.close()
