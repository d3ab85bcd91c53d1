"""A new password: the field, and whether it is long enough. Part of the sign-in window, and of a window of its own."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from pdm_desktop.ui.sign_in.parts import Fact, text_field, words_of
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import column
from server.protocol.limits import PASSWORD_CHARACTERS, PASSWORD_LEAST


class NewPassword(QWidget):
    """Asks for a new password. It is typed unseen; a tick shows it, so that nobody is locked out by a slip."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.least = PASSWORD_LEAST
        """Characters; the server may want more than the product does."""
        self.field = text_field("", "New password", is_secret=True)
        self.field.setMaxLength(PASSWORD_CHARACTERS)
        self.fact = Fact("info", Tone.ACCENT, second=True)
        self.shown = QCheckBox("Show the password")
        self.shown.toggled.connect(self._show_or_hide)
        self.field.textChanged.connect(lambda _: self._edited())
        self.setLayout(column(words_of("New &password", self.field), self.field, self.fact, self.shown, gap=6))
        self._say()

    @property
    def text(self) -> str:
        """What is typed."""
        return self.field.text()

    @property
    def is_good(self) -> bool:
        """It is long enough."""
        return len(self.text) >= self.least

    def begin(self, least: int) -> None:
        """Ask anew, for one of so many characters at least."""
        self.least = least
        self.clear()
        self.field.setFocus()

    def clear(self) -> None:
        """Forget what was typed."""
        self.field.clear()
        self.shown.setChecked(False)
        self._say()

    def _edited(self) -> None:
        self._say()
        self.edited.emit()

    def _say(self) -> None:
        typed = len(self.text)
        if self.is_good:
            self.fact.say(f"{typed} characters, long enough", icon="linked", ink=Tone.GOOD)
        else:
            so_far = f"; {typed} so far" if typed else ""
            self.fact.say(f"At least {self.least} characters{so_far}", icon="info", ink=Tone.ACCENT)

    def _show_or_hide(self, shown: bool) -> None:
        self.field.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
