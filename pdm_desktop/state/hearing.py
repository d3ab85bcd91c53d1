"""Which notices the person wants to hear."""

from dataclasses import dataclass
from datetime import datetime

from pdm_desktop.core.notices import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """The rule, and until when even that is silent."""

    rule: Rule = Rule.ALL
    quiet_until: datetime | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Nothing is told now but what cannot wait."""
        return self.quiet_until is not None and now < self.quiet_until
