"""The tab Messages: what was told to one person or all, and who has acknowledged it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.messages import acknowledged_words, receivers_words
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.admin.frame import ListFrame, ListOf, time_cell
from pdm_desktop.ui.admin.receipts import ReceiptsDialog
from pdm_desktop.ui.admin.selection import Action, exactly_one
from pdm_desktop.ui.admin.tell import TellDialog
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import column, tool
from server.protocol.calls import SentMessage

_ONE: Final = exactly_one("message")


class MessagesPage(OfficePage):
    """What administrators have told people."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.MESSAGES, topics.PEOPLE])
        self._bridge = bridge
        who: Action[SentMessage] = Action(
            text="Who has read it…", press=lambda rows: self._show_receipts(rows[0]), lacks=_ONE
        )
        self.frame: ListFrame[SentMessage] = ListFrame(
            store, bridge, clock, self._list(), actions=[who],
            beside=[tool("Write a message…", "ask", press=self._ask_what)],
        )  # fmt: skip
        self.frame.opened.connect(self._show_receipts)
        self.setLayout(column(self.frame, gap=0))

    def refresh(self) -> None:
        """Show what was told."""
        known = self.store.office.known(topics.MESSAGES)
        self.frame.show_reading(known, [] if known is None or known.value is None else known.value.messages)

    def _list(self) -> ListOf[SentMessage]:
        return ListOf(
            name="Messages", rest=2, identify=lambda each: each.id, title=_first_line,
            text=lambda each: f"{each.text} {receivers_words(each)} {each.sender}", prompt="Text or person",
            nothing=Nothing(icon="ask", title="No messages yet", text="Write to one person or all."),
            columns=(
                Column(title="When", width=120, cell=lambda each: time_cell(each.at, self.clock())),
                Column(title="To", width=150, cell=lambda each: Cell(text=receivers_words(each))),
                Column(title="Message", width=300, cell=lambda each: Cell(text=_first_line(each), tip=each.text)),
                Column(title="From", width=150, cell=lambda each: Cell(text=each.sender, ink=Tone.SECOND)),
                Column(title="Acknowledged", width=110, cell=_acknowledged),
            ),
            keys=(
                lambda each: -each.at.timestamp(), lambda each: receivers_words(each).casefold(), None,
                lambda each: each.sender.casefold(), lambda each: each.acknowledged / max(each.receivers, 1),
            ),
        )  # fmt: skip

    def _ask_what(self) -> None:
        dialog = TellDialog(self._names(), None, self.window())
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()

    def _names(self) -> Sequence[str]:
        known = self.store.office.known(topics.PEOPLE)
        people = [] if known is None or known.value is None else known.value.people
        return [each.name for each in people if not each.disabled]

    def _show_receipts(self, message: SentMessage) -> None:
        ReceiptsDialog(message, self.store, self._bridge, self.submit, self.clock, self.window()).open()


def _first_line(each: SentMessage) -> str:
    first, _, more = each.text.partition("\n")
    return f"{first} …" if more else first


def _acknowledged(each: SentMessage) -> Cell:
    all_have = each.acknowledged >= each.receivers
    return Cell(text=acknowledged_words(each), ink=Tone.SECOND if all_have else None)
