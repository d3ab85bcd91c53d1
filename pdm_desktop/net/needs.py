"""What a seat has to read to be in step: of which vault, how often in vain, and when again."""

from collections.abc import Iterable
from enum import Enum

from pdm_desktop.core.link import pause
from server.protocol.records import dataclass

EVERYTHING = ""
"""Stands where a vault would: what is needed is of none."""


class Need(Enum):
    """What has to be read."""

    VAULTS = "vaults"
    """Which ones there are for me; needed of EVERYTHING."""
    CHANGES = "changes"
    SNAPSHOT = "snapshot"


@dataclass(slots=True)
class _Standing:
    need: Need
    due: float
    again: bool = False
    """It was asked for once more while it was read: what has come may be older than that."""
    late: bool = False
    failures: int = 0


class Needs:
    """One need at most for each vault. The moments are seconds of a clock that only goes on."""

    def __init__(self) -> None:
        self._standing: dict[str, _Standing] = {}

    def __bool__(self) -> bool:
        return bool(self._standing)

    def __contains__(self, vault: str) -> bool:
        return vault in self._standing

    def add(self, vault: str, need: Need, now: float) -> None:
        """It is needed from now on, if not for longer. A snapshot has all the changes in it."""
        known = self._standing.setdefault(vault, _Standing(need=need, due=now))
        known.again = True
        if known.need is not Need.SNAPSHOT:
            known.need = need

    def begin(self, vault: str) -> None:
        """It is read from now on."""
        known = self._standing.get(vault)
        if known is not None:
            known.again = False

    def of(self, vault: str) -> Need | None:
        """What of it is needed."""
        known = self._standing.get(vault)
        return None if known is None else known.need

    def met(self, vault: str) -> None:
        """It was read. If it was asked for meanwhile, it is due once more."""
        known = self._standing.get(vault)
        if known is not None and not known.again:
            del self._standing[vault]

    def drop(self, vault: str) -> None:
        """It is not wanted any longer."""
        self._standing.pop(vault, None)

    def keep(self, vaults: Iterable[str]) -> None:
        """Nothing is needed of others than these."""
        kept = {EVERYTHING, *vaults}
        self._standing = {vault: standing for vault, standing in self._standing.items() if vault in kept}

    def clear(self) -> None:
        """Nothing is needed."""
        self._standing.clear()

    def failed(self, vault: str, now: float) -> None:
        """It could not be read: it is due again in growing steps, and the others are not kept waiting by it."""
        known = self._standing.get(vault)
        if known is not None:
            known.failures += 1
            known.late = True
            known.due = now + pause(known.failures)

    def takes_long(self, vault: str) -> None:
        """Reading it takes so long that it has to be said."""
        known = self._standing.get(vault)
        if known is not None:
            known.late = True

    def due(self, now: float) -> list[tuple[str, Need]]:
        """What is to be read now, the oldest first."""
        return [(vault, standing.need) for vault, standing in self._standing.items() if standing.due <= now]

    def next_due(self) -> float | None:
        """When something is to be read next."""
        return min((standing.due for standing in self._standing.values()), default=None)

    @property
    def are_late(self) -> bool:
        """Something could not be read, or takes so long that it has to be said."""
        return any(standing.late for standing in self._standing.values())
