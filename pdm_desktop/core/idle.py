"""Since when somebody is away from the computer, by how long nobody has touched it."""

from datetime import datetime, timedelta
from typing import Final

AWAY_AFTER: Final = timedelta(minutes=10)
"""Whoever reads a drawing or talks to a neighbour is not away."""
SAME: Final = timedelta(minutes=2)
"""Two answers about one absence differ by less: clocks are set, and counters are coarse."""


def left_since(idle: timedelta | None, now: datetime, before: datetime | None) -> datetime | None:
    """Since when nobody has touched the computer, as it was found `before` where that is the same absence.

    None: somebody is at it, or `idle` is not known.
    """
    if idle is None or idle < AWAY_AFTER:
        return None
    since = now - idle
    return before if before is not None and abs(since - before) < SAME else since
