"""The window in which somebody sets another password."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from pdm_desktop.core.office.accounts import ChangePassword
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import Trouble
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.sign_in.new_password import NewPassword
from pdm_desktop.ui.sign_in.parts import sentence, text_field, words_of
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import column
from server.protocol.limits import PASSWORD_CHARACTERS


class PasswordDialog(Dialog):
    """Asks for the password of now and a new one, and stays open until the server has taken it."""

    def __init__(
        self, bridge: Bridge, submit: Callable[[Request], None], person: str, parent: QWidget | None = None
    ) -> None:
        note = "You stay signed in here. Everywhere else you sign in again with the new password."
        super().__init__(
            parent, window="Change password", title=f"Password of {person}", note=note, verb="Change password"
        )
        self._submit = submit
        self._asked: ChangePassword | None = None
        self.bar = MessageBar(Bar.BAD)
        self.bar.hide()
        self.old = text_field("", "Password of now", is_secret=True)
        self.old.setMaxLength(PASSWORD_CHARACTERS)
        self.new = NewPassword()
        self.fill(self.bar, column(words_of("Password of no&w", self.old), self.old, gap=6), 2, self.new)
        self.setFixedWidth(440)
        self.old.textChanged.connect(lambda _: self._say_what_is_possible())
        self.new.edited.connect(self._say_what_is_possible)
        bridge.made.connect(self._take_made)
        bridge.trouble.connect(self._take_trouble)
        self.old.setFocus()
        self._say_what_is_possible()

    def accept(self) -> None:
        """Ask the server; its answer closes the window."""
        if not self.main.isEnabled():
            return
        self._asked = ChangePassword(old=self.old.text(), new=self.new.text)
        self._be_busy(on=True)
        self._submit(self._asked)

    def reject(self) -> None:
        if self._asked is None:
            super().reject()

    def _take_made(self, request: OfficeRequest, _answer: object) -> None:
        if request is self._asked:
            super().accept()

    def _take_trouble(self, trouble: Trouble, request: Request | None) -> None:
        if self._asked is None or request is not self._asked:
            return
        self._asked = None
        self._be_busy(on=False)
        self.bar.say(sentence(trouble), strong="Your password is the same as before.")
        self.bar.show()
        self.old.clear()
        self.old.setFocus()

    def _be_busy(self, *, on: bool) -> None:
        self.main.setText("Changing…" if on else "Change password")
        for widget in (self.old, self.new, self.cancel):
            widget.setDisabled(on)
        self._say_what_is_possible()

    def _say_what_is_possible(self) -> None:
        typed = bool(self.old.text()) and self.new.is_good
        self.main.setEnabled(typed and self._asked is None)
        tip = f"Type your password, and a new one of at least {self.new.least} characters."
        self.main.setToolTip("" if typed else tip)
