"""The last page of a first sign-in, or of one by a code: a new password, and the folder for the local copies."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from pdm_desktop.ui import theme
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.sign_in.folder_field import FolderField
from pdm_desktop.ui.sign_in.new_password import NewPassword
from pdm_desktop.ui.sign_in.parts import page
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import Elided, button, column, label


class WelcomePage(QWidget):
    """Asks for a new password and a folder."""

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
        self.folder = FolderField()
        self.stay = QCheckBox("Stay signed in on this computer")
        self.stay.setChecked(True)
        self.start = button("Start", main=True, press=self.gone_on.emit)
        self.back = button("Back", press=self.back_asked.emit)
        self.password.edited.connect(self._say_what_is_possible)
        self.folder.edited.connect(self._say_what_is_possible)
        whole = page(
            self.title, self.note, self.bar, self.password, self.folder, self.stay, foot=[self.back, None, self.start]
        )
        self.setLayout(column(whole, gap=0))
        self._say_what_is_possible()

    def begin(self, title: str, note: str, *, least: int) -> None:
        """Ask for a password of so many characters at least."""
        self.title.say(title)
        self.note.setText(note)
        self.bar.hide()
        self.folder.begin()
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
        self.folder.be_busy(on=on)
        self._say_what_is_possible()

    def forget(self) -> None:
        """Nothing secret stays."""
        self.password.clear()

    def _say_what_is_possible(self) -> None:
        why = ""
        if not self.password.is_good:
            why = f"Type a password of at least {self.password.least} characters first."
        elif self.folder.is_bad:
            why = "Choose another folder for your files first."
        self.start.setEnabled(not why and not self._busy)
        self.start.setToolTip(why)
