"""Two versions of one file, side by side, and what can become of them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.choices import Choice, sentence_of, versions_choices
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Conflict, Issue
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import DecideVersions, OpenFile, OpenRevision, Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.conflicts.decision import DecisionDialog
from pdm_desktop.ui.conflicts.sides import Fact, SideCard, content_fact
from pdm_desktop.ui.widgets import button, label, row
from server.protocol.vault import Revision

WIDTH = 760
SIDES = tuple(Side)


class VersionsDialog(DecisionDialog):
    """Yours beside the vault's."""

    def __init__(
        self,
        conflict: Conflict,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        self._conflict = conflict
        self._submit = submit
        super().__init__(
            store, bridge, clock, conflict.vault, parent, window="Two versions", title=name_of(conflict.path),
            note=sentence_of(conflict, clock(), store.reader), later="Decide later",
        )  # fmt: skip
        self.mine = SideCard("Yours, on this computer")
        self.theirs = SideCard("In the vault")
        self.differ = label("", wrap=True)
        self.open_both = button("Open both", press=self._open_both)
        self._show()
        sides = row(self.mine, self.theirs, gap=12)
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        self.arrange(sides, self.differ, left=row(self.open_both))
        self.setMinimumWidth(WIDTH)

    def issue(self) -> Issue:
        return self._conflict

    def take(self, issue: Issue) -> bool:
        if not isinstance(issue, Conflict):
            return False
        before, self._conflict = self._conflict, issue
        self.note.setText(sentence_of(issue, self._clock(), self.store.reader))
        self._show()
        return before.seen != issue.seen

    def choices(self) -> Sequence[Choice]:
        choices = versions_choices(self._conflict, self.situation())
        return [choices[side] for side in SIDES]

    @property
    def request(self) -> DecideVersions:
        """What to ask for: about just what is shown."""
        return DecideVersions(
            file=self._conflict.file,
            side=SIDES[self.options.chosen() or 0],
            seen=self._conflict.seen,
            who=self.store.reader.person or "",
        )

    def _show(self) -> None:
        conflict, theirs = self._conflict, self._conflict.theirs
        differs = not conflict.is_same
        self.mine.say(self._my_facts(strong=differs))
        self.theirs.say(self._deleted_facts() if theirs is None else self._their_facts(theirs, strong=differs))
        self.differ.setText(_compared(conflict))
        self.open_both.setText("Open both" if theirs is not None else "Open yours")

    def _my_facts(self, *, strong: bool) -> list[Fact]:
        mine, now = self._conflict.mine, self._clock()
        account = self.store.account
        who = "You" if account is None else f"{account.person} on {account.computer}"
        return [
            Fact(name="Revision", value=f"Edited from Rev {mine.base[0]}.{mine.base[1]}"),
            Fact(name="Who", value=who),
            Fact(name="Saved", value=words.when(mine.at, now), tip=words.full_time(mine.at, now)),
            Fact(name="Size", value=words.size(mine.size), tip=f"{mine.size:,} bytes"),
            content_fact(mine.hash, strong=strong),
            Fact(name="Checked out", value="By you, here" if self._conflict.held_here else "No"),
        ]

    def _their_facts(self, head: Revision, *, strong: bool) -> list[Fact]:
        now = self._clock()
        return [
            Fact(name="Revision", value=f"Rev {head.number}, the newest", tip=head.comment or ""),
            Fact(name="Who", value=head.author),
            Fact(name="Checked in", value=words.when(head.at, now), tip=words.full_time(head.at, now)),
            Fact(name="Size", value=words.size(head.size), tip=f"{head.size:,} bytes"),
            content_fact(head.hash, strong=strong),
            Fact(name="Checked out", value=self._holder(now)),
        ]

    def _deleted_facts(self) -> list[Fact]:
        return [
            Fact(name="Revision", value="Deleted"),
            Fact(name="Who", value=self._conflict.deleted_by or "Not known"),
        ]

    def _holder(self, now: datetime) -> str:
        lock = self._conflict.lock
        if lock is None:
            return "No"
        who = "You" if self.store.reader.is_holder(lock) else lock.locked_by
        return f"{who} on {lock.computer} since {words.clock_or_day(lock.since, now)}"

    def _open_both(self) -> None:
        """The vault's opens read-only, apart from the workspace."""
        self._submit(OpenFile(file=self._conflict.file))
        theirs = self._conflict.theirs
        if theirs is not None:
            self._submit(OpenRevision(file=self._conflict.file, major=theirs.major, minor=theirs.minor))


def _compared(conflict: Conflict) -> str:
    theirs = conflict.theirs
    if theirs is None:
        return "The vault has no file any more to compare yours with. Its revisions stay, and it can be restored."
    if conflict.is_same:
        return "Both have the same content: whatever you choose, nothing differs."
    change = conflict.mine.size - theirs.size
    if not change:
        return "They differ in content, and are of the same size."
    return f"They differ in content. Yours is {words.size(abs(change))} {'larger' if change > 0 else 'smaller'}."
