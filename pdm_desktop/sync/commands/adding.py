"""New files of a vault from files of this computer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

from pdm_desktop.core.errors import NotArrived, NotHere
from pdm_desktop.core.paths import in_vault
from pdm_desktop.core.words import size
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk, Vault
from pdm_desktop.sync.transfer.reading import read_stably
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import AddFile, FileState


class Adding:
    """Adds files. Raises core.errors."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        sending: Sending,
        disk_at: Callable[[Path], Disk],
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._sending = sending
        self._disk_at = disk_at

    async def add(self, vault: str, folder: str, source: Path) -> Did:
        """A new file of the vault from a file of this computer.

        What the server has given up between its arrival and this, as after a pause of days, is sent once more.
        """
        try:
            return await self._add(vault, folder, source)
        except NotArrived:
            return await self._add(vault, folder, source)

    async def _add(self, vault: str, folder: str, source: Path) -> Did:
        path = in_vault(f"{folder}/{source.name}" if folder else source.name)  # before a byte is read or sent
        disk = self._disk_at(source.parent)
        content = await asyncio.to_thread(read_stably, disk, PurePath(source.name))
        sent = await self._sending.upload(disk, PurePath(source.name), content, str(source), path)
        fields: dict[str, Any] = {"path": path, "upload": sent.id, "size": content.size, "hash": content.hash}
        intent = self._intents.begin(Kind.ADD, str(source), path, vault=vault, **fields)
        state = await self._intents.ask(intent, lambda: self._vault.add(vault, AddFile(**fields), intent.key))
        await self._workspace.recognise_added(state, source, content.look)
        self._journal.end(intent.key)
        return Did(text=f"Added as {state.file.path}, Rev {state.file.head.number}, {size(content.size)}.")

    async def added(self, intent: Intent, state: FileState) -> Did:
        """It was added, and the answer was lost: what lies in its place is its copy, if it is still what was sent."""
        await self._intents.state(state.file.id)  # what became of it since, its copy follows
        with suppress(NotHere):
            await self._recognise(intent, state)
        self._journal.end(intent.key)
        return Did(text="Added.")

    async def _recognise(self, intent: Intent, state: FileState) -> None:
        source = Path(intent.file)
        if self._journal.copy(state.file.id) is not None:
            return
        place = await self._workspace.place_as_added(state, source)
        if place is None or await self._workspace.look(place) is None:
            return
        content = await self._workspace.read(place)
        if (content.size, content.hash) == (intent.fields["size"], intent.fields["hash"]):
            await self._workspace.recognise_added(state, source, content.look)
