"""Opens the windows of requests, and does what is answered."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.notices import Button
from pdm_desktop.core.office.handover import KeepFile
from pdm_desktop.core.requests import Request as AnyRequest
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.handover.at_once import AtOnce
from server.protocol.calls import Request

if TYPE_CHECKING:
    from pdm_desktop.ui.handover.request import RequestWindow


class Answering(QObject):
    """At most one window for each request."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[AnyRequest], None], at_once: AtOnce,
        clock: Callable[[], datetime], window: QWidget, *, come_forward: Callable[[], None],
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._store = store
        self._bridge = bridge
        self._submit = submit
        self._at_once = at_once
        self._clock = clock
        self._window = window
        self._come_forward = come_forward
        self._open: dict[str, RequestWindow] = {}

    def show(self, request_id: str, *, at: Button | None = None) -> bool:
        """Show a request, ready to be answered `at` a button; False: it does not wait for an answer any more."""
        from pdm_desktop.ui.handover.request import RequestWindow

        request = self._store.mine.request(request_id)
        if request is None:
            return False
        shown = self._open.get(request_id)
        if shown is None:
            shown = RequestWindow(request, self._store, self._bridge, self._clock, self._window)
            shown.answered.connect(lambda which, reply: self._do(request, which, reply))
            shown.adopt_asked.connect(lambda: self._take_over(request))
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

        What cannot be done here is not done silently: the request is shown, which says where it can be. Work goes to
        somebody else only by the window, which says what goes along.
        """
        from pdm_desktop.ui.handover.request import why_not_here

        request = self._store.mine.request(request_id)
        if request is None:
            return False
        if which is Button.TRANSFER:
            return self.show(request_id, at=which)
        if which is Button.RELEASE and why_not_here(request, self._store):
            self._come_forward()
            return self.show(request_id)
        self._do(request, which, "")
        return True

    def _do(self, request: Request, which: Button, reply: str) -> None:
        match which:
            case Button.KEEP:
                self._submit(KeepFile(request=request.id, reply=reply or None))
            case Button.TRANSFER:
                self._submit(requests.Transfer(file=request.file, to=request.asker, request=request.id))
            case Button.RELEASE:
                self._come_forward()
                self._at_once.run(request.vault, request.file, request.path, _release)

    def _take_over(self, request: Request) -> None:
        self._come_forward()
        self._at_once.run(request.vault, request.file, request.path, lambda _: Command.ADOPT)


def _release(row: FileRow) -> Command:
    """Ask for the comment of the check-in, or whether to undo."""
    edited = row.local is not None and row.local.edited
    return Command.CHECK_IN if edited else Command.UNDO_CHECK_OUT
