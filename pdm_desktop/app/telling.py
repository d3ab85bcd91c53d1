"""What this seat tells the server of itself: how it stands with its check-outs, what needs its person, who is away.

Each is told when it is something else than before, and at most every 30 seconds; after every reconnect all of it is
told again. Nothing waits for it, and what is said while there is no connection is not kept.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from pdm_desktop.core.issues import Absent, Conflict, Doubt, Issue, MassDeletion, ParkedNeed
from pdm_desktop.core.waiting import Stand, WaitingCheckIn
from pdm_desktop.state.store import Store
from server.protocol.events import Away, Report, Troubles

EVERY: Final = 30.0
"""Seconds between two messages about one file, or about the troubles."""
LEAST: Final = 0.05
"""Seconds that are waited at least."""

Told = Report | Troubles | Away
AWAY: Final = "away"
"""Not the id of a file."""


class Telling:
    """Tells what is so by now. On the window's loop. `close` it in the end."""

    def __init__(
        self,
        store: Store,
        say: Callable[[Told], None],
        later: Callable[[float, Callable[[], None]], object],
        now: Callable[[], float],
    ) -> None:
        """`later` calls something after so many seconds, `now` is a clock that only goes on, in seconds."""
        self._store = store
        self._say = say
        self._later = later
        self._now = now
        self._reports: tuple[Report, ...] = ()
        self._is_full = False
        self._away: datetime | None = None
        self._told: dict[str, tuple[Told, float]] = {}
        """What was told last, of each file by its id, of the troubles and of who is away, and when."""
        self._waits = self._closed = False

    def see(self, reports: Sequence[Report], *, is_full: bool) -> None:
        """The workspace shows this of each check-out, and so much room."""
        self._reports = tuple(reports)
        self._is_full = is_full
        self.tell()

    def leave(self, since: datetime | None) -> None:
        """Nobody is at this computer since then; None: somebody is back."""
        self._away = since
        self.tell()

    def come_back(self) -> None:
        """Connected again: the server may know nothing of it any more."""
        self._told.clear()
        self.tell()

    def tell(self) -> None:
        """Something may be another than before: tell what is, and whose time has come."""
        if self._closed or not self._store.connection.known:
            return
        now, wanted = self._now(), self._wanted()
        self._told = {key: told for key, told in self._told.items() if key in wanted}
        later: list[float] = []
        for key, message in wanted.items():
            before = self._told.get(key)
            left = 0.0 if before is None else before[1] + EVERY - now
            if before is not None and before[0] == message:
                continue
            if left > 0:
                later.append(left)
            else:
                self._told[key] = message, now
                self._say(message)
        if later:
            self._tell_later(min(later))

    def close(self) -> None:
        """Tell nothing any more."""
        self._closed = True

    def _wanted(self) -> Mapping[str, Told]:
        """A file is told of once the vault's own event says that it is held here: the server forgets it with that."""
        mine = {held.file for held in self._store.locks.mine(self._store.reader)}
        found: dict[str, Told] = {each.file: each for each in self._reports if each.file in mine}
        found[""] = troubles_of(self._store.issues.all, self._store.queue, is_full=self._is_full)
        if self._away is not None or AWAY in self._told:  # who was told nothing takes it that somebody is here
            found[AWAY] = Away(since=self._away)
        return found

    def _tell_later(self, seconds: float) -> None:
        if not self._waits:
            self._waits = True
            self._later(max(seconds, LEAST), self._tell_now)  # a timer that is early is not set again and again

    def _tell_now(self) -> None:
        self._waits = False
        self.tell()


def troubles_of(issues: Sequence[Issue], queue: Sequence[WaitingCheckIn], *, is_full: bool) -> Troubles:
    """What needs the person, in numbers: others learn how many, never which files."""
    return Troubles(
        decisions=sum(isinstance(each, Conflict | Doubt | MassDeletion | ParkedNeed) for each in issues),
        stopped=sum(each.stand is Stand.NEEDS_YOU for each in queue),
        waiting=sum(each.stand is Stand.WAITS and each.why is not None for each in queue),
        full=is_full,
        absent=any(isinstance(each, Absent) for each in issues),
    )
