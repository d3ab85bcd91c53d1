"""After the server was restored from a backup: nothing counts as stored until the server has confirmed it (N19)."""

from collections.abc import Sequence
from dataclasses import replace

from pdm_desktop import log
from pdm_desktop.core.errors import Missing, Told
from pdm_desktop.core.lineage import Confirmed, Lineage, lineage_of
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.words import listed, several
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.facts import Copy, Finding, Lack
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState
from server.protocol.vault import File

WHY = "The server was restored from a backup"
NAMED = 3
"""So many files a sentence names; more are counted."""


SENTENCES = {
    Lack.KEPT: "Newer here than there, and kept in the recovery store (account menu): {}.",
    Lack.WORK: "Your work on {} stays in the workspace; check it out and in again.",
    Lack.ALONE: "Only on this computer now, and yours to add to the vault again: {}.",
    Lack.LOCK: "Your check-out of {} is not known there any more: check out again to go on.",
}
"""What a person hears, in this order."""


class Confirmer:
    """Asks a restored server about each copy and check-out. Whoever calls is alone with the file.

    What a person has to hear of a file is in the journal before anything is done with it: the program may end before
    all files are confirmed, and they are confirmed once.
    """

    def __init__(self, vault: Vault, workspace: Workspace, journal: Journal, intents: Intents, *, seat: str) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._seat = seat
        self._told: set[Finding] = set()
        """What was told, and is still in the journal."""

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
            self._journal.put_finding(Finding(file=file, kind=Lack.LOCK, path=hold.path))
            await self._intents.let_go(file)
        if copy is not None and not await self._confirm_copy(copy, state, was_held=hold is not None):
            return False
        self._journal.confirm(file, epoch=epoch)
        return self._journal.is_confirmed(file)

    def findings(self) -> list[Finding]:
        """What was found, and a person has to hear; call `told` when that is done."""
        return [each for each in self._journal.findings() if each not in self._told]

    def told(self, findings: Sequence[Finding]) -> None:
        """A person has heard of these. On a full disk that is forgotten at the end, and not before."""
        self._told.update(findings)
        try:
            for each in findings:
                self._journal.drop_finding(each)
                self._told.discard(each)
        except Told as error:
            log.note("told again at the next start", why=error.text)

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
                self._journal.put_finding(Finding(file=copy.file, kind=Lack.ALONE, path=copy.path))
                self._journal.drop_copy(copy.file)
                await self._workspace.set_writable(copy.where, yes=True)
            case Lineage.WORK if state is not None:
                self._journal.put_finding(Finding(file=copy.file, kind=Lack.WORK, path=copy.path))
                self._journal.put_copy(_rebased(copy, state.file))
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
        kept = Finding(file=copy.file, kind=Lack.KEPT, path=copy.path)
        self._journal.put_finding(kept)
        brought = await self._workspace.bring(state.vault, state.file, epoch=state.epoch, writable=False, why=WHY)
        if brought.kept is None:
            self._journal.drop_finding(kept)
        return True


def trouble_of(findings: Sequence[Finding]) -> Trouble:
    """What was found, as a person is told it."""
    by_kind = {kind: [each.path for each in findings if each.kind is kind] for kind in Lack}
    parts = [_sentence(by_kind[kind], words) for kind, words in SENTENCES.items() if by_kind[kind]]
    return Trouble(title=WHY, text="It has an earlier state, and this computer knows more.", advice=" ".join(parts))


def _rebased(copy: Copy, file: File) -> Copy:
    """What is here becomes an edit of what the server has: a time that cannot be makes the next look read it."""
    head = file.head
    return replace(copy, major=head.major, minor=head.minor, hash=head.hash, size=head.size, mtime_ns=-1)


def _sentence(paths: Sequence[str], words: str) -> str:
    names = [name_of(path) for path in paths[:NAMED]]
    if len(paths) > NAMED:
        names.append(several(len(paths) - NAMED, "other", "others"))
    return words.format(listed(names))
