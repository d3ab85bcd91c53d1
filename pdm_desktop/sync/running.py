"""A request of the window: what it means for each file, done for all of them, and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, nullcontext
from dataclasses import field, replace
from functools import partial
from typing import Any

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import InUse, Told
from pdm_desktop.core.purposes import once_more, purpose
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.commands.did import Did, line_of, line_of_fault, lines_of_refusal
from pdm_desktop.sync.commands.queue import Queue
from pdm_desktop.sync.commands.queued_sets import result_of
from pdm_desktop.sync.commands.sets import SetRequest, Step
from pdm_desktop.sync.commands.table import Act, Commands
from pdm_desktop.sync.commands.unfinished import Finisher
from pdm_desktop.sync.files import Files
from pdm_desktop.sync.held import HeldFiles
from pdm_desktop.sync.intent import Happened, Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.resuming import Resuming
from pdm_desktop.sync.transfer.traffic import Purpose, Traffic
from server.protocol.records import dataclass

AT_ONCE = 8
"""So many files of one request are worked on at the same time; those without a place to move are seen waiting."""
TOGETHER = 64
"""So many files come in one bundle; what came of them is told at once, and the window must not stall for it."""
BUNDLES_AT_ONCE = 2
"""So many bundles of one request: one is written to the disk while the next is on its way."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file that a command is alone with, and that transfers are about. Both end when they are closed."""

    alone: AsyncExitStack = field(default_factory=AsyncExitStack)
    about: ExitStack = field(default_factory=ExitStack)


class Running:
    """Does requests about files: a set as one, everything else each file by itself."""

    def __init__(
        self,
        files: Files,
        journal: Journal,
        commands: Commands,
        queue: Queue,
        finisher: Finisher,
        resuming: Resuming,
        *,
        traffic: Traffic,
        held: HeldFiles,
        decided: Callable[[str], None],
    ) -> None:
        self._files = files
        self._journal = journal
        self._commands = commands
        self._queue = queue
        self._finisher = finisher
        self._resuming = resuming
        self._traffic = traffic
        self._held = held
        self._tell_decided = decided

    async def results(self, request: FileRequest, names: Mapping[str, str]) -> list[FileResult]:
        """Do a request: a line for each file. Raises core.errors when nothing of it can be done."""
        with self._queue.wishes.kept_when_cut(request) if isinstance(request, requests.CheckIn) else nullcontext():
            return await self._results(request, names)

    async def _results(self, request: FileRequest, names: Mapping[str, str]) -> list[FileResult]:
        earlier: list[FileResult] = []
        if isinstance(request, requests.CheckIn):
            earlier = await self._earlier_sets(request, names)
            known = {result.file for result in earlier}
            request = replace(request, files=tuple(file for file in request.files if file not in known))
        if isinstance(request, requests.GetLatest) and len(request.files) > 1:
            return await self._latest(request, names)
        if isinstance(request, SetRequest) and request.together and len(request.files) > 1:
            return earlier + await self._results_of_set(request, names)
        acts = [
            (file, partial(self._one, file, names.get(file, file), act, self._purpose(request, file)))
            for file, act in self._acts(request)
        ]
        return earlier + await self._each(acts, names, type(request).__name__)

    async def _results_of_set(self, request: SetRequest, names: Mapping[str, str]) -> list[FileResult]:
        """All of them or none; what the server has done then goes on for each file by itself."""
        known = {file: copy.path for file in request.files if (copy := self._journal.copy(file)) is not None}
        paths = {**known, **names}
        purposes = {file: replace(self._purpose(request, file), again=request) for file in request.files}
        async with self._files.alone(*request.files):
            with self._resuming.about(purposes), self._commands.intents.hearing(*request.files) as heard:
                for file in request.files:
                    await self._files.confirm(file)
                try:
                    if isinstance(request, requests.CheckIn):
                        steps = await self._queue.check_in_set(request, paths, self._commands.sets)
                    else:
                        steps = await self._commands.sets.begin(request, paths)
                except Told as error:
                    log.note("not done", files=len(request.files), why=error.text)
                    results = lines_of_refusal(request.files, paths, error)
                except Exception as error:
                    if not heard:
                        raise
                    results = [_fault(file, paths.get(file, file), error, heard.get(file)) for file in request.files]
                else:
                    acts = [(step.file, partial(_rest_of, step, heard)) for step in steps]
                    results = await self._each(acts, paths, type(request).__name__)
            for result in results:
                await self._after(result)
            self._queue.tell()
        return [await self._caught_up(result) for result in results]

    async def _each(
        self, acts: Sequence[tuple[str, Callable[[], Awaitable[FileResult]]]], names: Mapping[str, str], what: str
    ) -> list[FileResult]:
        """Some at once, in their order."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(file: str, act: Callable[[], Awaitable[FileResult]]) -> FileResult:
            async with places:
                return await _whatever_breaks(file, names.get(file, file), act())

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(file, act), name=f"{what} {file}") for file, act in acts]
        return [task.result() for task in tasks]

    async def _latest(self, request: requests.GetLatest, names: Mapping[str, str]) -> list[FileResult]:
        """Small files come in bundles; what is not plain comes by itself, as any other request."""
        turns, bundles = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(BUNDLES_AT_ONCE)

        async def alone(file: str, act: Act, taken: _Taken | None) -> FileResult:
            # First the file, then a turn: whoever has a turn waits for nobody, and no turn waits with a file.
            taken = taken or await self._take(file, self._purpose(request, file))
            return await self._caught_up(await self._acted(file, names.get(file, file), act, taken, turns))

        def one(file: str, work: Awaitable[FileResult]) -> Coroutine[Any, Any, FileResult]:
            return _whatever_breaks(file, names.get(file, file), work)

        async def some(acts: Sequence[tuple[str, Act]]) -> list[FileResult]:
            taken: dict[str, _Taken] = {}
            try:
                async with bundles:
                    came = await self._bundle(request, [file for file, _ in acts], names, taken)
                async with asyncio.TaskGroup() as group:
                    left = [
                        group.create_task(one(file, alone(file, act, taken.get(file))), name=f"GetLatest {file}")
                        for file, act in acts
                        if file not in came
                    ]
            finally:
                for each in taken.values():
                    each.about.close()
                    await each.alone.aclose()
            # Others may be at it for long: nobody waits for them with a file of the bundle.
            results = [await one(file, self._caught_up(result)) for file, result in came.items()]
            return [*results, *(task.result() for task in left)]

        acts = self._commands.acts(request)
        parts = [acts[start : start + TOGETHER] for start in range(0, len(acts), TOGETHER)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(some(part), name="GetLatest") for part in parts]
        results = {result.file: result for task in tasks for result in task.result()}
        return [results[file] for file in request.files]

    async def _bundle(
        self, request: requests.GetLatest, files: Sequence[str], names: Mapping[str, str], taken: dict[str, _Taken]
    ) -> dict[str, FileResult]:
        """Get what can come together of these files. Those that nobody else is at are taken, the others left out.

        Whatever breaks in it, each file is left to its own command.
        """
        try:
            return await self._bundled(request, files, names, taken)
        except Exception as error:  # noqa: BLE001 - a bundle has no results of its own, whatever it is
            log.trouble("not in a bundle", error, files=len(files))
            return {}

    async def _bundled(
        self, request: requests.GetLatest, files: Sequence[str], names: Mapping[str, str], taken: dict[str, _Taken]
    ) -> dict[str, FileResult]:
        for file in files:
            if self._files.is_free(file):
                taken[file] = await self._take(file, self._purpose(request, file))
        came = await self._commands.bundles.get_latest(list(taken))
        self._files.hold_back(list(taken))
        for file in came:
            taken[file].about.close()
        await self._files.brought({file: each.copy for file, each in came.items()})
        for file in came:
            await taken.pop(file).alone.aclose()
        self._queue.tell()
        return {file: each.did.line(file, names.get(file, file)) for file, each in came.items()}

    async def _earlier_sets(self, request: requests.CheckIn, names: Mapping[str, str]) -> list[FileResult]:
        """A set that was sent before and not answered goes on first: what comes of it stands for its files."""
        results: dict[str, FileResult] = {}
        for intent in self._journal.unfinished():
            sent, left = self._as_one_with(intent), [file for file in request.files if file not in results]
            if intent.kind is not Kind.CHECK_IN_SET or set(left).isdisjoint(sent):
                continue
            more = {file: names.get(file, file) for file in left if request.together and file not in sent}
            async with self._files.alone(*sent, *more):
                with self._resuming.about(
                    {file: self._purpose(request, file) for file in dict.fromkeys([*sent, *more])}
                ):
                    results |= {each.file: each for each in await self._earlier_set(intent, sent, more, request)}
                await self._files.settle_all([*sent, *more])
                self._queue.tell()
        return list(results.values())

    def _as_one_with(self, intent: Intent) -> list[str]:
        """Its files, and what waits as one with them: of a set only what had changed was sent."""
        waiting = self._journal.waiting()
        sets = {one.of_set for one in waiting if one.file in intent.files and one.of_set is not None}
        others = [one.file for one in waiting if one.of_set in sets and one.file not in intent.files]
        return [*intent.files, *others]

    async def _earlier_set(
        self, intent: Intent, files: Sequence[str], more: Mapping[str, str], request: requests.CheckIn
    ) -> list[FileResult]:
        """While nobody can tell what came of it, they wait for that, and with them `more`, which are to be one set."""
        all_files = [*files, *more]
        try:
            if self._queue.is_away:
                steps = await self._queue.join_set(all_files, more, request, None, after=self._sent())
            else:
                results = await self._finisher.check_in_set_of(intent)
                return [result for result in results if await self._is_answer(result, request)]
        except Told as error:
            steps = await self._queue.join_set(all_files, more, request, error, after=self._sent())
        return [await result_of(step) for step in steps]

    def _sent(self) -> dict[str, str]:
        """The key of the check-in that each file is in that was sent and not answered: there may be several of them."""
        sent = [left for left in self._journal.unfinished() if left.kind in (Kind.CHECK_IN, Kind.CHECK_IN_SET)]
        return {file: left.key for left in sent for file in left.fields.get("asked", left.files)}

    async def _is_answer(self, result: FileResult, request: requests.CheckIn) -> bool:
        """What came of an earlier check-in stands for the one that is asked for now."""
        if result.file not in request.files or result.outcome is not Outcome.DONE:
            return True
        if await self._queue.wants_more(result.file, request):
            return False
        self._journal.drop_stored(result.file)
        return True

    def _acts(self, request: FileRequest) -> list[tuple[str, Act]]:
        match request:
            case requests.CheckIn():
                return [(file, lambda f, path: self._queue.check_in(f, path, request)) for file in request.files]
            case requests.TakeOut():
                return [(file, self._take_out) for file in request.files]
            case requests.DecideDeletion():
                return [(file, self._decided(act)) for file, act in self._commands.acts(request)]
            case _:
                return self._commands.acts(request)

    def _decided(self, act: Act) -> Act:
        """The file's deletion waits no longer, unless that could not be done."""

        async def decide(file: str, path: str) -> Did:
            did = await act(file, path)
            self._tell_decided(file)
            return did

        return decide

    async def _take_out(self, file: str, path: str) -> Did:
        return self._queue.take_out(file, path)

    def _purpose(self, request: FileRequest, file: str) -> Purpose:
        copy = self._journal.copy(file)
        base = None if copy is None else (copy.major, copy.minor)
        return Purpose(what=purpose(request, base), again=once_more(request, file))

    async def _one(self, file: str, path: str, act: Act, why: Purpose) -> FileResult:
        return await self._caught_up(await self._acted(file, path, act, await self._take(file, why)))

    async def _take(self, file: str, why: Purpose) -> _Taken:
        taken = _Taken()
        await taken.alone.enter_async_context(self._files.alone(file))
        taken.about.enter_context(self._traffic.about(file, why))
        return taken

    async def _acted(
        self, file: str, path: str, act: Act, taken: _Taken, turns: asyncio.Semaphore | None = None
    ) -> FileResult:
        async with taken.alone, turns or nullcontext():
            with taken.about:
                await self._files.confirm(file)
                result = await self._result(file, path, lambda: act(file, path))
            await self._after(result)
            self._queue.tell()
        return result

    async def _after(self, result: FileResult) -> None:
        """The copy follows. Whatever breaks in that, what came of the command stands."""
        await self._unless_broken(result.file, self._files.after(result))

    async def _caught_up(self, result: FileResult) -> FileResult:
        """What had to wait for the command goes on, and nothing is held meanwhile. Whatever breaks in that, too."""
        await self._unless_broken(result.file, self._resuming.catch_up(result.file))
        if result.outcome in (Outcome.UNFINISHED, Outcome.GOES_ON):
            self._files.waiting.add(result.file)
        return result

    async def _unless_broken(self, file: str, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is
            log.trouble("not followed", error, file=file)
            self._files.put_off(file, error)

    async def _result(self, file: str, path: str, act: Callable[[], Awaitable[Did]]) -> FileResult:
        with self._commands.intents.hearing(file) as heard:
            try:
                did = await act()
            except InUse as error:
                return self._resuming.wait_for_program(file, path, error)
            except Told as error:
                log.note("not done", file=file, why=error.text)
                return line_of(file, path, error)
            except Exception as error:  # noqa: BLE001 - whatever it is: this file's line says so, the others go on
                return _fault(file, path, error, heard.get(file))
        if did.held is not None:
            self._held.add(file, did.held.places)
        return did.line(file, path)


async def _whatever_breaks(file: str, path: str, work: Awaitable[FileResult]) -> FileResult:
    """What came of one file of a request. What nobody foresaw is said of it alone: the others go on."""
    try:
        return await work
    except Told as error:
        log.note("not done", file=file, why=error.text)
        return line_of(file, path, error)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return _fault(file, path, error, None)


async def _rest_of(step: Step, heard: Mapping[str, Happened]) -> FileResult:
    """What came of a file whose set the server has done, whatever breaks in it."""
    try:
        return await result_of(step)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return _fault(step.file, step.path, error, heard.get(step.file))


def _fault(file: str, path: str, error: Exception, happened: Happened | None) -> FileResult:
    log.trouble("not done" if happened is None else "not done to its end", error, file=file)
    return line_of_fault(file, path, error, happened)
