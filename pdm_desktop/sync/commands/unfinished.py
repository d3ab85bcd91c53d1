"""What a crash or a lost answer left begun: asked again with the same key, and gone on with, or closed with a word."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from pdm_desktop import log
from pdm_desktop.core.errors import (
    Cancelled,
    InUse,
    NotSignedIn,
    NotYours,
    OldBase,
    Refused,
    Told,
    Unreachable,
)
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import in_sets, needs_you
from pdm_desktop.core.words import clock_or_day
from pdm_desktop.sync.commands.did import Did, late_end_of, lines_of_refusal
from pdm_desktop.sync.commands.table import Commands
from pdm_desktop.sync.facts import NO_TIME
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Clock, Look, Vault
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import CheckIn, FileState
from server.protocol.vault import Lock

WHEN_CLOSED = "It goes on by itself as soon as the file is closed there."


class Finisher:
    """Goes on with unfinished intents. Whoever asks is alone with the file."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        commands: Commands,
        *,
        hold: Callable[[str, InUse], None],
        failed: Callable[[str, Told], None],
        clock: Clock,
    ) -> None:
        """`hold` hears of files that a program has open: whoever gives it comes again when they are closed.

        `failed` hears by the intent's key what stopped it: whoever gives it decides when it is tried again.
        """
        self._hold = hold
        self._failed = failed
        self._clock = clock
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._commands = commands

    async def finish(self, intent: Intent) -> FileResult | None:
        """What came of it. None: it was over already, or it cannot be told yet and stays for the next time."""
        if self._is_over(intent) or self._is_wanted_again(intent):
            return None
        result = await self._finish(intent)
        if intent.kind is Kind.PARK:
            return None  # it is seen among the parked versions
        if result is not None:
            log.note("finished later", kind=intent.kind.value, file=intent.file, outcome=result.outcome.value)
        return result

    async def finish_set(self, intent: Intent) -> list[FileResult]:
        """What came of a set, file by file; nothing when it was over already, or cannot be told yet."""
        try:
            return await self._told_of_set(intent)
        except (Unreachable, NotSignedIn):
            return []

    async def _told_of_set(self, intent: Intent) -> list[FileResult]:
        try:
            return [result for _, result in await self._finish_set(intent)]
        except NotSignedIn:
            raise
        except Refused as error:
            lines = await self._late_undos(intent) or self._not_happened(intent, error)
            return [] if self._end_refused_set(intent, error, lines) else lines

    async def check_in_set_of(self, intent: Intent) -> list[FileResult]:
        """Go on with a check-in of a set that got no answer, for somebody who asks for one of these files again.

        The answer is for the files that were not checked out anew since; nothing when it never happened. Raises
        core.errors while nobody can tell.
        """
        try:
            return [result for is_anew, result in await self._finish_set(intent) if not is_anew]
        except NotSignedIn:
            raise
        except Refused as error:
            self._end_refused_set(intent, error, [])
            return []

    async def _finish_set(self, intent: Intent) -> list[tuple[bool, FileResult]]:
        """Ask again, then go on with each file; beside each result whether the file was checked out anew since."""
        if self._is_over(intent):
            return []
        results: list[tuple[bool, FileResult]] = []
        for each in await self._commands.sets.asked_again(intent):
            if each.is_of_set:
                results += [(False, result) for result in await self.finish_set(each)]
            else:
                is_anew = self._is_held_anew(each)
                result = await self.finish(each)
                results += [(is_anew, result)] if result is not None else []
        return results

    async def check_in_of(self, file: str) -> Did | None:
        """Go on with a check-in of this check-out that got no answer; None when there is none, or it never happened.

        Raises core.errors while nobody can tell.
        """
        left = (each for each in self._journal.unfinished() if (each.kind, each.file) == (Kind.CHECK_IN, file))
        intent = next(left, None)
        if intent is None:
            return None
        of_another = self._is_held_anew(intent)
        try:
            did = await self._checked_in(intent)
        except NotSignedIn:
            raise
        except Refused as error:
            self._end_refused(intent, error)
            return None
        return None if of_another else did

    async def _finish(self, intent: Intent) -> FileResult | None:
        try:
            did = await self._go_on(intent)
        except (Unreachable, NotSignedIn) as error:
            self._failed(intent.key, error)
            return None
        except Cancelled as error:
            outcome = Outcome.CANCELLED if error.whole else Outcome.UNFINISHED
            return _result(intent, outcome, error.text, error.advice)
        except InUse as error:
            self._hold(intent.file, error)
            return _result(intent, Outcome.WAITS, error.text, WHEN_CLOSED)
        except Refused as error:
            if self._end_refused(intent, error):
                return None
            if intent.kind is Kind.UNDO and isinstance(error, NotYours):
                return _result(intent, Outcome.UNCHANGED, error.text, None)
            text = f"The {intent.kind.value} from before did not happen: {error.text}"
            return _result(intent, Outcome.REFUSED, text, error.advice)
        except Told as error:
            self._failed(intent.key, error)
            text = f"The {intent.kind.value} from before stopped in between: {error.text}"
            return _result(intent, Outcome.UNFINISHED, text, error.advice)
        # What somebody has handed over was never begun before.
        said = did.words if intent.kind is Kind.RECEIVE else f"Gone on with from before: {did.words}"
        return _result(intent, did.outcome, said, did.advice)

    async def _go_on(self, intent: Intent) -> Did:
        fields, key = intent.fields, intent.key
        match intent.kind:
            case Kind.CHECK_OUT | Kind.ADOPT | Kind.KEEP_MINE:
                return await self._taken(intent)
            case Kind.CHECK_IN | Kind.CHECK_IN_PARKED:
                return await self._next_revision(intent)
            case Kind.UNDO:
                return await self._undone(intent)
            case Kind.HAND_OVER:
                return await self._handed_over(intent)
            case Kind.MOVE:
                await self._vault.move(intent.file, fields["path"], key)
                state = await self._commands.intents.state(intent.file)
                return await late_end_of(intent, self._commands.names.moved(intent, state))
            case Kind.DELETE:
                await self._asked(intent, lambda: self._vault.delete(intent.file, key))
                state = await self._commands.intents.state(intent.file)
                return await late_end_of(intent, self._commands.names.deleted(intent, state))
            case Kind.RESTORE:
                await self._vault.restore(intent.file, fields["path"], key)
                return self._commands.names.restored(intent, await self._commands.intents.state(intent.file))
            case Kind.MOVE_FOLDER:
                answer = await self._vault.move_folder(intent.file, fields["path"], fields["to"], key)
                self._commands.names.folder_moved(intent, answer)
                return Did(text=f"The folder was moved to {fields['to']}.")
            case _:
                return await self._go_on_here(intent)

    async def _go_on_here(self, intent: Intent) -> Did:
        """What changes no file that the vault has."""
        match intent.kind:
            case Kind.GET_LATEST:
                return await self._commands.opening.get_latest(intent.file, intent.path)
            case Kind.RECEIVE:
                return await self._commands.receiving.take(intent)
            case Kind.PARK:
                return await self._commands.left_work.go_on(intent)
            case Kind.ADD:
                return await self._commands.adding.go_on(intent)
        raise TypeError(intent)

    async def _asked(self, intent: Intent, call: Callable[[], Awaitable[FileState]]) -> FileState:
        """The answer that is in the journal, or that of the same call once more."""
        return intent.answer or await call()

    async def _taken(self, intent: Intent) -> Did:
        """The lock may be this seat's by now."""
        message = intent.fields.get("message")
        if intent.kind is Kind.ADOPT:
            await self._vault.adopt(intent.file, intent.key)
        else:
            await self._asked(intent, lambda: self._vault.check_out(intent.file, message, intent.key))
        state = await self._commands.intents.state(intent.file)
        if intent.kind is Kind.KEEP_MINE:
            return await self._commands.deciding.kept_mine(intent, state)
        return await self._commands.checkouts.take(intent, state)

    async def _checked_in(self, intent: Intent) -> Did:
        """The answer was lost; the same call gives it again. The file may have been edited since."""
        state = await self._asked(
            intent, lambda: self._vault.check_in(intent.file, CheckIn(**intent.fields), intent.key)
        )
        self._commands.intents.learned(state)
        since = self._gone_on_since(intent, state)
        if since is not None:
            with self._journal.together():
                self._drop_waiting_of(intent)
                return self._end(intent, f"Checked in as Rev {state.file.head.number}{since}")
        return await self._commands.checkins.stored(intent, state, await self._as_sent(intent))

    def _gone_on_since(self, intent: Intent, state: FileState) -> str | None:
        """In words, when nothing of a check-in is left to do here: the file was checked out anew since, or undone."""
        if self._is_held_anew(intent):
            return ", before you checked it out again."
        copy, head = self._journal.copy(intent.file), state.file.head
        if self._journal.hold(intent.file) is None and copy is not None:
            is_here = (copy.major, copy.minor) >= (head.major, head.minor)
            return "; it is not checked out here any more." if is_here else None
        return None

    async def _as_sent(self, intent: Intent) -> Content:
        """What was sent, as it lies here. The file may have been edited or be gone since.

        Then its times belong to something newer: a time that cannot be makes the next look read it.
        """
        size, content_hash = intent.fields["size"], intent.fields["hash"]
        copy = self._journal.copy(intent.file)
        look = None if copy is None else await self._workspace.look(copy.where)
        if copy is None or look is None:
            return Content(
                size=size, hash=content_hash, look=Look(size=size, mtime_ns=NO_TIME, number=0, writable=False)
            )
        now = await self._workspace.read(copy.where)
        was_sent = look if now.hash == content_hash else replace(look, size=size, mtime_ns=NO_TIME)
        return Content(size=size, hash=content_hash, look=was_sent)

    async def _next_revision(self, intent: Intent) -> Did:
        is_parked = intent.kind is Kind.CHECK_IN_PARKED
        return await (self._checked_in_parked(intent) if is_parked else self._checked_in(intent))

    async def _checked_in_parked(self, intent: Intent) -> Did:
        state = self._commands.intents.learned(await self._commands.parked.ask(intent))
        if self._is_held_anew(intent):
            return self._end(intent, f"Checked in as Rev {state.file.head.number}, before you checked it out again.")
        return await self._commands.parked.stored(intent, state)

    async def _handed_over(self, intent: Intent) -> Did:
        """Either call gives its answer again. The lock may have gone otherwise meanwhile."""
        handing = self._commands.handing
        try:
            state = await self._asked(intent, lambda: handing.ask(intent))
        except NotYours as error:
            if not self._is_held_anew(intent):
                await self._commands.intents.lose(intent.file, error.lock, before=intent)
            raise
        if self._is_held_anew(intent):
            return self._end(intent, f"{intent.fields['to']} got the file from before.")
        return await handing.handed(intent, await self._commands.intents.state(state.file.id))

    async def _undone(self, intent: Intent) -> Did:
        """Raises NotYours, which says what is so, when what it was to end has ended otherwise; else core.errors."""
        try:
            await self._asked(intent, lambda: self._vault.undo(intent.file, intent.fields["token"], intent.key))
        except NotSignedIn:
            raise
        except NotYours as error:
            if not self._is_held_anew(intent):
                await self._commands.intents.lose(intent.file, error.lock, before=intent)
            raise NotYours(self._went_otherwise(intent, error.lock), lock=error.lock) from error
        except Refused as error:
            late = await self._late_undo(intent, intent.file, intent.fields["token"])
            if late.outcome is Outcome.UNCHANGED:
                raise NotYours(late.text) from error
            raise
        return await self._given_back(intent, await self._commands.intents.state(intent.file))

    async def _given_back(self, intent: Intent, state: FileState) -> Did:
        """The undo has happened; but the file may have been checked out here again since."""
        if intent.gives_back and not self._is_held_anew(intent):
            return await self._commands.checkouts.stayed(intent)
        if self._is_held_anew(intent):
            return self._end(intent, "The check-out from before was undone.")
        return await self._commands.checkouts.given_back(intent, state)

    def _went_otherwise(self, intent: Intent, lock: Lock | None, *, is_deleted: bool = False) -> str:
        """In words, of an undo that came too late: what it was to end had ended, and nothing is left to do."""
        copy = self._journal.copy(intent.file)
        name = name_of(intent.path if copy is None else copy.path)
        if self._is_held_anew(intent):
            return f"The check-out of {name} from before had ended already; you have checked it out again since."
        if is_deleted:
            return f"{name} is not checked out here any more: it was deleted in the vault."
        if lock is None:
            return f"{name} is not checked out here any more; nobody has it."
        since = clock_or_day(lock.since, self._clock.now())
        return f"{name} is not checked out here any more: {lock.locked_by} has it on {lock.computer} since {since}."

    def _not_happened(self, intent: Intent, error: Refused) -> list[FileResult]:
        paths = {file: copy.path for file in intent.files if (copy := self._journal.copy(file)) is not None}
        text = f"The {intent.kind.value} from before did not happen: {error.text}"
        return lines_of_refusal(intent.files, paths, error, text=text)

    async def _late_undos(self, intent: Intent) -> list[FileResult]:
        """What is so with each file of a set that the server does not undo; nothing when that says why it does not.

        It may have undone it long ago, and keep that answer no longer. Raises Unreachable, NotSignedIn.
        """
        if intent.kind is not Kind.UNDO_SET:
            return []
        try:
            late = [await self._late_undo(intent, file, token) for file, token in intent.tokens.items()]
        except NotSignedIn:
            raise
        except Refused:
            return []
        gone = [name_of(result.path) for result in late if result.outcome is Outcome.UNCHANGED]
        if not gone:
            return []
        why = f"several files are undone as one or not at all, and {gone[0]} was not yours any more"
        return [
            result
            if result.outcome is Outcome.UNCHANGED
            else replace(result, text=f"{result.text} Nothing was done with it: {why}.")
            for result in late
        ]

    async def _late_undo(self, intent: Intent, file: str, token: int) -> FileResult:
        """What is so with one of them: UNCHANGED when its check-out has ended, else REFUSED. Raises core.errors."""
        state = await self._commands.intents.state(file)
        alone = replace(intent, kind=Kind.UNDO, file=file, path=state.file.path, fields={"token": token})
        if self._commands.intents.is_mine(state, token):
            name = state.file.filename
            advice = "Undo the check-out again if you do not want it any longer."
            return _result(alone, Outcome.REFUSED, f"{name} is still checked out by you.", advice)
        lock = None if state.deleted else state.file.lock
        if not self._is_held_anew(alone):
            await self._commands.intents.lose(file, lock, before=intent)
        return _result(alone, Outcome.UNCHANGED, self._went_otherwise(alone, lock, is_deleted=state.deleted), None)

    def _is_held_anew(self, intent: Intent) -> bool:
        """The file was checked out here again since."""
        hold = self._journal.hold(intent.file)
        return hold is not None and hold.token != intent.fields.get("token", hold.token)

    def _is_wanted_again(self, intent: Intent) -> bool:
        """A lock that is to be given back is being taken once more: what comes of that tells whether it stays."""
        return intent.gives_back and bool(self._commands.intents.begun_takes(intent.file))

    def _is_over(self, intent: Intent) -> bool:
        return all(left.key != intent.key for left in self._journal.unfinished())

    def _end_refused(self, intent: Intent, error: Refused) -> bool:
        """It did not happen. True: the queue has it and tells what becomes of it."""
        one = next((one for one in self._journal.waiting() if one.file == intent.file), None)
        if intent.kind is not Kind.CHECK_IN or one is None:
            self._journal.end(intent.key)
            return False
        is_over = isinstance(error, NotYours | OldBase) and intent.file not in self._wanted_anew(intent)
        with self._journal.together():
            self._journal.end(intent.key)
            if is_over:
                outdated = isinstance(error, OldBase)
                self._journal.put_waiting(needs_you(one, error.text, error.advice, outdated=outdated))
        return not is_over

    def _end_refused_set(self, intent: Intent, error: Refused, lines: Sequence[FileResult]) -> bool:
        """It did not happen. True: the queue has it and tells what becomes of it."""
        waiting = {one.file: one for one in self._journal.waiting() if one.file in intent.files}
        anew = self._wanted_anew(intent)
        is_over = isinstance(error, NotYours | OldBase) and not anew.issuperset(waiting)
        with self._journal.together():
            self._journal.end(intent.key)
            for line in lines if is_over else ():
                if line.file in waiting and line.file not in anew:
                    one, outdated = waiting[line.file], isinstance(error, OldBase)
                    self._journal.put_waiting(needs_you(one, line.text, line.advice, outdated=outdated))
        return bool(waiting) and not is_over

    def _wanted_anew(self, intent: Intent) -> set[str]:
        """Files whose check-in waits by another check-out, or in one set with such a file.

        That what was sent by the check-out of before is refused says nothing of it: the queue asks before it sends.
        """
        tokens = intent.tokens
        return {
            one.file
            for group in in_sets(self._journal.waiting())
            if any(one.token != tokens.get(one.file, one.token) for one in group)
            for one in group
        }

    def _drop_waiting_of(self, intent: Intent) -> None:
        """What waits may be of a newer check-out by now."""
        if any((one.file, one.token) == (intent.file, intent.fields["token"]) for one in self._journal.waiting()):
            self._journal.drop_waiting(intent.file)

    def _end(self, intent: Intent, text: str) -> Did:
        self._journal.end(intent.key)
        return Did(text=text)


def _result(intent: Intent, outcome: Outcome, text: str, advice: str | None) -> FileResult:
    return FileResult(file=intent.file, path=intent.path, outcome=outcome, text=text, advice=advice)
