"""When the list of parked versions is read again by itself: each time that something may have changed it."""

from collections.abc import Callable

from pdm_desktop.core.fold import Numbered, file_of
from pdm_desktop.core.requests import CheckIn, CheckInParked, DropParked, Request
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import now_needing
from pdm_desktop.state.store import Store
from pdm_desktop.sync.events import EngineEvent, LocalsRead, RequestFinished, WaitingChanged
from server.protocol.events import Changed, FolderMoved, ServerMessage

GATHER = 0.2
"""Seconds in which reasons to read are gathered: a set of files that is refused is a reason for each of its files."""


class ParkedNews:
    """Hears what may have parked something and has it read, never while the seat is offline. `close` it in the end."""

    def __init__(
        self, store: Store, later: Callable[[float, Callable[[], None]], object], read: Callable[[], None]
    ) -> None:
        """`later` calls something after so many seconds, on the window's loop."""
        self._store = store
        self._later = later
        self._read = read
        self._is_due = self._closed = False

    def hinted(self, message: ServerMessage) -> None:
        """The server says that a list is another now."""
        if isinstance(message, Changed) and message.what == "parked":
            self.read_soon()

    def heard(self, event: Numbered) -> None:
        """A vault changed: what is missing before a check-in from a parked version may be something else now."""
        parked = {one.version.file for one in self._store.parked}
        if parked and (isinstance(event.event, FolderMoved) or file_of(event.event) in parked):
            self.read_soon()

    def told(self, event: EngineEvent) -> None:
        """The engine tells something; call it before the store knows."""
        match event:
            case RequestFinished(finished=finished):
                is_refused = any(line.outcome is Outcome.REFUSED for line in finished.results)
                is_changed = is_refused if isinstance(finished.request, CheckIn) else _is_about_parked(finished.request)
            case WaitingChanged():
                is_changed = bool(now_needing(self._store.queue, event.check_ins))
            case LocalsRead():
                is_changed = True  # an engine that had no workspace could not read it before
            case _:
                is_changed = False
        if is_changed:
            self.read_soon()

    def read_soon(self) -> None:
        """Read it, together with what comes at the same time."""
        if not self._is_due:
            self._is_due = True
            self._later(GATHER, self._read_now)

    def close(self) -> None:
        """Read no more."""
        self._closed = True

    def _read_now(self) -> None:
        self._is_due = False
        if not self._closed and self._store.connection.known:
            self._read()


def _is_about_parked(request: Request) -> bool:
    return isinstance(request, CheckInParked | DropParked)
