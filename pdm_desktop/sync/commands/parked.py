"""Parked versions of this person: read, checked in from, saved as a copy, dropped."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path, PurePath

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import (
    ForbiddenPath,
    Missing,
    NotSignedIn,
    NotWritable,
    Occupied,
    ServerTrouble,
    Spoiled,
    Told,
    TooOldSeat,
    Unreachable,
    retold,
)
from pdm_desktop.core.parked import ParkedHere
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.core.words import size
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.parts import Parts
from pdm_desktop.sync.ports import Disk, Unfinished, Vault
from pdm_desktop.sync.recovery import Kept
from pdm_desktop.sync.transfer.download import Arriving, download
from pdm_desktop.sync.transfer.traffic import transfer_of
from pdm_desktop.sync.uncut import begun, on_thread
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import CheckInParked, FileState, ParkedVersion
from server.protocol.vault import File, Revision


class Parked:
    """What the server keeps of refused check-ins. Every method raises core.errors."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        disk_at: Callable[[Path], Disk],
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._disk_at = disk_at
        self.parts = Parts(journal, disk_at=disk_at)
        self._reading = asyncio.Lock()

    async def versions(self) -> tuple[ParkedHere, ...]:
        """All of them, the newest first, each with its file as it is now. Whoever asks later is answered later."""
        async with self._reading:
            return await self._read()

    async def _read(self) -> tuple[ParkedHere, ...]:
        found: list[ParkedVersion] = []
        cursor: str | None = None
        while True:
            page = await self._vault.parked(cursor)
            found += page.parked
            cursor = page.cursor
            if cursor is None:
                break
        known = {file: await self._file(file) for file in dict.fromkeys(one.file for one in found)}
        return tuple(ParkedHere(version=one, now=known[one.file][0], trouble=known[one.file][1]) for one in found)

    async def check_in(self, request: requests.CheckInParked, path: str) -> Did:
        """Store a parked version as the next revision of its file, on top of the revision that the person saw."""
        hold = await self._intents.hold_of(request.file, path)
        intent = self._intents.begin(
            Kind.CHECK_IN_PARKED,
            request.file,
            path,
            parked=request.parked,
            base=request.base,
            token=hold.token,
            comment=request.comment,
            major=request.major,
            keep=request.keep,
        )
        state = await self._intents.ask(intent, lambda: self.ask(intent))
        return await self.stored(intent, state)

    async def ask(self, intent: Intent) -> FileState:
        """The call of such an intent."""
        fields = {name: value for name, value in intent.fields.items() if name != "parked"}
        return await self._vault.check_in_parked(intent.fields["parked"], CheckInParked(**fields), intent.key)

    async def stored(self, intent: Intent, state: FileState) -> Did:
        """The server has it as the next revision: the local copy is led there, and the lock ends unless it is kept."""
        number, keep = state.file.head.number, bool(intent.fields["keep"])
        now = await self._intents.current(intent, state)
        said = f"Checked in from the parked version as Rev {number}{'; you keep it.' if keep else '.'}"
        if not keep:
            self._intents.drop(state.file.id)
            self._journal.drop_waiting(state.file.id)
        kept = None
        if keep or self._journal.copy(state.file.id) is not None:
            try:
                brought = await self._workspace.bring(
                    now.vault, now.file, epoch=now.epoch, writable=keep, why="Check-in from a parked version"
                )
            except Told as error:
                if not keep:
                    await self._read_only(state.file.id)
                if isinstance(error, Occupied):
                    self._journal.end(intent.key)
                raise retold(error, f"{said} {error.text}", advice="Get latest brings it.") from error
            kept = brought.kept
        self._journal.end(intent.key)
        return Did(text=said, kept=kept)

    async def save(self, request: requests.SaveParked, path: str) -> Did:
        """A copy anywhere on this computer: whole and as it was sent, or not at all; never over another file."""
        target = Path(request.target)
        self._refuse_own(target)
        disk = self._disk_at(target.parent)
        _refuse_taken(disk, target)
        version = await self._vault.parked_version(request.parked)
        async with self.parts.begun_in(target.parent) as unfinished:
            await self._fetch(version, unfinished)
            async with self._workspace.moves.standstill:  # no copy comes to the place before it is taken
                self._refuse_own(target)
                if not await on_thread(disk.place_new, unfinished.path, PurePath(target.name)):
                    raise _taken(target)
        return Did(text=f"Saved as {target}, {size(version.size)}.")

    async def place(self, version: ParkedVersion, target: PurePath, *, stored: set[str]) -> Kept | None:
        """A parked version in a place of the workspace, writable; what was there is kept unless it is `stored`."""
        unfinished = await begun(self._workspace.disk.begin, lambda part: part.discard())
        try:
            await self._fetch(version, unfinished)
        except BaseException:  # also when it is cancelled: half a download is nothing to keep
            await on_thread(unfinished.discard)
            raise
        async with self._workspace.moves.standstill:
            kept, _ = await self._workspace.replacements.replace(
                unfinished, target, writable=True, stored=stored, why="It was handed over to you"
            )
        return kept

    async def drop(self, parked: str) -> Did:
        """The server keeps it no longer."""
        try:
            await self._vault.drop_parked(parked, uuid.uuid4().hex)
        except Missing:
            return Did(text="It was not there any more.")
        return Did(text="Dropped.")

    async def _file(self, file: str) -> tuple[FileState | None, str | None]:
        """How it is, or why the server does not say so; neither: it is not to be seen. The others are listed anyway."""
        try:
            return await self._intents.state(file), None
        except Missing:
            return None, None
        except Told as error:
            if _is_about_all(error):
                raise
            log.note("not known how it is", file=file, why=error.text)
            return None, error.text

    async def _fetch(self, version: ParkedVersion, unfinished: Unfinished) -> None:
        revision = _as_revision(version)
        file = File(id=version.file, path=version.path, head=revision)
        arriving = Arriving(revision, unfinished)
        begin = transfer_of(version.id, version.path, up=False, size=version.size)
        source = _ParkedContent(self._vault, version.id)
        try:
            await self._workspace.traffic.carry(begin, lambda moving: download(source, file, arriving, moving))
        except Spoiled as error:
            raise Spoiled(
                f"The copy of {file.filename} did not arrive as it is parked.",
                advice="Nothing was saved. Try again; if it stays so, tell an administrator.",
            ) from error

    async def _read_only(self, file: str) -> None:
        copy = self._journal.copy(file)
        if copy is not None:
            await self._workspace.set_writable(copy.where, yes=False)

    def _refuse_own(self, target: Path) -> None:
        """A copy may have no file for an instant, as programs save: what came there would end with that."""
        root = self._workspace.disk.root
        own = root / OWN_FOLDER
        if target.is_relative_to(root) and self._journal.copy_at(PurePath(target.relative_to(root))) is not None:
            raise NotWritable(f"{target} is the place of a file of the vault.", advice="Choose another name.")
        if own == target or own in target.parents:
            raise ForbiddenPath(f"{own} is the program's own folder.", advice="Choose another folder.")
        if not target.parent.is_dir():
            raise NotWritable(f"There is no folder {target.parent}.", advice="Choose another folder.")


class _ParkedContent:
    """A parked version's bytes, where a revision's are expected."""

    def __init__(self, vault: Vault, parked: str) -> None:
        self._vault = vault
        self._parked = parked

    def content(
        self, _file: str, _revision: str, *, start: int = 0
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """From byte `start` on."""
        return self._vault.parked_content(self._parked, start=start)


def _is_about_all(error: Told) -> bool:
    """Nothing can be asked of the server just now, whichever file it is about."""
    if isinstance(error, ServerTrouble):
        return False  # it answers, and broke at this one
    return isinstance(error, NotSignedIn | TooOldSeat | Unreachable)


def _as_revision(version: ParkedVersion) -> Revision:
    major, _, minor = version.base.partition(".")
    return Revision(
        major=int(major),
        minor=int(minor),
        size=version.size,
        hash=version.hash,
        author=version.person,
        at=version.at,
        comment=version.comment,
    )


def _refuse_taken(disk: Disk, target: Path) -> None:
    if disk.look(PurePath(target.name)) is not None:
        raise _taken(target)


def _taken(target: Path) -> NotWritable:
    return NotWritable(f"{target} is there already, and is not written over.", advice="Choose another name.")
