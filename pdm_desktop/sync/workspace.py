"""The workspace's files: brought, looked at and put aside, with journal and recovery store in step."""

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

from pdm_desktop import log
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import KeepsChanging, NotWritable, Occupied, OnHold, Told
from pdm_desktop.core.paths import OWN_FOLDER, in_workspace, name_of, vault_folder
from pdm_desktop.sync.journal import Copy, Journal, Move
from pdm_desktop.sync.ports import Disk, Look, Unfinished, Vault
from pdm_desktop.sync.recovery import Kept, Recovery
from pdm_desktop.sync.transfer.download import Arriving, download, ended
from pdm_desktop.sync.transfer.overlap import AtHand
from pdm_desktop.sync.transfer.reading import Content, read_stably
from pdm_desktop.sync.transfer.traffic import Traffic, transfer_of
from server.protocol.calls import FileState
from server.protocol.vault import File, Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file is in the workspace; `kept` is what was there before, when that was stored nowhere else."""

    copy: Copy
    kept: Kept | None


class Workspace:
    """The local side of every command. Methods raise core.errors; content is read and written on other threads."""

    def __init__(self, vault: Vault, disk: Disk, journal: Journal, recovery: Recovery, *, traffic: Traffic) -> None:
        self._vault = vault
        self.disk = disk
        self._root = os.fspath(disk.root)
        self._journal = journal
        self.recovery = recovery
        self.traffic = traffic
        self._arriving: dict[str, Arriving] = {}
        """By file: what was put off on its way, and goes on when it is asked for again."""
        self._folders: dict[str, str] = {}
        self._seen: dict[str, tuple[Look, bool]] = {}
        self._moving = asyncio.Lock()
        self.on_their_way = set(journal.moving())
        """Files whose copies are being moved, or were when the last engine ended suddenly."""
        self.displaced = journal.replacements()
        """By place: where what lay there may be, because the last engine ended suddenly while it was replaced."""

    def check(self) -> None:
        """Raises NotWritable when the workspace has gone: an absent folder is no empty one.

        Where a drive was there may be an empty folder: a workspace has the program's own folder in it.
        """
        advice = "Connect its drive or bring it back; nothing is done before."
        try:
            is_here = (self.disk.root / OWN_FOLDER).is_dir()
        except OSError as error:
            why = error.strerror or str(error)
            raise NotWritable(f"The workspace folder {self.disk.root} cannot be read: {why}.", advice=advice) from error
        if not is_here:
            raise NotWritable(f"The workspace folder {self.disk.root} is not there.", advice=advice)

    def full_path(self, place: PurePath) -> str:
        """Where a file is on this computer."""
        return os.fspath(self.disk.root / place)

    async def place_of(self, vault: str, path: str) -> PurePath:
        """Where a file of a vault belongs. Raises ForbiddenPath."""
        if vault not in self._folders:
            self._folders = {}  # it is new here
        return in_workspace((await self.folders()).get(vault, vault), path)

    async def folders(self) -> Mapping[str, str]:
        """The folder of each vault in the workspace, by vault. Raises core.errors while the server cannot say."""
        if not self._folders:
            known = (await self._vault.vaults()).vaults
            self._folders = {each.id: vault_folder(each.name, each.id) for each in known}
        return self._folders

    async def local(self, file: str) -> LocalCopy | None:
        """What this computer has of a file, after a look at the disk."""
        copy = self._journal.copy(file)
        if copy is None:
            return None
        look = await asyncio.to_thread(self.disk.look, copy.where)
        if look is None:
            return replace(self.as_put(copy, writable=False), missing=True)
        told = self.as_put(copy, writable=look.writable)
        if not await self._is_edited(copy, look):
            return told
        return replace(told, edited=True, modified=_moment(look.mtime_ns), size=look.size)

    def as_put(self, copy: Copy, *, writable: bool) -> LocalCopy:
        """A copy that looks as it was put there."""
        # As `full_path` says it; a Path for each of 100,000 copies would take longer than the look at their files.
        path = f"{self._root}{os.sep}{copy.place.replace('/', os.sep)}"
        return LocalCopy(base=(copy.major, copy.minor), path=path, writable=writable)

    async def look(self, place: PurePath) -> Look | None:
        """What is at a place, without reading it."""
        return await asyncio.to_thread(self.disk.look, place)

    async def is_open(self, place: PurePath) -> bool:
        """A program has it open and may write into it."""
        return await asyncio.to_thread(self.disk.may_be_written, place)

    async def read(self, place: PurePath) -> Content:
        """A file as it is now. Raises KeepsChanging and what the disk raises."""
        return await asyncio.to_thread(read_stably, self.disk, place)

    async def set_writable(self, place: PurePath, *, yes: bool) -> None:
        """Set or clear the read-only attribute of a file, if it is there."""
        if await asyncio.to_thread(self.disk.look, place) is not None:
            await asyncio.to_thread(self.disk.set_writable, place, yes)

    async def bring(
        self,
        vault: str,
        file: File,
        *,
        epoch: str | None,
        writable: bool,
        why: str,
        patient: bool = True,
        beside: PurePath | None = None,
    ) -> Brought:
        """The head of a file in its place; what was there and is stored nowhere else goes to the recovery store.

        `epoch` is that of the server that told of the head. Without `patience` a pause of the transfer raises OnHold.
        With `beside` what was there gets that second name first, and stays under it. Another file's copy in that place
        is not touched: raises Occupied.
        """
        target = await self.place_of(vault, file.path)
        await self.follow(file.id, file.path, target)
        async with self._moving:
            await self._refuse_another(file.id, target)
        before = self._journal.copy(file.id)
        present = await self._present(target)
        if present is not None and (present.size, present.hash) == (file.head.size, file.head.hash):
            await asyncio.to_thread(self.disk.set_writable, target, writable)
            if not is_recorded(before, file, target, present.look):
                await asyncio.to_thread(self.disk.make_durable, target)
            return Brought(copy=self._record(vault, file, target, present.look, epoch), kept=None)
        await asyncio.to_thread(self.disk.probe, target)  # what could not be put there is not fetched
        at_hand = None
        if present is not None:
            at_hand = AtHand(vault=self._vault, disk=self.disk, path=target, size=present.size)
        unfinished = await self.fetch(file, file.head, patient=patient, at_hand=at_hand)
        known = before is not None and self._journal.is_confirmed(file.id)  # after a restore nothing is known (N19)
        stored = {file.head.hash} | ({before.hash} if before is not None and known else set())
        async with self._moving:  # no other copy comes to this place before it is recorded
            await self._make_ready(file.id, target, unfinished, beside=beside, read=present)
            if beside is not None and present is not None:
                stored.add(present.hash)
            kept, look = await self.replace(unfinished, target, writable=writable, stored=stored, why=why)
            return Brought(copy=self._record(vault, file, target, look, epoch), kept=kept)

    def has_begun(self, file: str) -> bool:
        """Some of it has arrived, and goes on when it is asked for again."""
        return file in self._arriving

    async def replace(
        self, unfinished: Unfinished, target: PurePath, *, writable: bool, stored: set[str], why: str
    ) -> tuple[Kept | None, Look]:
        """Finished content gets its place. What was there is kept, unless its hash is one of `stored`."""
        kept = self.recovery.plan(target, why=why)
        try:
            with self.replacing([kept]):
                return await asyncio.to_thread(self.replace_now, unfinished, kept, writable, stored)
        except BaseException:
            await asyncio.to_thread(unfinished.discard)
            raise

    @contextmanager
    def replacing(self, those: Collection[Kept]) -> Iterator[None]:
        """What may leave its place for the store is known before: where files cannot be swapped it may be in no place.

        What ends suddenly in there goes on at the next start.
        """
        if those:
            with self._journal.together():
                for each in those:
                    self._journal.put_replacement(each.came_from, each.path)
        try:
            yield
        except Told:
            self._are_replaced(those)
            raise
        self._are_replaced(those)

    def _are_replaced(self, those: Collection[Kept]) -> None:
        """What could not go back to its place, as a program had it, does so at the next start."""
        done = [each.came_from for each in those if self.disk.look(each.came_from) is not None]
        if done:
            with self._journal.together():
                for place in done:
                    self._journal.drop_replacement(place)

    async def end_replacement(self, place: str) -> None:
        """What a sudden end has left in no place, but in the store, is in its place again."""
        await asyncio.to_thread(self._undo, self.displaced[place], PurePath(place))
        self._journal.drop_replacement(PurePath(place))
        del self.displaced[place]

    async def fetch(
        self, file: File, revision: Revision, *, patient: bool = True, at_hand: AtHand | None = None
    ) -> Unfinished:
        """One revision, whole and checked, still without its name; `at_hand` is a file that may be much like it."""
        arriving = self._arriving.pop(file.id, None)
        # What was copied from a file that is gone by now could not be told from the revision, were it something else.
        if arriving is not None and (arriving.revision != revision or (arriving.has_copied and at_hand is None)):
            await asyncio.to_thread(arriving.unfinished.discard)
            arriving = None
        if arriving is None:
            arriving = Arriving(revision, await asyncio.to_thread(self.disk.begin))
        begin = transfer_of(file.id, file.path, up=False, size=revision.size, what="" if patient else "Newer revision")
        try:
            await self.traffic.carry(
                begin, lambda moving: download(self._vault, file, arriving, moving, at_hand=at_hand), patient=patient
            )
        except OnHold:
            self._arriving[file.id] = arriving
            raise
        except BaseException:
            await asyncio.to_thread(arriving.unfinished.discard)
            raise
        return arriving.unfinished

    async def follow(self, file: str, path: str, target: PurePath) -> None:
        """A local copy goes where its file has gone in the vault, unless something else is there."""
        async with self._moving:
            await self._end_move(file)
            copy, other = self._journal.copy(file), self._journal.copy_at(target)
            if copy is None:
                return
            is_anothers = other is not None and other.file != file
            if other is not None and is_anothers and self._journal.hold(other.file) is not None:
                return  # for an instant it may have no file, as programs save
            if copy.where == target or await self._move(copy, path, target, is_anothers=is_anothers):
                self._record_move(copy, path, target)

    async def end_move(self, file: str) -> None:
        """A move of a file's copy that ended suddenly between the disk and the journal is recorded, if it happened."""
        if file in self.on_their_way:
            async with self._moving:
                await self._end_move(file)

    async def _end_move(self, file: str) -> None:
        if file not in self.on_their_way:
            return
        begun, copy = self._journal.move(file), self._journal.copy(file)
        if begun is None or copy is None or not await asyncio.to_thread(self._has_happened, begun):
            self._forget_move(file)
        elif copy.place == begun.source:
            self._record_move(copy, begun.path, PurePath(begun.target))
        else:
            self._forget_move(file)

    def _forget_move(self, file: str) -> None:
        self._journal.drop_move(file)
        self.on_their_way.discard(file)

    def _has_happened(self, begun: Move) -> bool:
        """What left its place lies at the other, perhaps saved since: no file that only came there later is taken."""
        if self.disk.look(PurePath(begun.source)) is not None:
            return False
        there = self.disk.look(PurePath(begun.target))
        is_alike = there is not None and (there.size, there.mtime_ns) == (begun.size, begun.mtime_ns)
        return is_alike or (there is not None and str(there.number) == begun.number)

    async def _move(self, copy: Copy, path: str, target: PurePath, *, is_anothers: bool) -> bool:
        """It is known before that it is to happen: otherwise a crash in between would leave a missing copy for ever."""
        here, there = await self.look(copy.where), await self.look(target)
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
        loop = asyncio.get_running_loop()
        try:
            is_moved = await ended(loop.run_in_executor(None, self._moved, copy.where, target, is_anothers))
        except Told:
            self._forget_move(copy.file)
            raise
        if not is_moved and copy.file in self.on_their_way:
            self._forget_move(copy.file)
        return is_moved

    def _record_move(self, copy: Copy, path: str, target: PurePath) -> None:
        with self._journal.together():
            other = self._journal.copy_at(target)
            if other is not None and other.file != copy.file:  # its file is not there any more
                self._journal.drop_copy(other.file)
            self._journal.put_copy(replace(copy, path=path, place=target.as_posix()))
            if copy.file in self.on_their_way:
                self._journal.drop_move(copy.file)
        self.on_their_way.discard(copy.file)

    def _moved(self, source: PurePath, target: PurePath, is_anothers: bool, /) -> bool:
        """Move a file if it is there. False: something else is in its way, and both stay.

        When only the target has a file, that is the moved one after a crash, unless it is another's.
        """
        here, there = self.disk.look(source), self.disk.look(target)
        if here is None:
            return there is None or not is_anothers
        if there is None:
            self.disk.probe(source)
            self.disk.move(source, target)
            return True
        if here.number != there.number:
            return False
        self.disk.place(source, target)  # names that differ by case alone are one file on some systems
        return True

    async def recognise(self, state: FileState) -> None:
        """The journal was lost, but this seat holds the file: what lies in its place came from the head.

        Nobody else could check in since it was checked out. Its times are not known, so the next look reads it.
        """
        place = await self.place_of(state.vault, state.file.path)
        look = await asyncio.to_thread(self.disk.look, place)
        if look is not None and self._journal.copy(state.file.id) is None and self._journal.copy_at(place) is None:
            self._record(state.vault, state.file, place, replace(look, mtime_ns=-1), state.epoch)

    async def recognise_added(self, state: FileState, source: Path, look: Look) -> None:
        """A file of the workspace was added to its vault from its own place: it is a copy of Rev 1.0 from now on."""
        place = await self.place_of(state.vault, state.file.path)
        if self.disk.root / place != source:
            return
        await self.make_durable(place)
        if await self.look(place) == look:
            self._record(state.vault, state.file, place, look, state.epoch)
            await self.set_writable(place, yes=False)

    async def recognise_head(self, vault: str, file: File, read: Look) -> None:
        """The copy is the head already, as a whole read has shown. What was saved since then is something else."""
        copy, epoch = self._journal.copy(file.id), self._journal.epoch()
        if copy is None:
            return
        await asyncio.to_thread(self.disk.make_durable, copy.where)
        look = await self.look(copy.where)
        if look is not None and _is_as_read(look, read):
            self._record(vault, replace(file, path=copy.path), copy.where, read, epoch)

    async def make_durable(self, place: PurePath) -> None:
        """What a program has saved is on the disk itself, where it can be: who has to record it does so in any case."""
        try:
            await asyncio.to_thread(self.disk.make_durable, place)
        except Told as error:
            log.note("not made durable", place=place.as_posix(), why=error.text)

    async def rename(self, place: PurePath, to: PurePath) -> None:
        """Another name for a file of the workspace. Raises NotWritable when something has it."""
        await asyncio.to_thread(self.disk.move, place, to)

    async def put_aside(self, file: str, *, why: str) -> Kept | None:
        """A file leaves the workspace for the recovery store."""
        copy = self._journal.copy(file)
        if copy is None:
            return None
        kept = None
        if await asyncio.to_thread(self.disk.look, copy.where) is not None:
            await asyncio.to_thread(self.disk.probe, copy.where)
            kept = await asyncio.to_thread(lambda: self.recovery.move(copy.where, why=why))
        self._journal.drop_copy(file)
        return kept

    def _record(self, vault: str, file: File, place: PurePath, look: Look, epoch: str | None, /) -> Copy:
        copy = copy_of(vault, file, place, look)
        self.record([copy], epoch=epoch)
        return copy

    def record(self, copies: Iterable[Copy], *, epoch: str | None) -> None:
        """These are in their places, on the disk itself, as the vault has them: all of it is known, or nothing.

        `epoch` is that of the server that told so: one that was restored meanwhile has to be asked.
        """
        with self._journal.together():
            for copy in copies:
                self._journal.put_copy(copy)
                self._journal.confirm(copy.file, epoch=epoch)
                self._journal.drop_verdict(copy.file)

    def replace_now(
        self, unfinished: Unfinished, kept: Kept, writable: bool, stored: set[str], /
    ) -> tuple[Kept | None, Look]:
        """On a worker thread, while `replacing`: what is there goes to the store as the new content gets its place."""
        target = kept.came_from
        self.disk.set_writable(unfinished.path, writable)
        look = self.disk.look(unfinished.path)
        if look is None:
            raise NotWritable(f"{target.name} vanished while it was written.", advice="Try again.")
        if self.disk.look(target) is None and self.disk.place_new(unfinished.path, target):
            return None, look
        self.recovery.begin(kept)
        try:
            self._displace(unfinished.path, look, target, kept)
        except BaseException:
            self._undo(kept.path, target)
            raise
        if not self._is_stored(kept, stored):
            return kept, look
        self.recovery.drop(kept.path)
        return None, look

    def _displace(self, new: PurePath, look: Look, target: PurePath, kept: Kept) -> None:
        """New content gets its place, and what was there at that very instant its place in the store.

        A program may save by a rename of its own at any moment: so nothing here replaces a file, not even one that has
        a second name by then. Where files cannot be swapped there is for an instant none: a program that saves then
        keeps the place, and this is refused.
        """
        if self.disk.exchanges and self._exchange(new, look, target, kept):
            return
        self.disk.probe(new, patient=True)  # a virus scanner that has it would make that instant long
        self.disk.place(target, kept.path)
        if not self.disk.place_new(new, target):
            raise NotWritable(f"{target.name} was saved by a program just now, and stays.", advice="Try again.")

    def _exchange(self, new: PurePath, look: Look, target: PurePath, kept: Kept) -> bool:
        """From within the store, so that nothing has to be moved afterwards: a crash may come at any moment."""
        self.disk.place(new, kept.path)
        try:
            done = self.disk.exchange(kept.path, target)
        except BaseException:
            left = self.disk.look(kept.path)
            if left is not None and left.number == look.number:
                self.disk.remove(kept.path)  # the new content, which is stored
            raise
        if not done:
            self.disk.place(kept.path, new)
        return done

    async def _refuse_another(self, file: str, target: PurePath) -> None:
        """Raises Occupied when another file's copy is in a place: that goes by its own rules, or stays.

        One whose file is not there any more is known no longer.
        """
        other = self._journal.copy_at(target)
        if other is None or other.file == file:
            return
        if self._journal.hold(other.file) is None and await self.look(target) is None:
            self._journal.drop_copy(other.file)
            return
        raise Occupied(
            f"Another file's copy, {name_of(other.path)} Rev {other.number}, is where {target.name} belongs.",
            advice="Check that one in or decide about it; if there is nothing to do it goes by itself. Then try again.",
        )

    async def _make_ready(
        self, file: str, target: PurePath, unfinished: Unfinished, *, beside: PurePath | None, read: Content | None
    ) -> None:
        """The place may take new content, and what was read there has its second name. If not that is discarded."""
        try:
            await self._refuse_another(file, target)
            if beside is not None and read is not None:
                await asyncio.to_thread(self._link_beside, target, beside, read.look)
        except BaseException:
            await asyncio.to_thread(unfinished.discard)
            raise

    def _link_beside(self, place: PurePath, beside: PurePath, read: Look) -> None:
        """One that a crash has left is the second name already; everything else that has it stays what it is."""
        there = self.disk.look(beside)
        if there is None:
            self.disk.link(place, beside)
        elif there.number != read.number:
            raise NotWritable(f"{beside.name} is there by now, and it is another file.", advice="Choose once more.")

    def _undo(self, kept: PurePath, target: PurePath) -> None:
        """The replacement was refused, or cut: what went into the store goes back, unless something is in its place.

        It may have happened all the same; then the old file is only in the store, and stays there.
        """
        is_there = self.disk.look(kept) is not None
        if is_there and (self.disk.look(target) is not None or not self.disk.place_new(kept, target)):
            return
        self.recovery.drop(kept)

    def _is_stored(self, kept: Kept, stored: set[str]) -> bool:
        """Looked at again after the replacement: a program may have saved at the last moment, or may do so yet.

        First whether it may, then what is there: nobody can open it any more by the name that it had.
        """
        if self.disk.may_be_written(kept.path):
            return False
        try:
            return read_stably(self.disk, kept.path).hash in stored
        except KeepsChanging:
            return False

    async def _present(self, target: PurePath) -> Content | None:
        """What is at a place, if it can be told."""
        if await asyncio.to_thread(self.disk.look, target) is None:
            return None
        try:
            return await self.read(target)
        except KeepsChanging:
            return None

    async def _is_edited(self, copy: Copy, look: Look) -> bool:
        if (look.size, look.mtime_ns) == (copy.size, copy.mtime_ns):
            return False
        if look.size != copy.size:
            return True  # whatever is in it
        seen = self._seen.get(copy.file)
        if seen is not None and seen[0] == look:
            return seen[1]
        try:
            edited = (await self.read(copy.where)).hash != copy.hash
        except KeepsChanging:
            return True
        self._seen[copy.file] = (look, edited)
        log.note("looked", file=copy.file, edited=edited)
        return edited


def copy_of(vault: str, file: File, place: PurePath, look: Look) -> Copy:
    """The head of a file, as it is in its place."""
    head = file.head
    return Copy(
        file=file.id,
        vault=vault,
        path=file.path,
        place=place.as_posix(),
        major=head.major,
        minor=head.minor,
        hash=head.hash,
        size=look.size,
        mtime_ns=look.mtime_ns,
    )


def is_recorded(copy: Copy | None, file: File, place: PurePath, look: Look) -> bool:
    """The journal knows just this content in this place: it was on the disk itself before."""
    known = None if copy is None else (copy.where, copy.hash, copy.size, copy.mtime_ns)
    return known == (place, file.head.hash, look.size, look.mtime_ns)


def _is_as_read(now: Look, read: Look) -> bool:
    """It is still what was read, whether it may be written or not."""
    return (now.size, now.mtime_ns, now.number) == (read.size, read.mtime_ns, read.number)


def _moment(mtime_ns: int) -> datetime | None:
    """A file's time; None where it is none that a calendar has."""
    try:
        return datetime.fromtimestamp(mtime_ns / 10**9, UTC)
    except (OverflowError, OSError, ValueError):
        return None
