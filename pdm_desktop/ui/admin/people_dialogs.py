"""The windows about one person: somebody new, and another password."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from pdm_desktop.core.office.people import AddPerson, SetPassword
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import label, named
from server.protocol.calls import Account
from server.protocol.limits import NAME_CHARACTERS, PASSWORD_CHARACTERS, PASSWORD_LEAST

WIDTH = 480


class AddPersonDialog(Dialog):
    """Asks for the name of somebody new, and perhaps a first password. `request` is the answer."""

    def __init__(self, taken: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(
            parent, window="Add person", title="Add a person", verb="Add",
            note="Everybody has the role that a vault gives to all, until you give another one.",
        )  # fmt: skip
        self._taken = {name.casefold() for name in taken}
        self.name = _field(NAME_CHARACTERS)
        self.password = _field(PASSWORD_CHARACTERS)
        self.administrator = QCheckBox("Administers the server")
        self.flaw = label("", second=True, wrap=True)
        for each in (self.name, self.password):
            each.textChanged.connect(self._say_what_is_possible)
        self.fill(
            named("&Name", self.name, "as colleagues know the person"), self.name, 4,
            named("First &password", self.password, "may stay empty"), self.password,
            label("Without one, give a one-time code: the person then chooses a password.", second=True, wrap=True),
            4, self.administrator, self.flaw,
        )  # fmt: skip
        self.setFixedWidth(WIDTH)
        self.name.setFocus()
        self._say_what_is_possible()

    @property
    def request(self) -> AddPerson:
        """What is asked for."""
        return AddPerson(
            name=self.name.text().strip(),
            password=self.password.text() or None,
            administrator=self.administrator.isChecked(),
        )

    def typed(self) -> bool:
        return bool(self.name.text() or self.password.text())

    def _say_what_is_possible(self) -> None:
        name = self.name.text().strip()
        flaw = ""
        if "/" in name:
            flaw = "A name has no slash."
        elif name.casefold() in self._taken:
            flaw = f"There is a person “{name}” already."
        elif 0 < len(self.password.text()) < PASSWORD_LEAST:
            flaw = _too_short()
        self.flaw.setText(flaw)
        self.main.setEnabled(bool(name) and not flaw)
        self.main.setToolTip("" if self.main.isEnabled() else flaw or "Type a name first.")


class PasswordDialog(Dialog):
    """Asks for another password of somebody. `request` is the answer."""

    def __init__(self, whom: Account, parent: QWidget | None = None) -> None:
        again = f" {whom.name} may sign in again by it." if whom.disabled else ""
        super().__init__(
            parent, window="Another password", title=f"Another password for {whom.name}", verb="Set password",
            note=f"{whom.name} is signed out everywhere and signs in by the new one, which you tell.{again}",
        )  # fmt: skip
        self._name = whom.name
        self.password = _field(PASSWORD_CHARACTERS)
        self.password.textChanged.connect(self._say_what_is_possible)
        self.flaw = label("", second=True, wrap=True)
        self.fill(
            named("New &password", self.password, f"{PASSWORD_LEAST} characters at least"), self.password, self.flaw
        )
        self.setFixedWidth(WIDTH)
        self.password.setFocus()
        self._say_what_is_possible()

    @property
    def request(self) -> SetPassword:
        """What is asked for."""
        return SetPassword(name=self._name, password=self.password.text())

    def typed(self) -> bool:
        return bool(self.password.text())

    def _say_what_is_possible(self) -> None:
        enough = len(self.password.text()) >= PASSWORD_LEAST
        self.flaw.setText("" if enough or not self.password.text() else _too_short())
        self.main.setEnabled(enough)
        self.main.setToolTip("" if enough else _too_short())


def _field(most: int) -> QLineEdit:
    made = QLineEdit()
    made.setFixedHeight(theme.FIELD)
    made.setTextMargins(4, 0, 4, 0)
    made.setMaxLength(most)
    return made


def _too_short() -> str:
    return f"A password has {PASSWORD_LEAST} characters at least."
