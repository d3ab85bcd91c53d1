"""The bar above everything: commands, search, and who is signed in."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget

from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import row, tool

SEARCH_WIDTH: Final = 280
SEARCH_LEAST: Final = 150
PAUSE_MS: Final = 150
"""The search begins after so long without a key."""


class SearchBox(QLineEdit):
    """Finds file names in all vaults while one types. Esc and an empty box go back."""

    asked = Signal(str)
    left = Signal()
    """Back to where we were."""
    entered = Signal()
    """On to the hits."""

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Search all vaults (Ctrl+F)")
        self.setAccessibleName("Search all vaults")
        self.setClearButtonEnabled(True)
        self.addAction(icons.icon("search", Tone.SECOND), QLineEdit.ActionPosition.LeadingPosition)
        self.setFixedHeight(theme.FIELD)
        self.setMinimumWidth(SEARCH_LEAST)
        self.setMaximumWidth(SEARCH_WIDTH)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.textChanged.connect(self._changed)

    def sizeHint(self) -> QSize:
        return QSize(SEARCH_WIDTH, theme.FIELD)

    def forget(self) -> None:
        """Empty the box without asking for anything."""
        self.blockSignals(True)
        self.clear()
        self.blockSignals(False)
        self._pause.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.forget()
                self.left.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Down:
                if self._pause.isActive():
                    self._ask()
                self.entered.emit()
            case _:
                super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Esc is the window's nowhere else; here it must not be taken for a shortcut.
        overrides = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if overrides and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def _changed(self, text: str) -> None:
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self.left.emit()

    def _ask(self) -> None:
        self._pause.stop()
        if text := self.text().strip():
            self.asked.emit(text)


class ToolBar(QWidget):
    """Commands at the left, search and account at the right."""

    def __init__(self, actions: Sequence[QAction]) -> None:
        super().__init__()
        self.setFixedHeight(theme.TOOL_BAR)
        self.buttons = [_button(action) for action in actions]
        self.search = SearchBox()
        self.account = tool("You", "person", tip="You, appearance, sign out")
        self.account.clicked.connect(self._show_menu)
        self._menu: QMenu | None = None
        box = row(*self.buttons, None, self.search, self.account, gap=4, edge=(4, 2, 6, 4))
        self.setLayout(box)

    def name_account(self, person: str, menu: QMenu) -> None:
        """Show who is signed in, and what that person can do."""
        self.account.setText(person.replace("&", "&&"))
        self.account.setAccessibleName(f"You: {person}")
        self._menu = menu

    def _show_menu(self) -> None:
        if self._menu is not None:
            corner = self.account.mapToGlobal(QPoint(self.account.width(), self.account.height()))
            self._menu.popup(corner - QPoint(self._menu.sizeHint().width(), 0))


def _button(action: QAction) -> QToolButton:
    made = tool()
    made.setDefaultAction(action)
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    made.setAccessibleName(action.text())
    return made
