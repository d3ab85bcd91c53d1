"""The bus of a server that is one process: a list of subscribers, called in turn."""

import structlog

from server.bus.base import BusFigures, Hint, Receive, Unsubscribe

log = structlog.get_logger(__name__)


class MemoryBus:
    """Delivers at once, in the order of publishing."""

    def __init__(self) -> None:
        self._subscribers: list[Receive] = []

    @property
    def hears(self) -> bool:
        """All that there is."""
        return True

    def figures(self) -> BusFigures:
        """There is nobody else."""
        return BusFigures()

    async def publish(self, hint: Hint) -> None:
        """Tell every subscriber."""
        self.deliver(hint)

    def deliver(self, hint: Hint) -> None:
        """Tell every subscriber in this process. One that raises is logged and the others still hear."""
        for receive in tuple(self._subscribers):
            try:
                receive(hint)
            except Exception:
                log.exception("hint_not_received", hint=str(hint))

    def subscribe(self, receive: Receive) -> Unsubscribe:
        """Call `receive` for each hint from now on, until the answer is called (once; more often does nothing)."""
        self._subscribers.append(receive)

        def unsubscribe() -> None:
            if receive in self._subscribers:
                self._subscribers.remove(receive)

        return unsubscribe

    async def close(self) -> None:
        """Forget every subscriber."""
        self._subscribers.clear()
