"""Rename, move, delete, restore."""

from collections.abc import Callable, Collection

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Missing
from pdm_desktop.core.fold import moved_path
from pdm_desktop.core.sightings import Sightings
from pdm_desktop.core.strangers import SizeAndTime
from pdm_desktop.core.words import several
from pdm_desktop.sync.commands.did import Did, end_of
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState, FolderMove
from server.protocol.events import FolderMoved


class Names:
    """Other names in the vault, and none; local copies follow. Every method raises core.errors."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        sightings: Sightings,
        elsewhere: Callable[[Collection[str]], None],
    ) -> None:
        """`elsewhere` hears of files whose folder has moved: whoever gives it takes their copies along."""
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._sightings = sightings
        self._elsewhere = elsewhere

    async def rename(self, file: str, path: str, target: str, *, look: SizeAndTime | None = None) -> Did:
        """Give a file another path; its local copy follows, or is there already and looks like this."""
        intent = self._intents.begin(Kind.MOVE, file, path, path=target, **({"look": list(look)} if look else {}))
        state = await self._intents.ask(intent, lambda: self._vault.move(file, target, intent.key))
        return await end_of(intent, self.moved(intent, await self._intents.current(intent, state)))

    async def moved(self, intent: Intent, state: FileState) -> Did:
        """A file has another path: its local copy goes there too."""
        place = await self._workspace.place_of(state.vault, state.file.path)
        look = intent.fields.get("look")
        await self._workspace.moves.follow(state.file.id, state.file.path, place, seen=look and (look[0], look[1]))
        self._journal.end(intent.key)
        return Did(text=f"It is {state.file.path} now.")

    async def delete(self, file: str, path: str) -> Did:
        """Make a tombstone; a local copy goes to the recovery store."""
        intent = self._intents.begin(Kind.DELETE, file, path)
        state = await self._intents.ask(intent, lambda: self._vault.delete(file, intent.key))
        return await end_of(intent, self.deleted(intent, await self._intents.current(intent, state)))

    async def deleted(self, intent: Intent, state: FileState) -> Did:
        """A file is a tombstone: the workspace lets go of it. One that somebody has restored since keeps its copy."""
        if not state.deleted:
            self._journal.end(intent.key)
            return Did(text="It was deleted, and is in the vault again; its copy stays.")
        self._intents.drop(state.file.id, before=intent)
        self._journal.drop_waiting(state.file.id)
        kept = await self._workspace.put_aside(state.file.id, why="Delete")
        self._journal.end(intent.key)
        return Did(text="Deleted; its revisions stay and it can be restored.", kept=kept)

    async def restore(self, request: requests.RestoreFile, path: str) -> Did:
        """Bring a deleted file back. One that was deleted again since the same was asked before is restored anew."""
        state = await self._restored(request, path)
        if state.deleted:
            state = await self._restored(request, path)
        return Did(text=f"Restored as {state.file.path}.")

    async def _restored(self, request: requests.RestoreFile, path: str) -> FileState:
        """What is so after it was asked, now or before."""
        intent = self._intents.begin(Kind.RESTORE, request.file, path, path=request.path)
        state = await self._intents.ask(intent, lambda: self._vault.restore(request.file, request.path, intent.key))
        now = await self._intents.current(intent, state)
        self._journal.end(intent.key)
        return now

    def restored(self, intent: Intent, state: FileState) -> Did:
        """It was restored some time ago: what has become of it."""
        self._journal.end(intent.key)
        if state.deleted:
            return Did(text="It was restored, and is deleted again.")
        return Did(text=f"Restored as {state.file.path}.")

    async def move_folder(self, request: requests.MoveFolder) -> Did:
        """Give a folder another path; local copies below follow, each when nobody else is at it.

        The answer to what was asked before is an old one: what others have brought back since moves as well.
        """
        intent, answer = await self._folder_moved(request)
        if intent.again:
            try:
                _, anew = await self._folder_moved(request)
            except Missing:
                return Did(text=f"It was moved to {request.to}; nothing is below {request.path} any more.")
            answer = anew if anew.files else answer  # none: the two names differ by case alone
        return Did(text=f"{several(answer.files, 'file is', 'files are')} below {request.to} now.")

    async def _folder_moved(self, request: requests.MoveFolder) -> tuple[Intent, FolderMove]:
        intent = self._intents.begin(Kind.MOVE_FOLDER, request.vault, request.path, path=request.path, to=request.to)
        answer = await self._intents.ask(
            intent, lambda: self._vault.move_folder(request.vault, request.path, request.to, intent.key)
        )
        self.folder_moved(intent, answer)
        return intent, answer

    def folder_moved(self, intent: Intent, answer: FolderMove) -> None:
        """A folder has another path, or had: the same call gives the same answer again."""
        move = FolderMoved(from_=str(intent.fields["path"]), to=str(intent.fields["to"]), by="")
        here = [copy for copy in self._journal.copies() if copy.vault == answer.vault]
        if not self._sightings.enter(answer.epoch):
            self._journal.end(intent.key)
            return
        elsewhere = self._sightings.foresee(move, seq=answer.seq, concerned=[copy.file for copy in here])
        unsure = [copy.file for copy in here if self._sightings.of(copy.file) is None and moved_path(copy.path, move)]
        self._elsewhere([*elsewhere, *unsure])
        self._journal.end(intent.key)
