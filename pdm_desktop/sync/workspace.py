"""The workspace's files: brought, looked at and put aside, with journal and recovery store in step."""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from unicodedata import normalize

from pdm_desktop import log
from pdm_desktop.core.copies import LocalCopy, saved_at
from pdm_desktop.core.errors import KeepsChanging, Missing, NotWritable, Occupied, OnHold, Told
from pdm_desktop.core.paths import in_workspace, name_of, vault_folder
from pdm_desktop.sync.facts import NO_TIME, Copy, copy_of, is_recorded
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.moves import Moves
from pdm_desktop.sync.ports import Disk, Look, Unfinished, Vault
from pdm_desktop.sync.recovery import Kept, Recovery
from pdm_desktop.sync.replacements import Replacements
from pdm_desktop.sync.root import Root
from pdm_desktop.sync.transfer.download import Arriving, download
from pdm_desktop.sync.transfer.overlap import AtHand
from pdm_desktop.sync.transfer.reading import Content, read_stably
from pdm_desktop.sync.transfer.traffic import Traffic, transfer_of
from pdm_desktop.sync.uncut import as_a_whole, begun, on_thread
from server.protocol.calls import FileState
from server.protocol.records import dataclass
from server.protocol.vault import File, Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file is in the workspace; `kept` is what was there before, when that was stored nowhere else."""

    copy: Copy
    kept: Kept | None


class Workspace:
    """The local side of every command. Methods raise core.errors; content is read and written on other threads.

    `stay` sees to it that nobody else works in the workspace, wherever it is seen, and raises core.errors.
    """

    def __init__(
        self,
        vault: Vault,
        disk: Disk,
        journal: Journal,
        recovery: Recovery,
        *,
        traffic: Traffic,
        stay: Callable[[], None] = lambda: None,
    ) -> None:
        self._vault = vault
        self.disk = disk
        self._root_path = os.fspath(disk.root)
        self._journal = journal
        self.root = Root(disk, journal, stay=stay)
        self.recovery = recovery
        self.moves = Moves(disk, journal)
        self.replacements = Replacements(disk, journal, recovery)
        self.traffic = traffic
        self._arriving: dict[str, Arriving] = {}
        """By file: what was put off on its way, and goes on when it is asked for again."""
        self._folders: dict[str, str] = {}
        self._seen: dict[str, tuple[Look, bool]] = {}

    def full_path(self, place: PurePath) -> str:
        """Where a file is on this computer."""
        return os.fspath(self.disk.root / place)

    async def place_of(self, vault: str, path: str) -> PurePath:
        """Where a file of a vault belongs. Raises ForbiddenPath, and Missing for a vault that is out of sight."""
        if vault not in self._folders:
            await self._learn_folders()
        if vault not in self._folders:
            raise Missing(
                f"The vault of {name_of(path)} is out of your sight.", advice="An administrator can give you access."
            )
        return in_workspace(self._folders[vault], path)

    async def folders(self) -> Mapping[str, str]:
        """The folder of each vault in the workspace, by vault. Raises core.errors while the server cannot say."""
        if not self._folders:
            await self._learn_folders()
        return self._folders

    async def _learn_folders(self) -> None:
        """A vault that is out of sight by now keeps the folder that it had: nothing of it moves."""
        known = (await self._vault.vaults()).vaults
        self._folders = self._folders | {each.id: vault_folder(each.name, each.id) for each in known}

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
        return replace(told, edited=True, modified=saved_at(look.mtime_ns), size=look.size)

    def as_put(self, copy: Copy, *, writable: bool) -> LocalCopy:
        """A copy that looks as it was put there."""
        # As `full_path` says it; a Path for each of 100,000 copies would take longer than the look at their files.
        path = f"{self._root_path}{os.sep}{copy.place.replace('/', os.sep)}"
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
            await on_thread(self.disk.set_writable, place, yes)

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
        decided: bool = False,
    ) -> Brought:
        """The head of a file in its place; what was there and is stored nowhere else goes to the recovery store.

        `epoch` is that of the server that told of the head. Without `patience` a pause of the transfer raises OnHold.
        With `beside` what was there gets that second name first, and stays under it; what cannot be read just then
        raises KeepsChanging or NotHere. `decided` says that a person has chosen this: no check-in of the file waits for
        that any more, unless there was nothing to give that second name to. Another file's copy in that place is not
        touched, nor is one of the person's own while the file's copy lies elsewhere: raises Occupied.
        """
        target = await self.followed(vault, file)
        async with self.moves.standstill:
            await self._refuse_another(file.id, target)
        before = self._journal.copy(file.id)
        present = await (self._present(target) if beside is None else self.read(target))
        if present is not None and (present.size, present.hash) == (file.head.size, file.head.hash):
            await on_thread(self.disk.set_writable, target, writable)
            if not is_recorded(before, file, target, present.look):
                await asyncio.to_thread(self.disk.make_durable, target)
            is_done = decided and (beside is None or await self.look(beside) is not None)
            return Brought(copy=self._record(vault, file, target, present.look, epoch, decided=is_done), kept=None)
        await asyncio.to_thread(self.disk.probe, target)  # what could not be put there is not fetched
        at_hand = None
        if present is not None:
            at_hand = AtHand(vault=self._vault, disk=self.disk, path=target, size=present.size)
        unfinished = await self.fetch(file, file.head, patient=patient, at_hand=at_hand)
        known = before is not None and self._journal.is_confirmed(file.id)  # after a restore nothing is known (N19)
        stored = {file.head.hash} | ({before.hash} if before is not None and known else set())
        async with self.moves.standstill:  # no other copy comes to this place before it is recorded
            await self._make_ready(file.id, target, unfinished, beside=beside, read=present)
            if beside is not None and present is not None:
                stored.add(present.hash)

            async def put() -> Brought:
                kept, look = await self.replacements.replace(
                    unfinished, target, writable=writable, stored=stored, why=why
                )
                return Brought(copy=self._record(vault, file, target, look, epoch, decided=decided), kept=kept)

            return await as_a_whole(put(), name=f"put {target.name} in its place")

    def has_begun(self, file: str) -> bool:
        """Some of it has arrived, and goes on when it is asked for again."""
        return file in self._arriving

    async def fetch(
        self, file: File, revision: Revision, *, patient: bool = True, at_hand: AtHand | None = None
    ) -> Unfinished:
        """One revision, whole and checked, still without its name; `at_hand` is a file that may be much like it."""
        arriving = self._arriving.pop(file.id, None)
        # What was copied from a file that is gone by now could not be told from the revision, were it something else.
        if arriving is not None and (arriving.revision != revision or (arriving.has_copied and at_hand is None)):
            await on_thread(arriving.unfinished.discard)
            arriving = None
        if arriving is None:
            arriving = Arriving(revision, await begun(self.disk.begin, lambda part: part.discard()))
        begin = transfer_of(file.id, file.path, up=False, size=revision.size, what="" if patient else "Newer revision")
        try:
            await self.traffic.carry(
                begin, lambda moving: download(self._vault, file, arriving, moving, at_hand=at_hand), patient=patient
            )
        except OnHold:
            self._arriving[file.id] = arriving
            raise
        except BaseException:
            await on_thread(arriving.unfinished.discard)
            raise
        return arriving.unfinished

    async def unknown_at(self, place: PurePath) -> Content | None:
        """What lies in a place of which the journal knows nothing. Raises KeepsChanging and what the disk raises."""
        if self._journal.copy_at(place) is not None or await self.look(place) is None:
            return None
        return await self.read(place)

    async def recognise(self, state: FileState, found: Content, revision: Revision | None) -> None:
        """What was found in a file's place is this revision, of which the journal knew nothing; None: work at the head.

        Of work the times are not known, so the next look reads it; and its size is that of its base, or who has lost
        every byte of it would seem to have lost none.
        """
        place = await self.place_of(state.vault, state.file.path)
        if revision is None:
            base = replace(found.look, size=state.file.head.size, mtime_ns=NO_TIME)
            self._record(state.vault, state.file, place, base, state.epoch)
        else:
            await self.make_durable(place)
            file = replace(state.file, head=revision)
            self._record(state.vault, file, place, found.look, state.epoch)

    async def recognise_added(self, state: FileState, source: Path, look: Look) -> None:
        """A file of the workspace was added to its vault from its own place: it is a copy of Rev 1.0 from now on."""
        place = await self.place_as_added(state, source)
        if place is None:
            return
        await self.make_durable(place)
        if await self.look(place) == look:
            self._record(state.vault, state.file, place, look, state.epoch)
            await self.set_writable(place, yes=False)

    async def place_as_added(self, state: FileState, source: Path) -> PurePath | None:
        """The place of a file that was added from there; None: from elsewhere.

        A name that spells the same letters with other characters, as Macs and archives make it, becomes the vault's.
        """
        place = await self.place_of(state.vault, state.file.path)
        if not source.is_relative_to(self.disk.root):
            return None
        here = PurePath(source.relative_to(self.disk.root))
        if here == place:
            return place
        if normalize("NFC", here.as_posix()) != place.as_posix():
            return None
        try:
            await self.rename(here, place)
        except Told as error:  # it may have happened before a crash; else it stays a file that is only here
            log.note("not renamed", place=place.as_posix(), why=error.text)
        return place

    def recognise_revision(self, state: FileState, place: PurePath, read: Look) -> Copy:
        """What was read there is the revision that `state` has for its head, and is on the disk itself."""
        return self._record(state.vault, state.file, place, read, state.epoch)

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

    async def followed(self, vault: str, file: File) -> PurePath:
        """The place of a file, with its copy, if it has one. Raises Occupied when that stays where it is."""
        target = await self.place_of(vault, file.path)
        await self.moves.follow(file.id, file.path, target)
        copy, other = self._journal.copy(file.id), self._journal.copy_at(target)
        is_free = other is None or other.file == file.id  # else that is told, with the other's name
        if is_free and copy is not None and copy.where != target and await self.look(copy.where) is not None:
            raise Occupied(
                f"{name_of(copy.path)} is {file.path} in the vault by now, and another file has that place here.",
                advice="Rename or move that file, then try again.",
            )
        return target

    async def rename(self, place: PurePath, to: PurePath) -> None:
        """Another name for a file of the workspace. Raises NotWritable when something has it."""
        await on_thread(self.disk.move, place, to)

    async def put_aside(self, file: str, *, why: str, decided: bool = False) -> Kept | None:
        """A file leaves the workspace for the recovery store; `decided` as for `bring`."""
        copy = self._journal.copy(file)
        if copy is None:
            return None
        return await as_a_whole(self._put_aside(copy, why, decided=decided), name=f"put {copy.where.name} aside")

    async def _put_aside(self, copy: Copy, why: str, *, decided: bool) -> Kept | None:
        kept = None
        if await self.look(copy.where) is not None:
            await asyncio.to_thread(self.disk.probe, copy.where)
            kept = await on_thread(self.recovery.move, copy.where, why=why)
        with self._journal.together():
            self._journal.drop_copy(copy.file)
            if decided:
                self._journal.drop_waiting(copy.file)
        return kept

    def _record(
        self, vault: str, file: File, place: PurePath, look: Look, epoch: str | None, /, *, decided: bool = False
    ) -> Copy:
        copy = copy_of(vault, file, place, look)
        with self._journal.together():
            self.record([copy], epoch=epoch)
            if decided:
                self._journal.drop_waiting(file.id)
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
                await on_thread(self._link_beside, target, beside, read)
        except BaseException:
            await on_thread(unfinished.discard)
            raise

    def _link_beside(self, place: PurePath, beside: PurePath, read: Content) -> None:
        """One that a crash has left is the second name already; everything else that has it stays what it is."""
        there = self.disk.look(beside)
        if there is None:
            self.disk.link(place, beside)
        elif not self._is_second_name(beside, there, read):
            raise NotWritable(f"{beside.name} is there by now, and it is another file.", advice="Choose once more.")

    async def is_second_name(self, place: PurePath, read: Content) -> bool:
        """What lies in a place is the very file that was read by another name. Raises KeepsChanging and the disk's."""
        look = await self.look(place)
        return look is not None and await asyncio.to_thread(self._is_second_name, place, look, read)

    def _is_second_name(self, place: PurePath, there: Look, read: Content) -> bool:
        """Where files have no numbers, what is just like it is as good: nothing is lost by taking it for that."""
        if not there.is_perhaps(read.look):
            return there.is_surely(read.look)
        is_alike = (there.size, there.mtime_ns) == (read.look.size, read.look.mtime_ns)
        return is_alike and read_stably(self.disk, place).hash == read.hash

    async def _present(self, target: PurePath) -> Content | None:
        """What is at a place, if it can be told. A folder that copies have left empty is nothing, and goes."""
        look = await self.look(target)
        if look is not None and look.is_folder:
            await on_thread(self.disk.clear, target)
            look = await self.look(target)
        if look is None:
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


def _is_as_read(now: Look, read: Look) -> bool:
    """It is still what was read, whether it may be written or not."""
    return (now.size, now.mtime_ns, now.number) == (read.size, read.mtime_ns, read.number)
