"""How a transfer goes on, as it is told."""

import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from pdm_desktop.core.errors import Told
from pdm_desktop.state.transfers import Transfer, TransferState

TELL_EVERY = 0.1
RATE_OVER = 10.0


class Progress:
    """Tells how one transfer goes on, not more than ten times a second."""

    def __init__(self, file: str, *, path: str, up: bool, size: int, tell: Callable[[Transfer], None]) -> None:
        self._tell = tell
        self._points: deque[tuple[float, int]] = deque()
        self._told_at = 0.0
        self._transfer = Transfer(
            id=uuid.uuid4().hex, file=file, path=path, up=up, size=size, state=TransferState.RUNNING
        )
        tell(self._transfer)

    def add(self, count: int) -> None:
        """So many bytes more have moved."""
        now = time.monotonic()
        done = self._transfer.done + count
        self._points.append((now, done))
        while now - self._points[0][0] > RATE_OVER:
            self._points.popleft()
        span, moved = now - self._points[0][0], done - self._points[0][1]
        self._transfer = replace(self._transfer, done=done, rate=moved / span if span > 0 else 0.0)
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._tell(self._transfer)

    def at(self, offset: int) -> None:
        """It stands there, whatever was counted before: the server has so much, or lost what was on its way."""
        if offset != self._transfer.done:
            self._points.clear()
            self._transfer = replace(self._transfer, done=offset)
            self._tell(self._transfer)

    def end(self, trouble: Told | None = None) -> None:
        """It is over: done, or stopped by a trouble."""
        state = TransferState.DONE if trouble is None else TransferState.STOPPED
        self._tell(replace(self._transfer, state=state, rate=0.0, reason=trouble.text if trouble else None))
