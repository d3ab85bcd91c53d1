"""Copies go where their files have gone in the vault; one that a sudden end has caught on its way is where it lies."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePath

from pdm_desktop.core.errors import Told
from pdm_desktop.core.paths import aside
from pdm_desktop.core.strangers import SizeAndTime
from pdm_desktop.sync.facts import Copy, Move
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk, Look
from pdm_desktop.sync.uncut import on_thread


class Moves:
    """The moves of copies within one workspace. Methods raise core.errors."""

    def __init__(self, disk: Disk, journal: Journal) -> None:
        self._disk = disk
        self._journal = journal
        self.standstill = asyncio.Lock()
        """Whoever has it: no copy is moved meanwhile."""
        self.on_their_way = set(journal.moving())
        """Files whose copies are being moved, or were when the last engine ended suddenly or the disk failed."""

    async def follow(self, file: str, path: str, target: PurePath, *, seen: SizeAndTime | None = None) -> None:
        """A local copy goes where its file has gone in the vault, unless something else is there.

        `seen`: its person has moved it there already, and it had this size and time then.
        """
        async with self.standstill:
            await self._end(file)
            copy, other = self._journal.copy(file), self._journal.copy_at(target)
            if copy is None:
                return
            is_anothers = other is not None and other.file != file
            if other is not None and is_anothers and self._journal.hold(other.file) is not None:
                return  # for an instant it may have no file, as programs save
            looks = set() if is_anothers else {(copy.size, copy.mtime_ns), seen}
            on_its_way = copy if copy.where == target else await self._out_of_its_own_way(copy, target)
            if on_its_way is None:
                return
            if on_its_way.where == target or await self._move(on_its_way, path, target, looks=looks):
                self._record(on_its_way, path, target)

    async def _out_of_its_own_way(self, copy: Copy, target: PurePath) -> Copy | None:
        """What takes the name of its folder, or goes into a folder of its own name, gets another name before that.

        None: there is more in that folder, and all stays.
        """
        if copy.where not in target.parents and target not in copy.where.parents:
            return copy
        if set(await asyncio.to_thread(self._disk.contents, target)) - {copy.where}:
            return None
        outer = min(copy.where, target, key=lambda each: len(each.parts))
        beside = aside(outer.with_name(target.name), copy.file)
        if not await self._move(copy, copy.path, beside, looks=()):
            return None
        self._record(copy, copy.path, beside)
        return self._journal.copy(copy.file)

    async def end(self, file: str) -> None:
        """A move of a file's copy that ended between the disk and the journal, or failed, is recorded if it happened.

        Not before it is on the disk itself: raises what keeps it from that.
        """
        if file in self.on_their_way:
            async with self.standstill:
                await self._end(file)

    async def _end(self, file: str) -> None:
        if file not in self.on_their_way:
            return
        begun, copy = self._journal.move(file), self._journal.copy(file)
        if begun is None or copy is None or not await asyncio.to_thread(self._has_happened, begun):
            self._forget(file)
        elif copy.place == begun.source:
            await asyncio.to_thread(self._disk.make_durable, PurePath(begun.target))
            self._record(copy, begun.path, PurePath(begun.target))
        else:
            self._forget(file)

    async def _forget_unless_happened(self, file: str) -> None:
        """What was told as failed may have happened, as when only the sync of its folder has failed: `end` records it.

        So it is with what nobody can see now.
        """
        begun = self._journal.move(file)
        with suppress(Told):
            if begun is None or not await asyncio.to_thread(self._has_happened, begun):
                self._forget(file)

    def _forget(self, file: str) -> None:
        self._journal.drop_move(file)
        self.on_their_way.discard(file)

    def _has_happened(self, begun: Move) -> bool:
        """What left its place lies at the other, perhaps saved since: no file that only came there later is taken."""
        if self._disk.look(PurePath(begun.source)) is not None:
            return False
        there = self._disk.look(PurePath(begun.target))
        is_alike = there is not None and (there.size, there.mtime_ns) == (begun.size, begun.mtime_ns)
        return is_alike or (there is not None and there.number != 0 and str(there.number) == begun.number)

    async def _move(self, copy: Copy, path: str, target: PurePath, *, looks: Collection[SizeAndTime | None]) -> bool:
        """It is known before that it is to happen: otherwise a crash in between would leave a missing copy for ever."""
        here, there = await self._look(copy.where), await self._look(target)
        if here is not None and there is not None and there.is_folder:
            await on_thread(self._disk.clear, target)
            there = await self._look(target)
        if here is not None and there is None:
            self.on_their_way.add(copy.file)
            self._journal.put_move(
                Move(
                    file=copy.file,
                    path=path,
                    source=copy.place,
                    target=target.as_posix(),
                    number=str(here.number),
                    size=here.size,
                    mtime_ns=here.mtime_ns,
                )
            )
        try:
            is_moved = await on_thread(self._moved, copy.where, target, looks)
        except Told:
            await self._forget_unless_happened(copy.file)
            raise
        if not is_moved and copy.file in self.on_their_way:
            self._forget(copy.file)
        return is_moved

    def _record(self, copy: Copy, path: str, target: PurePath) -> None:
        with self._journal.together():
            other = self._journal.copy_at(target)
            if other is not None and other.file != copy.file:  # its file is not there any more
                self._journal.drop_copy(other.file)
            self._journal.put_copy(replace(copy, path=path, place=target.as_posix()))
            if copy.file in self.on_their_way:
                self._journal.drop_move(copy.file)
        self.on_their_way.discard(copy.file)

    def _moved(self, source: PurePath, target: PurePath, looks: Collection[SizeAndTime | None], /) -> bool:
        """Move a file if it is there. False: something else is in its way, and both stay.

        When only the target has a file its person has moved it there, if it has one of these looks; else it is one of
        the person's own that has this name.
        """
        here, there = self._disk.look(source), self._disk.look(target)
        if here is None:
            return there is None or (there.size, there.mtime_ns) in looks
        if there is None and self._is_below_a_file(target):
            return False
        if there is None:
            self._disk.probe(source)
            self._disk.move(source, target)
            return True
        if here.is_surely(there):
            self._disk.place(source, target)  # names that differ by case alone are one file on some systems
            return True
        return may_be_one(source, here, target, there) and self._disk.place_new(source, target)

    def _is_below_a_file(self, place: PurePath) -> bool:
        above = next((look for each in place.parents[:-1] if (look := self._disk.look(each)) is not None), None)
        return above is not None and not above.is_folder

    async def _look(self, place: PurePath) -> Look | None:
        return await asyncio.to_thread(self._disk.look, place)


def may_be_one(one: PurePath, here: Look, other: PurePath, there: Look) -> bool:
    """Two names may be those of one file. Where numbers do not tell, only names that differ by case alone may."""
    differ_by_case = one.as_posix().casefold() == other.as_posix().casefold()
    return here.is_surely(there) or (here.is_perhaps(there) and differ_by_case)
