"""How soon work that comes again and again may begin: at once while there are rests, evenly spread without them."""

import asyncio
import math


class Pace:
    """So many turns a second in the long run, and some more after a rest (the generic cell rate algorithm, I.371).

    Whatever comes while a turn waits is done in it, so that a stream of small things costs a bounded number of turns.
    """

    def __init__(self, *, per_second: float, spare: int) -> None:
        """`spare` turns may begin at once after a rest of `spare / per_second` seconds."""
        self._gap = 1 / per_second
        self._spare = spare * self._gap
        self._next = -math.inf
        """When the next turn would begin if all came evenly."""

    async def turn(self) -> None:
        """Wait until a turn may begin; it counts as begun then."""
        if wait := self.delay(asyncio.get_running_loop().time()):
            await asyncio.sleep(wait)

    def delay(self, now: float) -> float:
        """Take a turn, and tell the seconds until it may begin."""
        begins = max(self._next, now - self._spare)
        self._next = begins + self._gap
        return max(0.0, begins - now)
