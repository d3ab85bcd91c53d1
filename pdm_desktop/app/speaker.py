"""Gives what others do to `core.notices`, and what that decides to the store, at the right time."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from pdm_desktop.app.tasks import Tasks
from pdm_desktop.core.asking import Asking, asking_notice
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Issue
from pdm_desktop.core.left_work import LeftWork, left_notice
from pdm_desktop.core.notices import WINDOW, Notice, Notices
from pdm_desktop.state.store import Store


class Speaker:
    """Decides for one signed-in person when to speak."""

    def __init__(self, store: Store, tasks: Tasks, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._tasks = tasks
        self._clock = clock
        self._notices = Notices(store.reader, is_local=self._is_local)
        self._asking = Asking()
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def hear(self, event: Numbered, was_mine: bool) -> None:
        """An event was applied; `was_mine`: this seat held the file until then."""
        self._learn_hearing()
        self._raise(self._notices.feed(event.vault, event.event, self._clock(), was_mine=was_mine))
        self._tell_in_time("gathered notices", lambda: self._notices.due, self._tell_gathered)

    def see(self, issues: Sequence[Issue]) -> None:
        """There is this to decide. No rule is about that, but a quiet hour is."""
        self._asking.see(issues, self._clock())
        self._tell_in_time("open questions", lambda: self._asking.due, self._ask)

    def tell_left(self, left: LeftWork) -> None:
        """Work of a check-out that is over is being parked. The same holds for that."""
        self._learn_hearing()
        self._say(left_notice(left, self._store.reader.person, self._clock()))

    def _say(self, notice: Notice) -> None:
        if self._notices.may_speak(notice, self._clock()):
            self._raise([notice])

    def _learn_hearing(self) -> None:
        self._notices.rule, self._notices.quiet_until = self._store.hearing.rule, self._store.hearing.quiet_until

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
        self._raise(self._notices.tick(self._clock()))

    def _ask(self) -> None:
        issues = self._asking.tick(self._clock())
        if issues:
            self._learn_hearing()
            self._say(asking_notice(issues, self._clock(), self._store.reader))

    def _raise(self, notices: list[Notice]) -> None:
        for notice in notices:
            self._store.raise_notice(notice)

    def _is_local(self, file: str) -> bool:
        """It has a copy here. A check-out of mine always has one."""
        return file in self._store.local
