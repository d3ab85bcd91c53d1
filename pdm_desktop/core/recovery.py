"""The recovery store as a person sees it, and what of it may go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

YOUNGEST = timedelta(days=1)
"""Nothing younger ever goes, however full the store is (N1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One file in the recovery store."""

    id: str
    """Its folder in the store: `2026-11-24/101530-ab12cd`."""
    name: str
    came_from: str
    """Where it was, relative to the workspace, its name included."""
    at: datetime
    why: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the store keeps, and how much."""

    days: int = 30
    most_bytes: int = 20 * 10**9

    def expired(self, kept: Iterable[KeptFile], now: datetime) -> list[KeptFile]:
        """What may go now, the oldest first: what is too old, then what is too much."""
        by_age = sorted(kept, key=lambda one: one.at)
        total = sum(one.size for one in by_age)
        going: list[KeptFile] = []
        for one in by_age:
            age = now - one.at
            if age < YOUNGEST or (age < timedelta(days=self.days) and total <= self.most_bytes):
                break
            going.append(one)
            total -= one.size
        return going
