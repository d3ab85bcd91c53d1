"""What will most likely fail again is tried again in growing steps: what does not come at once need not come often."""

import asyncio

from pdm_desktop.core.errors import Halfway, ServerTrouble, Spoiled, Told
from pdm_desktop.core.waiting import retry_after


class Patience:
    """When what has failed is tried again: a file by its id, what was begun by its key. Use it on the engine's loop."""

    def __init__(self) -> None:
        self._tries: dict[str, int] = {}
        self._not_before: dict[str, float] = {}

    def failed(self, what: str, error: Exception) -> None:
        """It did not go well. What the server has is spoiled, or cannot be read there: that will be so for a while.

        So will what nobody foresaw, and what keeps this computer from ending what the server has done. A connection
        that was lost, a full disk and a program that has a file pass by themselves, and nobody tells.
        """
        if isinstance(error, Told) and not isinstance(error, Spoiled | ServerTrouble | Halfway):
            return
        tries = self._tries[what] = self._tries.get(what, 0) + 1
        # Clocks are set; the loop's time only goes on.
        self._not_before[what] = asyncio.get_running_loop().time() + retry_after(tries).total_seconds()

    def is_over(self, what: str) -> bool:
        """It may be tried now."""
        return what not in self._not_before or asyncio.get_running_loop().time() >= self._not_before[what]

    def forget(self, *what: str) -> None:
        """It went well, or it is something else by now."""
        for each in what:
            self._tries.pop(each, None)
            self._not_before.pop(each, None)

    def forget_all(self) -> None:
        """The server is back, and perhaps it is another one."""
        self._tries.clear()
        self._not_before.clear()
