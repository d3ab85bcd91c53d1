"""The windows that ask for the name of a vault: a new one, and another name."""

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from pdm_desktop.core.office.vaults import CallVault, MakeVault
from pdm_desktop.core.vault_rules import ROLES
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import named
from server.protocol.calls import GivenRole
from server.protocol.limits import NAME_CHARACTERS
from server.protocol.vault import Vault

WIDTH = 480


def name_field(text: str = "") -> QLineEdit:
    """A field of one line."""
    made = QLineEdit(text)
    made.setFixedHeight(theme.FIELD)
    made.setTextMargins(4, 0, 4, 0)
    return made


def role_field(chosen: GivenRole) -> QComboBox:
    """One of the roles, of everybody."""
    made = QComboBox()
    made.setFixedHeight(theme.FIELD)
    for role, said in ROLES.items():
        made.addItem(f"Everybody {said}", role)
    made.setCurrentIndex(list(ROLES).index(chosen))
    return made


class NewVaultDialog(Dialog):
    """Asks for the name of a new vault, and for whom it is there. `request` is the answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        note = "It begins empty and without rules. People can be named in it afterwards."
        super().__init__(parent, window="New vault", title="New vault", note=note, verb="Make vault")
        self.name = name_field()
        self.name.setMaxLength(NAME_CHARACTERS)
        self.role = role_field("editor")
        self.fill(
            named("&Name", self.name), self.name, 8,
            named("&Who may", self.role, "until somebody is named"), self.role,
        )  # fmt: skip
        self.setFixedWidth(WIDTH)
        self.name.textChanged.connect(self._say)
        self.name.setFocus()
        self._say()

    @property
    def request(self) -> MakeVault:
        """What to ask for."""
        return MakeVault(name=self.name.text().strip(), default=self.role.currentData())

    def typed(self) -> bool:
        return bool(self.name.text())

    def _say(self) -> None:
        self.main.setEnabled(bool(self.name.text().strip()))
        self.main.setToolTip("" if self.main.isEnabled() else "Type a name first.")


class RenameVaultDialog(Dialog):
    """Asks for another name of a vault. `request` is the answer."""

    def __init__(self, vault: Vault, parent: QWidget | None = None) -> None:
        self._vault = vault
        note = "Everybody sees it by that name at once. Its files stay what they are."
        super().__init__(parent, window="Rename", title=f"Rename the vault {vault.name}", note=note, verb="Rename")
        self.name = name_field(vault.name)
        self.name.setMaxLength(NAME_CHARACTERS)
        self.fill(named("&Name", self.name), self.name)
        self.setFixedWidth(WIDTH)
        self.name.textChanged.connect(self._say)
        self.name.setFocus()
        self.name.selectAll()
        self._say()

    @property
    def request(self) -> CallVault:
        """What to ask for."""
        return CallVault(vault=self._vault.id, name=self.name.text().strip())

    def typed(self) -> bool:
        return self.name.text() != self._vault.name

    def _say(self) -> None:
        name = self.name.text().strip()
        self.main.setEnabled(bool(name) and name != self._vault.name)
        self.main.setToolTip("" if self.main.isEnabled() else "Type another name first.")
