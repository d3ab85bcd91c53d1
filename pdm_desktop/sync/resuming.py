"""What was begun and has not ended goes on: after a crash, a lost answer, a time without the server, a held file."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import InUse, unexpected
from pdm_desktop.core.results import FileResult, Finished, Outcome
from pdm_desktop.sync.commands.did import line_of
from pdm_desktop.sync.commands.queue import Queue
from pdm_desktop.sync.commands.unfinished import WHEN_CLOSED, Finisher
from pdm_desktop.sync.events import EngineEvent, RequestFinished, TroubleMet
from pdm_desktop.sync.files import Files
from pdm_desktop.sync.held import HeldFiles
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.patience import Patience
from pdm_desktop.sync.transfer.traffic import Purpose, Traffic


class Resuming:
    """Finishes the journal's intents and sends what waits in the queue."""

    def __init__(
        self,
        files: Files,
        journal: Journal,
        finisher: Finisher,
        queue: Queue,
        *,
        traffic: Traffic,
        held: HeldFiles,
        patience: Patience,
        emit: Callable[[EngineEvent], None],
    ) -> None:
        self._files = files
        self._journal = journal
        self._finisher = finisher
        self._queue = queue
        self._traffic = traffic
        self._held = held
        self._patience = patience
        self._emit = emit
        self._left_begun: set[str] = set()
        """Files with something to finish that a command was at then."""
        self._told_unfinished: dict[tuple[str, str], FileResult] = {}
        """What was said of each intent and file that could not be finished: it is said once."""
        self._at_work: set[str] = set()
        """The keys of what is being finished now."""
        self._sending = asyncio.Lock()

    async def try_again(self) -> None:
        """Try once more what waits, if its time has come, and what was left begun."""
        if self._left() or (self._queue.is_due() and not self._sending.locked()):
            await self._go_on(joins=False)

    async def go_on(self) -> None:
        """The server answers: finish what a crash or a lost answer left begun, then check in what waits."""
        self._queue.back()
        self._patience.forget_all()
        await self._go_on(joins=True)

    def _left(self) -> list[Intent]:
        """What was begun, nobody is at, and may be tried now."""
        return [
            intent
            for intent in self._journal.unfinished()
            if intent.key not in self._at_work and self._patience.is_over(intent.key)
        ]

    async def _go_on(self, *, joins: bool) -> None:
        """One after the other. What has content on its way for hours is left at work: the next turn goes on behind it.

        Where check-ins are being sent already, only who `joins` waits to send what is left then.
        """
        if not (self._journal.unfinished() or self._journal.waiting()) or not self._files.is_here():
            return
        for intent in self._left():
            await self._finish_whatever_breaks(intent)
        if joins or not self._sending.locked():
            async with self._sending:
                await self.send_waiting()

    async def send_waiting(self, only: Collection[str] | None = None) -> None:
        """Send the check-ins of the queue, in their order; `only` those of these files."""
        results = await self._queue.send_all(self._files, only=only)
        for result in results:
            if result.outcome is not Outcome.DONE:
                await self._files.look(result.file)
                continue
            async with self._files.alone(result.file):
                await self._files.after(result)
        if results:
            request = requests.CheckIn(files=tuple(result.file for result in results))
            finished = Finished(request=request, results=tuple(results), is_of_queue=True)
            self._emit(RequestFinished(finished=finished))

    async def go_on_with_all(self, intents: Collection[Intent]) -> None:
        """These have just begun, by what somebody else has done."""
        for intent in intents:
            await self._finish_whatever_breaks(intent)

    async def _finish_whatever_breaks(self, intent: Intent) -> None:
        """What nobody foresaw is told, the others go on, and it is tried again, later and later."""
        if intent.key in self._at_work:
            return
        self._at_work.add(intent.key)
        try:
            await self._finish(intent)
        except Exception as error:  # noqa: BLE001 - whatever it is
            log.trouble("not finished", error, file=intent.file, key=intent.key)
            self._patience.failed(intent.key, error)
            self._emit(TroubleMet(trouble=unexpected(error)))
        finally:
            self._at_work.discard(intent.key)

    async def _finish(self, intent: Intent) -> None:
        """Alone with its files: a command that is still at one ends it itself, and may be paused for hours."""
        busy = [file for file in intent.files if self._files.is_busy(file)]
        if busy:
            self._left_begun.add(busy[0])
            return
        async with self._files.alone(*intent.files):
            why = Purpose(what=intent.kind.value.capitalize())
            known = {file for file in intent.files if file in self._held}
            with self.about(dict.fromkeys(intent.files, why)):
                if intent.is_of_set:
                    results = await self._finisher.finish_set(intent)
                else:
                    result = await self._finisher.finish(intent)
                    results = [] if result is None else [result]
            cancelled = {each.file for each in results if each.outcome is Outcome.CANCELLED}
            await self._files.settle_all([file for file in intent.files if file not in cancelled])
            for file in cancelled:  # what it was to bring must not come by itself at once
                await self._files.look(file)
        self._queue.tell()  # a check-in that has happened waits no longer, whoever has let it go on
        await self._files.take_along()
        if intent.kind is Kind.ADD:
            await self._files.look_at_new()
        results = [each for each in results if each.outcome is not Outcome.WAITS or each.file not in known]
        results = [each for each in results if self._is_news_of(intent, each)]
        if results:
            asked = requests.CheckIn if intent.kind in (Kind.CHECK_IN, Kind.CHECK_IN_SET) else requests.GetLatest
            request = asked(files=tuple(result.file for result in results))
            is_news = intent.kind is Kind.RECEIVE
            finished = Finished(request=request, results=tuple(results), is_news=is_news)
            self._emit(RequestFinished(finished=finished))
        for file in intent.files:
            if self._files.is_due(file):
                await self._files.follow(file)

    def _is_news_of(self, intent: Intent, result: FileResult) -> bool:
        """It was not said before: what cannot be finished is tried again and again, and told once."""
        before = self._told_unfinished.get((intent.key, result.file))
        self._told_unfinished[intent.key, result.file] = result
        return before != result

    async def wait_for_programs(self) -> None:
        """Go on with what waits for programs, each within two seconds after its file is closed. Never ends."""
        async with asyncio.TaskGroup() as group:
            while True:
                for file in await self._held.next_free():
                    group.create_task(self.go_on_with(file), name=f"go on with {file}")

    async def go_on_with(self, file: str) -> None:
        """A program has closed a file: go on with it. What nobody foresaw is told, and the other files go on."""
        try:
            await self._closed(file)
        except Exception as error:  # noqa: BLE001 - whatever it is
            log.trouble("not gone on with", error, file=file)
            self._emit(TroubleMet(trouble=unexpected(error)))

    async def _closed(self, file: str) -> None:
        """Finish the commands that waited for that, and let its copy follow."""
        log.note("closed", file=file)
        try:
            for intent in self._journal.unfinished():
                if file in intent.files:
                    await self._finish(intent)
            if not self._held.waits(file) and self._journal.copy(file) is not None:
                await self._files.follow(file)
        finally:
            self._held.over(file)

    def wait_for_program(self, file: str, path: str, error: InUse) -> FileResult:
        """A program holds a file: what was begun with it goes on when it is closed. If nothing was, that is the end."""
        if not error.places or all(file not in intent.files for intent in self._journal.unfinished()):
            return line_of(file, path, error)
        self._held.add(file, error.places)
        return FileResult(file=file, path=path, outcome=Outcome.WAITS, text=error.text, advice=WHEN_CLOSED)

    async def catch_up(self, file: str) -> None:
        """What had to wait while a command was at a file."""
        if file in self._left_begun:
            self._left_begun.discard(file)
            for intent in self._journal.unfinished():
                if file in intent.files:
                    await self._finish(intent)
        if self._files.is_due(file):
            await self._files.follow(file)

    @contextmanager
    def about(self, purposes: Mapping[str, Purpose]) -> Iterator[None]:
        """Transfers of these files are for that, while it lasts."""
        with ExitStack() as about:
            for file, why in purposes.items():
                about.enter_context(self._traffic.about(file, why))
            yield
