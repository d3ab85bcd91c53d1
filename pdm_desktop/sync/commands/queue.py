"""Check-ins that wait for the server: joined when it cannot be reached, sent one after the other when it is back.

A file's check-in happens once (N9): while one that was sent has no answer, its intent alone is gone on with; and what
ends that intent as done takes the file out of the queue in the same transaction.
"""

import asyncio
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import (
    Cancelled,
    InUse,
    KeepsChanging,
    NotSignedIn,
    NotYours,
    OnHold,
    Refused,
    ServerTrouble,
    Spoiled,
    Suspicious,
    Told,
    Unreachable,
)
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.purposes import purpose
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import (
    Seen,
    Stand,
    WaitingCheckIn,
    hindrance,
    in_sets,
    is_spoiled,
    joined_words,
    needs_you,
    retry_after,
)
from pdm_desktop.sync.commands.checkin import CheckIns
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.queued_sets import QueuedSets
from pdm_desktop.sync.commands.sending import refuse_doubted
from pdm_desktop.sync.commands.sets import Sets, Step
from pdm_desktop.sync.commands.unfinished import Finisher
from pdm_desktop.sync.facts import Copy, Hold
from pdm_desktop.sync.intent import Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Clock
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.transfer.traffic import Purpose
from pdm_desktop.sync.workspace import Workspace

_LATER = (Unreachable, NotSignedIn)
"""The server cannot do it now: the check-in waits."""
_SOON = (KeepsChanging, InUse, Spoiled, OnHold)
"""The file cannot be read now, or is not to be sent now: its check-in waits too, and the others go on."""


class Alone(Protocol):
    """Makes whoever asks alone with some files."""

    def __call__(self, *files: str) -> AbstractAsyncContextManager[None]:
        """Until it is left."""
        ...


class Queue:
    """The queue of one journal. Whoever asks for one file's check-in is alone with the file."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        checkins: CheckIns,
        finisher: Finisher,
        sets: Sets,
        clock: Clock,
        seat: str,
        changed: Callable[[tuple[WaitingCheckIn, ...]], None],
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._checkins = checkins
        self._finisher = finisher
        self._sets = QueuedSets(journal, intents, sets, seat=seat)
        self._clock = clock
        self._seat = seat
        self._changed = changed
        self._told: tuple[WaitingCheckIn, ...] = ()
        self._read: dict[str, Seen] = {}
        """What was read of the files that are being checked in."""
        self._is_away = False
        self._tries = 0
        self._rests: tuple[datetime, datetime] | None = None
        """From when until when nothing is tried."""

    def check_ins(self) -> tuple[WaitingCheckIn, ...]:
        """What waits, in the order in which it was asked for."""
        sent = self._sent()
        return tuple(
            replace(one, stand=Stand.SENT) if one.file in sent and one.stand is Stand.WAITS else one
            for one in self._journal.waiting()
        )

    def tell(self) -> None:
        """Tell what waits, if that is something else than was told last."""
        now = self.check_ins()
        if now != self._told:
            self._told = now
            self._changed(now)

    def away(self) -> None:
        """The server cannot be reached: nothing is tried before it is back."""
        self._is_away = True

    def back(self) -> None:
        """The server answers again."""
        self._is_away = False
        self._tries, self._rests = 0, None

    def is_due(self) -> bool:
        """Something waits that should be tried now."""
        if self._is_away or all(one.stand is Stand.NEEDS_YOU for one in self._journal.waiting()):
            return False
        # A clock that was set back is before both: it would rest for a year.
        return self._rests is None or not self._rests[0] <= self._clock.now() < self._rests[1]

    async def check_in(self, file: str, path: str, request: requests.CheckIn) -> Did:
        """Check in; or, when the server cannot do that now, wait for it. Raises core.errors."""
        if self._is_away:
            return await self._join(file, path, request, None, after=self._sent().get(file))
        try:
            before = await self._finisher.check_in_of(file)
        except _LATER as error:
            return await self._join(file, path, request, error, after=self._sent().get(file))
        if before is not None and not await self.wants_more(file, request):
            self._journal.drop_stored(file)
            return before
        try:
            return await self._checkins.check_in(file, path, request, refuse=partial(self._note, file))
        except _LATER as error:
            return await self._join(file, path, request, error)
        except Cancelled:
            self._journal.drop_waiting(file)
            raise

    async def check_in_set(self, request: requests.CheckIn, paths: Mapping[str, str], sets: Sets) -> list[Step]:
        """Check several files in as one; or, when the server cannot do that now, have them wait together.

        Raises core.errors.
        """
        if self._is_away:
            return await self.join_set(request.files, paths, request, None, after=self._sent())
        try:
            for file in request.files:
                await self._finisher.check_in_of(file)
        except _LATER as error:
            return await self.join_set(request.files, paths, request, error, after=self._sent())
        try:
            return await sets.begin(request, paths, refuse=self._note)
        except _LATER as error:
            return await self.join_set(request.files, paths, request, error, after={})
        except Cancelled:
            self._journal.drop_waiting(*request.files)
            raise

    async def wants_more(self, file: str, request: requests.CheckIn) -> bool:
        """A check-in that was sent before, and is stored, does not stand for this one.

        The file is still held, and was saved since or is to be let go of.
        """
        copy = self._journal.copy(file)
        if self._journal.hold(file) is None or copy is None or not self._intents.has(copy):
            return False
        try:
            return not request.keep or (await self._workspace.read(copy.where)).hash != copy.hash
        except (KeepsChanging, InUse):
            return True  # whoever goes on with it says so

    @contextmanager
    def kept_when_cut(self, request: requests.CheckIn) -> Iterator[None]:
        """While these are checked in: what the program's end cuts before it is sent waits for the next start."""
        bases = {file: copy.number for file in request.files if (copy := self._journal.copy(file)) is not None}
        try:
            yield
        except asyncio.CancelledError:
            self._keep_wish(request, bases)
            raise
        finally:
            for file in request.files:
                self._read.pop(file, None)

    def _keep_wish(self, request: requests.CheckIn, bases: Mapping[str, str]) -> None:
        """No time is left to look: what was read of a file is what it was. What has another base by now is stored."""
        busy = self._sent().keys() | {one.file for one in self._journal.waiting()}
        known = [(self._journal.copy(file), self._journal.hold(file)) for file in request.files if file not in busy]
        ones = [
            replace(self._wish(copy, hold, request), seen=self._read.get(copy.file))
            for copy, hold in known
            if copy is not None and hold is not None and copy.number == bases.get(copy.file)
        ]
        is_set = request.together and len(request.files) > 1
        if is_set and len(ones) < len(request.files):
            return
        mark = uuid.uuid4().hex if is_set else None
        self._journal.put_waiting(*(replace(one, of_set=mark) for one in ones))

    def _note(self, file: str, content: Content) -> None:
        self._read[file] = _as_seen(content)

    async def join_set(
        self,
        files: Sequence[str],
        paths: Mapping[str, str],
        request: requests.CheckIn,
        error: Told | None,
        *,
        after: Mapping[str, str],
    ) -> list[Step]:
        """They wait together, all of them or none. Raises what each check-in raises before anything is sent.

        `after` are keys of earlier check-ins that were sent and not answered, by file.
        """
        mark = uuid.uuid4().hex
        ones = [
            replace(
                await self._waiting_of(file, paths.get(file, file), request, error), of_set=mark, after=after.get(file)
            )
            for file in files
        ]
        self._journal.put_waiting(*ones)
        self._try_later()
        sent = self._sent()
        return [_waits(one, joined_words(one, error, is_sent=one.file in sent)) for one in ones]

    @property
    def is_away(self) -> bool:
        """The server cannot be reached, and nothing is tried."""
        return self._is_away

    def take_out(self, file: str, path: str) -> Did:
        """A check-in waits no longer; the file stays as it is. Raises Refused when it may have happened."""
        one = self._of(file)
        if one is None:
            return Did(text=f"No check-in of {name_of(path)} waits.", outcome=Outcome.UNCHANGED)
        name = name_of(self._path_of(one))
        if one.stand is not Stand.NEEDS_YOU and file in self._sent():
            raise Refused(
                f"The check-in of {name} was sent, and may have happened already.",
                advice="The server says so as soon as it answers.",
            )
        group = next(group for group in in_sets(self._journal.waiting()) if one in group)
        self._journal.drop_waiting(*(each.file for each in group))
        held = self._journal.hold(file) is not None
        rest = " Nor are the others of its set." if len(group) > 1 else ""
        keeps = "You keep it." if held else "It stays here."
        return Did(text=f"{name} is not checked in by itself any more. {keeps}{rest}")

    async def send_all(self, alone: Alone, *, only: Collection[str] | None = None) -> list[FileResult]:
        """Check in what waits, one after the other; what came of those that wait no longer, or that need a person."""
        results: list[FileResult] = []
        for group in in_sets(self._journal.waiting()):
            files = [one.file for one in group]
            if only is not None and not any(file in only for file in files):
                continue
            async with alone(*files):
                begun = {file for intent in self._journal.unfinished() for file in intent.files}
                ones = [one for file in files if (one := self._of(file)) is not None]
                if not ones or any(one.stand is Stand.NEEDS_YOU or one.file in begun for one in ones):
                    continue  # a person has to decide, or what was begun with one of them has no answer yet
                try:
                    results += await self._send_group(ones)
                except _LATER as error:
                    for one in ones:
                        self._wait_on(one, error)
                    if not isinstance(error, ServerTrouble):  # it answers, and may have room for others
                        break
                self.tell()
        if results:
            self._tries = 0
        self._try_later()
        self.tell()
        return results

    async def _send_group(self, ones: Sequence[WaitingCheckIn]) -> list[FileResult]:
        with ExitStack() as about:
            for one in ones:
                about.enter_context(self._workspace.traffic.about(one.file, self._purpose(one)))
            if len(ones) == 1:
                result = await self._send(ones[0])
                return [] if result is None else [result]
            known = {one.file: one for one in ones}
            paths = {one.file: self._path_of(one) for one in ones}
            return await self._sets.send(
                ones, paths, lambda file, content: _refuse_spoiled(known[file], paths[file], content), soon=_SOON
            )

    def _wait_on(self, one: WaitingCheckIn, error: Told) -> None:
        """It stays in the queue; why, where a person can do something about it."""
        log.note("waits on", file=one.file, why=error.text)
        is_worth_it = isinstance(error, ServerTrouble | NotSignedIn)
        why, advice = (error.text, error.advice) if is_worth_it else (None, None)
        self._journal.put_waiting(replace(one, why=why, advice=advice))

    async def _send(self, one: WaitingCheckIn) -> FileResult | None:
        """One of them. None: it goes on waiting. Raises Unreachable, NotSignedIn."""
        log.note("waited", file=one.file)
        path = self._path_of(one)
        request = requests.CheckIn(files=(one.file,), comment=one.comment, major=one.major, keep=one.keep)
        try:
            found = hindrance(one, await self._intents.state(one.file), seat=self._seat)
            if found is not None:
                return await self._needs_person(one, found.text, found.advice)
            did = await self._checkins.check_in(
                one.file, path, request, refuse=lambda content: _refuse_spoiled(one, path, content)
            )
        except _LATER:
            raise
        except Cancelled as error:
            self._journal.drop_waiting(one.file)
            return FileResult(
                file=one.file, path=path, outcome=Outcome.CANCELLED, text=error.text, advice="You keep it."
            )
        except _SOON as error:
            self._journal.put_waiting(replace(one, why=error.text, advice=error.advice))
            return None
        except Suspicious as error:  # also where it is the revision again: there was work when it was asked for
            return self._left_to_person(one, error.text, error.advice)
        except Told as error:
            return await self._needs_person(one, error.text, error.advice)
        return did.line(one.file, path)

    async def _needs_person(self, one: WaitingCheckIn, text: str, advice: str | None) -> FileResult:
        """Nothing more is sent. Where nothing was edited here, nothing is left to decide either."""
        local = await self._workspace.local(one.file)
        if local is not None and not local.edited and not local.missing:
            self._journal.drop_waiting(one.file)
            advice = "Nothing was edited here, so nothing has to be done."
            return FileResult(file=one.file, path=self._path_of(one), outcome=Outcome.REFUSED, text=text, advice=advice)
        return self._left_to_person(one, text, advice)

    def _left_to_person(self, one: WaitingCheckIn, text: str, advice: str | None) -> FileResult:
        self._journal.put_waiting(needs_you(one, text, advice))
        return FileResult(file=one.file, path=self._path_of(one), outcome=Outcome.REFUSED, text=text, advice=advice)

    async def _join(
        self, file: str, path: str, request: requests.CheckIn, error: Told | None, *, after: str | None = None
    ) -> Did:
        one = replace(await self._waiting_of(file, path, request, error), after=after)
        self._journal.put_waiting(one)
        self._try_later()
        text = joined_words(one, error, is_sent=file in self._sent())
        return Did(text=text, outcome=Outcome.WAITS)

    async def _waiting_of(self, file: str, path: str, request: requests.CheckIn, error: Told | None) -> WaitingCheckIn:
        """Raises what a check-in of this computer's copy raises before anything is sent."""
        hold = self._journal.hold(file)
        if hold is None:
            raise error or NotYours(
                f"This computer knows of no check-out of {name_of(path)}.",
                advice="Check it in once you are online.",
            )
        copy = self._intents.copy_of(file, path)
        why = error.text if isinstance(error, ServerTrouble | NotSignedIn) else None
        return replace(self._wish(copy, hold, request), seen=await self._seen(copy), why=why)

    def _wish(self, copy: Copy, hold: Hold, request: requests.CheckIn) -> WaitingCheckIn:
        return WaitingCheckIn(
            file=copy.file,
            vault=copy.vault,
            path=copy.path,
            token=hold.token,
            base=copy.number,
            asked=self._clock.now(),
            comment=request.comment,
            major=request.major,
            keep=request.keep,
        )

    async def _seen(self, copy: Copy) -> Seen | None:
        """What the file is now, on the disk itself. Raises Suspicious when it looks like no edit, and NotHere."""
        try:
            content = await self._workspace.read(copy.where)
        except (KeepsChanging, InUse):
            return None
        refuse_doubted(copy, content, self._journal.verdict(copy.file))
        await self._workspace.make_durable(copy.where)
        return _as_seen(content)

    def _try_later(self) -> None:
        self._tries += 1
        now = self._clock.now()
        self._rests = now, now + retry_after(self._tries)

    def _purpose(self, one: WaitingCheckIn) -> Purpose:
        """The others of the queue go on while it is paused."""
        copy = self._journal.copy(one.file)
        request = requests.CheckIn(files=(one.file,), comment=one.comment, major=one.major, keep=one.keep)
        base = None if copy is None else (copy.major, copy.minor)
        return Purpose(what=purpose(request, base), again=request, patient=False)

    def _of(self, file: str) -> WaitingCheckIn | None:
        return next((one for one in self._journal.waiting() if one.file == file), None)

    def _sent(self) -> dict[str, str]:
        """Files whose check-in was sent and has no answer yet, with its key."""
        kinds = (Kind.CHECK_IN, Kind.CHECK_IN_SET)
        sent = [intent for intent in self._journal.unfinished() if intent.kind in kinds]
        return {file: intent.key for intent in sent for file in intent.files}

    def _path_of(self, one: WaitingCheckIn) -> str:
        copy = self._journal.copy(one.file)
        return one.path if copy is None else copy.path


def _waits(one: WaitingCheckIn, text: str) -> Step:
    async def act() -> Did:
        return Did(text=text, outcome=Outcome.WAITS)

    return Step(file=one.file, path=one.path, act=act)


def _as_seen(content: Content) -> Seen:
    return Seen(size=content.size, mtime_ns=content.look.mtime_ns, hash=content.hash)


def _refuse_spoiled(one: WaitingCheckIn, path: str, content: Content) -> None:
    """Raises Suspicious for content that nobody saved since the check-in was asked for."""
    if is_spoiled(one.seen, _as_seen(content)):
        raise Suspicious(
            f"{name_of(path)} has other content than when you asked, and does not look as if it was saved since.",
            advice="Nothing was sent. Open it; if it is right, save it again and check it in.",
        )
