"""The windows about how somebody gets in: the one-time code, told this once, and the link to GitLab."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.office.accounts import LinkGitlab
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import button, label, named
from server.protocol.calls import Account, OneTimeCode

WIDTH = 480


class CodeDialog(Dialog):
    """Shows a code that is never shown again, and copies it."""

    def __init__(self, made: OneTimeCode, clock: Callable[[], datetime], parent: QWidget | None = None) -> None:
        until = words.full_time(made.expires, clock()).rpartition(":")[0]
        super().__init__(
            parent, window="One-time code", title=f"One-time code for {made.person}", verb="Close",
            note=f"{made.person} signs in with it once, until {until}, and chooses a password. Tell it by a way that "
            "you trust: it is shown this once only.",
        )  # fmt: skip
        self.code = QLineEdit(made.code)
        self.code.setReadOnly(True)
        self.code.setFixedHeight(theme.FIELD)
        self.code.setFont(theme.font(theme.TITLE, strong=True))
        self.copy = button("Copy", press=self._copy)
        self.fill(named("&Code", self.code), self.code, left=self.copy, cancel=False)
        self.setFixedWidth(WIDTH)
        self.code.selectAll()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text())
        self.copy.setText("Copied")


class LinkDialog(Dialog):
    """Asks by which number GitLab knows somebody. `request` is the answer."""

    def __init__(self, whom: Account, parent: QWidget | None = None) -> None:
        super().__init__(
            parent, window="Link to GitLab", title=f"Link {whom.name} to GitLab", verb="Link",
            note="Whoever shows a token of that GitLab account is this person from then on. The number stands on the "
            "account's page in GitLab as “User ID”.",
        )  # fmt: skip
        self._name = whom.name
        self.number = QLineEdit()
        self.number.setFixedHeight(theme.FIELD)
        self.number.setTextMargins(4, 0, 4, 0)
        self.number.textChanged.connect(self._say_what_is_possible)
        self.flaw = label("", second=True, wrap=True)
        self.fill(named("&User ID", self.number), self.number, self.flaw)
        self.setFixedWidth(WIDTH)
        self.number.setFocus()
        self._say_what_is_possible()

    @property
    def request(self) -> LinkGitlab:
        """What is asked for."""
        return LinkGitlab(name=self._name, gitlab=int(self.number.text()))

    def typed(self) -> bool:
        return bool(self.number.text())

    def _say_what_is_possible(self) -> None:
        text = self.number.text()
        is_number = text.isascii() and text.isdecimal() and 0 < int(text) <= 2**53
        self.flaw.setText("" if is_number or not text else "A number of digits only, not the name.")
        self.main.setEnabled(is_number)
        self.main.setToolTip("" if is_number else "Type the number first.")
