"""What needs a person's decision now, as the engine saw it last."""

from collections.abc import Iterable

from pdm_desktop.core.issues import Conflict, Doubt, Issue, files_of, key_of


class Issues:
    """The open questions, in their order."""

    def __init__(self) -> None:
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

    def replace(self, issues: Iterable[Issue]) -> None:
        """Just these are open."""
        self._all = tuple(issues)
        self._of = {file: each for each in self._all for file in files_of(each)}
