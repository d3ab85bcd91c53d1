"""The tab People: everybody who has an account, and what an administrator can do about each."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.accounts import MakeCode, RequireToken, UnlinkGitlab
from pdm_desktop.core.office.people import (
    DisablePerson,
    EnablePerson,
    LookAtPerson,
    MakeAdministrator,
    disable_words,
    roles_words,
    way_in_words,
)
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.vaults import CountUsualRoles
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.admin.code import CodeDialog, LinkDialog
from pdm_desktop.ui.admin.frame import ListFrame, ListOf, time_cell
from pdm_desktop.ui.admin.people_dialogs import AddPersonDialog, PasswordDialog
from pdm_desktop.ui.admin.roles import RolesDialog
from pdm_desktop.ui.admin.selection import Action, exactly_one
from pdm_desktop.ui.admin.tell import TellDialog
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.presence import presence_cell
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import column, tool
from server.protocol.calls import Account, OneTimeCode

SEEN_MS: Final = 2_000
"""Somebody new who was on the screen for so long was looked at."""
NEW: Final = "New"
_ONE: Final = exactly_one("person")

_FILTERS: Final[dict[str, Callable[[Account], bool]]] = {
    "Everybody": lambda _: True,
    "Online": lambda each: each.online,
    NEW: lambda each: each.new,
    "Administrators": lambda each: each.administrator,
    "Disabled": lambda each: each.disabled,
}


class PeoplePage(OfficePage):
    """Who there is, and who may sign in."""

    seats_asked = Signal(str)
    """The seats of this person are to be shown."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.PEOPLE])
        self._new: set[str] = set()
        """Who was new when the page came on: the sign stays until it goes."""
        self._coded: MakeCode | None = None
        """The code that is asked for."""
        self._told: set[str] = set()
        """Of whom the server was told that somebody looks."""
        self._which = QComboBox()
        self._which.addItems(list(_FILTERS))
        self._which.setAccessibleName("Which people")
        self._which.setFixedHeight(theme.FIELD)
        self._which.currentTextChanged.connect(self._narrow)
        self.frame: ListFrame[Account] = ListFrame(
            store, bridge, clock, self._list(), actions=self._actions(), filters=[self._which],
            beside=[tool("Add person…", "person", press=self._ask_whom)],
        )  # fmt: skip
        self.setLayout(column(self.frame, gap=0))
        self._looking = QTimer(self, singleShot=True, interval=SEEN_MS)
        self._looking.timeout.connect(self._look_at_new)

    def refresh(self) -> None:
        """Show who there is now."""
        people = self._people()
        self._new |= {each.name for each in people if each.new}
        self.frame.show_reading(self.store.office.known(topics.PEOPLE), people)
        if self.isVisible() and self._is_somebody_new() and not self._looking.isActive():
            self._looking.start()

    def made(self, request: OfficeRequest, answer: object) -> None:
        """The code that this page asked for is here."""
        if isinstance(request, MakeCode) and isinstance(answer, OneTimeCode) and request is self._coded:
            self._coded = None
            CodeDialog(answer, self.clock, self.window()).open()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._looking.stop()
        self._new.clear()
        self._told.clear()

    def _people(self) -> Sequence[Account]:
        known = self.store.office.known(topics.PEOPLE)
        return [] if known is None or known.value is None else known.value.people

    def _look_at_new(self) -> None:
        """Those who can be seen now are new no longer."""
        for each in self.frame.shown_on_screen():
            if each.new and each.name not in self._told:
                self._told.add(each.name)
                self.submit(LookAtPerson(name=each.name))
        if self._is_somebody_new():
            self._looking.start()  # they may come on the screen when somebody scrolls

    def _is_somebody_new(self) -> bool:
        return any(each.new and each.name not in self._told for each in self._people())

    def _narrow(self, which: str) -> None:
        self.frame.narrow(rule=(lambda each: each.name in self._new) if which == NEW else _FILTERS[which])

    def _list(self) -> ListOf[Account]:
        return ListOf(
            name="People", rest=3, identify=lambda each: each.name, title=lambda each: each.name,
            text=lambda each: f"{each.name} {roles_words(each)}", prompt="Person or role",
            nothing=Nothing(icon="people", title="Nobody is here yet", text="People stand here once they are added."),
            columns=(
                Column(title="Name", width=180, cell=self._name),
                Column(title="", width=48, cell=self._sign, spoken="New"),
                Column(title="Presence", width=150, cell=self._presence),
                Column(title="Roles", width=250, cell=lambda each: Cell(text=roles_words(each), tip=roles_words(each))),
                Column(title="Signs in by", width=160, cell=self._way_in),
                Column(title="Seats", width=52, right=True, cell=lambda each: _number(each.seats)),
                Column(title="Checked out", width=92, right=True, cell=lambda each: _number(each.checked_out)),
                Column(title="Added", width=100, cell=lambda each: time_cell(each.made, self.clock())),
            ),
            keys=(
                lambda each: each.name.casefold(), None, _by_presence, roles_words, None, lambda each: -each.seats,
                lambda each: -each.checked_out, lambda each: 0 if each.made is None else -each.made.timestamp(),
            ),
            sorted_by=None,
        )  # fmt: skip

    def _actions(self) -> list[Action[Account]]:
        return [
            Action(text="Message…", press=lambda rows: self._ask_message(rows[0]), lacks=_lacks_reader, icon="ask"),
            Action(text="One-time code…", press=lambda rows: self._make_code(rows[0]), lacks=_lacks_code, icon="key"),
            Action(text="Roles…", press=lambda rows: self._ask_roles(rows[0]), lacks=_lacks_roles),
            Action(text=_able_verb, press=lambda rows: self._ask_disable(rows[0]), lacks=_ONE),
            Action(text="Another password…", press=lambda rows: self._ask_password(rows[0]), lacks=_ONE, more=True),
            Action(
                text=_administrator_verb, press=lambda rows: self._ask_administrator(rows[0]), lacks=_ONE, more=True
            ),
            Action(text=_usual_verb, press=lambda rows: self._count_usual(rows[0]), lacks=_lacks_roles, more=True),
            Action(text=_link_verb, press=lambda rows: self._ask_link(rows[0]), lacks=_ONE, more=True),
            Action(text=_token_verb, press=lambda rows: self._require_token(rows[0]), lacks=_lacks_gitlab, more=True),
            Action(text="Show seats", press=lambda rows: self.seats_asked.emit(rows[0].name), lacks=_ONE, more=True),
        ]

    def _name(self, each: Account) -> Cell:
        you = self.store.account is not None and each.name == self.store.account.person
        text = f"{each.name} (you)" if you else each.name
        return Cell(text=text, icon=icons.icon("person", Tone.SECOND), ink=Tone.SECOND if each.disabled else None)

    def _sign(self, each: Account) -> Cell:
        if each.name not in self._new:
            return Cell()
        return Cell(text="NEW", ink=Tone.ACCENT, strong=True, tip=f"{each.name} is new here", spoken="New")

    def _presence(self, each: Account) -> Cell:
        if each.disabled:
            return Cell(text="disabled", icon=icons.icon("presence_offline", Tone.SECOND), ink=Tone.SECOND)
        return presence_cell(online=each.online, away=each.away, seen=each.seen, now=self.clock())

    def _way_in(self, each: Account) -> Cell:
        words = way_in_words(each, self.clock())
        return Cell(text=words, ink=Tone.SECOND, tip=words)

    def _ask_whom(self) -> None:
        dialog = AddPersonDialog([each.name for each in self._people()], self.window())
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()

    def _ask_password(self, whom: Account) -> None:
        dialog = PasswordDialog(whom, self.window())
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()

    def _ask_roles(self, whom: Account) -> None:
        dialog = RolesDialog(whom, list(self.store.vaults.values()), self.window())
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()

    def _count_usual(self, whom: Account) -> None:
        self.submit(CountUsualRoles(person=whom.name, usual=not whom.usual))

    def _make_code(self, whom: Account) -> None:
        wish = MakeCode(name=whom.name)

        def make() -> None:
            self._coded = wish
            self.submit(wish)

        ask(
            self.window(), f"Make a one-time code for {whom.name}?",
            f"{whom.name} signs in with it once and chooses a new password. A former code counts no longer; a former "
            "password does until then.",
            yes="Make code", then=make,
        )  # fmt: skip

    def _ask_link(self, whom: Account) -> None:
        if whom.gitlab is None:
            dialog = LinkDialog(whom, self.window())
            dialog.accepted.connect(lambda: self.submit(dialog.request))
            dialog.open()
            return
        known = whom.gitlab_name or f"number {whom.gitlab}"
        ask(
            self.window(), f"End the link of {whom.name} to GitLab?",
            f"GitLab's “{known}” is then nobody here. A password stays as it is.",
            yes="End the link", then=lambda: self.submit(UnlinkGitlab(name=whom.name)),
        )  # fmt: skip

    def _require_token(self, whom: Account) -> None:
        self.submit(RequireToken(name=whom.name, wanted=not whom.token_due))

    def _ask_message(self, whom: Account) -> None:
        dialog = TellDialog([each.name for each in self._people() if not each.disabled], whom.name, self.window())
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()

    def _ask_disable(self, whom: Account) -> None:
        if whom.disabled:
            self.submit(EnablePerson(name=whom.name))
            return
        ask(
            self.window(), f"Disable {whom.name}?", disable_words(whom),
            yes="Disable", then=lambda: self.submit(DisablePerson(name=whom.name)),
        )  # fmt: skip

    def _ask_administrator(self, whom: Account) -> None:
        wish = MakeAdministrator(name=whom.name, administrator=not whom.administrator)
        if wish.administrator:
            title = f"Make {whom.name} an administrator?"
            text = f"{whom.name} may then do everything: in every vault, with all people, and with the server."
            yes = "Make administrator"
        else:
            title = f"Take the administration from {whom.name}?"
            text = f"{whom.name} keeps what the vaults grant, at once and on every seat."
            yes = "Take away"
        ask(self.window(), title, text, yes=yes, then=lambda: self.submit(wish))


def _lacks_reader(rows: Sequence[Account]) -> str:
    if len(rows) == 1 and rows[0].disabled:
        return f"{rows[0].name} may not sign in and would not read it."
    return _ONE(rows)


def _lacks_roles(rows: Sequence[Account]) -> str:
    if len(rows) == 1 and rows[0].administrator:
        return f"{rows[0].name} administers the server and may do everything."
    return _ONE(rows)


def _usual_verb(rows: Sequence[Account]) -> str:
    return "Take the usual roles away" if len(rows) == 1 and rows[0].usual else "Give the usual roles"


def _lacks_code(rows: Sequence[Account]) -> str:
    if len(rows) == 1 and rows[0].disabled:
        return f"{rows[0].name} may not sign in. Enable {rows[0].name} first."
    return _ONE(rows)


def _lacks_gitlab(rows: Sequence[Account]) -> str:
    if len(rows) == 1 and rows[0].gitlab is None:
        return f"{rows[0].name} is not linked to GitLab."
    return _ONE(rows)


def _link_verb(rows: Sequence[Account]) -> str:
    return "End the link to GitLab…" if len(rows) == 1 and rows[0].gitlab is not None else "Link to GitLab…"


def _token_verb(rows: Sequence[Account]) -> str:
    return "Require no GitLab token" if len(rows) == 1 and rows[0].token_due else "Require GitLab token"


def _able_verb(rows: Sequence[Account]) -> str:
    return "Enable" if len(rows) == 1 and rows[0].disabled else "Disable…"


def _administrator_verb(rows: Sequence[Account]) -> str:
    one = len(rows) == 1 and rows[0].administrator
    return "Take administration away…" if one else "Make administrator…"


def _number(count: int) -> Cell:
    return Cell(text=f"{count:,}" if count else "")


def _by_presence(each: Account) -> tuple[bool, bool, bool, float]:
    """Those who are here, then those who were here last; the disabled at the end."""
    return each.disabled, not each.online, each.away is not None, 0.0 if each.seen is None else -each.seen.timestamp()
