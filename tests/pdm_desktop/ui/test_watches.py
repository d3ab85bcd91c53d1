"""The list of what I watch: where each is by now, what is gone, and how a watch ends."""

from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look
from pdm_desktop.core.office.watches import StopWatching
from pdm_desktop.core.requests import OpenFolder
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.watches import NOTHING, WatchesDialog
from server.protocol.calls import Watch
from tests.pdm_desktop.ui.conftest import Desk, offline, opened
from tests.support import sample
from tests.support.sample_office import my_lists

PLUG = "2210-plug.step"
AT = sample.NOW - timedelta(hours=2)
WATCHES = [
    Watch(id="w1", vault="production", at=AT, file=PLUG, path=f"{sample.FOLDER}/{PLUG}"),
    Watch(id="w2", vault="production", at=AT, folder=sample.FOLDER),
    Watch(id="w3", vault="production", at=AT, folder=""),
    Watch(id="w4", vault="production", at=AT, folder="Jobs/Long gone"),
    Watch(id="w5", vault="production", at=AT, file="f9", path="Jobs/old.nc", deleted=True),
]


def read(desk: Desk, watches: list[Watch]) -> None:
    desk.store.read_topic(topics.MINE, Reading(value=my_lists(watches=watches), query=(), at=sample.NOW))


def shown(desk: Desk) -> WatchesDialog:
    read(desk, WATCHES)
    desk.asked.clear()
    desk.window.account_menu.watches.trigger()
    dialog = opened(WatchesDialog)
    assert isinstance(dialog, WatchesDialog)
    return dialog


def lines(dialog: WatchesDialog) -> list[tuple[str, str, str]]:
    model = dialog.table.model()
    return [
        (model.index(place, 0).data(), model.index(place, 1).data(), model.index(place, 3).data())
        for place in range(model.rowCount())
    ]


def test_each_watch_says_where_it_is_by_now_and_what_is_gone(active: Desk) -> None:
    dialog = shown(active)
    assert active.asked == [Look(topic=topics.MINE)], "that a file is deleted makes no news of the list"
    folder = sample.FOLDER.rpartition("/")
    assert lines(dialog) == [
        (PLUG, " / ".join(("Production", *sample.FOLDER.split("/"))), "This file"),
        (folder[2], " / ".join(part for part in ("Production", *folder[0].split("/")) if part), "Everything below it"),
        ("Production", "The whole vault", "Everything below it"),
        ("Long gone", "Production / Jobs", "Empty or gone. You hear of what comes into it."),
        ("old.nc", "Production / Jobs", "Deleted. You hear of it when it is restored."),
    ]
    moved = replace(WATCHES[1], folder="Prototypes")
    read(active, [WATCHES[0], moved, *WATCHES[2:]])
    assert lines(dialog)[1] == ("Prototypes", "Production", "Everything below it"), "it goes along while one looks"
    dialog.close()


def test_a_watch_ends_there_and_the_window_says_when_there_are_none(active: Desk) -> None:
    dialog = shown(active)
    dialog.table.selectRow(1)
    dialog.main.click()
    assert active.asked[-1] == StopWatching(watch="w2")
    assert dialog.isVisible()
    read(active, [])
    assert dialog.note.text() == NOTHING
    assert not dialog.main.isEnabled()
    assert not dialog.show_it.isEnabled()
    dialog.close()


def test_enter_shows_the_file_or_folder_and_what_is_gone_is_not_shown(active: Desk) -> None:
    active.window.show_activity()
    dialog = shown(active)
    dialog.table.selectRow(4)
    assert not dialog.show_it.isEnabled()
    assert dialog.show_it.toolTip().startswith("Deleted.")
    dialog.table.selectRow(2)
    dialog.show_it.click()
    assert active.asked[-1] == OpenFolder(vault="production", folder="")
    dialog = shown(active)
    dialog.table.selectRow(0)
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    assert active.window.page.table.isVisible()
    assert [each.file.id for each in active.window.page.table.rows()] == [PLUG]


def test_offline_no_watch_can_be_ended(active: Desk) -> None:
    dialog = shown(active)
    assert dialog.main.isEnabled()
    offline(active)
    assert not dialog.main.isEnabled()
    assert dialog.main.toolTip() == "This needs the server, and you are offline."
    dialog.close()
