"""Check out, take over from another seat of mine, and undo."""

from contextlib import suppress

from pdm_desktop import log
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import (
    Cancelled,
    Halfway,
    InUse,
    NotSignedIn,
    NotYours,
    Occupied,
    Refused,
    Told,
    TwoVersions,
    retold,
)
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sending import refuse_left_by_a_stop
from pdm_desktop.sync.commands.two_versions import has_edits, refuse_other_head, refuse_two_versions
from pdm_desktop.sync.facts import Copy, Hold
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.recovery import Kept
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState
from server.protocol.vault import File, Revision

UNDO = "Undo check-out"
"""Why the recovery store has what was given up."""


class CheckOuts:
    """Locks that this seat takes and gives back. Every method raises core.errors."""

    def __init__(self, vault: Vault, workspace: Workspace, journal: Journal, intents: Intents, *, seat: str) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._seat = seat

    async def check_out(self, file: str, path: str, message: str | None) -> Did:
        """Take the lock, then bring a writable head. Raises TwoVersions before anything is asked."""
        await self.refuse_two_versions(file)
        intent = self._intents.begin(Kind.CHECK_OUT, file, path, message=message)
        state = await self._intents.ask(intent, lambda: self._vault.check_out(file, message, intent.key))
        return await self.take(intent, await self._intents.current(intent, state))

    async def adopt(self, file: str, path: str) -> Did:
        """Take my lock over from another seat of mine, with a writable head. Raises TwoVersions before it.

        The content comes first: a lock that was taken over cannot go back to where the work of it may be left.
        """
        await self.refuse_two_versions(file)
        await self._bring_before(await self._intents.state(file))
        intent = self._intents.begin(Kind.ADOPT, file, path)
        state = await self._intents.ask(intent, lambda: self._vault.adopt(file, intent.key))
        return await self.take(intent, await self._intents.current(intent, state))

    async def _bring_before(self, state: FileState) -> None:
        """The head, as get latest brings it, unless there are edits here. Raises Cancelled: then nothing was asked."""
        lock = state.file.lock
        if state.deleted or lock is None or lock.seat == self._seat:
            return
        try:
            local = await self._followed(state)
            if local is None or not local.edited:
                await self._workspace.bring(
                    state.vault, state.file, epoch=state.epoch, writable=False, why="Take over here"
                )
        except Cancelled:
            raise
        except Told as error:
            log.note("not brought before", file=state.file.id, why=error.text)  # taking it over says so, and goes on

    async def refuse_two_versions(self, file: str) -> None:
        """A check-out never decides by the way: between two versions, or about what a sudden stop has left.

        Raises TwoVersions, Suspicious.
        """
        if await has_edits(self._workspace, self._journal, file):
            await refuse_two_versions(self._workspace, self._journal, await self._intents.state(file))
            await refuse_left_by_a_stop(self._workspace, self._journal, file)

    async def take(self, intent: Intent, state: FileState) -> Did:
        """The lock is this seat's: record it, bring the content, end the intent."""
        lock = state.file.lock
        if lock is None or lock.seat != self._seat:
            self._journal.end(intent.key)
            raise NotYours(f"{state.file.filename} is not checked out here any more.", lock=lock)
        file, head = state.file, state.file.head
        known = self._journal.hold(file.id)
        already = known is not None and known.token == lock.token
        hold = Hold(file=file.id, vault=state.vault, path=file.path, token=lock.token)
        try:
            local = await self._followed(state)
            is_base_sure = self._journal.is_confirmed(file.id)
            if local is not None and is_base_sure and local.edited and not already:
                await refuse_other_head(self._workspace, self._journal, state)
            if local is not None and is_base_sure and _can_stay(local, head, already=already):
                return await self._taken_as_it_is(intent, hold, state.epoch, already=already)
            brought = await self._workspace.bring(
                state.vault, state.file, epoch=state.epoch, writable=True, why="Check-out"
            )
        except Cancelled as error:
            raise await self._cancelled(intent, state, hold, already=already) from error
        except (Occupied, TwoVersions) as error:
            raise await self._not_placed(intent, state, hold, error, already=already) from error
        except Told as error:
            raise _after_lock(error, file) from error
        self._taken(intent, hold, state.epoch)
        return Did(text=f"Checked out at Rev {head.number}; it is writable now.", kept=brought.kept)

    async def _not_placed(self, intent: Intent, state: FileState, hold: Hold, error: Told, *, already: bool) -> Told:
        """Its place is another file's, or there are two versions by now: no lock stays that came with this.

        One that was here before does, and one that was taken over from another seat: work may be left at that.
        """
        if already or intent.kind is not Kind.CHECK_OUT:
            self._taken(intent, hold, state.epoch)
            return _after_lock(error, state.file)
        name = state.file.filename
        trouble = await self._give_back(intent, state, hold)
        if trouble is None:
            return retold(error, f"{name} is not checked out here. {error.text}", advice=error.advice)
        return retold(error, f"{error.text} {_stays_for_now(name, trouble)}", advice=error.advice)

    async def _cancelled(self, intent: Intent, state: FileState, hold: Hold, *, already: bool) -> Cancelled:
        """Nobody holds a file without knowing: a lock that came with what was cancelled is given back."""
        name = state.file.filename
        if already:
            self._journal.end(intent.key)
            return Cancelled(f"Cancelled by you; you still have {name} checked out.", advice="Get latest brings it.")
        if intent.kind is not Kind.CHECK_OUT:  # it cannot go back to the seat that it is from
            self._journal.end(intent.key)
            return Cancelled(
                f"Cancelled by you. {name} is checked out here now, but its content is not here yet.",
                advice="Check it out again to bring it, or undo the check-out to give it back.",
                whole=False,
            )
        trouble = await self._give_back(intent, state, hold)
        if trouble is None:
            return Cancelled("Cancelled by you; the lock is given back and nothing has changed.")
        return Cancelled(
            f"Cancelled by you. {_stays_for_now(name, trouble)}",
            advice="Nothing has changed on this computer.",
            whole=False,
        )

    async def _give_back(self, intent: Intent, state: FileState, hold: Hold) -> Told | None:
        """The lock of a check-out that does not happen; otherwise why it waits for the server."""
        with self._journal.together():  # from here on it is given back, also after a restart
            back = self._intents.begin(Kind.UNDO, state.file.id, hold.path, token=hold.token, stays=True)
            self._journal.end(intent.key)
        try:
            with self._intents.instead(state.file.id):
                await self._intents.ask(back, lambda: self._vault.undo(state.file.id, hold.token, back.key))
        except Told as error:
            if isinstance(error, NotSignedIn) or not isinstance(error, Refused):
                return error
            # else it is not this seat's any more
        try:
            await self.stayed(back)
        except Exception as error:  # noqa: BLE001 - whatever it is: the lock is given back, and that is what is told
            log.trouble("not ended", error, file=state.file.id)  # the journal has it: it ends by itself
        return None

    async def stayed(self, intent: Intent) -> Did:
        """The lock of a check-out that did not happen is given back: the copy stays what it was."""
        await self._intents.let_go(intent.file)
        self._journal.end(intent.key)
        return Did(text="The lock of the check-out that did not happen is given back.")

    def _taken(self, intent: Intent, hold: Hold, epoch: str) -> None:
        """The lock is this seat's, and nothing of taking it is left to do."""
        with self._journal.together():
            self._journal.put_hold(hold, epoch=epoch)
            self._journal.end(intent.key)

    async def _followed(self, state: FileState) -> LocalCopy | None:
        """The local copy, where its file is in the vault now; None when there is nothing on the disk."""
        place = await self._workspace.place_of(state.vault, state.file.path)
        await self._workspace.moves.follow(state.file.id, state.file.path, place)
        local = await self._workspace.local(state.file.id)
        return None if local is None or local.missing else local

    async def _taken_as_it_is(self, intent: Intent, hold: Hold, epoch: str, *, already: bool) -> Did:
        """Nothing has to be brought, and edits stay where they are."""
        copy = self._intents.copy_of(intent.file, intent.path)
        await self._workspace.set_writable(copy.where, yes=True)
        self._taken(intent, hold, epoch)
        if already:
            return Did(text="You have it checked out already.", outcome=Outcome.UNCHANGED)
        return Did(text=f"Checked out at Rev {copy.number}; what was edited here before is still in it.")

    async def undo(self, file: str, path: str) -> Did:
        """Give the lock back; local edits go to the recovery store and the head comes read-only."""
        hold = await self._intents.hold_of(file, path)
        intent = self._intents.begin(Kind.UNDO, file, path, token=hold.token)
        state = await self._intents.ask(intent, lambda: self._vault.undo(file, hold.token, intent.key))
        return await self.given_back(intent, await self._intents.current(intent, state))

    async def given_back(self, intent: Intent, state: FileState) -> Did:
        """The lock is given back: the workspace follows."""
        self._intents.drop(state.file.id, before=intent)
        self._journal.drop_waiting(state.file.id)
        copy = self._journal.copy(state.file.id)
        if copy is None:
            self._journal.end(intent.key)
            return Did(text="The check-out is undone.")
        try:
            did = await self._without_work(copy, state)
        except Told as error:
            with suppress(InUse):
                await self._workspace.set_writable(copy.where, yes=False)
            if isinstance(error, Cancelled):
                self._journal.end(intent.key)
            raise _after_undo(error) from error
        self._journal.end(intent.key)
        return did

    async def leave(self, state: FileState, *, why: str) -> Kept | None:
        """This seat's work leaves the place of a file, for the recovery store; what the vault has comes, read-only.

        What is somebody else's place by now, or is deleted, has only its work taken from it.
        """
        copy = self._journal.copy(state.file.id)
        if copy is None:
            return None
        if state.deleted:
            return await self._work_put_aside(copy, why=why)
        try:
            brought = await self._workspace.bring(state.vault, state.file, epoch=state.epoch, writable=False, why=why)
        except Occupied:
            return await self._work_put_aside(copy, why=why)
        return brought.kept

    async def _without_work(self, copy: Copy, state: FileState) -> Did:
        """The head is in its place. Where that is another file's, work leaves all the same: it has no lock any more.

        So it does where the file is deleted by now; what is left of the copy then follows that.
        """
        if state.deleted:
            text = f"The check-out is undone; {state.file.filename} was deleted in the vault meanwhile."
            return Did(text=text, kept=await self._work_put_aside(copy))
        try:
            brought = await self._workspace.bring(state.vault, state.file, epoch=state.epoch, writable=False, why=UNDO)
        except Occupied as error:
            kept = await self._work_put_aside(copy)
            return Did(text=f"The check-out is undone. {error.text}", advice=error.advice, kept=kept)
        return Did(text=f"The check-out is undone; you have Rev {state.file.head.number}.", kept=brought.kept)

    async def _work_put_aside(self, copy: Copy, *, why: str = UNDO) -> Kept | None:
        """What was edited goes to the recovery store; what was not stays, read-only."""
        local = await self._workspace.local(copy.file)
        if local is not None and local.edited:
            return await self._workspace.put_aside(copy.file, why=why)
        await self._workspace.set_writable(copy.where, yes=False)
        return None


def _can_stay(local: LocalCopy, head: Revision, *, already: bool) -> bool:
    """A check-out may leave the local copy: work that goes on, or edits of the head that nobody has checked in."""
    return already or (local.edited and local.base == (head.major, head.minor))


def _stays_for_now(name: str, trouble: Told) -> str:
    return (
        f"{trouble.text} So {name} stays checked out by you until the server answers; then it is given back by itself."
    )


def _after_lock(error: Told, file: File) -> Told:
    text = f"You have the lock of {file.filename}, but Rev {file.head.number} could not be brought here. {error.text}"
    return _halfway(error, text, advice=error.advice or "Check it out again, or undo the check-out.")


def _after_undo(error: Told) -> Told:
    if isinstance(error, Cancelled):
        return Cancelled(
            "Cancelled by you. The lock is given back and your work is still in the workspace, read-only.",
            advice="Get latest brings the revision, and keeps your work in the recovery store.",
            whole=False,
        )
    text = f"The lock is given back and your work is still in the workspace. {error.text}"
    return _halfway(error, text, advice="Get latest goes on.")


def _halfway(error: Told, text: str, *, advice: str) -> Told:
    """The same error in other words; a refusal of the content is none of what was asked, which has happened."""
    if isinstance(error, Refused) and not isinstance(error, NotSignedIn):
        return Halfway(text, advice=advice)
    return retold(error, text, advice=advice)
