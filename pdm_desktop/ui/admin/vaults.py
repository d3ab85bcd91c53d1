"""The tab Vaults and rules: what vaults there are, how large, for whom, and by which rules."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.requests import Request
from pdm_desktop.core.vault_rules import default_in_words, rules_in_words
from pdm_desktop.state.store import Store
from pdm_desktop.ui.admin.frame import ListFrame, ListOf
from pdm_desktop.ui.admin.selection import Action, exactly_one
from pdm_desktop.ui.admin.vault_access import AccessDialog
from pdm_desktop.ui.admin.vault_names import NewVaultDialog, RenameVaultDialog
from pdm_desktop.ui.admin.vault_rules import RulesDialog
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, column
from server.protocol.calls import VaultUse
from server.protocol.records import dataclass
from server.protocol.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRow:
    """One vault that the person administers."""

    vault: Vault
    use: VaultUse

    @property
    def whose(self) -> str:
        """Who may do what."""
        return default_in_words(self.use.default, self.use.named)

    @property
    def rules(self) -> str:
        """Its rules."""
        return rules_in_words(self.vault.file_rules)


class VaultsPage(OfficePage):
    """The vaults that the person administers."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.VAULT_USES])
        self._bridge = bridge
        self.new = button("New vault…", press=self._make)
        self.frame: ListFrame[VaultRow] = ListFrame(store, bridge, clock, ListOf(
            name="Vaults", rest=4, identify=lambda each: each.vault.id, title=lambda each: each.vault.name,
            text=lambda each: f"{each.vault.name} {each.whose} {each.rules}", prompt="Vault, role or rule",
            nothing=Nothing(icon="vault", title="No vaults", text="Vaults that you administer stand here."),
            columns=(
                Column(title="Vault", width=190, cell=lambda each: Cell(text=each.vault.name)),
                Column(title="Files", width=84, right=True, cell=lambda each: Cell(text=f"{each.use.files:,}")),
                Column(title="Size", width=84, right=True, cell=lambda each: Cell(text=words.size(each.use.size))),
                Column(title="Who may", width=290, cell=lambda each: Cell(text=each.whose, tip=each.whose)),
                Column(title="Rules", width=260, cell=_rules_cell),
            ),
            keys=(
                lambda each: each.vault.name.casefold(), lambda each: each.use.files, lambda each: each.use.size,
                None, None,
            ),
        ), actions=(
            Action(text="Rename…", press=self._rename, lacks=exactly_one("vault")),
            Action(text="Who may…", press=self._show_access, lacks=exactly_one("vault")),
            Action(text="Rules…", press=self._show_rules, lacks=exactly_one("vault")),
        ), beside=(self.new,))  # fmt: skip
        self.frame.opened.connect(lambda row: self._show_rules([row]))
        self.setLayout(column(self.frame, gap=0))
        bridge.vaults.connect(self.refresh)
        bridge.connection.connect(self._say_what_is_possible)

    def refresh(self) -> None:
        self.frame.show_reading(self.store.office.known(topics.VAULT_USES), self._rows())
        self._say_what_is_possible()

    def _say_what_is_possible(self) -> None:
        account = self.store.account
        self.new.setVisible(account is not None and account.administrator)
        self.new.setEnabled(self.store.connection.known)

    def _rows(self) -> Sequence[VaultRow]:
        known = self.store.office.known(topics.VAULT_USES)
        uses = [] if known is None or known.value is None else known.value.vaults
        vaults = self.store.vaults
        return [VaultRow(vault=vaults[each.vault], use=each) for each in uses if each.vault in vaults]

    def _make(self) -> None:
        dialog = NewVaultDialog(self.window())
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()

    def _rename(self, rows: Sequence[VaultRow]) -> None:
        dialog = RenameVaultDialog(rows[0].vault, self.window())
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()

    def _show_access(self, rows: Sequence[VaultRow]) -> None:
        AccessDialog(rows[0].vault, self.store, self._bridge, self.submit, self.clock, self.window()).open()

    def _show_rules(self, rows: Sequence[VaultRow]) -> None:
        RulesDialog(rows[0].vault, self.store, self._bridge, self.submit, self.window()).open()


def _rules_cell(each: VaultRow) -> Cell:
    return Cell(text=each.rules, tip=each.rules, ink=None if each.vault.rules else Tone.SECOND)
