"""The shape of every small window: title, one grey sentence, content, then Cancel and the verb."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QBoxLayout, QDialog, QWidget

from pdm_desktop.ui import theme
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.widgets import Item, button, column, label, row

EDGE = (theme.EDGE_DIALOG, 16, theme.EDGE_DIALOG, 16)


class Dialog(QDialog):
    """A question with one accented answer. Enter is the main button, Esc is Cancel; typed text is not lost unasked.

    In a field of several lines Enter is a new line, and Ctrl+Enter the main button, as everywhere in the window.
    """

    def __init__(self, parent: QWidget | None, *, window: str, title: str, note: str, verb: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.title = label(title, theme.HEAD, strong=True, wrap=True)
        self.note = label(note, second=True, wrap=True)
        self.setAccessibleName(title)
        self.setAccessibleDescription(note)
        self.main = button(verb, main=True, press=self.accept)
        self.cancel = button("Cancel", press=self.reject)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):  # the large key, and the one of the number block
            QShortcut(QKeySequence(keys), self, self.main.click)

    def fill(self, *items: Item, left: QWidget | QBoxLayout | None = None, cancel: bool = True) -> None:
        """Put the content between the title and the buttons; `left` stands at the left of the buttons."""
        foot: list[Item] = [left] if left is not None else []
        foot.append(None)
        if cancel:
            foot.append(self.cancel)
        self.cancel.setVisible(cancel)
        self.setLayout(column(self.title, self.note, 4, *items, None, 4, row(*foot, self.main), edge=EDGE))

    def fix_width(self, width: int) -> None:
        """As wide as that, and as high as its text then needs: Qt alone takes it for narrower, and leaves a gap."""
        self.setFixedWidth(width)
        self.resize(width, self.heightForWidth(width))

    def say(self, title: str, note: str) -> None:
        """Another title and another sentence below it."""
        self.title.setText(title)
        self.note.setText(note)
        self.setAccessibleName(title)
        self.setAccessibleDescription(note)

    def typed(self) -> bool:
        """Whether something would be lost by closing now."""
        return False

    def reject(self) -> None:
        if not self.typed():
            super().reject()
            return
        ask(
            self, "Close without keeping your text?", "What you typed here is not sent yet.",
            yes="Close", no="Go on typing", then=super().reject,
        )  # fmt: skip
