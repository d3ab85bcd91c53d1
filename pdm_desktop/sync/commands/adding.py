"""New files of a vault from files of this computer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import msgspec

from pdm_desktop import log
from pdm_desktop.core.errors import Local, NotArrived, NotHere, NotSignedIn, Refused, Unreachable, retold
from pdm_desktop.core.paths import in_vault, name_of
from pdm_desktop.core.words import size
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk, Look, Vault
from pdm_desktop.sync.transfer.reading import read_stably
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import AddFile, Destination, FileState, TreeHead
from server.protocol.vault import File

FIRST = "1.0"
"""The revision with which every file of a vault begins."""


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
        to = Destination(vault=vault, path=path)
        sent = await self._sending.upload(disk, PurePath(source.name), content, str(source), path, to=to)
        fields: dict[str, Any] = {"path": path, "upload": sent.id, "size": content.size, "hash": content.hash}
        intent = self._intents.begin(Kind.ADD, str(source), path, vault=vault, **fields)
        state = await self._intents.ask(intent, lambda: self._vault.add(vault, AddFile(**fields), intent.key))
        await self._workspace.recognise_added(state, source, content.look)
        self._journal.end(intent.key)
        return Did(text=f"Added as {state.file.path}, Rev {state.file.head.number}, {size(content.size)}.")

    async def go_on(self, intent: Intent) -> Did:
        """Ask again for what got no answer. Raises core.errors: what is Refused is not in the vault, and text says why.

        The server may have added it so long ago that it keeps that answer no longer: then it refuses a second time.
        """
        fields = {name: value for name, value in intent.fields.items() if name != "vault"}
        try:
            state = await self._vault.add(intent.fields["vault"], AddFile(**fields), intent.key)
        except NotSignedIn:
            raise
        except Refused as error:
            before = await self._added_before(intent)
            if before is not None:
                return await self._added(intent, before, f"{before.file.filename} is in the vault already")
            if isinstance(error, NotArrived):
                return await self._sent_again(intent, error)
            raise
        return await self._added(intent, state, f"Added as {state.file.path}, Rev {state.file.head.number}")

    async def _added(self, intent: Intent, state: FileState, text: str) -> Did:
        """It was added, and the answer was lost: what lies in its place is its copy, if it is still what was sent."""
        await self._intents.state(state.file.id)  # what became of it since, its copy follows
        with suppress(NotHere):
            await self._recognise(intent, state)
        self._journal.end(intent.key)
        if await self._here(intent) is not None:
            return Did(text=f"{text}.")
        return Did(text=f"{text}; {_gone(intent)}.", advice="Get latest brings it.")

    async def _added_before(self, intent: Intent) -> FileState | None:
        """The file in its place, at its first revision, if that is what was sent. None: it is not in the vault.

        Raises Unreachable, NotSignedIn.
        """
        try:
            file = await self._file_at(intent.fields["vault"], intent.fields["path"])
            first = None if file is None else await self._vault.revision(file.id, FIRST)
            if file is None or first is None or first.hash != intent.fields["hash"]:
                return None
            state = await self._intents.state(file.id)
        except NotSignedIn:
            raise
        except Refused:
            return None
        return None if state.deleted else replace(state, file=replace(state.file, head=first))

    async def _file_at(self, vault: str, path: str) -> File | None:
        async with self._vault.tree(vault) as lines:
            head, count = None, 0
            async for line in lines:
                if head is None:
                    head = msgspec.json.decode(line, type=TreeHead)
                    continue
                count += 1
                file = msgspec.json.decode(line, type=File)
                if file.path == path:
                    return file
        if head is None or head.files != count:
            raise Unreachable("The server's list of files did not arrive whole.")
        return None

    async def _sent_again(self, intent: Intent, error: NotArrived) -> Did:
        """What arrived was given up: the same is sent once more. Raises NotArrived when it is not there any more."""
        source, name = Path(intent.file), name_of(intent.path)
        if await self._here(intent) is None:
            why = f"the server did not keep what was sent of it so long, and {_gone(intent)}."
            raise retold(error, why, advice="Add it again when it is back there.")
        content = await asyncio.to_thread(read_stably, self._disk_at(source.parent), PurePath(source.name))
        if content.hash != intent.fields["hash"]:
            why = f"the server did not keep what was sent of it so long, and {name} was saved since."
            raise retold(error, why, advice="Add it again if what it holds now is to be in the vault.")
        folder = intent.path.rpartition("/")[0]
        did = await self._add(intent.fields["vault"], folder, source)
        self._journal.end(intent.key)
        return did

    async def _here(self, intent: Intent) -> Look | None:
        """The file that was to be added; None where nobody can see it, as on a drive that is away."""
        source = Path(intent.file)
        try:
            return await asyncio.to_thread(self._disk_at(source.parent).look, PurePath(source.name))
        except Local as error:
            log.note("not seen", file=intent.file, why=error.text)
            return None

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


def _gone(intent: Intent) -> str:
    return f"its content is not at {intent.file} any more"
