"""Strangers that are copies all the same: the journal was lost, or they came to their places by other ways.

What the program has put somewhere lies where the vault has the file, and is one of its revisions to the byte.
"""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from pdm_desktop import log
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import Told
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.facts import Hold
from pdm_desktop.sync.files import Files
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Look, Vault
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState
from server.protocol.limits import BUNDLE_FILES
from server.protocol.vault import File, Revision


class Recogniser:
    """Records them as copies, so that they follow their files. Nothing here raises core.errors."""

    def __init__(
        self, vault: Vault, workspace: Workspace, journal: Journal, intents: Intents, files: Files, *, seat: str
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._files = files
        self._seat = seat
        self._others: dict[str, tuple[Look, str]] = {}
        """By file: what lies in its place and is none of its revisions, and the head's hash when that was seen."""

    async def recognise(self, strangers: Iterable[Stranger], sightings: Mapping[str, Sighting]) -> bool:
        """Look at the strangers that lie where the vaults have these files. True: some are copies by now."""
        lie = {(each.vault, each.path) for each in strangers}
        files = [
            file
            for file, seen in sightings.items()
            if isinstance(seen.file, File) and (seen.vault, seen.file.path) in lie
        ]
        found = False
        for start in range(0, len(files), BUNDLE_FILES):
            try:
                found |= await self._recognise_some(files[start : start + BUNDLE_FILES])
            except Told as error:
                log.note("not recognised", why=error.text)
        return found

    async def _recognise_some(self, files: Sequence[str]) -> bool:
        # Commands begin while others are recognised, and may last for hours: what they are at is left for another time.
        files = [file for file in files if self._files.is_free(file)]
        async with self._files.alone(*files):
            copies: dict[str, LocalCopy] = {}
            unknown = [file for file in files if self._journal.copy(file) is None]
            for state in (await self._vault.states(unknown)).files if unknown else ():
                local = await self._recognised_unless_broken(state)
                if local is not None:
                    copies[state.file.id] = local
            recorded = {file for file in unknown if self._journal.copy(file) is not None}
            await self._whatever_breaks(copies, self._files.brought(copies))
            # What was learned of the others is no news any more when it is told; or one broke when it was a copy.
            for file in unknown:
                if file not in copies and (file in recorded or self._journal.hold(file)):
                    await self._whatever_breaks([file], self._files.settle(file))
        return bool(recorded)

    async def _recognised_unless_broken(self, state: FileState) -> LocalCopy | None:
        """What is wrong with one file keeps no other from being recognised."""
        try:
            return None if state.deleted else await self._recognised(self._intents.learned(state))
        except Told as error:
            log.note("not recognised", file=state.file.id, why=error.text)
        except Exception as error:  # noqa: BLE001 - whatever it is
            log.trouble("not recognised", error, file=state.file.id)
        return None

    async def _whatever_breaks(self, files: Collection[str], work: Awaitable[None]) -> None:
        """What nobody foresaw in following: these are tried again later, and the others go on."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is
            log.trouble("not followed", error, files=len(files))
            for file in files:
                self._files.put_off(file, error)

    async def _recognised(self, state: FileState) -> LocalCopy | None:
        file = state.file
        place = await self._workspace.place_of(state.vault, file.path)
        look = await self._workspace.look(place)
        if look is None or self._is_known(file.id, place) or self._others.get(file.id) == (look, file.head.hash):
            return None
        is_mine = file.lock is not None and file.lock.seat == self._seat
        revision = await self._revision_of(file, await self._workspace.read(place), is_mine=is_mine)
        if revision is None:
            self._others[file.id] = look, file.head.hash
            return None
        return await self._record(replace(state, file=replace(file, head=revision)), place, look, is_held=is_mine)

    def _is_known(self, file: str, place: PurePath) -> bool:
        """There is a copy, or something is begun with the file that tells what lies there."""
        is_begun = any(file in intent.files for intent in self._journal.unfinished())
        return is_begun or self._journal.copy(file) is not None or self._journal.copy_at(place) is not None

    async def _revision_of(self, file: File, content: Content, *, is_mine: bool) -> Revision | None:
        """The revision that it is. An older one only as the program leaves them: read-only, and not checked out."""
        if (content.size, content.hash) == (file.head.size, file.head.hash):
            return file.head
        if is_mine or content.look.writable:
            return None
        cursor = None
        while True:
            page = await self._vault.history(file.id, cursor)
            for each in page.revisions:
                if (each.size, each.hash) == (content.size, content.hash):
                    return each
            cursor = page.cursor
            if cursor is None:
                return None

    async def _record(self, state: FileState, place: PurePath, read: Look, *, is_held: bool) -> LocalCopy | None:
        """It is as it was read, and on the disk itself; with the lock of this seat it is checked out here."""
        await self._workspace.make_durable(place)
        if await self._workspace.look(place) != read:
            return None
        copy = self._workspace.recognise_revision(state, place, read)
        lock = state.file.lock
        if is_held and lock is not None:
            hold = Hold(file=copy.file, vault=copy.vault, path=copy.path, token=lock.token)
            self._journal.put_hold(hold, epoch=state.epoch)
        await self._workspace.set_writable(place, yes=is_held)
        log.note("recognised", file=copy.file, revision=copy.number)
        return self._workspace.as_put(copy, writable=is_held)
