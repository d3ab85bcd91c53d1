"""The view Dashboard."""

from collections.abc import Callable
from datetime import datetime

from pdm_desktop.core.office import topics
from pdm_desktop.core.requests import Request
from pdm_desktop.core.words import several
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.widgets import column, label, line, pane, row


class DashboardView(OfficePage):
    """Who is here and who holds what, kept as it is for as long as it can be seen."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.LOCKS])
        self.checked_out = label("", theme.TITLE, strong=True)
        head = pane(row(label("Dashboard", theme.TITLE, strong=True), None, edge=(theme.EDGE, 4, 8, 4)))
        head.setFixedHeight(theme.HEADING)
        self.setLayout(column(head, line(), row(self.checked_out, None, edge=(16, 16, 16, 16)), None, gap=0))

    def refresh(self) -> None:
        known = self.store.office.known(topics.LOCKS)
        locks = None if known is None else known.value
        self.checked_out.setText(
            "Loading…" if locks is None else f"{several(len(locks.locks), 'file', 'files')} checked out"
        )
