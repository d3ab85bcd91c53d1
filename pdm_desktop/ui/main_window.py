"""The main window: places its parts, and joins what they ask for with the store and the requests."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final, get_args

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QWidget

from pdm_desktop.core import requests, words
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.accounts import ChangePassword
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import Finished, Trouble
from pdm_desktop.state.listing import Kind
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.account_menu import AccountMenu
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.activity import ActivityView
from pdm_desktop.ui.browser.lower import TRANSFERS, LowerPane
from pdm_desktop.ui.browser.navigation import Navigation
from pdm_desktop.ui.browser.page import FilesPage
from pdm_desktop.ui.browser.places import Place
from pdm_desktop.ui.browser.side import Side
from pdm_desktop.ui.browser.status_bar import StatusBar
from pdm_desktop.ui.commands import IN_TOOL_BAR, Commands
from pdm_desktop.ui.conflicts.deciding import Decider
from pdm_desktop.ui.conflicts.view import IssuesView
from pdm_desktop.ui.dialogs import Dialogs
from pdm_desktop.ui.folder_menu import FolderMenu
from pdm_desktop.ui.handover.answering import Answering
from pdm_desktop.ui.handover.asked_bar import AskedBar
from pdm_desktop.ui.handover.at_once import AtOnce
from pdm_desktop.ui.later import Later
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.messages import tell
from pdm_desktop.ui.theme import Theme, Tone
from pdm_desktop.ui.told import ToldBar
from pdm_desktop.ui.tool_bar import ToolBar
from pdm_desktop.ui.update_bar import UpdateBar
from pdm_desktop.ui.widgets import column, line, pane
from server.protocol.calls import Watch

if TYPE_CHECKING:
    from pdm_desktop.ui.admin.view import AdminView
    from pdm_desktop.ui.dashboard.view import DashboardView

FIRST_SIZE: Final = QSize(1280, 800)
LEAST_SIZE: Final = QSize(960, 600)
SIDE_FIRST: Final = 264
LOWER_FIRST: Final = 250
FILES, ACTIVITY, ISSUES, DASHBOARD, ADMINISTRATION = 0, 1, 2, 3, 4

PLACES: Final = {
    ACTIVITY: Place.ACTIVITY,
    ISSUES: Place.ISSUES,
    DASHBOARD: Place.DASHBOARD,
    ADMINISTRATION: Place.ADMINISTRATION,
}

_TOLD_ELSEWHERE: Final = (
    *get_args(requests.EntranceRequest),
    requests.AskWhoseToken,
    requests.FindServer,
    ChangePassword,
)
"""Requests whose own window says what went wrong."""


class MainWindow(QMainWindow):
    """The window of files. It shows the store, and hands on what a person asks for."""

    quit_asked = Signal()
    seen = Signal()
    """The window came to the front."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime],
        memory: Memory, theme: Theme, *, closes_to_tray: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        super().__init__()
        self._store = store
        self._bridge = bridge
        self._clock = clock
        self._memory = memory
        self._closes_to_tray = closes_to_tray
        self._untold: list[Trouble] = []
        self.setWindowTitle("PDM Desktop")
        self.setWindowIcon(icons.icon("mark", Tone.ACCENT))
        self.setMinimumSize(LEAST_SIZE)
        self.commands = Commands(store, bridge, submit, memory, self)
        self.tool_bar = ToolBar([self.commands.actions[command] for command in IN_TOOL_BAR])
        self.side = Side(store)
        self.page = FilesPage(store, clock)
        self.below = LowerPane(store, self.commands, clock)
        self.activity = ActivityView(store, clock)
        self.issues = IssuesView(store, clock)
        self._dashboard = Later(self._make_dashboard)
        self._administration = Later(self._make_administration)
        self.status = StatusBar(store, clock)
        self.update_bar = UpdateBar(lambda: store.update, self.commands.submit, only_required=False)
        self.told_bar = ToldBar(store, self.commands.submit, clock)
        self.asked_bar = AskedBar(store, lambda request: self.requests.show(request))
        self.setStatusBar(self.status)
        self._views = QStackedWidget()
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._down = QSplitter(Qt.Orientation.Vertical)
        self._arrange()
        self.dialogs = Dialogs(store, bridge, self.commands.submit, clock, self)
        self.decider = Decider(store, bridge, self.commands.submit, clock, self)
        self.navigation = Navigation(store, memory, self.commands.submit, self.page, self)
        self.folder_menu = FolderMenu(store, bridge, self.commands, self.navigation, self.page.table, self)
        self.at_once = AtOnce(store, self.commands, self.navigation, self, show_files=lambda: self._show_view(FILES))
        self.requests = Answering(
            store, bridge, self.commands.submit, self.at_once, clock, self, come_forward=self.come_forward
        )
        self.account_menu = AccountMenu(store, self.commands.submit, memory, theme, self)
        self.account_menu.quit_asked.connect(self.quit_asked)
        self._connect_parts()
        self._listen(bridge)
        self._restore_sizes()
        self._refresh_account()
        self._refresh_update()
        self._refresh_vaults()
        self._refresh_listing()
        self.page.table.setFocus()

    @property
    def dashboard(self) -> "DashboardView":
        """The view Dashboard."""
        return self._dashboard.made

    @property
    def administration(self) -> "AdminView":
        """The view Administration."""
        return self._administration.made

    def come_forward(self) -> None:
        """Show the window in front of others, wherever it was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def go_to_notice(self, notice: Notice) -> None:
        """Come forward and show what a notice is about: its file, or what happened lately.

        A file that is free for me is checked out from there.
        """
        if notice.request is not None and self.requests.show(notice.request):
            return
        self.come_forward()
        if notice.asks:
            self.show_issues()
        elif notice.offers:
            self.at_once.check_out(notice)
        elif notice.vault is not None and notice.target is not None:
            self._show_view(FILES)
            self.navigation.go_to_file(notice.vault, notice.target, notice.path)
        else:
            self.show_activity()
        if notice.request is not None:
            self.status.say_result("This request is over; there is nothing to answer.")

    def follow(self, vault: str, path: str) -> None:
        """Show what a link names, whatever was shown before."""
        self._show_view(FILES)
        self.navigation.follow(vault, path)

    def show_mine(self) -> None:
        """Show my check-outs."""
        self._show_view(FILES)
        self.navigation.show_mine()

    def show_activity(self) -> None:
        """Show what happened lately."""
        self._show_view(ACTIVITY)

    def show_issues(self) -> None:
        """Show what needs the person."""
        self._show_view(ISSUES)

    def show_dashboard(self) -> None:
        """Show the numbers of the shop."""
        self._show_view(DASHBOARD)

    def show_administration(self, tab: str = "") -> None:
        """Show what there is to administer; with a name, that tab. Raises KeyError when there is none of that name."""
        if tab:
            self.administration.show_page(tab)
        self._show_view(ADMINISTRATION)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.keep_sizes()
        if self._closes_to_tray():
            event.ignore()
            self.hide()
        else:
            event.accept()
            self.quit_asked.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        untold, self._untold = self._untold, []
        for trouble in untold:
            tell(self, trouble)
        self.seen.emit()

    def keep_sizes(self) -> None:
        """Remember sizes, columns and the open tab for the next start."""
        self._memory.keep_state("geometry", self.saveGeometry())
        self._memory.keep_state("across", self._across.saveState())
        self._memory.keep_state("down", self._down.saveState())
        self._memory.keep_state("history", self.below.history.table.horizontalHeader().saveState())
        self._memory.keep_number("tab", self.below.tabs.currentIndex())
        self.page.table.keep_widths(self._memory)

    def _arrange(self) -> None:
        for splitter in (self._across, self._down):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        self._down.addWidget(self.page)
        self._down.addWidget(self.below)
        self._down.setStretchFactor(0, 1)
        self._views.addWidget(self._down)
        self._views.addWidget(self.activity)
        for view in (self.issues, self._dashboard, self._administration):
            self._views.addWidget(view)
        self._across.addWidget(self.side)
        self._across.addWidget(self._views)
        self._across.setStretchFactor(1, 1)
        whole = column(self.tool_bar, line(), self.update_bar, self.told_bar, self.asked_bar, self._across, gap=0)
        whole.setStretchFactor(self._across, 1)  # or the bar gets the height of its sentence when narrow
        self.setCentralWidget(pane(whole))

    def _make_dashboard(self) -> "DashboardView":
        from pdm_desktop.ui.dashboard.view import DashboardView  # not before: a start does not wait for it

        view = DashboardView(self._store, self._bridge, self.commands.submit, self._clock)
        view.file_asked.connect(self._go_to_place_of)
        return view

    def _make_administration(self) -> "AdminView":
        from pdm_desktop.ui.admin.view import AdminView  # not before: a start does not wait for its ten pages

        return AdminView(self._store, self._bridge, self.commands.submit, self._clock)

    def _connect_parts(self) -> None:
        self.account_menu.recovery_asked.connect(self.dialogs.show_recovery)
        self.account_menu.limits_asked.connect(self.dialogs.ask_limits)
        self.account_menu.hearing_asked.connect(self.dialogs.ask_hearing)
        self.account_menu.watches_asked.connect(self.dialogs.show_watches)
        self.account_menu.parked_asked.connect(self.dialogs.show_parked)
        self.account_menu.password_asked.connect(self.dialogs.ask_password)
        self.dialogs.file_asked.connect(self._go_to_file)
        self.dialogs.watched_asked.connect(self._go_to_watched)
        self.side.tree.folder_asked.connect(self._go_to_folder)
        self.side.tree.menu_asked.connect(self.folder_menu.popup)
        self.side.places.chosen.connect(self._go_to_place)
        self.page.heading.folder_asked.connect(self._go_to_folder)
        self.page.try_asked.connect(lambda: self.commands.submit(requests.TryNow()))
        self.page.queue_asked.connect(self.dialogs.show_queue)
        self.status.queue_asked.connect(self.dialogs.show_queue)
        self.page.add_asked.connect(self.folder_menu.ask_for_files)
        self.page.strangers_asked.connect(lambda: self.dialogs.ask_about_strangers(self.page.strangers()))
        self.page.astray.asked.connect(self.commands.submit)
        self.page.back_asked.connect(self._leave_search)
        table = self.page.table
        table.selected.connect(self._refresh_selection)
        table.opened.connect(self._open_row)
        table.menu_asked.connect(lambda place: self.commands.menu(self).popup(place))
        table.dropped.connect(self.folder_menu.add_files)
        self.below.history.asked.connect(self.commands.submit)
        self.activity.file_asked.connect(self._go_to_file)
        self.issues.decide_asked.connect(self.decider.open)
        self.issues.queue_asked.connect(self.dialogs.show_queue)
        self.issues.parked_asked.connect(self.dialogs.show_parked)
        self.commands.decision_asked.connect(self.decider.open)
        self.status.transfers_asked.connect(self._show_transfers)
        self.tool_bar.search.asked.connect(self._search)
        self.tool_bar.search.left.connect(self._leave_search)
        self.tool_bar.search.entered.connect(table.setFocus)
        self.navigation.moved.connect(self._refresh_place)
        self.navigation.add_keys(self._enter_search, self._panes)

    def _listen(self, bridge: Bridge) -> None:
        bridge.listing.connect(self._refresh_listing)
        bridge.rows.connect(self.page.tell_changed)
        bridge.folders.connect(self.side.tree.tell_folders)
        bridge.folders.connect(lambda _: self.navigation.begin())
        bridge.counts.connect(self.side.tree.folders.tell_counts)
        bridge.locks.connect(self.side.places.places.tell)
        bridge.connection.connect(self._refresh_connection)
        bridge.loading.connect(self._refresh_loading)
        bridge.people.connect(self.status.refresh_people)
        bridge.account.connect(self._refresh_account)
        bridge.vaults.connect(self._refresh_vaults)
        bridge.folders_read.connect(self.commands.sets.tell_read)
        bridge.history.connect(self.below.history.tell_changed)
        bridge.strangers.connect(self.page.tell_strangers)
        bridge.queue.connect(self.page.tell_queue)
        bridge.queue.connect(self.status.refresh_queue)
        bridge.issues.connect(self.side.places.places.tell)
        bridge.issues.connect(self.issues.tell)
        bridge.transfers.connect(self.below.refresh_transfers)
        bridge.transfers.connect(self.status.refresh_transfers)
        bridge.update.connect(self._refresh_update)
        bridge.topic.connect(self._take_topic)
        bridge.notice.connect(lambda _: self.activity.tell())
        bridge.hushed.connect(lambda _: self.activity.tell())
        bridge.finished.connect(self._tell_finished)
        bridge.trouble.connect(self._tell_trouble)
        bridge.made.connect(self._tell_made)

    def _restore_sizes(self) -> None:
        geometry = self._memory.state("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(FIRST_SIZE)
        across, down = self._memory.state("across"), self._memory.state("down")
        if across is None or not self._across.restoreState(across):
            self._across.setSizes([SIDE_FIRST, FIRST_SIZE.width() - SIDE_FIRST])
        if down is None or not self._down.restoreState(down):
            self._down.setSizes([FIRST_SIZE.height() - LOWER_FIRST, LOWER_FIRST])
        history = self._memory.state("history")
        if history is not None:
            self.below.history.table.horizontalHeader().restoreState(history)
        self.below.tabs.setCurrentIndex(min(self._memory.number("tab", 0), TRANSFERS))
        self.page.table.restore_widths(self._memory)

    def _refresh_listing(self) -> None:
        self.page.refresh()
        self.navigation.arrive()
        self._refresh_selection()
        self._refresh_place()

    def _refresh_selection(self) -> None:
        files_shown = self._views.currentIndex() == FILES
        rows = self.page.table.rows() if files_shown else []  # no command for what cannot be seen
        self.commands.select(rows)
        self.below.details.refresh()
        self.below.history.show_file(rows[0].file.id if len(rows) == 1 else None)
        shown = words.several(self.page.table.files.rowCount(), "file", "files")
        shown = f"{shown}, {len(rows):,} selected" if rows else shown
        self.status.say_selection(shown if files_shown else "")

    def _refresh_place(self) -> None:
        listing = self._store.listing
        beside = PLACES.get(self._views.currentIndex())
        if beside is not None:
            self.side.places.show_place(beside)
            self.side.tree.show_none()
        elif listing.kind is Kind.FOLDER:
            self.side.places.show_place(None)
            self.side.tree.show_folder(listing.vault, listing.folder)
        else:
            self.side.places.show_place(Place.MINE if listing.kind is Kind.MINE else None)
            self.side.tree.show_none()

    def _refresh_loading(self) -> None:
        self.page.tell_loading()
        self.status.refresh_connection()

    def _refresh_connection(self) -> None:
        self.page.tell_connection()
        self.side.tree.folders.tell_all()
        self.below.history.refresh()
        self.status.refresh_connection()
        self.status.refresh_people()
        self._refresh_selection()

    def _refresh_account(self) -> None:
        account = self._store.account
        self.tool_bar.account.setVisible(account is not None)
        if account is not None:
            self.tool_bar.name_account(account.person, self.account_menu.menu)
            self.account_menu.name(account)
        self._refresh_told()
        self.status.refresh()
        self.activity.tell()
        self.side.places.places.tell()
        self._refresh_administration()
        self._refresh_selection()

    def _refresh_vaults(self) -> None:
        self.side.tree.folders.reset()
        self.side.tree.expand_vaults()
        self.page.heading.refresh()
        self.navigation.begin()
        self.side.places.places.tell()
        self._refresh_administration()
        self._refresh_place()

    def _refresh_administration(self) -> None:
        """Who administers nothing any more does not stay there."""
        if self._views.currentIndex() == ADMINISTRATION and not self._store.administers:
            self._show_view(FILES)

    def _take_topic(self, name: str) -> None:
        """Something that concerns the person is another, or who waits for the file that is shown."""
        self._refresh_told()
        if name == topics.MINE.name:
            self._refresh_commands()
        self.below.details.tell_topic(name)

    def _refresh_told(self) -> None:
        self.told_bar.refresh()
        self.asked_bar.refresh()

    def _refresh_commands(self) -> None:
        self.commands.select(self.commands.rows)

    def _refresh_update(self) -> None:
        self.update_bar.refresh()
        self.account_menu.offer(self._store.update)

    def _show_view(self, which: int) -> None:
        self._views.setCurrentIndex(which)
        self._refresh_place()
        self._refresh_selection()

    def _show_transfers(self) -> None:
        self._show_view(FILES)
        self.below.tabs.setCurrentIndex(TRANSFERS)

    def _go_to_folder(self, vault: str, folder: str) -> None:
        self.tool_bar.search.forget()
        self._show_view(FILES)
        self.navigation.open_folder(vault, folder)

    def _go_to_place(self, place: Place) -> None:
        self.tool_bar.search.forget()
        match place:
            case Place.MINE:
                self.show_mine()
            case Place.ACTIVITY:
                self.show_activity()
            case Place.ISSUES:
                self.show_issues()
            case Place.DASHBOARD:
                self.show_dashboard()
            case Place.ADMINISTRATION:
                self.show_administration()

    def _go_to_file(self, vault: str, file: str) -> None:
        self._show_view(FILES)
        self.navigation.go_to_file(vault, file, None)

    def _go_to_place_of(self, vault: str, file: str, path: str) -> None:
        """A file that may be held by nobody: its path tells where it is."""
        self._show_view(FILES)
        self.navigation.go_to_file(vault, file, path)

    def _go_to_watched(self, watch: Watch) -> None:
        if watch.file is not None:
            self._go_to_place_of(watch.vault, watch.file, watch.path or "")
        else:
            self._go_to_folder(watch.vault, watch.folder or "")

    def _search(self, text: str) -> None:
        self._show_view(FILES)
        self.navigation.search(text)

    def _leave_search(self) -> None:
        self.tool_bar.search.forget()
        self.navigation.leave_search()
        self.page.table.setFocus()

    def _enter_search(self) -> None:
        self.tool_bar.search.setFocus()
        self.tool_bar.search.selectAll()

    def _panes(self) -> list[QWidget]:
        below = self.below.history.table if self.below.history.isVisible() else self.below.transfers.table
        lists = [self.page.table, self.activity.table, self.issues.table]
        return [self.side.places, self.side.tree, *lists, below, self.tool_bar.search]

    def _open_row(self, place: int) -> None:
        row = self.page.table.files.row(place)
        self.commands.submit(requests.OpenFile(file=row.file.id))

    def _tell_finished(self, finished: Finished) -> None:
        from pdm_desktop.ui.checkin.result import ResultDialog, summary, wants_window

        self.activity.tell()
        if wants_window(finished):
            ResultDialog(finished, self).open()
        elif finished.results:
            self.status.say_result(summary(finished))

    def _tell_made(self, request: OfficeRequest, _answer: object) -> None:
        if request.done:
            self.status.say_result(request.done)

    def _tell_trouble(self, trouble: Trouble, request: Request | None) -> None:
        self.told_bar.not_done(request)
        self.activity.tell()
        if isinstance(request, _TOLD_ELSEWHERE):
            return  # the window that asked tells of it
        if self.isVisible():
            tell(self, trouble)
        elif trouble not in self._untold:
            self._untold.append(trouble)
