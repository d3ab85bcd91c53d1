"""That there is no connection for a while is told once each time."""

from collections.abc import Callable

from pdm_desktop.core.notices import OFFLINE_TOLD, Notice, offline_notice
from pdm_desktop.state.account import Phase
from pdm_desktop.state.store import Store

_AWAY = (Phase.OFFLINE, Phase.WAITING)
"""Nobody answers, or only with the wish to wait; dialling in between changes nothing."""


class Outage:
    """Tells of one that lasts. On the window's loop. `close` it in the end."""

    def __init__(
        self, store: Store, say: Callable[[Notice], None], later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        """`later` calls something after so many seconds."""
        self._store = store
        self._say = say
        self._later = later
        self._which = 0
        """Counts connections that were lost or came back: who waits for the end of an earlier one tells nothing."""
        self._is_away = False

    def see(self) -> None:
        """The connection stands otherwise now."""
        is_away = self._store.connection.phase in _AWAY
        if is_away == self._is_away:
            return
        self._is_away = is_away
        self._which += 1
        if is_away:
            which = self._which
            self._later(OFFLINE_TOLD.total_seconds(), lambda: self._tell(which))

    def close(self) -> None:
        """Tell nothing any more."""
        self._which += 1

    def _tell(self, which: int) -> None:
        if which == self._which:
            self._say(offline_notice())
