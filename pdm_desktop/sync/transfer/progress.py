"""Tells how one transfer goes on, not more than ten times a second."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from pdm_desktop.core.errors import Told
from pdm_desktop.state.transfers import Transfer, TransferState

TELL_EVERY = 0.1
RATE_OVER = 10.0


class Progress:
    """One transfer, from when it waits until it is over."""

    def __init__(self, transfer: Transfer, *, tell: Callable[[Transfer], None]) -> None:
        self._tell = tell
        self._points: deque[tuple[float, int]] = deque()
        self._told_at = 0.0
        self._transfer = transfer
        self._done = transfer.done
        tell(transfer)

    @property
    def transfer(self) -> Transfer:
        """As it was told last."""
        return self._transfer

    def stand(self, state: TransferState) -> None:
        """It waits, moves or is paused from now on."""
        if state is not self._transfer.state:
            self._points.clear()
            self._put(replace(self._transfer, state=state, done=self._done, rate=0.0))

    def add(self, count: int) -> None:
        """So many bytes more have moved."""
        self._done += count
        now = time.monotonic()
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._put(replace(self._transfer, done=self._done, rate=self._rate(now)))

    def _rate(self, now: float) -> float:
        self._points.append((now, self._done))
        while now - self._points[0][0] > RATE_OVER:
            self._points.popleft()
        span, moved = now - self._points[0][0], self._done - self._points[0][1]
        return moved / span if span > 0 else 0.0

    def copied(self, count: int) -> None:
        """So many bytes more are there that need not move: they count at once, and for no rate."""
        self._points = deque((when, done + count) for when, done in self._points)
        self._done += count
        self._put(replace(self._transfer, done=self._done))

    def at(self, offset: int) -> None:
        """It stands there, whatever was counted before: the server has so much, or lost what was on its way."""
        if offset != self._done:
            self._points.clear()
            self._done = offset
            self._put(replace(self._transfer, done=offset))

    def end(self, trouble: Told | None = None) -> None:
        """It is over: done, or stopped by a trouble."""
        state = TransferState.DONE if trouble is None else TransferState.STOPPED
        reason = trouble.text if trouble else None
        self._put(replace(self._transfer, state=state, done=self._done, rate=0.0, reason=reason))

    def drop(self) -> None:
        """It is over, and nobody needs to see it any longer."""
        self._put(replace(self._transfer, state=TransferState.DROPPED, rate=0.0))

    def _put(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._tell(transfer)
