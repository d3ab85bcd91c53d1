"""How the window shows what an administrator has fixed: greyed out, and a tool tip says so."""

from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

FIXED: Final = "Fixed by your administrator for everybody at this computer."


def show_fixed(*shown: QWidget | QAction) -> None:
    """Nobody can change these, and they say why."""
    for each in shown:
        each.setEnabled(False)
        each.setToolTip(FIXED)
        if isinstance(each, QWidget):
            each.setAccessibleDescription(FIXED)
