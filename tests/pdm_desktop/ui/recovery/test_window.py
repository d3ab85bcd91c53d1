"""The recovery store in the window: what it holds, and how it comes back."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pdm_desktop.core import requests
from pdm_desktop.ui.recovery.window import RecoveryDialog
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample


def test_what_is_chosen_is_put_back(desk: Desk) -> None:
    desk.asked.clear()
    desk.window.account_menu.recovery.trigger()
    assert desk.asked == [requests.ListKept()]
    dialog = opened(RecoveryDialog)
    assert isinstance(dialog, RecoveryDialog)
    assert dialog.note.text() == "Loading…"
    assert not dialog.main.isEnabled()
    desk.store.load_kept(sample.KEPT)
    assert dialog.note.text().startswith("3 files, 52.5 MB. Each goes back to where it was")
    dialog.table.selectRow(0)
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    assert desk.asked[1:] == [requests.PutBack(kept=(sample.KEPT[0].id,))]


def test_one_file_is_shown_in_its_folder_and_the_window_stays(desk: Desk) -> None:
    desk.window.dialogs.show_recovery()
    dialog = opened(RecoveryDialog)
    assert isinstance(dialog, RecoveryDialog)
    desk.store.load_kept(sample.KEPT)
    assert not dialog.show_in_folder.isEnabled()
    dialog.table.selectRow(1)
    QTest.mouseClick(dialog.show_in_folder, Qt.MouseButton.LeftButton)
    assert desk.asked[-1] == requests.ShowKept(kept=sample.KEPT[1].id)
    assert dialog.isVisible()
    dialog.table.selectAll()
    assert not dialog.show_in_folder.isEnabled()
    dialog.close()


def test_each_line_says_what_where_when_and_why(desk: Desk) -> None:
    desk.window.dialogs.show_recovery()
    dialog = opened(RecoveryDialog)
    assert isinstance(dialog, RecoveryDialog)
    desk.store.load_kept(sample.KEPT)
    model = dialog.table.model()
    line = [model.index(1, column).data() for column in range(model.columnCount())]
    assert line[:4] == [
        "2214-body.sldprt",
        "Production/Hydraulics/2214 Valve body",
        "Yesterday 09:42",
        "Tomas Ruiz deleted it",
    ]
    assert line[4].strip() == "31.7 MB"
    dialog.close()


def test_an_empty_store_says_so(desk: Desk) -> None:
    desk.window.dialogs.show_recovery()
    dialog = opened(RecoveryDialog)
    assert isinstance(dialog, RecoveryDialog)
    desk.store.load_kept([])
    assert dialog.note.text().startswith("Nothing was kept here yet.")
    dialog.close()


def test_who_signs_out_leaves_no_list_behind(desk: Desk) -> None:
    desk.store.load_kept(sample.KEPT)
    desk.store.sign_out()
    assert desk.store.kept == ()
