"""What a notice or a request asks for is done with its file: that is shown first, and what hinders is said."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from pdm_desktop.core.commands import Command
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.navigation import Navigation
from pdm_desktop.ui.commands import Commands
from pdm_desktop.ui.messages import tell

_CANNOT = {
    Command.CHECK_OUT: "cannot be checked out",
    Command.CHECK_IN: "cannot be released here",
    Command.UNDO_CHECK_OUT: "cannot be released here",
    Command.ADOPT: "cannot be taken over here",
}


class AtOnce(QObject):
    """Goes to one file and begins a command with it. The main window is in front already."""

    def __init__(
        self, store: Store, commands: Commands, navigation: Navigation, window: QWidget,
        *, show_files: Callable[[], None],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._show_files = show_files
        self._store = store
        self._commands = commands
        self._navigation = navigation
        self._window = window

    def check_out(self, notice: Notice) -> None:
        """The file of a notice is free: show it, and ask for the reason of the check-out."""
        if notice.vault is not None and notice.target is not None:
            self.run(notice.vault, notice.target, notice.path or "", lambda _: Command.CHECK_OUT)

    def run(self, vault: str, file: str, path: str, which: Callable[[FileRow], Command]) -> None:
        """Show a file and do with it what its row calls for; while another window asks, it is only shown."""
        self._show_files()
        self._navigation.go_to_file(vault, file, path, then=lambda: self._run(file, path, which))

    def _run(self, file: str, path: str, which: Callable[[FileRow], Command]) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        row = self._store.listing.get(file)
        if row is None:
            text = "It was moved or deleted meanwhile. The search finds it where it is now."
            tell(self._window, Trouble(title=f"{name_of(path)} is not there any more", text=text))
            return
        command = which(row)
        why = self._commands.why_not(command, (row,))
        if why is None:
            self._commands.run(command, (row,))
        elif command is not Command.CHECK_OUT or not self._store.reader.holds(row.file.lock):
            tell(self._window, Trouble(title=f"{row.file.filename} {_CANNOT[command]}", text=why))
