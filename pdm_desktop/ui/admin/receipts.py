"""The window that shows a message whole, and who has acknowledged it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.messages import receivers_words
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.admin.frame import time_cell
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.widgets import card, label
from server.protocol.calls import Receipt, SentMessage

WIDTH: Final = 520
HEIGHT: Final = 9 * theme.ROW


class ReceiptsDialog(Dialog):
    """Follows the server for as long as it is open."""

    def __init__(
        self,
        message: SentMessage,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        self._store = store
        self._submit = submit
        self._query = (("message", message.id),)
        at = words.at_time(message.at, clock())
        super().__init__(
            parent, window="Message", title=f"Message to {receivers_words(message).replace('Every', 'every')}",
            note=f"From {message.sender}, {at}.", verb="Close",
        )  # fmt: skip
        text = label(message.text, wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        columns: tuple[Column[Receipt], ...] = (
            Column(title="Person", width=220, cell=lambda each: Cell(text=each.person)),
            Column(title="Acknowledged", width=160, cell=lambda each: _when(each, clock())),
        )
        self.model = RowsModel(columns, self._receipts, lambda each: each.person, self)
        self.table = Table(self.model, columns, name="Who got it", rest=0)
        self.table.setFixedHeight(HEIGHT)
        self.table.leave_enter()
        self.count = label("Loading…", second=True)
        self.fill(card(text, edge=(12, 10, 12, 10)), 4, card(self.table), self.count, cancel=False)
        self.setFixedWidth(WIDTH)
        bridge.topic.connect(self._take_topic)
        self.finished.connect(lambda _: submit(LookAway(topic=topics.RECEIPTS)))
        submit(Look(topic=topics.RECEIPTS, query=self._query))

    def _receipts(self) -> Sequence[Receipt]:
        known = self._store.office.known(topics.RECEIPTS)
        return [] if known is None or known.value is None or known.query != self._query else known.value.receipts

    def _take_topic(self, name: str) -> None:
        if name != topics.RECEIPTS.name:
            return
        self.model.reset()
        known = self._store.office.known(topics.RECEIPTS)
        if known is not None and known.trouble is not None:
            self.count.setText(f"{known.trouble.title} {known.trouble.text}")
            return
        receipts = self._receipts()
        done = sum(each.acknowledged is not None for each in receipts)
        self.count.setText(f"{done:,} of {words.several(len(receipts), 'person has', 'people have')} acknowledged it.")


def _when(each: Receipt, now: datetime) -> Cell:
    return time_cell(each.acknowledged, now, none="not yet")
