"""Get latest, open, show in a folder, and put back: what only this computer sees."""

import asyncio
from collections.abc import Iterator
from pathlib import Path, PurePath

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import (
    Cancelled,
    InUse,
    IsProgram,
    LookAgain,
    Missing,
    NotHere,
    Occupied,
    Told,
    Unreachable,
    retold,
)
from pdm_desktop.core.paths import second_mark, second_name
from pdm_desktop.core.programs import is_program
from pdm_desktop.core.recovery import KeptFile
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.strangers import SizeAndTime
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.two_versions import refuse_two_versions
from pdm_desktop.sync.intent import Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Look, Opener, Vault
from pdm_desktop.sync.recovery import REVISIONS
from pdm_desktop.sync.uncut import on_thread
from pdm_desktop.sync.workspace import Workspace


class Opening:
    """Brings files here and opens them. Every method raises core.errors."""

    def __init__(
        self, vault: Vault, workspace: Workspace, journal: Journal, intents: Intents, *, opener: Opener
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._opener = opener

    async def get_latest(self, file: str, path: str) -> Did:
        """Bring the head, read-only; while a program holds the file that has begun, and goes on when it is closed.

        One that waited goes on no more when it is cancelled, the file is deleted, or another one is in its place.
        """
        try:
            did = await self.bring_latest(file)
        except InUse:
            self._intents.begin(Kind.GET_LATEST, file, path)
            raise
        except (Cancelled, Missing, Occupied):
            self._intents.over(Kind.GET_LATEST, file)
            raise
        self._intents.over(Kind.GET_LATEST, file)
        return did

    async def bring_latest(self, file: str) -> Did:
        """Bring the head, read-only. What is checked out here is not touched. Raises TwoVersions, Missing."""
        state = await self._intents.state(file)
        await refuse_two_versions(self._workspace, self._journal, state)
        if state.deleted:
            raise Missing(
                f"{state.file.filename} is deleted in the vault.",
                advice="“Deleted files…” in its vault's menu restores it.",
            )
        copy, hold = self._journal.copy(file), self._journal.hold(file)
        if hold is not None and copy is not None and self._intents.has(copy):
            return Did(text="You have it checked out; your work is not touched.", outcome=Outcome.UNCHANGED)
        writable = hold is not None and state.file.lock is not None and state.file.lock.token == hold.token
        head = (state.file.head.major, state.file.head.minor)
        brought = await self._workspace.bring(
            state.vault, state.file, epoch=state.epoch, writable=writable, why="Get latest"
        )
        if copy is not None and (copy.major, copy.minor) == head and brought.kept is None and brought.copy == copy:
            return Did(text=f"Rev {state.file.head.number} is the newest and here.", outcome=Outcome.UNCHANGED)
        return Did(text=f"Rev {state.file.head.number} is here.", kept=brought.kept)

    async def open(self, file: str) -> Did:
        """Open the local copy, after getting it when there is none; what was in its place then is kept.

        A program is brought here and not started. Raises IsProgram.
        """
        copy, kept = self._journal.copy(file), None
        if copy is None or not self._intents.has(copy):
            kept = (await self.bring_latest(file)).kept
            copy = self._journal.copy(file)
        if copy is None:
            raise NotHere("The file is not on this computer.", advice="Get latest brings it.")
        try:
            await self._show(copy.where)
        except Told as error:
            raise retold(error, Did(text=error.text, kept=kept).words, advice=error.advice) from error
        return Did(text="Opened.", kept=kept)

    async def reveal(self, file: str, path: str) -> Did:
        """Show the local copy in the file manager. Raises NotHere."""
        copy = self._intents.copy_of(file, path)
        await asyncio.to_thread(self._opener.reveal, Path(self._workspace.full_path(copy.where)))
        return Did(text="Shown in its folder.")

    async def open_revision(self, request: requests.OpenRevision) -> Did:
        """Open an old revision, read-only, apart from the workspace's files."""
        number = f"{request.major}.{request.minor}"
        state = await self._intents.state(request.file)
        file, name = state.file, (await self._workspace.place_of(state.vault, state.file.path)).name
        revision = await self._vault.revision(request.file, number)
        place = REVISIONS / file.id / second_name(name, f"Rev {number}")
        kept, there = None, await self._workspace.look(place)
        if there is not None and (read := await self._workspace.read(place)).hash == revision.hash:
            self._put_opened(place, read.look)
        else:
            unfinished = await self._workspace.fetch(file, revision)
            # Before it has its place, so that no crash comes between: until then what lies there looks otherwise.
            self._put_opened(place, await self._workspace.look(unfinished.path))
            kept, _ = await self._workspace.replacements.replace(
                unfinished, place, writable=False, stored={revision.hash}, why="Open an old revision"
            )
        await self._show(place)
        return Did(text=f"Opened Rev {number}, read-only.", kept=kept)

    async def _show(self, place: PurePath) -> None:
        """Have its program show a file of this computer. Raises NoProgram, and IsProgram for what is one itself."""
        if is_program(place.name):
            raise IsProgram(
                f"{place.name} is here, and it is a program: opened, it would act on this computer.",
                advice="“Show in folder” in its menu leads to it. Start it there only if you know whose it is.",
            )
        await asyncio.to_thread(self._opener.open, Path(self._workspace.full_path(place)))

    def _put_opened(self, place: PurePath, look: Look | None) -> None:
        """Whatever else is saved there is a person's."""
        if look is not None:
            self._journal.put_opened(place, (look.size, look.mtime_ns))

    async def kept_files(self) -> list[KeptFile]:
        """All that a person can find again: the recovery store, and what was saved at opened old revisions.

        When the journal was lost the server says which of those are only what they were opened as. While it does not,
        they are listed.
        """
        opened = self._journal.opened()
        listed = await asyncio.to_thread(self._workspace.recovery.listed, opened)
        unknown = [one for one in listed if one.id not in opened and PurePath(one.id).parent.parent == REVISIONS]
        untouched: set[str] = set()
        for one in unknown:
            try:
                if await self._is_as_opened(PurePath(one.id)):
                    untouched.add(one.id)
            except Unreachable as error:  # nor does it tell of the others
                log.note("not known again", why=error.text)
                break
            except Told as error:
                log.note("not known again", place=one.id, why=error.text)
        return [one for one in listed if one.id not in untouched]

    async def _is_as_opened(self, place: PurePath) -> bool:
        """The revision that it has in its name, byte for byte. The journal knows it from now on. Raises core.errors."""
        number = second_mark(place.name).removeprefix("Rev ")
        if not number.replace(".", "", 1).isdecimal():
            return False
        revision = await self._vault.revision(place.parent.name, number)
        read = await self._workspace.read(place)
        if read.hash != revision.hash:
            return False
        self._put_opened(place, read.look)
        return True

    async def put_name_back(self, file: str, source: Path, look: SizeAndTime) -> Did:
        """A copy that was renamed here gets the name back that it has in the journal. Raises NotHere, LookAgain."""
        copy = self._journal.copy(file)
        root = self._workspace.disk.root
        if copy is None or not source.is_relative_to(root):
            raise NotHere(f"{source.name} is no copy in the workspace.", advice="Get latest brings the file.")
        place = PurePath(source.relative_to(root))
        there = await self._workspace.look(place)
        if self._journal.copy_at(place) is not None or there is None:
            raise NotHere(f"{source.name} is not there any more.", advice="Get latest brings the file.")
        if (there.size, there.mtime_ns) != look:
            raise LookAgain(f"{source.name} was saved meanwhile, so it keeps its name.", advice="Look at it again.")
        await asyncio.to_thread(self._workspace.disk.probe, place)
        await on_thread(self._workspace.disk.move, place, copy.where)
        return Did(text=f"{source.name} is {copy.where.name} again.")

    async def put_back(self, kept: str) -> Did:
        """Bring a file of the recovery store back, where it came from or beside that. Raises NotHere."""
        recovery = self._workspace.recovery
        places = await asyncio.to_thread(recovery.places_of, kept)
        async with self._workspace.moves.standstill:  # no copy comes to the place before it is taken
            place = await self._free(places)
            await on_thread(recovery.put_back, kept, place)
        return Did(text=f"Put back as {self._workspace.full_path(place)}.")

    async def _free(self, places: Iterator[PurePath]) -> PurePath:
        """The first where nothing is and no copy belongs.

        A copy may have no file for an instant, as programs save, or be missing: what lay there would be taken for it,
        and end with the program's next rename.
        """
        for place in places:
            if self._journal.copy_at(place) is None and await self._workspace.look(place) is None:
                return place
        raise AssertionError(places)

    async def show_kept(self, kept: str) -> Did:
        """Show a file of the recovery store in the file manager. Raises NotHere."""
        place = await asyncio.to_thread(self._workspace.recovery.path_of, kept)
        await asyncio.to_thread(self._opener.reveal, Path(self._workspace.full_path(place)))
        return Did(text="Shown in its folder.")
