"""Where the table goes: to a folder, a file, my check-outs, a search and back."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.requests import OpenFolder, Request, ShowMine
from pdm_desktop.state.listing import Kind
from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.file_model import Filter
from pdm_desktop.ui.browser.page import FilesPage
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.messages import no_link, tell
from server.protocol.names import same_key

NEXT_PANE: Final = "F6"


class Navigation(QObject):
    """Remembers where we were, and arrives when the rows do."""

    moved = Signal()
    """Another place is open."""

    def __init__(
        self, store: Store, memory: Memory, submit: Callable[[Request], None], page: FilesPage, window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._store = store
        self._memory = memory
        self._submit = submit
        self._page = page
        self._window = window
        self._back: OpenFolder | ShowMine | None = None
        self._wanted: str | None = None
        self._then: Callable[[], None] | None = None
        self._begun: str | None = None
        self._link: tuple[str, str] | None = None
        """What a link names that is followed as soon as there is something to see."""

    def add_keys(self, search: Callable[[], None], panes: Callable[[], list[QWidget]]) -> None:
        """Keys that belong to no command: search, the legend, the next pane."""
        for keys, run in (("Ctrl+F", search), ("F1", self._show_legend)):
            self._add_key(keys, run)
        self._add_key(NEXT_PANE, lambda: _step(panes(), 1))
        self._add_key(f"Shift+{NEXT_PANE}", lambda: _step(panes(), -1))

    def begin(self) -> None:
        """Follow the link that waits; with nothing open yet, open the folder of the last time, or the first vault."""
        link, self._link = self._link, None
        if link is not None:
            self.follow(*link)
            return
        if self._store.account is None or not self._store.vaults or self._store.listing.vault:
            return
        if self._store.listing.kind is not Kind.FOLDER:
            return
        vault, folder = self._memory.place
        if self._store.folders.get(vault, folder) is None:
            vault, folder = next(iter(self._store.vaults)), ""
        place = f"{vault}/{folder}"
        if place != self._begun:
            self._begun = place
            self.open_folder(vault, folder)

    def open_folder(self, vault: str, folder: str, then: Callable[[], None] | None = None) -> None:
        """Show a folder; `then` is called when its rows are here."""
        self._then = then
        self._wanted = None
        self._back = OpenFolder(vault=vault, folder=folder)
        self._memory.keep_place(vault, folder)
        self._submit(self._back)
        self.moved.emit()

    def show_mine(self) -> None:
        """Show my check-outs."""
        self._then = self._wanted = None
        self._back = ShowMine()
        self._submit(self._back)
        self.moved.emit()

    def search(self, text: str) -> None:
        """Show the files whose name contains a text."""
        self._then = self._wanted = None
        self._submit(requests.Search(text=text))

    def leave_search(self) -> None:
        """Back to where we were before the search."""
        if self._store.listing.kind is Kind.SEARCH:
            self._submit(self._back or ShowMine())

    def go_to_file(
        self, vault: str, file: str, path: str | None, then: Callable[[], None] | None = None
    ) -> None:  # fmt: skip
        """Select a file, in its folder if it is not shown now; `then` is called when that is open."""
        listing = self._store.listing
        if listing.get(file) is not None and not listing.loading:
            self._select(file)
            if then is not None:
                then()
            return
        held = self._store.locks.get(file)
        path = held.path if held is not None else path
        if path is not None and vault in self._store.vaults:
            self.open_folder(vault, path.rpartition("/")[0], then)
            self._wanted = file

    def follow(self, vault: str, path: str) -> None:
        """Show what a link names: select the file, or open the folder. What is not here is told."""
        known = self._store.vaults.values()
        found = next((each for each in known if vault in (each.id, each.name)), None)
        if self._store.account is None or not known or (found and self._store.folders.get(found.id, "") is None):
            self._link = vault, path  # nobody is signed in yet, or the folders are still being read
        elif found is None:
            tell(self._window, no_link(f"There is no vault “{vault}” that you may see."))
        elif self._store.folders.get(found.id, path) is not None:
            self.open_folder(found.id, path)
        else:
            self.open_folder(found.id, path.rpartition("/")[0], then=lambda: self._go_to_path(found.name, path))

    def _go_to_path(self, vault: str, path: str) -> None:
        """The folder is open: the file is in it, or has gone."""
        row = next((each for each in self._store.listing.rows if same_key(each.file.path) == same_key(path)), None)
        if row is not None:
            self._select(row.file.id)
        else:
            tell(self._window, no_link(f"There is no “{path}” in {vault}: it may have been renamed or deleted."))

    def arrive(self) -> None:
        """The rows may be here: do what waits for them."""
        listing = self._store.listing
        here = OpenFolder(vault=listing.vault, folder=listing.folder) if listing.kind is Kind.FOLDER else None
        if listing.loading or here != self._back:
            return
        wanted, self._wanted = self._wanted, None
        if wanted is not None and listing.get(wanted) is not None:
            self._select(wanted)
        then, self._then = self._then, None
        if then is not None:
            then()

    def _select(self, file: str) -> None:
        if self._page.table.files.place(file) is None:
            self._page.show_filter(Filter.ALL)
        self._page.table.go_to(file)
        self._page.table.setFocus()

    def _show_legend(self) -> None:
        from pdm_desktop.ui.legend import Legend

        Legend(self._window).open()

    def _add_key(self, keys: str, run: Callable[[], None]) -> None:
        action = QAction(self._window)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda: run())
        self._window.addAction(action)


def _step(panes: list[QWidget], way: int) -> None:
    """Give the focus to the next pane that can be seen."""
    seen = [pane for pane in panes if pane.isVisible()]
    here = next((place for place, pane in enumerate(seen) if _holds_focus(pane)), -1)
    target = seen[(here + way) % len(seen)] if here >= 0 else seen[0]
    target.setFocus(Qt.FocusReason.TabFocusReason)


def _holds_focus(pane: QWidget) -> bool:
    focus = pane.window().focusWidget()
    return focus is pane or pane.isAncestorOf(focus)
