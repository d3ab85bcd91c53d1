"""docs/seat.md names every key of the window."""

from PySide6.QtGui import QAction

from tests.pdm_desktop.test_docs import rows
from tests.pdm_desktop.ui.conftest import Desk

BY_WIDGETS = {"Return"}
"""Keys that a widget takes itself: the table opens its row."""


def test_every_key_is_described(desk: Desk) -> None:
    keys = {action.shortcut().toString() for action in desk.window.findChildren(QAction)} - {""}
    assert rows("key") | {"Shift+F6"} == keys | BY_WIDGETS
