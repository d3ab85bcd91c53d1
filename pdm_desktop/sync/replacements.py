"""New content gets the place of a file, and what was there goes to the recovery store unless it is stored elsewhere."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import PurePath

from pdm_desktop.core.errors import KeepsChanging, NotWritable
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk, Look, Unfinished
from pdm_desktop.sync.recovery import Kept, Recovery
from pdm_desktop.sync.transfer.reading import read_stably
from pdm_desktop.sync.uncut import on_thread


class Replacements:
    """The replacements in one workspace. Methods raise core.errors."""

    def __init__(self, disk: Disk, journal: Journal, recovery: Recovery) -> None:
        self._disk = disk
        self._journal = journal
        self._recovery = recovery
        self.displaced = journal.replacements()
        """By place: where what lay there may be, because the last engine ended suddenly while it was replaced."""

    async def replace(
        self, unfinished: Unfinished, target: PurePath, *, writable: bool, stored: set[str], why: str
    ) -> tuple[Kept | None, Look]:
        """Finished content gets its place. What was there is kept, unless its hash is one of `stored`."""
        kept = self._recovery.plan(target, why=why)
        try:
            with self.under_way([kept]):
                return await on_thread(self.replace_now, unfinished, kept, writable, stored)
        except BaseException:
            await on_thread(unfinished.discard)
            raise

    @contextmanager
    def under_way(self, those: Collection[Kept]) -> Iterator[None]:
        """What may leave its place for the store is known before: where files cannot be swapped it may be in no place.

        What ends suddenly in there goes on at the next start.
        """
        if those:
            with self._journal.together():
                for each in those:
                    self._journal.put_replacement(each.came_from, each.path)
        try:
            yield
        except Exception:  # whatever it is, what it stopped went back; a sudden end is none
            self._are_replaced(those)
            raise
        self._are_replaced(those)

    def _are_replaced(self, those: Collection[Kept]) -> None:
        """What could not go back to its place, as a program had it, does so at the next start."""
        done = [each.came_from for each in those if self._disk.look(each.came_from) is not None]
        if done:
            with self._journal.together():
                for place in done:
                    self._journal.drop_replacement(place)

    async def end(self, place: str) -> None:
        """What a sudden end has left in no place, but in the store, is in its place again."""
        await on_thread(self._undo, self.displaced[place], PurePath(place))
        self._journal.drop_replacement(PurePath(place))
        del self.displaced[place]

    def replace_now(
        self, unfinished: Unfinished, kept: Kept, writable: bool, stored: set[str], /
    ) -> tuple[Kept | None, Look]:
        """On a worker thread, while `under_way`: what is there goes to the store as the new content gets its place."""
        target = kept.came_from
        self._disk.set_writable(unfinished.path, writable)
        look = self._disk.look(unfinished.path)
        if look is None:
            raise NotWritable(f"{target.name} vanished while it was written.", advice="Try again.")
        if self._disk.look(target) is None and self._disk.place_new(unfinished.path, target):
            return None, look
        self._recovery.begin(kept)
        try:
            self._displace(unfinished.path, look, target, kept)
        except BaseException:
            self._undo(kept.path, target)
            raise
        if not self._is_stored(kept, stored):
            return kept, look
        self._recovery.drop(kept.path)
        return None, look

    def _displace(self, new: PurePath, look: Look, target: PurePath, kept: Kept) -> None:
        """New content gets its place, and what was there at that very instant its place in the store.

        A program may save by a rename of its own at any moment: so nothing here replaces a file, not even one that has
        a second name by then. Where files cannot be swapped there is for an instant none: a program that saves then
        keeps the place, and this is refused.
        """
        if self._disk.exchanges and self._exchange(new, look, target, kept):
            return
        self._disk.probe(new, patient=True)  # a virus scanner that has it would make that instant long
        self._disk.place(target, kept.path)
        if not self._disk.place_new(new, target):
            raise NotWritable(f"{target.name} was saved by a program just now, and stays.", advice="Try again.")

    def _exchange(self, new: PurePath, look: Look, target: PurePath, kept: Kept) -> bool:
        """From within the store, so that nothing has to be moved afterwards: a crash may come at any moment."""
        self._disk.place(new, kept.path)
        try:
            done = self._disk.exchange(kept.path, target)
        except BaseException:
            left = self._disk.look(kept.path)
            if left is not None and left.is_surely(look):
                self._disk.remove(kept.path)  # the new content, which is stored
            raise
        if not done:
            self._disk.place(kept.path, new)
        return done

    def _undo(self, kept: PurePath, target: PurePath) -> None:
        """The replacement was refused, or cut: what went into the store goes back, unless something is in its place.

        It may have happened all the same; then the old file is only in the store, and stays there.
        """
        is_there = self._disk.look(kept) is not None
        if is_there and (self._disk.look(target) is not None or not self._disk.place_new(kept, target)):
            return
        self._recovery.drop(kept)

    def _is_stored(self, kept: Kept, stored: set[str]) -> bool:
        """Looked at again after the replacement: a program may have saved at the last moment, or may do so yet.

        First whether it may, then what is there: nobody can open it any more by the name that it had.
        """
        if self._disk.may_be_written(kept.path):
            return False
        try:
            return read_stably(self._disk, kept.path).hash in stored
        except KeepsChanging:
            return False
