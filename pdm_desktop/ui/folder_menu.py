"""What can be done with a folder: its files' commands, adding files, another name."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.office.watches import StopWatching, Watch
from pdm_desktop.state.listing import Kind
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.file_view import FileView
from pdm_desktop.ui.browser.navigation import Navigation
from pdm_desktop.ui.commands import FOR_FOLDERS, Commands

OFFLINE = "This needs the server, and you are offline."
READER = "You may read this vault, not change it."


class FolderMenu(QObject):
    """The context menu of the tree, and adding files to the open folder."""

    def __init__(
        self,
        store: Store,
        bridge: Bridge,
        commands: Commands,
        navigation: Navigation,
        table: FileView,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._store = store
        self._bridge = bridge
        self._commands = commands
        self._navigation = navigation
        self._table = table
        self._window = window

    def popup(self, vault: str, folder: str, place: QPoint) -> None:
        """Show the menu of a folder at a place of the screen."""
        self.menu(vault, folder).popup(place)

    def menu(self, vault: str, folder: str) -> QMenu:
        """The menu of a folder. Its commands are for the files directly in it."""
        made = QMenu(self._window)
        made.setToolTipsVisible(True)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add(made, "Open", lambda: self._navigation.open_folder(vault, folder))
        made.addSeparator()
        online = "" if self._store.connection.known else OFFLINE
        for command in FOR_FOLDERS:
            action = self._commands.actions[command]
            why = online or ("" if command is Command.GET_LATEST else self._why_not_change(vault))
            text = f"{action.text().removesuffix('…')} the files in it" + ("…" if action.text().endswith("…") else "")
            added = self._add(made, text, partial(self._run, command, vault, folder), why)
            added.setIcon(action.icon())
        made.addSeparator()
        watch = self._store.mine.watch_of_folder(vault, folder)
        what = "this folder" if folder else "this vault"
        if watch is None:
            self._add(made, f"Watch {what}", lambda: self._commands.submit(Watch(vault=vault, folder=folder)), online)
        else:
            stop = StopWatching(watch=watch.id)
            self._add(made, f"Stop watching {what}", lambda: self._commands.submit(stop), online)
        made.addSeparator()
        why = self._why_not_change(vault)
        self._add(made, "Add files…", lambda: self._navigation.open_folder(vault, folder, self.ask_for_files), why)
        if folder:
            self._add(made, "Rename folder…", lambda: self._ask_name(vault, folder), why)
        else:
            self._add(made, "Deleted files…", lambda: self._show_deleted(vault), why)
        made.addSeparator()
        self._add(made, "Copy link", lambda: self._commands.copy_link_to(vault, folder))
        return made

    def ask_for_files(self) -> None:
        """Let a person choose files of this computer for the open folder."""
        dialog = QFileDialog(self._window, "Add files")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.add_files)
        dialog.open()

    def add_files(self, paths: list[str]) -> None:
        """Add files of this computer to the open folder."""
        listing = self._store.listing
        if listing.kind is Kind.FOLDER and listing.vault and paths:
            self._commands.submit(requests.AddFiles(vault=listing.vault, folder=listing.folder, sources=tuple(paths)))

    def _run(self, command: Command, vault: str, folder: str) -> None:
        def go() -> None:
            rows = self._store.listing.rows
            self._table.selectAll()
            self._commands.run(command, rows)

        self._navigation.open_folder(vault, folder, go)

    def _ask_name(self, vault: str, folder: str) -> None:
        from pdm_desktop.ui.checkin.rename import RenameDialog

        dialog = RenameDialog(folder, self._window, what="folder")
        dialog.accepted.connect(
            lambda: self._commands.submit(requests.MoveFolder(vault=vault, path=folder, to=dialog.path))
        )
        dialog.open()

    def _show_deleted(self, vault: str) -> None:
        from pdm_desktop.ui.browser.deleted import DeletedDialog

        dialog = DeletedDialog(self._store, self._bridge, vault, self._window)

        def go() -> None:
            for request in dialog.requests:
                self._commands.submit(request)

        dialog.accepted.connect(go)
        dialog.open()
        self._commands.submit(requests.ListDeleted(vault=vault))

    def _why_not_change(self, vault: str) -> str:
        if not self._store.connection.known:
            return OFFLINE
        found = self._store.vaults.get(vault)
        return READER if found is None or found.role == "reader" else ""

    def _add(self, menu: QMenu, text: str, run: Callable[[], None], why: str = "") -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda: run())
        action.setEnabled(not why)
        action.setToolTip(why or text)
        return action
