"""What an engine does without being asked: it hears of changes, looks again in time, and waits for programs."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

from pdm_desktop import log
from pdm_desktop.core.recovery import Retention
from pdm_desktop.sync.engine import Engine
from pdm_desktop.sync.watch import NotWatched, Watch

TURN: Final = 5.0
"""Seconds between two turns."""
LOOK_TURNS, SCAN_TURNS = 1, 12
"""So many turns between two looks at what is checked out here, and between two walks, while nobody tells of changes."""
WATCHED_LOOK_TURNS, WATCHED_SCAN_TURNS = 6, 60
"""The same while somebody does: half a minute, and five minutes."""
PURGE_TURNS: Final = 4_320
"""So many between two looks at what the recovery store need not keep any longer: six hours."""
MANY: Final = 1_000
"""Changes of more places at once are walked for; systems lose some of a storm."""
CALM: Final = 1.0
"""Seconds between two walks in a storm."""
WATCH_AGAIN: Final = 60.0
"""Seconds before watching is tried again."""

Guard = Callable[[Callable[[Engine], Awaitable[None]]], Coroutine[Any, Any, None]]
"""Does one thing with the engine; whatever breaks in it, the rounds go on."""


class Rounds:
    """One engine's rounds over one workspace. `run` them until they are cancelled."""

    def __init__(self, engine: Engine, watch: Watch, root: Path, *, retention: Retention, guard: Guard) -> None:
        self._engine = engine
        self._watch = watch
        self._root = root
        self._retention = retention
        self._guard = guard
        self._why_not: str | None = "not begun"
        """Why nobody tells of changes; None: somebody does."""
        self._broken_by: str | None = None
        """What nobody foresaw and broke the watching last: where that was is logged once."""

    async def run(self) -> None:
        """Go on until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(), name="watch the workspace")
            group.create_task(self._take_turns(group), name="look again")
            group.create_task(self._wait_for_programs(), name="wait for programs")

    async def _wait_for_programs(self) -> None:
        while True:
            await self._guard(lambda engine: engine.wait_for_programs())
            await asyncio.sleep(TURN)  # it ended by an error, which was told

    async def look(self) -> None:
        """The person is back: what was edited, what is new, what is gone."""
        await self._guard(lambda engine: engine.look_at_mine())
        if self._why_not is not None:
            await self._guard(lambda engine: engine.scan())

    async def _listen(self) -> None:
        while True:
            self._tell(await self._hear_out() or "it ended")
            await self._guard(lambda engine: engine.scan())
            await asyncio.sleep(WATCH_AGAIN)

    async def _hear_out(self) -> str:
        """Take changes until there are no more of them to be had; why."""
        try:
            async with aclosing(self._watch.changes(self._root)) as changes:
                async for places in changes:
                    await self._take(places)
        except NotWatched as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is: the walks go on, and watching is tried again
            why = f"{type(error).__name__}: {error}"
            if why != self._broken_by:
                self._broken_by = why
                log.trouble("watching broke", error)
            return why
        return ""

    async def _take(self, places: frozenset[str]) -> None:
        """Changes, all that came since the last ones. While this is at work the next ones gather."""
        self._tell(None)
        if 0 < len(places) <= MANY:
            await self._guard(lambda engine: engine.changed(places))
        else:
            await self._guard(lambda engine: engine.scan())
            await asyncio.sleep(CALM)

    def _tell(self, why_not: str | None) -> None:
        """Log once that watching begins, or why there is none."""
        if why_not != self._why_not:
            self._why_not = why_not
            log.note("watched" if why_not is None else "not watched", folder=self._root, why=why_not)

    async def _take_turns(self, group: asyncio.TaskGroup) -> None:
        turns = 0
        while True:
            await asyncio.sleep(TURN)
            turns += 1
            # On their own: content may be on its way for long.
            group.create_task(self._guard(lambda engine: engine.try_again()), name="try again")
            group.create_task(self._guard(lambda engine: engine.look_for_workspace()), name="look for the workspace")
            watched = self._why_not is None
            if turns % (WATCHED_LOOK_TURNS if watched else LOOK_TURNS) == 0:
                group.create_task(self._guard(lambda engine: engine.look_at_mine()), name="look at mine")
            if turns % (WATCHED_SCAN_TURNS if watched else SCAN_TURNS) == 0:
                await self._guard(lambda engine: engine.scan())
            if turns % PURGE_TURNS == 0:
                await self._guard(lambda engine: engine.purge(self._retention))
