"""The window that shows who may do what in a vault, and changes it; everybody's seat hears of it at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.office.vaults import DropRole, GrantRole, SetDefaultRole
from pdm_desktop.core.requests import Request
from pdm_desktop.core.vault_rules import ROLES, why_this_role
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui.admin.frame import ListFrame, ListOf
from pdm_desktop.ui.admin.selection import Action, at_least_one
from pdm_desktop.ui.admin.vault_names import role_field
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import card, named
from server.protocol.calls import GivenRole, PersonAccess, VaultAccess
from server.protocol.vault import Vault

SIZE: Final = (680, 620)
LIST_HEIGHT: Final = 412
_VERBS: Final[tuple[tuple[str, GivenRole], ...]] = (
    ("Let read", "reader"),
    ("Let edit", "editor"),
    ("Let administer", "administrator"),
    ("Hide the vault", "none"),
)


class AccessDialog(Dialog):
    """Who may do what. Each change is made at once; there is nothing to keep at the end."""

    def __init__(
        self, vault: Vault, store: Store, bridge: Bridge, submit: Callable[[Request], None],
        clock: Callable[[], datetime], parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        note = "What you change holds at once, also for those who work in it now."
        super().__init__(parent, window="Who may", title=f"Who may do what in {vault.name}", note=note, verb="Close")
        self._vault = vault
        self._store = store
        self._submit = submit
        self.default = role_field("none")
        self.default.setEnabled(False)
        self.default.activated.connect(self._change_default)
        self.frame: ListFrame[PersonAccess] = ListFrame(store, bridge, clock, ListOf(
            name="People", rest=2, identify=lambda each: each.name, title=lambda each: each.name,
            text=_text_of, prompt="Person or role",
            nothing=Nothing(icon="people", title="Nobody is here yet", text="People stand here once they are added."),
            columns=(
                Column(title="Name", width=190, cell=_name_cell),
                Column(title="Role", width=130, cell=lambda each: Cell(text=ROLES[each.role or "none"])),
                Column(title="Why", width=180, cell=lambda each: Cell(text=why_this_role(each), ink=Tone.SECOND)),
            ),
            keys=(
                lambda each: each.name.casefold(), lambda each: list(ROLES).index(each.role or "none"), why_this_role,
            ),
        ), actions=(
            *(
                Action(text=text, press=self._giving(role), lacks=at_least_one("person"), more=role == "none")
                for text, role in _VERBS
            ),
            Action(text="Use the default", press=self._drop, lacks=_lacks_name, more=True),
        ))  # fmt: skip
        self.fill(
            named("&Default", self.default, "of those who are not named"), self.default, 4,
            card(self.frame), cancel=False,
        )  # fmt: skip
        self.frame.setMinimumHeight(LIST_HEIGHT)
        self.resize(*SIZE)
        bridge.topic.connect(self._take_topic)
        self.finished.connect(lambda: submit(LookAway(topic=topics.VAULT_ACCESS)))
        self._refresh()
        submit(Look(topic=topics.VAULT_ACCESS, query=(("vault", vault.id),)))

    def _known(self) -> Reading[VaultAccess] | None:
        known = self._store.office.known(topics.VAULT_ACCESS)
        return known if known is not None and known.query == (("vault", self._vault.id),) else None

    def _take_topic(self, name: str) -> None:
        if name == topics.VAULT_ACCESS.name:
            self._refresh()

    def _refresh(self) -> None:
        known = self._known()
        value = None if known is None else known.value
        self.frame.show_reading(known, [] if value is None else value.people)
        self.default.setEnabled(value is not None and self._store.connection.known)
        if value is not None:
            self.default.setCurrentIndex(list(ROLES).index(value.default or "none"))

    def _change_default(self) -> None:
        wish = SetDefaultRole(vault=self._vault.id, role=self.default.currentData())
        value = None if (known := self._known()) is None else known.value
        mine = None if value is None else self._mine(value.people)
        by_default = mine is not None and mine.granted is None and mine.usual
        if by_default and wish.role != "administrator" and self._is_only_of_vault():
            self._ask_give_up(partial(self._submit, replace(wish, give_up=True)))
            self._refresh()
            return
        self._submit(wish)

    def _giving(self, role: GivenRole) -> Callable[[Sequence[PersonAccess]], None]:
        def give(people: Sequence[PersonAccess]) -> None:
            for each in people:
                wish = GrantRole(vault=self._vault.id, person=each.name, role=role)
                if role != "administrator" and self._is_me(each) and self._is_only_of_vault():
                    self._ask_give_up(partial(self._submit, replace(wish, give_up=True)))
                else:
                    self._submit(wish)

        return give

    def _drop(self, people: Sequence[PersonAccess]) -> None:
        for each in people:
            wish = DropRole(vault=self._vault.id, person=each.name)
            if self._is_me(each) and self._is_only_of_vault():
                self._ask_give_up(partial(self._submit, replace(wish, give_up=True)))
            else:
                self._submit(wish)

    def _ask_give_up(self, then: Callable[[], object]) -> None:
        name = self._vault.name
        ask(
            self, f"Give up administering {name}?",
            f"You would not administer {name} any more, and could not take that back yourself: another administrator"
            " of it, or of the server, can.",
            yes="Give it up", then=then,
        )  # fmt: skip

    def _mine(self, people: Sequence[PersonAccess]) -> PersonAccess | None:
        return next((each for each in people if self._is_me(each)), None)

    def _is_me(self, access: PersonAccess) -> bool:
        return self._store.account is not None and access.name == self._store.account.person

    def _is_only_of_vault(self) -> bool:
        """An administrator of the server administers whatever the vault says."""
        return self._store.account is not None and not self._store.account.administrator


def _text_of(each: PersonAccess) -> str:
    return f"{each.name} {ROLES[each.role or 'none']} {why_this_role(each)}"


def _name_cell(each: PersonAccess) -> Cell:
    return Cell(text=f"{each.name} (disabled)" if each.disabled else each.name)


def _lacks_name(people: Sequence[PersonAccess]) -> str:
    if not people:
        return "Select a person first."
    return "" if any(each.granted is not None for each in people) else "The default counts for them already."
