"""Takes what was handed over to this seat: the lock is here already; the head comes, and with it the work."""

from collections.abc import Iterable
from datetime import datetime

from pdm_desktop import log
from pdm_desktop.core.errors import Cancelled, Missing, NotYours
from pdm_desktop.core.fold import is_given_to
from pdm_desktop.sync.commands.checkout import CheckOuts
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.parked import Parked
from pdm_desktop.sync.facts import Hold, on_top_of
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.recovery import Kept
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState, HandedOver, ParkedVersion
from server.protocol.events import FileLocked, VaultEvent
from server.protocol.records import dataclass
from server.protocol.vault import File, Lock

CAME = "It was handed over to you"
"""Why the recovery store has what was here before."""

_Given = tuple[File, int]
"""A file, and the token of its lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """Whether the work lies in its place now, and what was saved there while it was fetched, which gave way."""

    done: bool
    kept: Kept | None = None


class Receiving:
    """Check-outs that others have given to this seat. Methods raise core.errors."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        parked: Parked,
        checkouts: CheckOuts,
        seat: str,
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._parked = parked
        self._checkouts = checkouts
        self._seat = seat

    def heard(self, event: VaultEvent) -> Intent | None:
        """A lock was given to this seat: that is journaled, unless it is known already."""
        if not isinstance(event, FileLocked) or not is_given_to(self._seat, event):
            return None
        return None if self._is_known(event.file, event.token) else self._begin(event.file, event.path, event.token)

    async def missed(self, files: Iterable[File]) -> list[Intent]:
        """The same for locks of this seat that its journal does not know: the inbox says which of them were given."""
        unknown = {}
        for file in files:
            lock = file.lock
            if lock is not None and lock.seat == self._seat and not self._is_known(file.id, lock.token):
                unknown[file.id, lock.since] = file, lock.token
        return [self._begin(file.id, file.path, token) for file, token in await self._given(unknown)]

    async def come(self) -> list[Intent]:
        """Work that was awaited and has come is to be placed. Of a check-out that is over nothing is awaited."""
        begun: list[Intent] = []
        for file, token in self._journal.awaited().items():
            hold = self._journal.hold(file)
            if hold is None or hold.token != token:
                self._journal.drop_awaited(file)
                continue
            handed = await self._handed(file)
            if handed is None:  # nothing was left on the other seat: the inbox tells so
                self._journal.drop_awaited(file)
            elif handed.parked is not None:
                begun.append(self._begin(file, hold.path, token))
        return begun

    async def latest(self, file: str) -> Did | None:
        """What came with a file that is checked out here, and is not in it, as its person has cancelled that.

        None: there is nothing of the kind, or the file has other work in it. Raises core.errors.
        """
        hold, copy = self._journal.hold(file), self._journal.copy(file)
        if hold is None or any(file in each.files for each in self._journal.unfinished()):
            return None
        if copy is not None and self._intents.has(copy) and (await self._workspace.read(copy.where)).hash != copy.hash:
            return None
        handed = await self._handed(file)
        work = None if handed is None else await self._version(handed)
        if work is None or work.base != (await self._intents.state(file)).file.head.number:
            return None
        return await self.take(self._begin(file, hold.path, hold.token))

    def _begin(self, file: str, path: str, token: int) -> Intent:
        return self._intents.begin(Kind.RECEIVE, file, path, token=token)

    def _is_known(self, file: str, token: int) -> bool:
        hold = self._journal.hold(file)
        is_held = hold is not None and hold.token == token
        return is_held or any(file in each.files for each in self._journal.unfinished())

    async def _given(self, moments: dict[tuple[str, datetime], _Given]) -> list[_Given]:
        """A message of a gift is of the moment at which its lock began."""
        found: list[_Given] = []
        since, newest = 0, 1
        while moments and since < newest:
            inbox = await self._vault.inbox(since)
            for entry in inbox.entries:
                when: tuple[str, datetime] = (entry.file or "", entry.at)
                if entry.kind == "lock_transferred" and when in moments:
                    found.append(moments.pop(when))
            newest = inbox.number
            since = inbox.entries[-1].number if inbox.entries else newest
        return found

    async def take(self, intent: Intent) -> Did:
        """The head is brought, and the work is placed on top of it. Edits of this seat go aside before that."""
        state = await self._intents.state(intent.file)
        lock = state.file.lock
        if state.deleted or lock is None or (lock.seat, lock.token) != (self._seat, intent.fields["token"]):
            self._journal.end(intent.key)
            raise NotYours(f"{state.file.filename} is not checked out here any more.", lock=lock)
        handed = await self._handed(intent.file)
        work = None if handed is None else await self._version(handed)
        if handed is not None and handed.parked is None:
            self._journal.put_awaited(intent.file, lock.token)
        if work is None or work.base != state.file.head.number:
            return await self._take_without(intent, state, handed, work)
        return await self._take_with_work(intent, state, lock, work)

    async def _take_without(
        self, intent: Intent, state: FileState, handed: HandedOver | None, work: ParkedVersion | None
    ) -> Did:
        """There is no work, or none that can lie on top of the head."""
        kept, said = None, _came(state.file, handed, work)
        if self._is_here(intent.file, intent.fields["token"]):  # whatever was saved in it since stays
            self._journal.end(intent.key)
        else:
            kept = (await self._checkouts.take(intent, state)).kept
        if handed is None or handed.parked is not None:  # else it may come yet
            self._journal.drop_awaited(intent.file)
        return Did(text=said, kept=kept)

    def _is_here(self, file: str, token: int) -> bool:
        """It was taken before, with its content."""
        hold = self._journal.hold(file)
        return hold is not None and hold.token == token and self._journal.copy(file) is not None

    async def _take_with_work(self, intent: Intent, state: FileState, lock: Lock, work: ParkedVersion) -> Did:
        kept, is_late = None, intent.file in self._journal.awaited()
        try:
            if not self._is_here(intent.file, lock.token):
                kept = await self._bring(state, lock)
            placed = await self._place(state, work)
        except Cancelled as error:
            raise self._cancelled(intent, state, lock, work, kept) from error
        kept = placed.kept or kept
        self._over(intent)
        name = state.file.filename
        if not placed.done:
            text = f"{name} is yours now, and was edited here already. What {work.person} saved stays parked."
            return Did(text=text, advice="“Parked versions…” in the account's menu has it.", kept=kept)
        if is_late:
            return Did(text=f"What {work.person} saved in {name} has come, and is in it now.", kept=kept)
        return Did(text=f"{name} is yours now, with what {work.person} saved.", kept=kept)

    def _cancelled(
        self, intent: Intent, state: FileState, lock: Lock, work: ParkedVersion, kept: Kept | None
    ) -> Cancelled:
        """It does not begin again by itself: the file is checked out here all the same, and the work stays parked."""
        with self._journal.together():
            self._take_down(state, lock)
            self._over(intent)
        text = (
            f"Cancelled by you. {state.file.filename} is checked out here, and what {work.person} saved is not in it."
            " It stays parked."
        )
        advice = "Get latest brings it; “Parked versions…” in the account's menu has it too."
        return Cancelled(Did(text=text, kept=kept).words, advice=advice, whole=False)

    def _over(self, intent: Intent) -> None:
        with self._journal.together():
            self._journal.drop_awaited(intent.file)
            self._journal.end(intent.key)

    async def _bring(self, state: FileState, lock: Lock) -> Kept | None:
        brought = await self._workspace.bring(state.vault, state.file, epoch=state.epoch, writable=True, why=CAME)
        self._take_down(state, lock)
        return brought.kept

    def _take_down(self, state: FileState, lock: Lock) -> None:
        hold = Hold(file=state.file.id, vault=state.vault, path=state.file.path, token=lock.token)
        self._journal.put_hold(hold, epoch=state.epoch)

    async def _place(self, state: FileState, work: ParkedVersion) -> _Placed:
        """The work takes the place of the head. Not done: something else was saved here before, and stays."""
        copy = self._journal.copy(state.file.id)
        if copy is None:
            return _Placed(done=False)
        now = await self._workspace.look(copy.where)
        if now is not None:
            here = await self._workspace.read(copy.where)
            if here.hash == work.hash:
                return _Placed(done=True)
            if here.hash != copy.hash:
                return _Placed(done=False)
        # What lies there from now on is an edit of the head, whatever the times of the two are.
        stored = {state.file.head.hash} | ({copy.hash} if self._journal.is_confirmed(copy.file) else set())
        self._journal.put_copy(on_top_of(copy, state.file))
        return _Placed(done=True, kept=await self._parked.place(work, copy.where, stored=stored))

    async def _handed(self, file: str) -> HandedOver | None:
        try:
            return await self._vault.handed_over(file)
        except Missing:
            return None

    async def _version(self, handed: HandedOver) -> ParkedVersion | None:
        if handed.parked is None:
            return None
        try:
            return await self._vault.parked_version(handed.parked)
        except Missing:
            log.note("parked no more", file=handed.file, parked=handed.parked)
            return None


def _came(file: File, handed: HandedOver | None, work: ParkedVersion | None) -> str:
    said = f"{file.filename} is yours now, at Rev {file.head.number}."
    if work is not None:
        return f"{said} What {work.person} saved comes from Rev {work.base} and stays parked: check it in from there."
    if handed is None:
        return said
    if handed.parked is None:
        return f"{said} What {handed.giver} may have saved is not here yet: it is told when it has come."
    return (
        f"{said} What {handed.giver} saved is not parked any more: it was checked in or dropped, or its time was over."
    )
