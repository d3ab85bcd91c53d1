"""Gives what others do to `core.notices`, and what that decides to the store, at the right time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pdm_desktop.app.tasks import Tasks
from pdm_desktop.core.asking import Asking, asking_notice
from pdm_desktop.core.fold import Numbered, file_of, path_of
from pdm_desktop.core.issues import Conflict, Issue
from pdm_desktop.core.left_work import LeftWork, left_notice
from pdm_desktop.core.notices import WINDOW, Notice, Notices, notice_of
from pdm_desktop.core.waiting import Stand
from pdm_desktop.state.store import Store
from server.protocol.events import FileUnlocked, FolderMoved

REMEMBERED = 50
"""Of so many files it is known how their last check-out ended."""


class Speaker:
    """Decides for one signed-in person when to speak."""

    def __init__(self, store: Store, tasks: Tasks, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._tasks = tasks
        self._clock = clock
        self._notices = Notices(store.reader, is_near=self._is_near)
        self._asking = Asking()
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._released: dict[str, str] = {}

    def hear(self, event: Numbered, was_mine: bool) -> None:
        """An event was applied; `was_mine`: this seat held the file until then."""
        self._learn_hearing()
        if self._is_told_by_the_inbox(event):
            return
        notices = self._notices.feed(
            event.vault, event.event, self._clock(), was_mine=was_mine, watched=self._is_watched(event)
        )
        for notice in notices:
            self._store.raise_notice(notice)
        self._tell_in_time("gathered notices", lambda: self._notices.due, self._tell_gathered)

    def released(self) -> Mapping[str, str]:
        """How check-outs ended lately, each as a sentence, by file."""
        return self._released

    def say(self, notice: Notice) -> None:
        """Tell this whatever the rule is; in quiet hours it is only noted."""
        self._learn_hearing()
        self._store.raise_notice(notice, aloud=not self._notices.hearing.is_quiet(self._clock()))

    def see(self, issues: Sequence[Issue]) -> None:
        """There is this to decide. No rule is about that, but a quiet hour is."""
        self._asking.see(issues, self._clock())
        self._tell_in_time("open questions", lambda: self._asking.due, self._ask)

    def tell_left(self, left: LeftWork) -> None:
        """Work of a check-out that is over is being parked. The same holds for that."""
        self.say(left_notice(left, self._store.reader.person, self._clock()))

    def _learn_hearing(self) -> None:
        self._notices.hearing = self._store.hearing

    def _tell_in_time(self, name: str, due: Callable[[], datetime | None], tell: Callable[[], None]) -> None:
        """One task of that name waits as long as something is due."""
        waiting = self._waiting.get(name)
        if due() is not None and (waiting is None or waiting.done()):
            self._waiting[name] = self._tasks.begin(self._wait_and_tell(due, tell), name=name)

    async def _wait_and_tell(self, due: Callable[[], datetime | None], tell: Callable[[], None]) -> None:
        while (at := due()) is not None:
            # A clock that was put back meanwhile must not make this a sleep of a year.
            await asyncio.sleep(min(max(0.05, (at - self._clock()).total_seconds()), WINDOW.total_seconds()))
            tell()

    def _tell_gathered(self) -> None:
        for notice in self._notices.tick(self._clock()):
            self._store.raise_notice(notice)

    def _ask(self) -> None:
        issues = [each for each in self._asking.tick(self._clock()) if not self._is_told_by_the_queue(each)]
        if issues:
            self.say(asking_notice(issues, self._clock(), self._store.reader))

    def _is_told_by_the_inbox(self, event: Numbered) -> bool:
        """A file is free for which I wait first, or have asked: my inbox says so, and is told how it came about."""
        released = event.event
        if not isinstance(released, FileUnlocked):
            return False
        notice = notice_of(event.vault, released, self._store.reader)
        if notice is None:
            return False
        self._released[released.file] = notice.text
        while len(self._released) > REMEMBERED:
            del self._released[next(iter(self._released))]
        mine = self._store.mine
        return mine.place_in_line(released.file) == 1 or mine.asked_for(released.file) is not None

    def _is_told_by_the_queue(self, issue: Issue) -> bool:
        """Two versions of a file whose check-in waited: the notice of that one says so."""
        needing = {one.file for one in self._store.queue if one.stand is Stand.NEEDS_YOU and one.outdated}
        return isinstance(issue, Conflict) and issue.file in needing

    def _is_watched(self, event: Numbered) -> bool:
        changed = event.event
        if isinstance(changed, FolderMoved):
            return False
        file, path = file_of(changed), path_of(changed)
        return self._store.mine.is_watched(event.vault, file, path)

    def _is_near(self, notice: Notice) -> bool:
        """I watch it, or it has a copy here. A check-out of mine always has one."""
        if notice.target is None or notice.vault is None:
            return False
        if notice.target in self._store.local:
            return True
        return self._store.mine.is_watched(notice.vault, notice.target, notice.path or "")
