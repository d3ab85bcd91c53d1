"""What the engine's thread has for the window's: taken in order and a little at a time, so that the window goes on."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

TURN: Final = 0.008
"""Seconds that one turn may take: the window has its own work between two of them."""


class Arrivals:
    """A queue from any thread to the loop: hundreds of small files come at once, each with several things to tell."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_due = False
        """A turn is on its way."""

    def put(self, what: Callable[[], None]) -> None:
        """Do this on the loop, after what came before. Raises RuntimeError when the loop is closed."""
        self._waiting.append(what)
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        self._is_due = False  # first: what comes from now on asks for a turn of its own, needed or not
        ends = self._loop.time() + TURN
        try:
            while self._waiting:
                self._waiting.popleft()()
                if self._loop.time() > ends:
                    break
        finally:
            if self._waiting and not self._is_due:
                self._is_due = True
                self._loop.call_soon(self._take)
