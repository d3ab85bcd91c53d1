"""Opens the windows of requests, and does what is answered."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.notices import Button
from pdm_desktop.core.office.handover import KeepFile
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.navigation import Navigation
from pdm_desktop.ui.commands import Commands
from pdm_desktop.ui.handover.request import RequestWindow
from server.protocol.calls import Request


class Answering(QObject):
    """At most one window for each request."""

    def __init__(
        self, store: Store, bridge: Bridge, commands: Commands, navigation: Navigation,
        clock: Callable[[], datetime], window: QWidget, *, come_forward: Callable[[], None],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._store = store
        self._bridge = bridge
        self._commands = commands
        self._navigation = navigation
        self._clock = clock
        self._window = window
        self._come_forward = come_forward
        self._open: dict[str, RequestWindow] = {}

    def show(self, request_id: str, *, at: Button | None = None) -> bool:
        """Show a request, ready to be answered `at` a button; False: it does not wait for an answer any more."""
        request = self._store.mine.request(request_id)
        if request is None:
            return False
        shown = self._open.get(request_id)
        if shown is None:
            shown = RequestWindow(request, self._store, self._bridge, self._clock, self._window)
            shown.answered.connect(lambda which, reply: self._do(request, which, reply))
            shown.finished.connect(lambda _: self._open.pop(request_id, None))
            self._open[request_id] = shown
        shown.show()
        shown.raise_()
        if at is not None:
            shown.activateWindow()
            shown.buttons[at].setFocus()
        return True

    def answer(self, request_id: str, which: Button) -> bool:
        """It was answered on the notice; False: it does not wait for an answer any more.

        Work goes to somebody else only by the window, which says what goes along.
        """
        request = self._store.mine.request(request_id)
        if request is None:
            return False
        if which is Button.TRANSFER:
            return self.show(request_id, at=which)
        self._do(request, which, "")
        return True

    def _do(self, request: Request, which: Button, reply: str) -> None:
        match which:
            case Button.KEEP:
                self._commands.submit(KeepFile(request=request.id, reply=reply or None))
            case Button.TRANSFER:
                self._commands.submit(requests.Transfer(file=request.file, to=request.asker, request=request.id))
            case Button.RELEASE:
                self._come_forward()
                folder = request.path.rpartition("/")[0]
                self._navigation.open_folder(request.vault, folder, then=lambda: self._release(request))

    def _release(self, request: Request) -> None:
        """Its folder is open: ask for the comment of the check-in, or whether to undo."""
        row = self._store.listing.get(request.file)
        if row is None:
            return
        self._navigation.go_to_file(request.vault, request.file, request.path)
        edited = row.local is not None and row.local.edited
        self._commands.run(Command.CHECK_IN if edited else Command.UNDO_CHECK_OUT, (row,))
