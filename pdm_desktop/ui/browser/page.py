"""The page of files: heading, the bar that says offline, and the table or why there is nothing in it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.listing import Kind
from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.astray import AstrayBars
from pdm_desktop.ui.browser.empty import EmptyState, Nothing
from pdm_desktop.ui.browser.file_model import Filter
from pdm_desktop.ui.browser.file_view import FileView
from pdm_desktop.ui.browser.heading import Heading
from pdm_desktop.ui.browser.status_bar import connection_words, loading_words
from pdm_desktop.ui.browser.strangers import namesakes_words, strangers_words
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.queue.sentence import waiting_words
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import button, column, line

LOADING_MS: Final = 200
OFFLINE_MS: Final = 3_000
"""A blink of the connection is not told."""
MINUTE: Final = timedelta(minutes=1)
MINUTE_MS: Final = 60_000


def shown_words(connection: Connection, now: datetime) -> str:
    """Of when it is what is shown: how long ago, or the very time where nothing beside it says that."""
    until = connection.in_step_until
    if until is None:
        return "You see what this computer remembers."
    if now - until < MINUTE:
        return "You see the state of a moment ago."
    if connection.phase is Phase.OFFLINE or until.astimezone(now.tzinfo).date() == now.date():
        return f"You see the state of {words.age(now - until)} ago."
    return f"You see the state of {words.exact(until, now)}."


class FilesPage(QWidget):
    """What the open listing holds."""

    try_asked = Signal()
    queue_asked = Signal()
    """Show which check-ins wait."""
    add_asked = Signal()
    strangers_asked = Signal()
    """Show what of the folder is only on this computer."""
    back_asked = Signal()
    """Leave the search."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._clock = clock
        self._view = store.listing.view
        self.heading = Heading(store)
        self.heading.filter_asked.connect(self.show_filter)
        self.table = FileView(store, clock)
        self.empty = EmptyState()
        self._blank = EmptyState()
        self._blank.say(Nothing(icon="folder", title="", text=""))
        for child in self._blank.findChildren(QWidget):
            child.hide()
        self._layers = QStackedWidget()
        for layer in (self.table, self.empty, self._blank):
            self._layers.addWidget(layer)
        self.try_now = button("Try now", press=self.try_asked.emit)
        self.show_queue = button("Show what waits", press=self.queue_asked.emit)
        self.bar = MessageBar(Bar.WARN, self.show_queue, self.try_now, icon="plug_off")
        self.bar.hide()
        self.add_strangers = button("Add…", press=self.strangers_asked.emit)
        self.strangers_bar = MessageBar(Bar.INFO, self.add_strangers)
        self.strangers_bar.hide()
        self.astray = AstrayBars()
        self.setLayout(column(self.heading, line(), self.bar, self.strangers_bar, self.astray, self._layers, gap=0))
        self._loading = QTimer(self, singleShot=True, interval=LOADING_MS)
        self._loading.timeout.connect(self._show_layer)
        self._offline = QTimer(self, singleShot=True, interval=OFFLINE_MS)
        self._offline.timeout.connect(self._say_offline)
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._minute.timeout.connect(self._say_offline)
        self.refresh()
        self.tell_connection()

    def refresh(self) -> None:
        """The listing is another one, or files came and went."""
        listing = self._store.listing
        if listing.view != self._view:
            self._view = listing.view
            self.table.clearSelection()
            self.show_filter(Filter.ALL)
            self.table.scrollToTop()
        self.table.show_kind(listing.kind)
        self.table.files.reset()
        self.heading.refresh()
        self.tell_strangers()
        if listing.loading and not listing.unordered:
            self._layers.setCurrentWidget(self._blank)
            self._loading.start()
        else:
            self._show_layer()

    def strangers(self) -> list[Stranger]:
        """What of the open folder is only on this computer, and no copy that was renamed."""
        alone = self._alone()
        taken = self._paths() if alone else set()
        return [one for one in alone if one.path not in taken]

    def _namesakes(self) -> list[Stranger]:
        """What lies here under the name of a file of the vault, and is no copy of it."""
        alone = self._alone()
        taken = self._paths() if alone else set()
        return [one for one in alone if one.path in taken]

    def _alone(self) -> list[Stranger]:
        return [one for one in self._in_folder() if one.was is None]

    def _paths(self) -> set[str]:
        return {row.file.path for row in self._store.listing.unordered}

    def _in_folder(self) -> list[Stranger]:
        listing = self._store.listing
        return self._store.strangers.in_folder(listing.vault, listing.folder) if listing.kind is Kind.FOLDER else []

    def tell_strangers(self) -> None:
        """Other files are only on this computer now, or another folder is open."""
        found, others, known = self.strangers(), self._namesakes(), self._store.connection.known
        if found or others:
            strong, text = strangers_words(found) if found else namesakes_words(others)
            self.strangers_bar.say(text, strong=strong)
            self.add_strangers.setVisible(bool(found) and self._may_change())
            self.add_strangers.setEnabled(known)
            self.add_strangers.setToolTip("" if known else "This needs the server.")
        self.strangers_bar.setVisible(bool(found or others))
        self._tell_astray()

    def _tell_astray(self) -> None:
        """Copies of the open folder were renamed here, or are missing."""
        listing = self._store.listing
        renamed = [one for one in self._in_folder() if one.was is not None]
        elsewhere = self._store.strangers.renamed()
        gone = (row for row in listing.unordered if row.local is not None and row.local.missing)
        missing = sorted((row for row in gone if row.file.id not in elsewhere), key=lambda row: row.file.path)
        self.astray.tell(renamed, missing, known=self._store.connection.known, may_change=self._may_change())

    def _may_change(self) -> bool:
        vault = self._store.vaults.get(self._store.listing.vault)
        return vault is not None and vault.role != "reader"

    def tell_changed(self, files: frozenset[str]) -> None:
        """Rows of these files are others now."""
        self.table.tell_changed(files)
        self._tell_astray()
        self.heading.count_soon()
        self._show_layer()

    def tell_connection(self) -> None:
        """The connection stands otherwise."""
        self.table.files.tell_connection()
        self.tell_strangers()
        if self._is_away():
            if self.bar.isHidden():
                self._offline.start()
            else:
                self._say_offline()
        else:
            self._offline.stop()
            self._minute.stop()
            self.bar.hide()
        self._show_layer()

    def tell_loading(self) -> None:
        """More files of a vault are here that is being read."""
        if self._layers.currentWidget() is self.empty:
            self._show_layer()

    def tell_queue(self) -> None:
        """Other check-ins wait now."""
        if not self.bar.isHidden():
            self._say_offline()

    def show_filter(self, which: Filter) -> None:
        """Show some of the rows."""
        self.heading.show_filter(which)
        self.table.files.show(which)
        self._show_layer()

    def _is_away(self) -> bool:
        return self._store.connection.phase in (Phase.OFFLINE, Phase.CONNECTING, Phase.WAITING)

    def _say_offline(self) -> None:
        if not self._is_away():
            return
        connection, now = self._store.connection, self._clock()
        strong = (
            "Not connected yet." if connection.phase is Phase.CONNECTING else f"{connection_words(connection, now)}."
        )
        waits = waiting_words(self._store.queue)
        self.bar.say(
            f"{shown_words(connection, now)} Go on with what you have checked out{waits and f'; {waits}'}.",
            strong=strong,
        )
        self.show_queue.setVisible(bool(waits))
        self.bar.setToolTip(connection.detail)
        self.bar.show()
        self._minute.start()

    def _show_layer(self) -> None:
        if self.table.files.rowCount():
            self._layers.setCurrentWidget(self.table)
            return
        if self._store.listing.loading and self._loading.isActive():
            return
        self.empty.say(self._nothing())
        self._layers.setCurrentWidget(self.empty)

    def _nothing(self) -> Nothing:
        listing = self._store.listing
        if listing.loading:
            return Nothing(icon="folder", title="Loading…", text="")
        if listing.unordered:
            return Nothing(
                icon="folder", title="No file here is shown by this filter", text="",
                verb="Show all", press=lambda: self.show_filter(Filter.ALL),
            )  # fmt: skip
        match listing.kind:
            case Kind.SEARCH:
                return Nothing(
                    icon="search", title=f"No file name contains “{listing.title}”",
                    text=f"Searched all names in {words.several(len(self._store.vaults), 'vault', 'vaults')}.",
                    verb="Clear the search", press=self.back_asked.emit,
                )  # fmt: skip
            case Kind.MINE:
                return Nothing(
                    icon="key", title="You have nothing checked out",
                    text="Choose files and press Check out. They then wait for you here.",
                )  # fmt: skip
            case Kind.FOLDER:
                return self._empty_folder()

    def _empty_folder(self) -> Nothing:
        vault = self._store.vaults.get(self._store.listing.vault)
        if vault is None:
            return self._no_vault()
        if self._store.seq_of(vault.id) is None and self._store.connection.phase is Phase.CATCHING_UP:
            loading = self._store.loading
            text = "Its files show as soon as all are here."
            if loading is not None and loading.vault == vault.id:
                text = f"{loading_words(loading)}. They show as soon as all are here."
            return Nothing(icon="vault", title=f"Loading {vault.name}…", text=text)
        if self._store.seq_of(vault.id) is None and not self._store.connection.known:
            return Nothing(
                icon="plug_off", title="This folder was never opened here",
                text="Its files show as soon as the server is back.", verb="Try now", press=self.try_asked.emit,
            )  # fmt: skip
        if vault.role == "reader" or not self._store.connection.known:
            return Nothing(icon="folder", title="This folder is empty", text="Files that others add show here.")
        return Nothing(
            icon="folder", title="No files directly in this folder" if self._has_folders() else "This folder is empty",
            text="Drop files here to add them, or let others do it.", verb="Add files…", press=self.add_asked.emit,
        )  # fmt: skip

    def _has_folders(self) -> bool:
        listing = self._store.listing
        return bool(self._store.folders.children(listing.vault, listing.folder))

    def _no_vault(self) -> Nothing:
        if self._store.vaults or not self._store.connection.known:
            return Nothing(icon="vault", title="Choose a folder at the left", text="Its files show here.")
        return Nothing(
            icon="vault", title="You may not read any vault yet", text="An administrator can give you access to one."
        )  # fmt: skip
