"""The last notices and results, for the tray's menu and the view Activity."""

from collections import deque
from datetime import datetime

from pdm_desktop.core.notices import Notice
from pdm_desktop.core.results import Finished, Trouble
from server.protocol.records import dataclass

KEPT = 200
"""How many entries are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened, and when."""

    at: datetime
    what: Notice | Finished | Trouble


class Activity:
    """What happened lately."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def entries(self) -> list[Entry]:
        """Everything that is remembered, the newest first."""
        return list(reversed(self._entries))

    def notices(self, limit: int) -> list[tuple[datetime, Notice]]:
        """The newest notices, the newest first."""
        found = ((entry.at, entry.what) for entry in reversed(self._entries) if isinstance(entry.what, Notice))
        return [each for each, _ in zip(found, range(limit), strict=False)]

    def forget(self) -> None:
        """Remember nothing of before."""
        self._entries.clear()

    def note(self, what: Notice | Finished | Trouble, now: datetime) -> None:
        """Remember one more."""
        self._entries.append(Entry(at=now, what=what))
