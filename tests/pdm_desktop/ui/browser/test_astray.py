"""Copies that were renamed here or are missing: said above their folder, and put right by a person's command alone."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.strangers import Renamed, Stranger
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.ui.browser.astray import missing_words, renamed_words
from tests.pdm_desktop.ui.conftest import Desk
from tests.support import sample


def renamed(desk: Desk, count: int = 1) -> list[Stranger]:
    """Copies of the open folder under other names."""
    found = []
    for one, row in zip(sample.STRANGERS[:count], desk.store.listing.rows, strict=False):
        was = Renamed(file=row.file.id, path=row.file.path)
        found.append(replace(one, was=was))
        desk.store.put_local(row.file.id, LocalCopy(base=(1, 0), path=one.full_path, missing=True))
    desk.store.load_strangers(found)
    return found


def test_a_renamed_copy_is_said_as_what_it_was(desk: Desk) -> None:
    page = desk.window.page
    assert page.astray.isHidden()
    (one,) = renamed(desk)
    assert one.was is not None
    assert page.astray.renamed_bar.text() == (
        f"{one.was.filename} was renamed here to 2210-block-op30.nc. In the vault it still has its name."
    )
    assert page.strangers_bar.isHidden(), "it is no new file"
    assert page.astray.missing_bar.isHidden(), "and not missing"


def test_it_is_renamed_in_the_vault_by_a_press_alone(desk: Desk) -> None:
    (one,) = renamed(desk)
    assert one.was is not None
    desk.asked.clear()
    QTest.mouseClick(desk.window.page.astray.rename, Qt.MouseButton.LeftButton)
    assert desk.asked == [requests.Rename(file=one.was.file, path=one.path, look=one.look)]


def test_or_its_name_is_put_back(desk: Desk) -> None:
    found = renamed(desk, 2)
    desk.asked.clear()
    assert desk.window.page.astray.put_back.text() == "Put the names back"
    QTest.mouseClick(desk.window.page.astray.put_back, Qt.MouseButton.LeftButton)
    files = tuple(one.was.file for one in found if one.was is not None)
    places, looks = tuple(one.full_path for one in found), tuple(one.look for one in found)
    assert desk.asked == [requests.PutNamesBack(files=files, places=places, looks=looks)]


def test_a_missing_copy_is_got_again(desk: Desk) -> None:
    page, row = desk.window.page, desk.store.listing.rows[0]
    desk.store.put_local(row.file.id, LocalCopy(base=(1, 0), path="PDM/gone.nc", missing=True))
    assert page.astray.missing_bar.text().startswith(f"{row.file.filename} is missing on this computer.")
    desk.asked.clear()
    QTest.mouseClick(page.astray.get_again, Qt.MouseButton.LeftButton)
    assert desk.asked == [requests.GetLatest(files=(row.file.id,))]
    desk.store.put_local(row.file.id, LocalCopy(base=(1, 0), path="PDM/gone.nc"))
    assert page.astray.isHidden()


def test_offline_only_the_name_on_this_computer_can_be_put_back(desk: Desk) -> None:
    renamed(desk)
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    astray = desk.window.page.astray
    assert not astray.isHidden()
    assert (astray.rename.isEnabled(), astray.put_back.isEnabled()) == (False, True)


@pytest.mark.parametrize(("count", "rest"), [(2, "{0} and {1}."), (3, "{0}, {1} and 1 more.")])
def test_the_words_name_two_and_count_the_rest(desk: Desk, count: int, rest: str) -> None:
    rows = desk.store.listing.rows[:count]
    names = [row.file.filename for row in rows]
    assert missing_words(rows) == (f"{count} files are missing on this computer:", rest.format(*names))
    found = renamed(desk, count)
    assert renamed_words(found)[0] == f"{count} files were renamed on this computer:"


def test_a_moved_one_says_so() -> None:
    one = replace(sample.STRANGERS[0], was=Renamed(file="f", path="Old/2210-block-op30.nc"))
    assert renamed_words([one])[0] == "2210-block-op30.nc was moved here on this computer."
