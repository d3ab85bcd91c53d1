"""What the badges say: F1."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QWidget

from pdm_desktop.core.badges import Badge
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.dialog import EDGE
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import Picture, button, column, fill, label, line, pane, row

MEANING: Final = (
    (Badge.FREE, "Free", "ring", "Nobody has it. Your copy is the newest or not here."),
    (Badge.MINE, "Mine", "key", "You have it checked out on this computer, unchanged."),
    (Badge.EDITED, "Edited here", "pencil", "You changed it; check in when you are done."),
    (Badge.OTHER, "Somebody else's", "padlock", "Holder, computer, since and why stand in the row."),
    (Badge.NEWER, "Newer on the server", "disc with arrow", "Get latest before you work with it."),
    (Badge.CONFLICT, "Conflict", "triangle", "Two versions; both are kept; you choose."),
    (Badge.UNKNOWN, "Unknown", "dashed ring, ?", "Offline: nobody can say who has it."),
)
"""The states that this version can show: badge, its name, its shape, what it means."""


class Legend(QDialog):
    """Every badge, how it looks on a row and on the selection, and what it means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the badges say")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        content = column(
            label("What the badges say", theme.HEAD, strong=True), 4, _grid(), 6, line(), 4, _people(), _folders(),
            None, row(None, button("Close", main=True, press=self.accept)), edge=EDGE,
        )  # fmt: skip
        self.setLayout(column(fill(pane(content), QPalette.ColorRole.Base)))


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.EDGE_DIALOG)
    grid.setVerticalSpacing(theme.GAP)
    grid.setColumnStretch(5, 1)
    middle, left = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignLeft
    for number, title in enumerate(("in a row", "large", "selected", "State", "Shape", "Meaning")):
        grid.addWidget(label(title, second=True), 0, number, middle if number < 3 else left)
    grid.addWidget(line(), 1, 0, 1, 6)
    for place, (badge, name, shape, meaning) in enumerate(MEANING, 2):
        drawing = icons.badge_name(badge)
        pictures = (Picture(drawing, ink=badge), Picture(drawing, theme.ICON_TITLE, badge), _on_selection(badge))
        for number, picture in enumerate(pictures):
            picture.setAccessibleName(name)
            grid.addWidget(picture, place, number, middle)
        for number, words in enumerate((label(name, strong=True), label(shape), label(meaning)), 3):
            grid.addWidget(words, place, number)
        grid.setRowMinimumHeight(place, 38)
    return grid


def _on_selection(badge: Badge) -> QFrame:
    made = fill(QFrame(), QPalette.ColorRole.Highlight)
    ink = Tone.ON_SELECT if theme.is_high_contrast() else badge
    picture = fill(Picture(icons.badge_name(badge), ink=ink), QPalette.ColorRole.Highlight)
    made.setLayout(row(None, picture, None, edge=(8, 5, 8, 5)))
    return made


def _people() -> QHBoxLayout:
    return row(
        label("People:", second=True), Picture("presence_online", ink=Tone.GOOD), label("online"), 8,
        Picture("presence_away", ink=Tone.WARN), label("away"), 8,
        Picture("presence_offline", ink=Badge.UNKNOWN), label("offline"), None, gap=4,
    )  # fmt: skip


def _folders() -> QHBoxLayout:
    return row(
        label("Folders:", second=True),
        Picture(icons.badge_name(Badge.MINE), theme.ICON_TREE, Badge.MINE), label("3"), 8,
        Picture(icons.badge_name(Badge.OTHER), theme.ICON_TREE, Badge.OTHER), label("6"), 4,
        label("what is checked out below: by you, by others; nothing where nothing is", second=True), None, gap=4,
    )  # fmt: skip
