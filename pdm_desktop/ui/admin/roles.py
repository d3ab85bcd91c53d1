"""The window that gives one person a role in a vault."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from pdm_desktop.core.office.vaults import DropRole, GrantRole
from pdm_desktop.core.vault_rules import ROLES
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import label, named
from server.protocol.calls import Account, GivenRole
from server.protocol.vault import Vault

WIDTH = 480
_AS_ALL = "has what the vault gives to all"


class RolesDialog(Dialog):
    """Asks for a vault and what the person may do there. `request` is the answer."""

    def __init__(self, whom: Account, vaults: Sequence[Vault], parent: QWidget | None = None) -> None:
        super().__init__(
            parent, window="Roles", title=f"What {whom.name} may do", verb="Give role",
            note="It holds at once, also where the person works now. “Vaults and rules” shows everybody of a vault.",
        )  # fmt: skip
        self._whom = whom
        self.vault, self.role = _combo(), _combo()
        for vault in vaults:
            self.vault.addItem(vault.name, vault.id)
        for role, said in ROLES.items():
            self.role.addItem(f"{whom.name} {said}", role)
        self.role.addItem(f"{whom.name} {_AS_ALL}", None)
        self.now = label("", second=True, wrap=True)
        self.vault.currentIndexChanged.connect(lambda _: self._say_what_is())
        self.fill(named("&Vault", self.vault), self.vault, self.now, 4, named("&Role", self.role), self.role)
        self.setFixedWidth(WIDTH)
        self.vault.setFocus()
        self._say_what_is()

    @property
    def request(self) -> GrantRole | DropRole:
        """What is asked for."""
        vault, role = self.vault.currentData(), self.role.currentData()
        if role is None:
            return DropRole(vault=vault, person=self._whom.name)
        return GrantRole(vault=vault, person=self._whom.name, role=role)

    def _say_what_is(self) -> None:
        vault = self.vault.currentData()
        role: GivenRole = next((each.role for each in self._whom.roles if each.vault == vault), "none")
        self.now.setText(f"Now {self._whom.name} {ROLES[role]}." if vault is not None else "There is no vault yet.")
        self.role.setCurrentIndex(list(ROLES).index(role))
        self.main.setEnabled(vault is not None)


def _combo() -> QComboBox:
    made = QComboBox()
    made.setFixedHeight(theme.FIELD)
    return made
