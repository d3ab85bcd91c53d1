"""Content that looks like an accident: what is here, what was expected, and whether it is right."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.choices import Choice, doubt_choices, sentence_of
from pdm_desktop.core.issues import Doubt, Issue
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import DecideDoubt, OpenFile, OpenRevision, Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.conflicts.decision import DecisionDialog
from pdm_desktop.ui.conflicts.sides import Fact, SideCard, content_fact
from pdm_desktop.ui.widgets import button, row

WIDTH = 700
WAYS = (True, False)


class DoubtDialog(DecisionDialog):
    """What is here beside what was expected."""

    def __init__(
        self,
        doubt: Doubt,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        self._doubt = doubt
        self._submit = submit
        super().__init__(
            store, bridge, clock, doubt.vault, parent, window="Suspicious content", title=name_of(doubt.path),
            note=sentence_of(doubt, clock(), store.reader), later="Leave it",
        )  # fmt: skip
        self.here = SideCard("Here now")
        self.expected = SideCard("What was expected")
        self.open_both = button("Open both", press=self._open_both)
        self._show()
        sides = row(self.here, self.expected, gap=12)
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        self.arrange(sides, left=row(self.open_both))
        self.setMinimumWidth(WIDTH)

    def issue(self) -> Issue:
        return self._doubt

    def take(self, issue: Issue) -> bool:
        if not isinstance(issue, Doubt):
            return False
        before, self._doubt = self._doubt, issue
        self.note.setText(sentence_of(issue, self._clock(), self.store.reader))
        self._show()
        return before.seen != issue.seen

    def choices(self) -> Sequence[Choice]:
        choices = doubt_choices(self._doubt, self.situation())
        return [choices[way] for way in WAYS]

    @property
    def request(self) -> DecideDoubt:
        """What to ask for: about just what is shown."""
        right = WAYS[self.options.chosen() or 0]
        return DecideDoubt(file=self._doubt.file, right=right, seen=self._doubt.seen)

    def _show(self) -> None:
        doubt, here, now = self._doubt, self._doubt.mine, self._clock()
        self.here.say([
            Fact(name="Size", value=words.size(here.size), tip=f"{here.size:,} bytes", strong=True),
            content_fact(here.hash, strong=True),
            Fact(name="Saved", value=words.when(here.at, now), tip=words.full_time(here.at, now)),
            Fact(name="Checked out", value="By you, here" if doubt.held_here else "No"),
        ])  # fmt: skip
        self.expected.say([
            Fact(name="Size", value=words.size(doubt.expected_size), tip=f"{doubt.expected_size:,} bytes"),
            content_fact(doubt.expected_hash, strong=False),
            Fact(name="Revision", value=f"Rev {here.base[0]}.{here.base[1]}, or an edit of it"),
        ])  # fmt: skip

    def _open_both(self) -> None:
        """The vault's opens read-only, apart from the workspace."""
        base = self._doubt.mine.base
        self._submit(OpenFile(file=self._doubt.file))
        self._submit(OpenRevision(file=self._doubt.file, major=base[0], minor=base[1]))
