"""Files that are only on this computer: said above their folder, and added by a person."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pdm_desktop.core import requests
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.ui.browser.strangers import StrangersDialog, namesakes_words, strangers_words
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, ("1 file in this folder is only on this computer:", "2210-block-op30.nc.")),
        (2, ("2 files in this folder are only on this computer:", "2210-block-op30.nc and 2210-cover-new.mcam.")),
        (
            3,
            (
                "3 files in this folder are only on this computer:",
                "2210-block-op30.nc, 2210-cover-new.mcam and 1 more.",
            ),
        ),
    ],
)
def test_the_words_name_two_and_count_the_rest(count: int, words: tuple[str, str]) -> None:
    assert strangers_words(sample.STRANGERS[:count]) == words


def test_they_are_said_in_their_folder_alone(desk: Desk) -> None:
    bar = desk.window.page.strangers_bar
    assert bar.isHidden()
    desk.store.load_strangers(sample.STRANGERS)
    assert not bar.isHidden()
    assert bar.text().startswith("3 files in this folder are only on this computer")
    sample.fill(desk.store, (), "Prototypes")
    assert bar.isHidden()


def test_what_has_the_name_of_a_file_of_the_vault_is_neither_new_nor_offered(desk: Desk) -> None:
    taken = desk.store.listing.rows[0].file
    namesake = replace(sample.STRANGERS[0], path=taken.path)
    page = desk.window.page
    desk.store.load_strangers([namesake])
    assert page.strangers_bar.text().startswith(f"{taken.filename} on this computer is not a revision of the vault's.")
    assert page.add_strangers.isHidden()
    desk.store.load_strangers([namesake, sample.STRANGERS[1]])
    assert page.strangers() == [sample.STRANGERS[1]]
    assert page.strangers_bar.text().startswith("1 file in this folder is only on this computer")
    assert not page.add_strangers.isHidden()


def test_several_of_them_are_counted() -> None:
    strong, text = namesakes_words(sample.STRANGERS)
    assert strong == "3 files on this computer are not revisions of the vault's:"
    assert text == "2210-block-op30.nc, 2210-cover-new.mcam and 1 more. They stay as they are."


def test_the_chosen_ones_are_added(desk: Desk) -> None:
    desk.store.load_strangers(sample.STRANGERS)
    desk.asked.clear()
    QTest.mouseClick(desk.window.page.add_strangers, Qt.MouseButton.LeftButton)
    dialog = opened(StrangersDialog)
    assert isinstance(dialog, StrangersDialog)
    assert dialog.main.text() == "Add 3 files"
    dialog.table.clearSelection()
    assert not dialog.main.isEnabled()
    dialog.table.selectRow(1)
    assert dialog.main.text() == "Add 1 file"
    QTest.mouseClick(dialog.main, Qt.MouseButton.LeftButton)
    one = sample.STRANGERS[1]
    assert desk.asked == [requests.AddFiles(vault="production", folder=one.folder, sources=(one.full_path,))]


def test_offline_they_are_shown_and_wait(desk: Desk) -> None:
    desk.store.load_strangers(sample.STRANGERS)
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert not desk.window.page.strangers_bar.isHidden()
    assert not desk.window.page.add_strangers.isEnabled()
