"""Sends content of this computer to the server, as it was read."""

from collections.abc import Callable
from pathlib import PurePath

from pdm_desktop.core.errors import Spoiled, Suspicious
from pdm_desktop.core.paths import name_of
from pdm_desktop.state.transfers import Transfer
from pdm_desktop.sync.journal import Copy, Journal
from pdm_desktop.sync.ports import Disk, Vault
from pdm_desktop.sync.transfer.progress import Progress
from pdm_desktop.sync.transfer.reading import READS, Content
from pdm_desktop.sync.transfer.upload import upload
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import Upload


class Sending:
    """Uploads of commands, so many at a time as the workspace allows. Methods raise core.errors."""

    def __init__(
        self, vault: Vault, workspace: Workspace, journal: Journal, *, tell: Callable[[Transfer], None]
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._tell = tell

    async def send(self, copy: Copy, content: Content) -> tuple[Content, Upload]:
        """Upload what was read; when it changed meanwhile it is read again."""
        for _ in range(READS - 1):
            try:
                return content, await self._send_once(copy, content)
            except Spoiled:
                content = await self._workspace.read(copy.where)
        return content, await self._send_once(copy, content)

    async def _send_once(self, copy: Copy, content: Content) -> Upload:
        refuse_empty(copy, content)
        return await self.upload(self._workspace.disk, copy.where, content, copy.file, copy.path)

    async def upload(self, disk: Disk, place: PurePath, content: Content, file: str | None, path: str) -> Upload:
        """Send content of any folder; `file` and `path` are what its transfer is shown as."""
        async with self._workspace.transfers:
            progress = Progress(file or "", path=path, up=True, size=content.size, tell=self._tell)
            return await upload(self._vault, disk, place, content, progress, self._journal)


def refuse_empty(copy: Copy, content: Content) -> None:
    """Raises Suspicious for a file that has nothing in it any more (N12)."""
    if content.size == 0 and copy.size > 0:
        raise Suspicious(
            f"{name_of(copy.path)} is empty now; Rev {copy.number} has content.",
            advice="Save it again in its program, or undo the check-out.",
        )
