"""How a command went with one file."""

from dataclasses import dataclass

from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.recovery import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """How a command went with one file."""

    text: str
    outcome: Outcome = Outcome.DONE
    advice: str | None = None
    kept: Kept | None = None
    """What was in the way and is in the recovery store now."""

    @property
    def words(self) -> str:
        """All of it, for the person."""
        return f"{self.text} What was here before is kept in {self.kept.path.as_posix()}." if self.kept else self.text
