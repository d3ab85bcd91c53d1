"""The ways of copies to where their files are in the vault by now: what lies there, and whether it goes by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import PurePath

from pdm_desktop.core.paths import aside
from pdm_desktop.core.trees import InTheWay
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.moves import may_be_one
from pdm_desktop.sync.ports import Disk


class Ways:
    """Looks at the ways and clears none. Methods raise core.errors."""

    def __init__(self, disk: Disk, journal: Journal, *, goal_of: Callable[[Copy], Awaitable[PurePath | None]]) -> None:
        """`goal_of` says where a copy has to go by itself; None when it stays."""
        self._disk = disk
        self._journal = journal
        self._goal_of = goal_of

    async def in_the_way(self, copy: Copy, goal: PurePath) -> InTheWay:
        """What is in the way of a copy. It leaves if all that has to go for that, directly or not, goes by itself."""
        found, seen, waiting = InTheWay.NOTHING, {copy.file}, [(copy, goal)]
        while waiting:
            one, place = waiting.pop()
            for each in await asyncio.to_thread(self._lying, one.where, place):
                other = self._journal.copy_at(each)
                further = None if other is None else await self._goal_of(other)
                if other is None or further is None or place in further.parents:
                    return InTheWay.STAYS
                found = InTheWay.LEAVES
                if other.file not in seen:
                    seen.add(other.file)
                    waiting.append((other, further))
        return found

    async def aside(self, copy: Copy, goal: PurePath) -> PurePath:
        """Where a copy waits that cannot go to its place yet: beside that, or beside the file that is on the way."""
        return await asyncio.to_thread(self._aside, copy, goal)

    def _aside(self, copy: Copy, goal: PurePath) -> PurePath:
        above = self._file_above(goal)
        return aside(goal if above is None else above.with_name(goal.name), copy.file)

    def _lying(self, own: PurePath, goal: PurePath) -> list[PurePath]:
        """The files that have to go before a copy can: one in its place or on the way, or all in a folder there."""
        there, mine = self._disk.look(goal), self._disk.look(own)
        if there is None:
            above = self._file_above(goal)
            return [] if above is None or above == own else [above]
        if there.is_folder:
            return [each for each in self._disk.contents(goal) if each != own]
        return [] if mine is not None and may_be_one(own, mine, goal, there) else [goal]

    def _file_above(self, place: PurePath) -> PurePath | None:
        """A file where a folder has to be."""
        for above in place.parents[:-1]:
            look = self._disk.look(above)
            if look is not None:
                return None if look.is_folder else above
        return None
