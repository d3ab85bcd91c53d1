"""What a server remembers of its own running."""

from dataclasses import dataclass
from datetime import datetime

from server.services.collecting import Collected


@dataclass(slots=True)
class Upkeep:
    """Since when it runs, and its last collection."""

    started: datetime
    collected: Collected | None = None
    collected_at: datetime | None = None

    def has_collected(self, what: Collected, *, at: datetime) -> None:
        """What was no longer needed is gone."""
        self.collected, self.collected_at = what, at
