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
class Ages:
    """How long each file has been in the store, as far as it was counted."""

    counted_at: datetime
    seconds: dict[str, float]
    """By the file's id."""

    def of(self, kept: KeptFile) -> timedelta:
        """Of one file; what was not counted yet has just come."""
        return timedelta(seconds=self.seconds.get(kept.id, 0.0))


def counted(before: Ages | None, kept: Iterable[KeptFile], now: datetime) -> Ages:
    """The ages at the next look at the store. The clock is not believed: it may have been wrong, or be so now.

    From one look to the next at most a day counts, and none backwards: a clock that jumps ages nothing (N1).
    """
    passed = timedelta() if before is None else max(timedelta(), min(now - before.counted_at, YOUNGEST))
    known = {} if before is None else before.seconds
    return Ages(
        counted_at=now,
        seconds={one.id: known[one.id] + passed.total_seconds() if one.id in known else 0.0 for one in kept},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the store keeps, and how much."""

    days: int = 30
    most_bytes: int = 20 * 10**9

    def expired(self, kept: Iterable[KeptFile], ages: Ages) -> list[KeptFile]:
        """What may go now, the oldest first: what is too old, then what is too much."""
        by_age = sorted(kept, key=lambda one: (-ages.of(one), one.at))
        total = sum(one.size for one in by_age)
        going: list[KeptFile] = []
        for one in by_age:
            age = ages.of(one)
            if age <= YOUNGEST or (age < timedelta(days=self.days) and total <= self.most_bytes):
                break
            going.append(one)
            total -= one.size
        return going
