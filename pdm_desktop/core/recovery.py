"""The recovery store as a person sees it, and what of it may go."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from server.protocol.records import dataclass

YOUNGEST = timedelta(days=1)
"""Nothing younger ever goes, however full the store is (N1)."""
MOST_AT_ONCE = timedelta(hours=12)
"""So much counts at most from one look at the store to the next."""
LOOKS_BEHIND = 28
"""After so many in a row the clock was ahead before, and is right now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One file in the recovery store."""

    id: str
    """Where it lies in the store, `2026-11-24/101530-ab12cd/plate.nc`, or in the workspace if that is elsewhere.

    Of a name that is no text the store makes another id.
    """
    name: str
    came_from: str
    """Where it was, relative to the workspace, its name included."""
    at: datetime
    why: str
    size: int
    mtime_ns: int

    @property
    def look(self) -> tuple[int, int]:
        """What tells that it was saved again."""
        return self.size, self.mtime_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long each file has been in the store as it is, as far as it was counted."""

    counted_at: datetime
    """The latest time at which somebody looked, by a clock that may be wrong."""
    seconds: dict[str, float]
    """By the file's id."""
    looks: dict[str, tuple[int, int]]
    """Size and time of each, by its id."""
    behind: int = 0
    """So many looks in a row were before `counted_at`."""

    def of(self, kept: KeptFile) -> timedelta:
        """Of one file; what was not counted yet has just come."""
        return timedelta(seconds=self.seconds.get(kept.id, 0.0))


def counted(before: Ages | None, kept: Iterable[KeptFile], now: datetime) -> Ages:
    """The ages at the next look at the store. The clock is not believed: it may have been wrong, or be so now (N1).

    What has passed counts from the latest look, up to some hours, and none backwards: a clock that is far behind at
    each start ages nothing when it is put right. What was saved in the store since has just come.
    """
    kept = list(kept)
    if before is None:
        before = Ages(counted_at=now, seconds={}, looks={})
    passed = max(timedelta(), min(now - before.counted_at, MOST_AT_ONCE)).total_seconds()
    same = [one for one in kept if before.looks.get(one.id) == one.look]
    behind = before.behind + 1 if now < before.counted_at else 0
    return Ages(
        counted_at=before.counted_at if 0 < behind < LOOKS_BEHIND else now,
        behind=behind % LOOKS_BEHIND,
        seconds={one.id: 0.0 for one in kept} | {one.id: before.seconds[one.id] + passed for one in same},
        looks={one.id: one.look for one in kept},
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
