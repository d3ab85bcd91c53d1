"""The last page of a first sign-in, or of one by a code: a new password."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from pdm_desktop.ui import theme
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.sign_in.new_password import NewPassword
from pdm_desktop.ui.sign_in.parts import page
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import Elided, button, column, label


class WelcomePage(QWidget):
    """Asks for a new password."""

    gone_on = Signal()
    """The main button."""
    back_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._busy = False
        self.title = Elided("", theme.HEAD, strong=True)
        self.note = label("", second=True, wrap=True)
        self.bar = MessageBar(Bar.BAD)
        self.bar.hide()
        self.password = NewPassword()
        self.stay = QCheckBox("Stay signed in on this computer")
        self.stay.setChecked(True)
        self.start = button("Start", main=True, press=self.gone_on.emit)
        self.back = button("Back", press=self.back_asked.emit)
        self.password.edited.connect(self._say_what_is_possible)
        whole = page(self.title, self.note, self.bar, self.password, self.stay, foot=[self.back, None, self.start])
        self.setLayout(column(whole, gap=0))
        self._say_what_is_possible()

    def begin(self, title: str, note: str, *, least: int) -> None:
        """Ask for a password of so many characters at least."""
        self.title.say(title)
        self.note.setText(note)
        self.bar.hide()
        self.password.begin(least)

    def say(self, text: str, *, strong: str) -> None:
        """Above the field."""
        self.bar.say(text, strong=strong)
        self.bar.show()

    def be_busy(self, *, on: bool) -> None:
        """While the server is asked nothing can be typed."""
        self._busy = on
        self.start.setText("Signing in…" if on else "Start")
        for widget in (self.password, self.stay, self.back):
            widget.setDisabled(on)
        self._say_what_is_possible()

    def forget(self) -> None:
        """Nothing secret stays."""
        self.password.clear()

    def _say_what_is_possible(self) -> None:
        good = self.password.is_good
        self.start.setEnabled(good and not self._busy)
        self.start.setToolTip("" if good else f"Type a password of at least {self.password.least} characters first.")
