"""How many deletions in the vault the workspace follows without asking (N11)."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

FEW, SHARE = 20, 0.3
"""More deletions at once than the larger of so many and of that share of all copies wait for a person."""
TOGETHER = timedelta(minutes=10)
"""Deletions within so long count as one: a folder's deletion is told file by file."""


def are_too_many(deletions: int, *, copies: int) -> bool:
    """More than a workspace with so many copies follows by itself."""
    return deletions > max(FEW, SHARE * copies)


class Followed:
    """The deletions that were followed lately."""

    def __init__(self, before: Iterable[datetime] = (), *, now: datetime) -> None:
        """`before` are those of the last start: it may have been just now, by a clock that was otherwise."""
        self._at = deque(at for at in sorted(before) if abs(now - at) <= TOGETHER)

    def note(self, count: int, now: datetime) -> None:
        """So many were followed now."""
        self._at.extend([now] * count)

    def lately(self, now: datetime) -> int:
        """How many belong together with one that comes now. A clock that was put back makes them belong."""
        while self._at and now - self._at[0] > TOGETHER:
            self._at.popleft()
        return len(self._at)
