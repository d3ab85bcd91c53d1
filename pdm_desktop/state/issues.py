"""What needs the person now: of the workspace, of the queue, and of what is parked, as each was known last."""

from collections.abc import Iterable

from pdm_desktop.core.issues import Conflict, Doubt, Issue, files_of, gathered, key_of
from pdm_desktop.core.parked import ParkedHere
from pdm_desktop.core.waiting import WaitingCheckIn


class Issues:
    """The open questions, in their order."""

    def __init__(self) -> None:
        self._seen: tuple[Issue, ...] = ()
        self._queue: tuple[WaitingCheckIn, ...] = ()
        self._parked: tuple[ParkedHere, ...] = ()
        self._all: tuple[Issue, ...] = ()
        self._of: dict[str, Issue] = {}

    def __len__(self) -> int:
        return len(self._all)

    @property
    def all(self) -> tuple[Issue, ...]:
        """Every one of them."""
        return self._all

    def of(self, file: str) -> Issue | None:
        """What is asked about a file."""
        return self._of.get(file)

    def versions_of(self, file: str) -> Conflict | Doubt | None:
        """What is asked about this file alone."""
        found = self._of.get(file)
        return found if isinstance(found, Conflict | Doubt) else None

    def same(self, issue: Issue) -> Issue | None:
        """The same question as it is now; None when it is answered."""
        return next((each for each in self._all if key_of(each) == key_of(issue)), None)

    def replace(self, issues: Iterable[Issue]) -> bool:
        """The workspace shows just these. Each of the three says whether something else is open than before."""
        self._seen = tuple(issues)
        return self._gather()

    def replace_queue(self, check_ins: Iterable[WaitingCheckIn]) -> bool:
        """Just these wait for the server; some of them may need the person."""
        self._queue = tuple(check_ins)
        return self._gather()

    def replace_parked(self, versions: Iterable[ParkedHere]) -> bool:
        """Just these are parked."""
        self._parked = tuple(versions)
        return self._gather()

    def _gather(self) -> bool:
        before, self._all = self._all, gathered(self._seen, self._queue, self._parked)
        self._of = {file: each for each in self._all for file in files_of(each)}
        return self._all != before
