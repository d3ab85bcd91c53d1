"""What a person has decided: between two versions, about suspicious content, about very many deletions.

Each decision is about what was seen. When that has changed nothing is done, and the person looks again.
"""

from itertools import count
from pathlib import PurePath

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.copies import saved_at
from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.errors import Held, InUse, LookAgain, Missing, NotYours
from pdm_desktop.core.paths import name_of, version_path
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.sync.commands.checkout import CheckOuts
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.facts import Copy, Hold, Verdict, on_top_of
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Clock, Vault
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState
from server.protocol.vault import File, Lock


class Deciding:
    """Carries decisions out. Every method raises core.errors: LookAgain when they were about something else."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        checkouts: CheckOuts,
        clock: Clock,
        seat: str,
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._checkouts = checkouts
        self._clock = clock
        self._seat = seat

    # Two versions

    async def versions(self, file: str, path: str, request: requests.DecideVersions) -> Did:
        """Keep both, take the vault's, or go on with mine. A check-in that waited for it needs nobody any more.

        That is recorded together with what was decided: neither a crash nor a fault leaves one without the other.
        """
        copy = self._intents.copy_of(file, path)
        state = await self._intents.state(file)
        here = await self._workspace.read(copy.where)
        if self._is_done(copy, here, state, request):
            self._journal.drop_waiting(file)
            return Did(text="That is so already.", outcome=Outcome.UNCHANGED)
        _refuse_other(copy, here, state, request.seen)
        match request.side:
            case Side.BOTH:
                return await self._keep_both(copy, here, state, request.who)
            case Side.THEIRS:
                return await self._take_theirs(copy, state)
            case Side.MINE:
                return await self._go_on_with_mine(copy, state)

    async def _keep_both(self, copy: Copy, here: Content, state: FileState, who: str) -> Did:
        """The vault's is there whole before mine leaves its place for a name of its own."""
        place = copy.where if state.deleted else await self._workspace.followed(state.vault, state.file)
        beside = await self._free_name(copy, place, here, who)
        kept = None
        if state.deleted:
            await self._workspace.rename(copy.where, beside)
            with self._journal.together():
                self._journal.drop_copy(copy.file)
                self._journal.drop_waiting(copy.file)
            theirs = f"{name_of(copy.path)} is deleted in the vault"
        else:
            writable = self._is_held(copy.file)
            why = "The two versions were separated"
            brought = await self._workspace.bring(
                state.vault, state.file, epoch=state.epoch, writable=writable, why=why, beside=beside, decided=True
            )
            if await self._workspace.look(beside) is None:
                raise _saved_again(copy)  # as the head: there was no version of mine to give a name to
            kept = brought.kept  # what a program has saved since mine got its name
            theirs = f"Rev {state.file.head.number} is here"
        await self._workspace.set_writable(beside, yes=True)
        return Did(text=f"{theirs}, and your version is {beside.name} beside it.", kept=kept)

    async def _take_theirs(self, copy: Copy, state: FileState) -> Did:
        why = "You took the vault's version"
        if state.deleted:
            kept = await self._workspace.put_aside(copy.file, why=why, decided=True)
            return Did(text=f"{name_of(copy.path)} is deleted here as well.", kept=kept)
        writable = self._is_held(copy.file)
        brought = await self._workspace.bring(
            state.vault, state.file, epoch=state.epoch, writable=writable, why=why, decided=True
        )
        return Did(text=f"Rev {state.file.head.number} is here.", kept=brought.kept)

    async def _go_on_with_mine(self, copy: Copy, state: FileState) -> Did:
        file, name = state.file, name_of(copy.path)
        if state.deleted:
            raise Missing(f"{name} is deleted in the vault.", advice="Let it be restored first, or keep both.")
        if file.lock is not None and file.lock.seat != self._seat:
            raise Held(f"{file.lock.locked_by} has {name} on {file.lock.computer}.", lock=file.lock)
        if self._is_held(copy.file):
            await self._follow(state)
            with self._journal.together():
                self._journal.put_copy(on_top_of(self._intents.copy_of(copy.file, copy.path), file))
                self._journal.drop_waiting(file.id)
            return _goes_on(file)
        intent = self._intents.begin(Kind.KEEP_MINE, copy.file, file.path, head=file.head.number)
        answer = await self._intents.ask(intent, lambda: self._vault.check_out(copy.file, None, intent.key))
        return await self.kept_mine(intent, await self._intents.current(intent, answer))

    async def kept_mine(self, intent: Intent, state: FileState) -> Did:
        """The lock is this seat's: my content goes on from the head. It is given back when another revision came."""
        file, lock = state.file, state.file.lock
        if lock is None or lock.seat != self._seat:
            self._journal.end(intent.key)
            raise NotYours(f"{file.filename} is not checked out here any more.", lock=lock)
        if file.head.number != intent.fields["head"]:
            log.note("head moved", file=file.id, to=file.head.number)
            with self._intents.instead(file.id):
                self._intents.learned(await self._vault.undo(file.id, lock.token, f"{intent.key}-back"))
            self._journal.end(intent.key)
            raise _another_head(file)
        await self._follow(state)
        copy = self._journal.copy(file.id)
        if copy is None or await self._workspace.look(copy.where) is None:
            self._drop_waiting_before(file.id, lock)
            return await self._checkouts.take(intent, state)  # there is no version of mine any more
        await self._workspace.set_writable(copy.where, yes=True)
        with self._journal.together():
            self._journal.put_copy(on_top_of(copy, file))
            hold = Hold(file=file.id, vault=state.vault, path=file.path, token=lock.token)
            self._journal.put_hold(hold, epoch=state.epoch)
            self._drop_waiting_before(file.id, lock)
            self._journal.end(intent.key)
        return _goes_on(file)

    def _drop_waiting_before(self, file: str, lock: Lock) -> None:
        """What goes on by itself may come late: a check-in of this very check-out was asked for since, and stays."""
        for one in self._journal.waiting():
            if one.file == file and (one.stand is Stand.NEEDS_YOU or one.token != lock.token):
                self._journal.drop_waiting(file)

    async def _follow(self, state: FileState) -> None:
        """The copy goes where the file belongs by now, unless something else is in the way."""
        place = await self._workspace.place_of(state.vault, state.file.path)
        await self._workspace.moves.follow(state.file.id, state.file.path, place)

    async def _free_name(self, copy: Copy, place: PurePath, here: Content, who: str) -> PurePath:
        """A name beside a place that nothing has, or that this very content got before a crash."""
        saved = saved_at(here.look.mtime_ns).astimezone(self._clock.now().tzinfo)
        for number in count(1):
            name = PurePath(version_path(place.as_posix(), who, saved, number=number))
            if await self._workspace.look(name) is None or await self._workspace.is_second_name(name, here):
                return name
        raise AssertionError(copy)

    # Suspicious content

    async def doubt(self, file: str, path: str, request: requests.DecideDoubt) -> Did:
        """It is my edit from now on; or the revision comes back, and what is here goes to the recovery store."""
        copy = self._intents.copy_of(file, path)
        here = await self._workspace.read(copy.where)
        if here.hash != request.seen.hash:
            raise _saved_again(copy)
        if request.right:
            self._journal.put_verdict(file, Verdict(hash=here.hash, meant=True))
            return Did(text=f"What is in {name_of(copy.path)} is your edit from now on.")
        state = await self._intents.state(file)
        why = "It did not look like an edit"
        if state.deleted:
            kept = await self._workspace.put_aside(file, why=why)
            return Did(text=f"{name_of(copy.path)} is deleted in the vault by now, and here as well.", kept=kept)
        brought = await self._workspace.bring(
            state.vault, state.file, epoch=state.epoch, writable=self._is_held(file), why=why
        )
        return Did(text=f"Rev {state.file.head.number} is here again.", kept=brought.kept)

    # Deletions

    async def deletion(self, file: str, *, keep: bool) -> Did:
        """The copy of a deleted file goes to the recovery store, or stays as a file of the person's own."""
        copy = self._journal.copy(file)
        if copy is None:
            return Did(text="There is no copy of it any more.", outcome=Outcome.UNCHANGED)
        if not (await self._intents.state(file)).deleted:
            return Did(text="It is in the vault again, so its copy stays.", outcome=Outcome.UNCHANGED)
        if keep:
            await self._workspace.set_writable(copy.where, yes=True)
            self._journal.drop_copy(file)
            return Did(text="It stays, as a file of your own.")
        if await self._workspace.look(copy.where) is not None and await self._is_work(copy):
            return Did(
                text="It was edited here, so it stays.",
                outcome=Outcome.REFUSED,
                advice="“Needs you” lists it with its choices.",
            )
        kept = await self._workspace.put_aside(file, why="It was deleted in the vault")
        return Did(text="Its copy is removed.", kept=kept)

    async def _is_work(self, copy: Copy) -> bool:
        """Content of a person. Raises InUse while a program may still write it."""
        if await self._workspace.is_open(copy.where):
            raise InUse(f"A program has {name_of(copy.path)} open.", advice="Close it there, then decide again.")
        return (await self._workspace.read(copy.where)).hash != copy.hash

    def _is_done(self, copy: Copy, here: Content, state: FileState, request: requests.DecideVersions) -> bool:
        """The same was decided before, and the answer was lost."""
        head, lock, hold = state.file.head, state.file.lock, self._journal.hold(copy.file)
        if state.deleted or not (copy.major, copy.minor) == (head.major, head.minor) == request.seen.head:
            return False
        if request.side is not Side.MINE:
            return here.hash == head.hash
        is_held = hold is not None and lock is not None and hold.token == lock.token
        return is_held and here.hash == request.seen.hash

    def _is_held(self, file: str) -> bool:
        return self._journal.hold(file) is not None


def _refuse_other(copy: Copy, here: Content, state: FileState, seen: Seen) -> None:
    if here.hash != seen.hash:
        raise _saved_again(copy)
    head = None if state.deleted else (state.file.head.major, state.file.head.minor)
    if head == seen.head:
        return
    if head is None:
        raise LookAgain(f"{name_of(copy.path)} was deleted in the vault meanwhile.", advice="Look at it again.")
    raise _another_head(state.file)


def _saved_again(copy: Copy) -> LookAgain:
    return LookAgain(
        f"{name_of(copy.path)} was saved again meanwhile, so nothing was done.", advice="Look at it again."
    )


def _another_head(file: File) -> LookAgain:
    return LookAgain(
        f"{file.head.author} checked in Rev {file.head.number} of {file.filename} meanwhile, so nothing was done.",
        advice="Look at both versions again.",
    )


def _goes_on(file: File) -> Did:
    return Did(text=f"You have {file.filename} checked out with your version: check it in as the next revision.")
