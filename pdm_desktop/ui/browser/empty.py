"""What stands in a table without rows: a grey icon, what is so, what to do, at most one button."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from pdm_desktop.ui import theme
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import Picture, button, column, fill, label, row
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Why there is nothing to show."""

    icon: str
    title: str
    text: str
    verb: str = ""
    press: Callable[[], object] | None = None


class EmptyState(QWidget):
    """Says in the middle of its place why there is nothing to show."""

    def __init__(self) -> None:
        super().__init__()
        fill(self, QPalette.ColorRole.Base)
        self._picture = Picture("folder", theme.ICON_TITLE, Tone.SECOND)
        self.title = label("", theme.TITLE, strong=True, wrap=True)
        self.text = label("", second=True, wrap=True)
        for words in (self.title, self.text):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = button("Go on", press=self._pressed)
        self._press: Callable[[], object] | None = None
        self.setLayout(column(
            None, row(None, self._picture, None), 2, self.title, self.text, 4, row(None, self.button, None), None,
            gap=6, edge=(36, 16, 36, 16),
        ))  # fmt: skip

    def say(self, nothing: Nothing) -> None:
        """Show a reason."""
        self._picture.show_icon(nothing.icon, Tone.SECOND)
        self.title.setText(nothing.title)
        self.text.setText(nothing.text)
        self.setAccessibleName(f"{nothing.title}. {nothing.text}")
        self._press = nothing.press
        self.button.setText(nothing.verb)
        self.button.setVisible(bool(nothing.verb))

    def _pressed(self) -> None:
        if self._press is not None:
            self._press()
