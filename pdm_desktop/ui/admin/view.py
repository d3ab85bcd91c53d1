"""The view Administration: its tabs."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from PySide6.QtWidgets import QTabWidget, QWidget

from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.admin.audit import AuditPage
from pdm_desktop.ui.admin.backup import BackupPage
from pdm_desktop.ui.admin.deleted import DeletedPage
from pdm_desktop.ui.admin.locks import LocksPage
from pdm_desktop.ui.admin.messages import MessagesPage
from pdm_desktop.ui.admin.parked import ParkedPage
from pdm_desktop.ui.admin.people import PeoplePage
from pdm_desktop.ui.admin.seats import SeatsPage
from pdm_desktop.ui.admin.server import ServerPage
from pdm_desktop.ui.admin.vaults import VaultsPage
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.widgets import column, label, line, pane, row


class MakePage(Protocol):
    """How a page is made."""

    def __call__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> OfficePage: ...


PAGES: Final[tuple[tuple[str, MakePage, bool], ...]] = (
    ("Locks", LocksPage, False),
    ("People", PeoplePage, True),
    ("Seats", SeatsPage, True),
    ("Vaults and rules", VaultsPage, False),
    ("Parked versions", ParkedPage, False),
    ("Deleted files", DeletedPage, False),
    ("Messages", MessagesPage, True),
    ("Audit trail", AuditPage, False),
    ("Backup", BackupPage, True),
    ("Server", ServerPage, True),
)
"""The tabs in their order: name, page, and whether it is for administrators of the server only."""


class AdminView(QWidget):
    """One page at a time; a page reads its lists for as long as it can be seen."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__()
        self._store = store
        self._pages = [(name, make(store, bridge, submit, clock), is_server) for name, make, is_server in PAGES]
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Administration")
        head = pane(row(label("Administration", theme.TITLE, strong=True), None, edge=(theme.EDGE, 4, 8, 4)))
        head.setFixedHeight(theme.HEADING)
        self.setLayout(column(head, line(), self.tabs, gap=0))
        self._counts: dict[str, int] = {}
        for name, page, _ in self._pages:
            page.counted.connect(partial(self._count, name))
            if isinstance(page, PeoplePage):
                page.seats_asked.connect(self._show_seats_of)
        bridge.account.connect(self.refresh)
        bridge.vaults.connect(self.refresh)
        self.refresh()

    def page(self, name: str) -> OfficePage:
        """The page of that tab. Raises KeyError."""
        return {each: page for each, page, _ in self._pages}[name]

    def show_page(self, name: str) -> None:
        """Come to that tab."""
        self.tabs.setCurrentWidget(self.page(name))

    def _show_seats_of(self, person: str) -> None:
        page = self.page("Seats")
        if isinstance(page, SeatsPage):
            page.show_person(person)
        self.show_page("Seats")

    def refresh(self) -> None:
        """Show the tabs that this person may use."""
        account = self._store.account
        of_server = account is not None and account.administrator
        wanted = [(name, page) for name, page, is_server in self._pages if of_server or not is_server]
        if [self.tabs.widget(place) for place in range(self.tabs.count())] == [page for _, page in wanted]:
            return
        self.tabs.clear()
        for name, page in wanted:
            self.tabs.addTab(page, self._title(name))

    def _count(self, name: str, count: int) -> None:
        self._counts[name] = count
        place = self.tabs.indexOf(self.page(name))
        if place >= 0:
            self.tabs.setTabText(place, self._title(name))

    def _title(self, name: str) -> str:
        """`Locks 11`: with the number of what stands there, once that is known."""
        return f"{name} {self._counts[name]:,}" if name in self._counts else name
