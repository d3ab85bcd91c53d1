"""What a command has begun: journaled with its key before it is asked, and ended when it is certain what came of it."""

import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile
from typing import Any, TypeVar

from pdm_desktop import log
from pdm_desktop.core.errors import Held, NotHere, NotSignedIn, NotYours, Refused, Told, Unreachable
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.sightings import Sightings
from pdm_desktop.sync.facts import Copy, Hold, Lost
from pdm_desktop.sync.intent import ANSWER, Happened, Intent, Kind, happened
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState
from server.protocol.vault import File, Lock, Revision

T = TypeVar("T")

TAKES = (Kind.CHECK_OUT, Kind.ADOPT, Kind.CHECK_OUT_SET, Kind.KEEP_MINE, Kind.RECEIVE)
"""What makes this seat the holder."""


class Intents:
    """What all commands share. Every method raises core.errors."""

    def __init__(
        self, vault: Vault, workspace: Workspace, journal: Journal, *, sightings: Sightings, seat: str
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._sightings = sightings
        self._seat = seat
        self._hearing: dict[str, dict[str, Happened]] = {}
        """By file: where what the server has done of it is written down, while a command is at it."""
        self._instead: set[str] = set()
        """Files of which the server does something else now than their command was asked for."""

    @contextmanager
    def hearing(self, *files: str) -> Iterator[dict[str, Happened]]:
        """What the server has done last of each of these files while it lasts. Whoever asks is alone with them."""
        heard: dict[str, Happened] = {}
        self._hearing |= dict.fromkeys(files, heard)
        try:
            yield heard
        finally:
            for file in files:
                self._hearing.pop(file, None)

    def hear(self, intent: Intent, answer: object) -> None:
        """The server has done what was asked."""
        for file in intent.files:
            if file in self._hearing:
                self._hearing[file][file] = happened(intent, answer, instead=file in self._instead)

    @contextmanager
    def instead(self, *files: str) -> Iterator[None]:
        """While it lasts the server does something else than these files' command was asked for.

        What it had done of that is taken back by it: a check-out whose lock is given back has not happened.
        """
        for file in files:
            self._hearing.get(file, {}).pop(file, None)
        self._instead.update(files)
        try:
            yield
        finally:
            self._instead.difference_update(files)

    def begin(self, kind: Kind, file: str, path: str, /, **fields: Any) -> Intent:
        """Journal what is about to be asked. The same thing left unfinished before goes on with its key."""
        for left in self._journal.unfinished():
            asked = {name: value for name, value in left.fields.items() if name != ANSWER}
            if (left.kind, left.file, asked) == (kind, file, fields):
                return left
        intent = Intent(key=uuid.uuid4().hex, kind=kind, file=file, path=path, fields=fields)
        self._journal.begin(intent)
        log.note("asked", kind=kind.value, file=file, key=intent.key)
        return intent

    def over(self, kind: Kind, file: str) -> None:
        """What was begun of this kind with a file has happened."""
        for left in self._journal.unfinished():
            if (left.kind, left.file) == (kind, file):
                self._journal.end(left.key)

    async def ask(self, intent: Intent, call: Callable[[], Awaitable[T]]) -> T:
        """Ask the server, unless it has answered. When that certainly changed nothing, the intent is over."""
        known: Any = intent.answer
        try:
            answer: T = await call() if known is None else known
        except Told as error:
            if _is_over(intent, error):
                self._journal.end(intent.key)
            if isinstance(error, NotYours) and not intent.is_of_set:
                await self.lose(intent.file, error.lock, before=intent)
            raise
        self.hear(intent, answer)
        return self.learned(answer)

    def learned(self, answer: T) -> T:
        """The same, after taking down what it says of a file."""
        if isinstance(answer, FileState):
            self._sightings.learn_answer(answer)
        return answer

    async def current(self, intent: Intent, state: FileState) -> FileState:
        """What is so now: the same call gives the same answer again, which may be an old one."""
        return await self.state(intent.file) if intent.again else state

    async def state(self, file: str) -> FileState:
        """A file as the vault has it now. Raises core.errors."""
        return self.learned(await self._vault.file(file))

    def sent_check_ins(self) -> dict[str, str]:
        """Files whose check-in was sent and has no answer yet, with its key."""
        kinds = (Kind.CHECK_IN, Kind.CHECK_IN_SET)
        sent = [intent for intent in self._journal.unfinished() if intent.kind in kinds]
        return {file: intent.key for intent in sent for file in intent.files}

    async def hold_of(self, file: str, path: str) -> Hold:
        """This seat's lock of a file, asked of the server when the journal does not know. Raises NotYours, Held."""
        hold = self._journal.hold(file)
        if hold is not None:
            return hold
        state = await self.state(file)
        lock = state.file.lock
        if lock is None:
            raise NotYours(f"{name_of(path)} is not checked out.", advice="Check it out first.")
        if lock.seat != self._seat:
            raise Held(f"{lock.locked_by} has {name_of(path)} on {lock.computer}.", lock=lock)
        hold = Hold(file=file, vault=state.vault, path=state.file.path, token=lock.token)
        if not self.begun_takes(file):
            await self._recognise(state)
            self._journal.put_hold(hold, epoch=state.epoch)
        return hold

    async def _recognise(self, state: FileState) -> None:
        """The journal was lost, but this seat holds the file: what lies in its place is work at the head.

        Nobody else could check in since it was checked out. But the head may not have come before the journal went: an
        older revision is no work, and the head takes its place.
        """
        file = state.file
        place = await self._workspace.place_of(state.vault, file.path)
        found = None if self._journal.copy(file.id) is not None else await self._workspace.unknown_at(place)
        if found is None:
            return
        revision = await self._revision_of(file, found.hash)
        await self._workspace.recognise(state, found, revision)
        if revision is not None and revision != file.head:
            log.note("older revision", file=file.id, number=revision.number)
            why = "It was an older revision"
            await self._workspace.bring(state.vault, file, epoch=state.epoch, writable=True, why=why)

    async def _revision_of(self, file: File, content_hash: str) -> Revision | None:
        """The newest revision with some content; None: there is none."""
        if file.head.hash == content_hash:
            return file.head
        cursor: str | None = None
        while True:
            page = await self._vault.history(file.id, cursor)
            for revision in page.revisions:
                if revision.hash == content_hash:
                    return revision
            cursor = page.cursor
            if cursor is None:
                return None

    def begun_takes(self, file: str, *, before: Intent | None = None) -> list[Intent]:
        """Check-outs of a file, alone or in a set, whose content has not been brought yet.

        With `before` only those that were begun before another intent.
        """
        left = self._journal.unfinished()
        if before is not None:
            left = list(takewhile(lambda each: each.key != before.key, left))
        return [each for each in left if file in each.files and each.kind in TAKES]

    def drop(self, file: str, *, before: Intent | None = None) -> None:
        """The lock of a file is gone, and with it every check-out of it that was still on its way.

        One that was begun after what ended the lock is another check-out, and goes on. A set that was not answered yet
        is of other files too: its answer tells.
        """
        with self._journal.together():
            self._drop(file, before)

    def _drop(self, file: str, before: Intent | None) -> None:
        self._journal.drop_hold(file)
        for each in self.begun_takes(file, before=before):
            if not each.is_of_set:
                self._journal.end(each.key)

    async def lose(self, file: str, lock: Lock | None, *, before: Intent | None = None) -> None:
        """This seat's check-out of a file ended without its doing; `lock` is who has it now.

        That the work it has left is to be parked is known from the moment on from which the check-out is not.
        """
        hold, copy = self._journal.hold(file), self._journal.copy(file)
        with self._journal.together():
            self._drop(file, before)
            if hold is not None:
                self._journal.put_lost(_lost(hold, copy, lock))
        await self._protect(file)

    async def let_go(self, file: str) -> None:
        """This seat has the lock of a file no longer: the copy stays as it is, read-only."""
        self.drop(file)
        await self._protect(file)

    async def _protect(self, file: str) -> None:
        copy = self._journal.copy(file)
        if copy is not None:
            await self._workspace.set_writable(copy.where, yes=False)

    async def let_go_if_lost(self, file: str) -> None:
        """Ask the server, which has the last word, whether this seat still has a lock that the journal knows."""
        state, hold = await self.state(file), self._journal.hold(file)
        if hold is not None and not self.is_mine(state, hold.token):
            log.note("lock gone", file=file)
            await self.lose(file, None if state.deleted else state.file.lock)

    def is_mine(self, state: FileState, token: int) -> bool:
        """The file is checked out on this seat, by the check-out of that token."""
        lock = None if state.deleted else state.file.lock
        return lock is not None and (lock.seat, lock.token) == (self._seat, token)

    def copy_of(self, file: str, path: str) -> Copy:
        """The local copy. Raises NotHere."""
        copy = self._journal.copy(file)
        if copy is None or not self.has(copy):
            raise NotHere(f"{name_of(path)} is not in the workspace.", advice="Get latest brings it.")
        return copy

    def has(self, copy: Copy) -> bool:
        """Its file is on the disk."""
        return self._workspace.disk.look(copy.where) is not None


def _lost(hold: Hold, copy: Copy | None, lock: Lock | None) -> Lost:
    lost = Lost(file=hold.file, token=hold.token, base="" if copy is None else copy.number)
    return lost if lock is None else replace(lost, by=lock.locked_by, computer=lock.computer, at=lock.since)


def _is_over(intent: Intent, error: Told) -> bool:
    """It certainly did not happen, now or before. Without a sign-in nobody looked at what was asked.

    A lock that nobody wants any more is given back all the same, as soon as the server takes it.
    """
    is_needed = intent.again or intent.gives_back
    match error:
        case NotSignedIn():
            return not is_needed
        case Refused():
            return True
        case Unreachable():
            return not error.sent and not is_needed
        case _:
            return False
