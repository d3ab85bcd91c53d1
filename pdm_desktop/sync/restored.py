"""After the server was restored from a backup: nothing counts as stored until the server has confirmed it (N19)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pdm_desktop import log
from pdm_desktop.core.errors import Missing
from pdm_desktop.core.lineage import Confirmed, Lineage, lineage_of
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.words import listed, several
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState
from server.protocol.vault import File

WHY = "The server was restored from a backup"
NAMED = 3
"""So many files a sentence names; more are counted."""


@dataclass
class Findings:
    """What was found since somebody was last told. Paths in the vault."""

    kept: list[str] = field(default_factory=list)
    """Copies that went to the recovery store."""
    work: list[str] = field(default_factory=list)
    """Copies that stay as edits of an older revision."""
    alone: list[str] = field(default_factory=list)
    """Files that are only here now."""
    locks: list[str] = field(default_factory=list)
    """Check-outs that the server does not know."""

    def trouble(self) -> Trouble | None:
        """What a person should know; None when the server has everything that is here."""
        parts = [
            *_sentence(self.kept, "Newer here than there, and kept in the recovery store (account menu): {}."),
            *_sentence(self.work, "Your work on {} stays in the workspace; check it out and in again."),
            *_sentence(self.alone, "Only on this computer now, and yours to add to the vault again: {}."),
            *_sentence(self.locks, "Your check-out of {} is not known there any more: check out again to go on."),
        ]
        if not parts:
            return None
        return Trouble(title=WHY, text="It has an earlier state, and this computer knows more.", advice=" ".join(parts))


class Confirmer:
    """Asks a restored server about each copy and check-out. Whoever calls is alone with the file."""

    def __init__(self, vault: Vault, workspace: Workspace, journal: Journal, intents: Intents, *, seat: str) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._seat = seat
        self.findings = Findings()

    async def confirm(self, file: str) -> bool:
        """See what the server has of a file, once for each restore. Nothing that it lacks is lost.

        False: a program has the copy open, or the server was restored once more: it is asked again. Raises core.errors
        when it cannot be told yet: then it is asked again, too.
        """
        if self._journal.is_confirmed(file):
            return True
        epoch = self._journal.epoch()
        state = await self._state(file)
        epoch = epoch if state is None else state.epoch
        hold, copy = self._journal.hold(file), self._journal.copy(file)
        if hold is not None and not self._is_known(state, hold.token):
            await self._intents.let_go(file)
            self.findings.locks.append(hold.path)
        if copy is not None and not await self._confirm_copy(copy, state, was_held=hold is not None):
            return False
        self._journal.confirm(file, epoch=epoch)
        return self._journal.is_confirmed(file)

    def told(self) -> Trouble | None:
        """What was found since the last time, for a person."""
        findings, self.findings = self.findings, Findings()
        return findings.trouble()

    async def _state(self, file: str) -> FileState | None:
        """None: the server has no such file. Raises Missing when it is only out of this person's sight."""
        try:
            return await self._intents.state(file)
        except Missing:
            readable = {vault.id for vault in (await self._vault.vaults()).vaults}
            known = self._journal.copy(file) or self._journal.hold(file)
            if known is not None and known.vault in readable:
                return None
            raise

    def _is_known(self, state: FileState | None, token: int) -> bool:
        lock = None if state is None or state.deleted else state.file.lock
        return lock is not None and (lock.seat, lock.token) == (self._seat, token)

    async def _confirm_copy(self, copy: Copy, state: FileState | None, *, was_held: bool) -> bool:
        look = await self._workspace.look(copy.where)
        is_work = was_held or (look is not None and (await self._workspace.read(copy.where)).hash != copy.hash)
        found = lineage_of(await self._confirmed(copy, state), base_hash=copy.hash, is_work=is_work)
        log.note("after a restore", file=copy.file, lineage=found.value)
        match found:
            case Lineage.STORED:
                pass
            case Lineage.ALONE:
                self._journal.drop_copy(copy.file)
                await self._workspace.set_writable(copy.where, yes=True)
                self.findings.alone.append(copy.path)
            case Lineage.WORK if state is not None:
                self._journal.put_copy(_rebased(copy, state.file))
                self.findings.work.append(copy.path)
            case Lineage.LEFT_OVER if state is not None:
                return await self._keep(copy, state)
        return True

    async def _confirmed(self, copy: Copy, state: FileState | None) -> Confirmed:
        if state is None:
            return Confirmed(file=None)
        try:
            revision = await self._vault.revision(copy.file, copy.number)
        except Missing:
            revision = None
        return Confirmed(file=state.file, is_deleted=state.deleted, revision=revision)

    async def _keep(self, copy: Copy, state: FileState) -> bool:
        if await self._workspace.is_open(copy.where):
            return False
        brought = await self._workspace.bring(state.vault, state.file, epoch=state.epoch, writable=False, why=WHY)
        if brought.kept is not None:
            self.findings.kept.append(copy.path)
        return True


def _rebased(copy: Copy, file: File) -> Copy:
    """What is here becomes an edit of what the server has: a time that cannot be makes the next look read it."""
    head = file.head
    return replace(copy, major=head.major, minor=head.minor, hash=head.hash, size=head.size, mtime_ns=-1)


def _sentence(paths: Sequence[str], words: str) -> list[str]:
    if not paths:
        return []
    names = [name_of(path) for path in paths[:NAMED]]
    if len(paths) > NAMED:
        names.append(several(len(paths) - NAMED, "other", "others"))
    return [words.format(listed(names))]
