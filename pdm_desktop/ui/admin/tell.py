"""The window in which an administrator writes to one person or all."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QWidget

from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import label, named
from server.protocol.limits import COMMENT_CHARACTERS

EVERYBODY: Final = "Everybody"
WIDTH: Final = 520
HEIGHT: Final = 110


class TellDialog(Dialog):
    """Asks for a message and to whom it goes. `request` is the answer."""

    def __init__(self, people: Sequence[str], to: str | None = None, parent: QWidget | None = None) -> None:
        """`to` is chosen at first; None: everybody."""
        super().__init__(
            parent, window="Message", title="Write a message", verb="Send",
            note="It comes as a notice on every seat, also on those that connect later, and stays until it is "
            "acknowledged.",
        )  # fmt: skip
        self.to = QComboBox()
        self.to.setFixedHeight(theme.FIELD)
        self.to.addItem(EVERYBODY)
        self.to.addItems(list(people))
        self.to.setCurrentText(to or EVERYBODY)
        self.text = QPlainTextEdit()
        self.text.setFixedHeight(HEIGHT)
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._say_what_is_possible)
        self.flaw = label("", second=True, wrap=True)
        self.fill(named("&To", self.to), self.to, 4, named("&Message", self.text), self.text, self.flaw)
        self.setFixedWidth(WIDTH)
        self.text.setFocus()
        self._say_what_is_possible()

    @property
    def request(self) -> TellPeople:
        """What is asked for."""
        everybody = self.to.currentIndex() == 0
        return TellPeople(text=self.text.toPlainText().strip(), to=None if everybody else self.to.currentText())

    def typed(self) -> bool:
        return bool(self.text.toPlainText().strip())

    def _say_what_is_possible(self) -> None:
        over = len(self.text.toPlainText()) - COMMENT_CHARACTERS
        self.flaw.setText(f"{over:,} characters too long: {COMMENT_CHARACTERS:,} at most." if over > 0 else "")
        self.main.setEnabled(self.typed() and over <= 0)
        self.main.setToolTip("" if self.main.isEnabled() else self.flaw.text() or "Write something first.")
