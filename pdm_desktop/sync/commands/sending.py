"""Sends content of this computer to the server, as it was read."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from pdm_desktop import log
from pdm_desktop.core.errors import Cancelled, Spoiled, Suspicious, Told
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.planner import suspicion
from pdm_desktop.core.trees import OnDisk
from pdm_desktop.sync.facts import Copy, Verdict, in_journal
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk, Vault
from pdm_desktop.sync.transfer.overlap import Base
from pdm_desktop.sync.transfer.reading import READS, Content
from pdm_desktop.sync.transfer.traffic import transfer_of
from pdm_desktop.sync.transfer.upload import upload
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import Destination, Upload


class Sending:
    """Uploads of commands, so many at a time as the workspace allows. Methods raise core.errors."""

    def __init__(self, vault: Vault, workspace: Workspace, journal: Journal) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._sending: Counter[str] = Counter()

    async def send(
        self, copy: Copy, content: Content, *, to: Destination | None = None, what: str = ""
    ) -> tuple[Content, Upload]:
        """Upload what was read; when it changed meanwhile it is read again.

        `to` is what it is to be: what the rules refuse is not sent. Work that is parked comes whatever they say.
        With `what` nobody waits for it: its transfer is called that, and a pause of it raises OnHold.
        """
        for _ in range(READS - 1):
            try:
                return content, await self._send_once(copy, content, to, what)
            except Spoiled:
                content = await self._workspace.read(copy.where)
        return content, await self._send_once(copy, content, to, what)

    async def _send_once(self, copy: Copy, content: Content, to: Destination | None, what: str) -> Upload:
        refuse_doubted(copy, content, self._journal.verdict(copy.file))
        base = Base(file=copy.file, number=copy.number, size=copy.size)
        return await self.upload(
            self._workspace.disk, copy.where, content, copy.file, copy.path, to=to, base=base, what=what
        )

    async def upload(
        self,
        disk: Disk,
        place: PurePath,
        content: Content,
        file: str,
        path: str,
        *,
        to: Destination | None = None,
        base: Base | None = None,
        what: str = "",
    ) -> Upload:
        """Send content of any folder; `file` and `path` are what its transfer is shown as, `base` what it is like."""
        begin = transfer_of(file, path, up=True, size=content.size, what=what)
        with self._sent(content.hash):
            try:
                return await self._workspace.traffic.carry(
                    begin,
                    lambda moving: upload(self._vault, disk, place, content, moving, self._journal, to=to, base=base),
                    patient=not what,
                )
            except Cancelled:
                await self._give_up(content.hash)
                raise

    @contextmanager
    def _sent(self, content_hash: str) -> Iterator[None]:
        """The same content may be sent for several files: their upload is one."""
        self._sending[content_hash] += 1
        try:
            yield
        finally:
            self._sending[content_hash] -= 1

    async def _give_up(self, content_hash: str) -> None:
        """The server need not keep what arrived; when it does not hear of it, it forgets by itself after a while."""
        begun = self._journal.upload(content_hash)
        if begun is None or self._sending[content_hash] > 1:
            return
        self._journal.drop_upload(content_hash)
        try:
            await self._vault.give_up(begun)
        except Told as error:
            log.note("upload not given up", upload=begun, why=error.text)


async def refuse_left_by_a_stop(workspace: Workspace, journal: Journal, file: str) -> None:
    """Raises Suspicious while a sudden stop's content is in its place, and nobody has said anything of it (N12)."""
    copy, verdict = journal.copy(file), journal.verdict(file)
    if copy is not None and verdict is not None and not verdict.meant:
        advice = "Say in “Needs you” first whether it is right, or whether the revision is to come back."
        refuse_doubted(copy, await workspace.read(copy.where), verdict, advice=advice)


def refuse_doubted(
    copy: Copy,
    content: Content,
    verdict: Verdict | None,
    *,
    advice: str = "Nothing was sent. Save it again in its program, or say in “Needs you” that it is right.",
) -> None:
    """Raises Suspicious for what looks like an accident (N12), unless a person says that it is right."""
    look = content.look
    disk = OnDisk(size=look.size, mtime_ns=look.mtime_ns, writable=look.writable, hash=content.hash)
    why = suspicion(disk, in_journal(copy, None, verdict), after_crash=False)
    if why is not None:
        raise Suspicious(f"{name_of(copy.path)} {why.value}.", advice=advice)
