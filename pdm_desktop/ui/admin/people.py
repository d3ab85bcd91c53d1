"""The tab People: everybody who has an account."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pdm_desktop.core.office import topics
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.admin.frame import ListFrame, ListOf
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.widgets import column
from server.protocol.calls import Account


class PeoplePage(OfficePage):
    """Who there is, and who may sign in."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.PEOPLE])
        self.frame: ListFrame[Account] = ListFrame(store, bridge, clock, ListOf(
            name="People", rest=1, identify=lambda each: each.name, title=lambda each: each.name,
            text=lambda each: each.name, prompt="Person",
            nothing=Nothing(icon="people", title="Nobody is here yet", text="People stand here once they are added."),
            columns=(
                Column(title="Name", width=200, cell=lambda each: Cell(text=each.name)),
                Column(title="", width=160, cell=lambda each: Cell(text=_notes(each)), spoken="Notes"),
            ),
            keys=(lambda each: each.name.casefold(), _notes), sorted_by=None,
        ))  # fmt: skip
        self.setLayout(column(self.frame, gap=0))

    def refresh(self) -> None:
        self.frame.show_reading(self.store.office.known(topics.PEOPLE), self._people())

    def _people(self) -> Sequence[Account]:
        known = self.store.office.known(topics.PEOPLE)
        return [] if known is None or known.value is None else known.value.people


def _notes(account: Account) -> str:
    notes = (("administrator", account.administrator), ("disabled", account.disabled))
    return ", ".join(word for word, so in notes if so)
