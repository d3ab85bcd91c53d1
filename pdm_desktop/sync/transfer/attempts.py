"""How often a transfer that is cut goes on, and after how long."""

import asyncio

from pdm_desktop.core.errors import ServerBusy, Told

FIRST_WAITS = (0.1, 0.5)
"""Seconds before a new attempt while nothing has moved yet: a server that is not there is told soon."""
WAITS = (0.2, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each new attempt; at their end it is given up, and goes on when it is asked for again."""
LONGEST_WAIT = 30.0


class Attempts:
    """The attempts of one transfer."""

    def __init__(self) -> None:
        self._waits = iter(FIRST_WAITS)

    def moved(self) -> None:
        """It has come further: there are all attempts again."""
        self._waits = iter(WAITS)

    async def wait(self, error: Told) -> None:
        """Wait before a new attempt. Raises the error when there were enough."""
        seconds = next(self._waits, None)
        if seconds is None:
            raise error
        asked = error.wait if isinstance(error, ServerBusy) and error.wait is not None else 0.0
        await asyncio.sleep(max(seconds, min(asked, LONGEST_WAIT)))
