"""Python's search for cycles of garbage, on the window's thread and on no other.

By itself the search runs in whichever thread happens to allocate. In that of the engine or of a cache it would take
apart what was a window: Qt ends the program when timers and widgets go in a thread that is not theirs.
"""

import gc
import sys
from typing import Final

from PySide6.QtCore import QObject, QTimer

AT_REST_MS: Final = 2_000
"""How often to look while nothing comes together."""
AT_WORK_MS: Final = 100
"""How often while something does: little is found each time, and the window does not wait for it."""
GROWN: Final = 1.25
"""All objects are searched when memory has grown by this factor: Python's own rule (documentation of `gc`)."""


class Garbage(QObject):
    """Switches the search by itself off for the whole process, and searches from a timer, by the usual thresholds.

    Make it on the window's thread as soon as there is an application; from then on there is no way back.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self.settle()
        self._blocks = sys.getallocatedblocks()
        self.timer = QTimer(self, interval=AT_REST_MS)
        self.timer.timeout.connect(self.look)
        self.timer.start()

    def settle(self) -> None:
        """What is there now stays, as far as anybody knows: never search it. After many modules were loaded."""
        gc.freeze()

    def look(self) -> int | None:
        """Search the generation whose turn it is, and tell which that was; None where it was none's."""
        turn = due(gc.get_count(), gc.get_threshold(), grown=sys.getallocatedblocks() >= GROWN * self._blocks)
        if turn is not None:
            gc.collect(turn)
        if turn == OLDEST:
            self._blocks = sys.getallocatedblocks()
        wanted = AT_REST_MS if turn is None else AT_WORK_MS
        if self.timer.interval() != wanted:
            self.timer.setInterval(wanted)
        return turn


OLDEST: Final = 2


def due(count: tuple[int, int, int], threshold: tuple[int, int, int], *, grown: bool) -> int | None:
    """The oldest generation whose turn it is, as Python chooses it; the oldest of all only when memory has grown."""
    if not 0 < threshold[0] < count[0]:
        return None
    if count[OLDEST] > threshold[OLDEST] and grown:
        return OLDEST
    return 1 if count[1] > threshold[1] else 0
