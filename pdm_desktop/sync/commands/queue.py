"""Check-ins that wait for the server: joined when it cannot be reached, sent one after the other when it is back.

A file's check-in happens once (N9): while one that was sent has no answer, its intent alone is gone on with; and what
ends that intent as done takes the file out of the queue in the same transaction.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
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
    Refused,
    ServerTrouble,
    Told,
    unexpected,
)
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.purposes import purpose
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import LATER, Stand, WaitingCheckIn, in_sets, joined_words, retry_after
from pdm_desktop.sync.commands.checkin import CheckIns
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.queued_files import QueuedFiles
from pdm_desktop.sync.commands.queued_sets import QueuedSets
from pdm_desktop.sync.commands.sets import Sets, Step
from pdm_desktop.sync.commands.unfinished import Finisher
from pdm_desktop.sync.commands.wishes import Wishes
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.patience import Patience
from pdm_desktop.sync.ports import Clock
from pdm_desktop.sync.transfer.traffic import Purpose
from pdm_desktop.sync.workspace import Workspace


class Turns(Protocol):
    """Who is at the files."""

    def alone(self, *files: str) -> AbstractAsyncContextManager[None]:
        """Nobody else is at them until it is left."""
        ...

    def is_busy(self, file: str) -> bool:
        """A command is at it, perhaps for hours."""
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
        broke: Callable[[Exception], None],
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._checkins = checkins
        self._finisher = finisher
        self.wishes = Wishes(workspace, journal, intents, clock=clock)
        self._files = QueuedFiles(workspace, journal, intents, checkins, seat=seat)
        self._sets = QueuedSets(journal, intents, sets, seat=seat)
        self._clock = clock
        self._changed = changed
        self._tell_broken = broke
        self._patience = Patience()
        self._told: tuple[WaitingCheckIn, ...] = ()
        self._is_away = False
        self._tries = 0
        self._rests: tuple[datetime, datetime] | None = None
        """From when until when nothing is tried."""

    def check_ins(self) -> tuple[WaitingCheckIn, ...]:
        """What waits, in the order in which it was asked for."""
        sent = self._intents.sent_check_ins()
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
        self._patience.forget_all()
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
            return await self._join(file, path, request, None, after=self._intents.sent_check_ins().get(file))
        try:
            before = await self._finisher.check_in_of(file)
        except LATER as error:
            return await self._join(file, path, request, error, after=self._intents.sent_check_ins().get(file))
        if before is not None and not await self.wants_more(file, request):
            self._journal.drop_stored(file)
            return before
        try:
            return await self._checkins.check_in(file, path, request, refuse=partial(self.wishes.note, file))
        except LATER as error:
            return await self._join(file, path, request, error)
        except Cancelled:
            self._journal.drop_waiting(file)
            raise

    async def check_in_set(self, request: requests.CheckIn, paths: Mapping[str, str], sets: Sets) -> list[Step]:
        """Check several files in as one; or, when the server cannot do that now, have them wait together.

        Raises core.errors.
        """
        if self._is_away:
            return await self.join_set(request.files, paths, request, None, after=self._intents.sent_check_ins())
        try:
            for file in request.files:
                await self._finisher.check_in_of(file)
        except LATER as error:
            return await self.join_set(request.files, paths, request, error, after=self._intents.sent_check_ins())
        try:
            return await sets.begin(request, paths, refuse=self.wishes.note)
        except LATER as error:
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
                await self.wishes.take_down(file, paths.get(file, file), request, error),
                of_set=mark,
                after=after.get(file),
            )
            for file in files
        ]
        self._journal.put_waiting(*ones)
        self._try_later()
        sent = self._intents.sent_check_ins()
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
        if one.stand is not Stand.NEEDS_YOU and file in self._intents.sent_check_ins():
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

    async def send_all(self, turns: Turns, *, only: Collection[str] | None = None) -> list[FileResult]:
        """Check in what waits, one after the other; what came of those that wait no longer, or that need a person.

        What a command is at, and what has broken lately, is left for another time: the others do not wait for it.
        """
        results: list[FileResult] = []
        is_tried = False
        for files in self._groups(turns, only):
            async with turns.alone(*files):
                ones = self._ready(files)
                if not ones:
                    continue
                is_tried = True
                try:
                    results += await self._send_group(ones)
                except LATER as error:
                    for one in ones:
                        self._wait_on(one, error)
                    if not isinstance(error, ServerTrouble):  # it answers, and may have room for others
                        break
                except Exception as error:  # noqa: BLE001 - whatever it is
                    self._broke(files, error)
                else:
                    self._patience.forget(*files)
                self.tell()
        if results:
            self._tries = 0
        if is_tried:  # what only waited for a command goes at the next turn after it
            self._try_later()
        self.tell()
        return results

    def _groups(self, turns: Turns, only: Collection[str] | None) -> Iterator[list[str]]:
        """Files that go together and can now, in the order in which they were asked for."""
        for group in in_sets(self._journal.waiting()):
            files = [one.file for one in group]
            if only is not None and not any(file in only for file in files):
                continue
            if not any(turns.is_busy(file) or not self._patience.is_over(file) for file in files):
                yield files

    def _ready(self, files: Sequence[str]) -> list[WaitingCheckIn]:
        """All of a group, or none: a person has to decide, or what was begun with one of them has no answer yet."""
        begun = {file for intent in self._journal.unfinished() for file in intent.files}
        ones = [one for file in files if (one := self._of(file)) is not None]
        return [] if any(one.stand is Stand.NEEDS_YOU or one.file in begun for one in ones) else ones

    async def _send_group(self, ones: Sequence[WaitingCheckIn]) -> list[FileResult]:
        with ExitStack() as about:
            for one in ones:
                about.enter_context(self._workspace.traffic.about(one.file, self._purpose(one)))
            if len(ones) == 1:
                result = await self._files.send(ones[0], self._path_of(ones[0]))
                return [] if result is None else [result]
            return await self._sets.send(ones, {one.file: self._path_of(one) for one in ones})

    def _wait_on(self, one: WaitingCheckIn, error: Told) -> None:
        """It stays in the queue; why, where a person can do something about it."""
        log.note("waits on", file=one.file, why=error.text)
        is_worth_it = isinstance(error, ServerTrouble | NotSignedIn)
        why, advice = (error.text, error.advice) if is_worth_it else (None, None)
        self._journal.put_waiting(replace(one, why=why, advice=advice))

    def _broke(self, files: Sequence[str], error: Exception) -> None:
        """What nobody foresaw is told, the others go on, and it is tried again, later and later."""
        log.trouble("not sent", error, files=",".join(files))
        self._tell_broken(error)
        for file in files:
            self._patience.failed(file, error)
            one = self._of(file)
            if one is not None:  # else it has happened, and its intent goes on by itself
                trouble = unexpected(error)
                why, advice = f"{trouble.title}: {trouble.text}", "It is tried again by itself. The log says more."
                self._journal.put_waiting(replace(one, why=why, advice=advice))

    async def _join(
        self, file: str, path: str, request: requests.CheckIn, error: Told | None, *, after: str | None = None
    ) -> Did:
        one = replace(await self.wishes.take_down(file, path, request, error), after=after)
        self._journal.put_waiting(one)
        self._try_later()
        text = joined_words(one, error, is_sent=file in self._intents.sent_check_ins())
        return Did(text=text, outcome=Outcome.WAITS)

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

    def _path_of(self, one: WaitingCheckIn) -> str:
        copy = self._journal.copy(one.file)
        return one.path if copy is None else copy.path


def _waits(one: WaitingCheckIn, text: str) -> Step:
    async def act() -> Did:
        return Did(text=text, outcome=Outcome.WAITS)

    return Step(file=one.file, path=one.path, act=act)
