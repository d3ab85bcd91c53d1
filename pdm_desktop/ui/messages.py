"""What the window says by itself: message bars above a view, and the questions it asks."""

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QMessageBox, QPushButton, QSizePolicy, QWidget

from pdm_desktop.core.results import Trouble
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import Dye, Picture, row

_ICONS = {Bar.INFO: ("info", Tone.ACCENT), Bar.WARN: ("attention", Tone.WARN), Bar.BAD: ("attention", Tone.BAD)}


class MessageBar(QFrame):
    """A tinted bar: one icon, one sentence (its beginning semi-bold), at most two buttons."""

    def __init__(self, kind: Bar, *buttons: QPushButton, icon: str = "") -> None:
        super().__init__()
        self._kind = kind
        self._own_icon = icon
        self._picture = Picture(*self._drawing())
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        box = row(self._picture, self._words, *buttons, gap=10, edge=(12, 6, 8, 6))
        box.setStretch(1, 1)
        self.setLayout(box)
        self.setMinimumHeight(theme.MESSAGE_BAR)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAutoFillBackground(True)
        self._dye = Dye(self, QPalette.ColorRole.Window, lambda: theme.scheme().bars[self._kind])

    def say(self, text: str, *, strong: str = "", kind: Bar | None = None) -> None:
        """Show a sentence, beginning with `strong`, as another kind if one is given."""
        beginning = f"<b>{escape(strong)}</b> " if strong else ""
        self._words.setText(beginning + escape(text))
        self.setAccessibleName(f"{strong} {text}".strip())
        if kind is not None and kind != self._kind:
            self._kind = kind
            self._picture.show_icon(*self._name_and_ink())
            self._dye.apply()

    def text(self) -> str:
        """The sentence as it is spoken."""
        return self.accessibleName()

    def _name_and_ink(self) -> tuple[str, Tone]:
        name, ink = _ICONS[self._kind]
        return self._own_icon or name, ink

    def _drawing(self) -> tuple[str, int, Tone]:
        name, ink = self._name_and_ink()
        return name, theme.ICON, ink


def ask(
    parent: QWidget, title: str, text: str, *, yes: str, then: Callable[[], object], no: str = "Cancel"
) -> QMessageBox:
    """Put a question whose buttons are verbs, and call `then` when `yes` is pressed. Esc and Enter do nothing."""
    box = _box(parent, title, text)
    agree = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
    refuse = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(refuse)
    box.setEscapeButton(refuse)
    agree.clicked.connect(lambda: then())
    box.open()
    return box


def tell(parent: QWidget | None, trouble: Trouble) -> QMessageBox:
    """Show what went wrong and what to do, without stopping the window. The box goes away when it is closed."""
    text = " ".join(part for part in (trouble.text, trouble.advice) if part)
    box = _box(parent, trouble.title, text)
    box.addButton("Close", QMessageBox.ButtonRole.AcceptRole)
    box.open()
    return box


def no_link(why: str) -> Trouble:
    """What is said of a link that leads nowhere."""
    return Trouble(title="This link leads nowhere", text=why)


def _box(parent: QWidget | None, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle("PDM Desktop")
    box.setIconPixmap(icons.pixmap("attention", theme.ICON_TITLE, Tone.WARN))
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(f"<b>{escape(title)}</b>")
    box.setInformativeText(escape(text))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box
