"""The engine: takes requests about files, does each file on its own, and tells what came of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import InUse, Refused, Told
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Absent
from pdm_desktop.core.purposes import once_more, purpose
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.requests import EngineRequest, FileRequest, TransferRequest
from pdm_desktop.core.results import FileResult, Finished, Outcome, Trouble
from pdm_desktop.core.sightings import Sightings
from pdm_desktop.sync.commands.did import Did, line_of, lines_of_refusal
from pdm_desktop.sync.commands.queue import Queue
from pdm_desktop.sync.commands.queued_sets import result_of
from pdm_desktop.sync.commands.sets import SetRequest
from pdm_desktop.sync.commands.table import Act, Commands
from pdm_desktop.sync.commands.unfinished import WHEN_CLOSED, Finisher
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import (
    EngineEvent,
    IssuesSeen,
    KeptRead,
    LocalChanged,
    LocalsRead,
    ParkedRead,
    RequestFinished,
    StrangersSeen,
    TransferMoved,
    TroubleMet,
    WaitingChanged,
)
from pdm_desktop.sync.held import HeldFiles
from pdm_desktop.sync.inventory import Concerned, Inventory
from pdm_desktop.sync.journal import Intent, Journal, Kind
from pdm_desktop.sync.ports import Clock, Disk, Opener, Vault
from pdm_desktop.sync.reconcile import Reconciler, Truth
from pdm_desktop.sync.recovery import Kept, Recovery
from pdm_desktop.sync.restored import Confirmer
from pdm_desktop.sync.scan import scan
from pdm_desktop.sync.transfer.traffic import Purpose, Traffic
from pdm_desktop.sync.workspace import Workspace

CHANGES_STRANGERS = (
    requests.AddFiles,
    requests.PutBack,
    requests.PutNamesBack,
    requests.Rename,
    requests.DecideVersions,
    requests.DecideDeletion,
)
"""After these other files are only on this computer."""
GATHER = 0.3
"""Seconds in which deletions in the vault are gathered before the copies follow."""
ROUNDS = 3
"""Copies that trade places step aside in the first, go on in the second, and are all there after the third."""
AT_ONCE = 8
"""So many files of one request are worked on at the same time; those without a place to move are seen waiting."""


class Engine:
    """One seat's engine over one workspace. It runs on one loop; `emit` is called there."""

    def __init__(
        self,
        *,
        vault: Vault,
        disk: Disk,
        journal: Journal,
        clock: Clock,
        opener: Opener,
        seat: str,
        emit: Callable[[EngineEvent], None],
        disk_at: Callable[[Path], Disk] = LocalDisk,
        after_crash: bool = False,
    ) -> None:
        self._journal = journal
        self._emit = emit
        sightings = Sightings(journal.epoch(), entered=journal.enter_epoch)
        self._traffic = Traffic(tell=lambda transfer: emit(TransferMoved(transfer=transfer)))
        self._workspace = Workspace(vault, disk, journal, Recovery(disk, clock), traffic=self._traffic)
        self._commands = Commands(
            vault,
            self._workspace,
            journal,
            sightings=sightings,
            seat=seat,
            clock=clock,
            opener=opener,
            disk_at=disk_at,
        )
        self._finisher = Finisher(
            vault,
            self._workspace,
            journal,
            self._commands,
            hold=lambda file, error: self._held.add(file, error.places),
        )
        self._queue = Queue(
            self._workspace,
            journal,
            self._commands.intents,
            checkins=self._commands.checkins,
            finisher=self._finisher,
            sets=self._commands.sets,
            clock=clock,
            seat=seat,
            changed=lambda waiting: emit(WaitingChanged(check_ins=waiting)),
        )
        self._reconciler = Reconciler(
            vault,
            self._workspace,
            journal,
            self._commands.intents,
            sightings=sightings,
            seat=seat,
            clock=clock,
            kept=lambda path, kept: emit(TroubleMet(trouble=_kept(path, kept))),
            after_crash=after_crash,
        )
        self._confirmer = Confirmer(vault, self._workspace, journal, self._commands.intents, seat=seat)
        self._inventory = Inventory(
            self._workspace,
            journal,
            Concerned(
                look=self._look_unless_busy,
                follow=self._follow_unless_busy,
                tell=lambda strangers: emit(StrangersSeen(files=strangers)),
            ),
        )
        self._told: dict[str, LocalCopy | None] = {}
        self._busy: dict[str, asyncio.Lock] = {}
        self._waiting: set[str] = set()
        """Files that would follow, had no program them open, no command been at them, nothing failed or been paused."""
        self._left_begun: set[str] = set()
        """Files with something to finish that a command was at then."""
        self._held = HeldFiles(disk)
        """Files that follow, or with which a command goes on, when a program closes them."""
        self._told_unfinished: dict[tuple[str, str], FileResult] = {}
        """What was said of each intent and file that could not be finished: it is said once."""
        self._gone: set[str] = set()
        """Files that were just deleted in the vault."""
        self._finishing = asyncio.Lock()
        self._following = asyncio.Lock()

    async def look_at_all(self) -> None:
        """See what the workspace has, and put the read-only attribute right where it is not.

        One walk shows which copies look as they were put there; only the others are looked at closely.
        """
        if not self._is_here():
            return
        copies, known = self._journal.copies(), self._journal.known()
        self._reconciler.hold_back([copy.file for copy in copies])
        seen = await asyncio.to_thread(scan, self._workspace.disk.root, folders={}, known=known)
        close = seen.others | seen.missing
        alike: dict[str, LocalCopy | None] = {
            copy.file: self._workspace.as_put(copy, writable=known[copy.place].held)
            for copy in copies
            if copy.file not in close
        }
        self._reconciler.in_order(alike)
        for copy in copies:
            if copy.file in close:
                await self._look_closely(copy.file, alike)
        self._told = alike
        self._emit(LocalsRead(copies={file: local for file, local in alike.items() if local is not None}))
        self._queue.tell()
        self._tell_questions()

    def _is_here(self) -> bool:
        """The workspace can be seen. While it cannot that is told, and nothing is done (N11)."""
        try:
            self._workspace.check()
        except Told as error:
            self._reconciler.questions.is_away(Absent(folder=str(self._workspace.disk.root), why=error.text))
            self._tell_questions()
            return False
        return True

    async def look_for_workspace(self) -> None:
        """Whether the workspace has gone, or has come back: then go on with what it missed."""
        if not self._is_here() or not self._reconciler.questions.are_away:
            return
        self._reconciler.questions.is_back()
        log.note("workspace is back")
        await self.look_at_all()
        async with self._following:
            await self._follow_all(self._reconciler.known())
        await self.scan()
        await self.go_on()

    def _tell_questions(self) -> None:
        issues = self._reconciler.questions.changed()
        if issues is not None:
            self._emit(IssuesSeen(issues=issues))

    async def _look_closely(self, file: str, copies: dict[str, LocalCopy | None]) -> None:
        try:
            copies[file] = await self._workspace.local(file)
            if self._journal.is_confirmed(file):
                await self._reconciler.settle(file)
            copies[file] = await self._workspace.local(file)
        except InUse as error:
            self._held.add(file, error.places)
        except Told as error:  # whatever is wrong with one file, the others are shown
            self._emit(TroubleMet(trouble=error.trouble))

    async def purge(self, retention: Retention) -> None:
        """Remove from the recovery store what it need not keep any longer."""
        try:
            self._workspace.check()
            gone = await asyncio.to_thread(self._workspace.recovery.purge, retention)
        except Told as error:
            log.note("not purged", why=error.text)  # it is tried again, and a full store stops nothing
            return
        if gone:
            log.note("purged", files=gone)

    async def scan(self) -> None:
        """See which files of the workspace no vault knows, and which are gone. Nothing is done about either (N20)."""
        await self._inventory.walk()

    async def changed(self, places: Collection[str]) -> None:
        """Something happened at these places of the workspace: look at those alone. Nothing is sent (N20)."""
        await self._inventory.see(places)

    async def look_at_mine(self) -> None:
        """See whether files that are checked out here were edited, and whether others can follow by now."""
        await self.look_for_workspace()
        for file in {hold.file for hold in self._journal.holds()} | set(self._reconciler.questions.files()):
            await self._look_unless_busy(file)
        for file in await self._held.free():
            await self._go_on_with(file)
        await self._follow_waiting()
        await self._tell_of_restore()

    async def wait_for_programs(self) -> None:
        """Go on with what waits for programs, each within two seconds after its file is closed. Never ends."""
        async with asyncio.TaskGroup() as group:
            while True:
                for file in await self._held.next_free():
                    group.create_task(self._go_on_with(file), name=f"go on with {file}")

    async def _go_on_with(self, file: str) -> None:
        """A program has closed a file: finish the commands that waited for that, and let its copy follow."""
        log.note("closed", file=file)
        try:
            for intent in self._journal.unfinished():
                if file in intent.files:
                    await self._finish(intent)
            if not self._held.waits(file) and self._journal.copy(file) is not None:
                await self._follow(file)
        finally:
            self._held.over(file)

    def _wait_for_program(self, file: str, path: str, error: InUse) -> FileResult:
        """A program holds a file: what was begun with it goes on when it is closed. If nothing was, that is the end."""
        if not error.places or all(file not in intent.files for intent in self._journal.unfinished()):
            return line_of(file, path, error)
        self._held.add(file, error.places)
        return FileResult(file=file, path=path, outcome=Outcome.WAITS, text=error.text, advice=WHEN_CLOSED)

    async def away(self) -> None:
        """The server cannot be reached: check-ins join the queue from now on."""
        self._queue.away()

    async def try_again(self) -> None:
        """Try once more what waits, if its time has come, what was left begun, and what could not follow."""
        await self._follow_waiting()
        if not self._finishing.locked() and (self._journal.unfinished() or self._queue.is_due()):
            await self._go_on()

    async def go_on(self) -> None:
        """The server answers: finish what a crash or a lost answer left begun, then check in what waits."""
        self._queue.back()
        await self._go_on()

    async def _go_on(self) -> None:
        async with self._finishing:
            if not self._journal.unfinished() and not self._journal.waiting():
                return
            if not self._is_here():
                return
            for intent in self._journal.unfinished():
                await self._finish(intent)
            self._queue.tell()
            await self._send_waiting()

    async def _send_waiting(self, only: Collection[str] | None = None) -> None:
        results = await self._queue.send_all(self._alone, only=only)
        for result in results:
            if result.outcome is not Outcome.DONE:
                await self._look(result.file)
                continue
            async with self._alone(result.file):
                await self._after(result)
        if results:
            request = requests.CheckIn(files=tuple(result.file for result in results))
            self._emit(RequestFinished(finished=Finished(request=request, results=tuple(results))))

    async def _finish(self, intent: Intent) -> None:
        """Alone with its files: a command that is still at one ends it itself, and may be paused for hours."""
        busy = [file for file in intent.files if self._traffic.is_about(file)]
        if busy:
            self._left_begun.add(busy[0])
            return
        async with self._alone(*intent.files):
            why = Purpose(what=intent.kind.value.capitalize())
            known = {file for file in intent.files if file in self._held}
            with self._about(dict.fromkeys(intent.files, why)):
                if intent.is_of_set:
                    results = await self._finisher.finish_set(intent)
                else:
                    result = await self._finisher.finish(intent)
                    results = [] if result is None else [result]
            await self._settle_all(intent.files)
        results = [each for each in results if each.outcome is not Outcome.WAITS or each.file not in known]
        results = [each for each in results if self._is_news_of(intent, each)]
        if results:
            asked = requests.CheckIn if intent.kind in (Kind.CHECK_IN, Kind.CHECK_IN_SET) else requests.GetLatest
            request = asked(files=tuple(result.file for result in results))
            self._emit(RequestFinished(finished=Finished(request=request, results=tuple(results))))
        for file in intent.files:
            if file in self._waiting:
                await self._follow(file)

    def _is_news_of(self, intent: Intent, result: FileResult) -> bool:
        """It was not said before: what cannot be finished is tried again and again, and told once."""
        before = self._told_unfinished.get((intent.key, result.file))
        self._told_unfinished[intent.key, result.file] = result
        return before != result

    async def happened(self, event: Numbered) -> None:
        """Somebody changed a vault: the workspace follows, in the order in which it is told."""
        async with self._following:
            files = self._reconciler.news(event)
            gone = {file for file in files if self._reconciler.is_gone(file)}
            self._gone |= gone
            await self._follow_all([file for file in files if file not in gone])
        if gone:
            await asyncio.sleep(GATHER)  # deletions that are told one by one count together (N11)
            async with self._following:
                files, self._gone = sorted(self._gone), set()
                await self._follow_all(files)

    async def compare(self, truth: Truth) -> None:
        """The seat is in step again: the workspace follows what nobody told."""
        async with self._following:
            await self._follow_all(self._reconciler.news_of_all(truth))
        await self._tell_of_restore()

    async def _tell_of_restore(self) -> None:
        """A restored server lacked something: the person hears once what became of it."""
        trouble = self._confirmer.told()
        if trouble is not None:
            self._emit(TroubleMet(trouble=trouble))
            await self.scan()

    async def _follow_waiting(self) -> None:
        if self._waiting and not self._following.locked():
            async with self._following:
                await self._follow_all(sorted(self._waiting))

    async def _follow_all(self, files: Sequence[str]) -> None:
        if not files or not self._is_here():
            return
        try:
            await self._reconciler.ask(files)
        except Told as error:
            log.note("not followed", files=len(files), why=error.text)
            self._waiting.update(files)
            return
        self._reconciler.hold_back(files)
        for _ in range(ROUNDS):  # one that waits for another to go has to be asked again
            for file in files:
                await self._follow(file)
        lost = {one.file for one in self._journal.waiting() if self._journal.hold(one.file) is None}
        if lost & set(files):
            await self._send_waiting(only=lost)

    async def _follow(self, file: str) -> None:
        if self._traffic.is_about(file):
            self._waiting.add(file)  # a command is at it, perhaps for hours: others do not wait for that
            return
        async with self._alone(file):
            await self._settle(file)

    async def _after(self, result: FileResult) -> None:
        """A command has perhaps learned news of its file, and the copy follows; what stopped is tried again later."""
        if result.outcome in (Outcome.DONE, Outcome.UNCHANGED, Outcome.REFUSED):
            await self._settle(result.file)
        else:
            await self._look(result.file)

    async def _settle(self, file: str) -> None:
        """Whoever asks is alone with the file, and has perhaps learned news of it."""
        waits = False
        try:
            await self._confirmer.confirm(file)
            copy = self._journal.copy(file)
            if await self._reconciler.settle(file) and copy is not None:
                self._held.add(file, (copy.where,), until_closed=True)
        except InUse as error:
            self._held.add(file, error.places)
        except Told as error:
            log.note("not followed", file=file, why=error.text)
            waits = not isinstance(error, Refused)
        (self._waiting.add if waits else self._waiting.discard)(file)
        await self._look(file)

    async def _settle_all(self, files: Sequence[str]) -> None:
        for file in files:
            await self._settle(file)

    async def run(self, request: EngineRequest, names: Mapping[str, str]) -> None:
        """Do a request; a RequestFinished follows. `names` are the paths of its files as the window knows them."""
        log.note("request", kind=type(request).__name__)
        if isinstance(request, requests.TransferRequest):
            await self._steer(request)
            return
        try:
            self._workspace.check()
            if isinstance(request, requests.ListParked):
                self._emit(ParkedRead(versions=await self._commands.parked.versions()))
                return
            if isinstance(request, requests.ListKept):
                self._emit(KeptRead(files=tuple(await asyncio.to_thread(self._workspace.recovery.files))))
                return
            results = await self._results(request, names)
        except Told as error:
            self._emit(TroubleMet(trouble=error.trouble, request=request))
            return
        self._emit(RequestFinished(finished=Finished(request=request, results=tuple(results))))
        if isinstance(request, requests.AddFiles | requests.PutBack):
            await self._look_at_new()
        if isinstance(request, CHANGES_STRANGERS):
            await self.scan()

    async def _steer(self, request: TransferRequest) -> None:
        """Transfers are to go on otherwise."""
        self._traffic.steer(request)
        if isinstance(request, requests.ResumeTransfer | requests.ResumeAll):
            for file in sorted(self._waiting):
                await self._follow(file)
            await self._send_waiting()

    async def _look_at_new(self) -> None:
        """Files that were added from their places in the workspace are copies by now."""
        for copy in self._journal.copies():
            if copy.file not in self._told:
                await self._look(copy.file)

    async def _results(self, request: FileRequest, names: Mapping[str, str]) -> list[FileResult]:
        earlier: list[FileResult] = []
        if isinstance(request, requests.CheckIn):
            earlier = await self._earlier_sets(request)
            known = {result.file for result in earlier}
            request = replace(request, files=tuple(file for file in request.files if file not in known))
        if isinstance(request, SetRequest) and request.together and len(request.files) > 1:
            return earlier + await self._results_of_set(request, names)
        acts = [
            (file, partial(self._one, file, names.get(file, file), act, self._purpose(request, file)))
            for file, act in self._acts(request)
        ]
        return earlier + await self._each(acts, type(request).__name__)

    async def _results_of_set(self, request: SetRequest, names: Mapping[str, str]) -> list[FileResult]:
        """All of them or none; what the server has done then goes on for each file by itself."""
        known = {file: copy.path for file in request.files if (copy := self._journal.copy(file)) is not None}
        paths = {**known, **names}
        purposes = {file: replace(self._purpose(request, file), again=request) for file in request.files}
        async with self._alone(*request.files):
            with self._about(purposes):
                for file in request.files:
                    await self._confirm(file)
                try:
                    if isinstance(request, requests.CheckIn):
                        steps = await self._queue.check_in_set(request, paths, self._commands.sets)
                    else:
                        steps = await self._commands.sets.begin(request, paths)
                except Told as error:
                    log.note("not done", files=len(request.files), why=error.text)
                    results = lines_of_refusal(request.files, paths, error)
                else:
                    acts = [(step.file, partial(result_of, step)) for step in steps]
                    results = await self._each(acts, type(request).__name__)
            for result in results:
                await self._after(result)
            self._queue.tell()
        for file in request.files:
            await self._catch_up(file)
        return results

    @contextmanager
    def _about(self, purposes: Mapping[str, Purpose]) -> Iterator[None]:
        """Transfers of these files are for that, while it lasts."""
        with ExitStack() as about:
            for file, why in purposes.items():
                about.enter_context(self._traffic.about(file, why))
            yield

    async def _each(
        self, acts: Sequence[tuple[str, Callable[[], Awaitable[FileResult]]]], what: str
    ) -> list[FileResult]:
        """Some at once, in their order."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(act: Callable[[], Awaitable[FileResult]]) -> FileResult:
            async with places:
                return await act()

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(act), name=f"{what} {file}") for file, act in acts]
        return [task.result() for task in tasks]

    async def _earlier_sets(self, request: requests.CheckIn) -> list[FileResult]:
        """A set that was sent before and not answered goes on first: what comes of it stands for its files."""
        results: list[FileResult] = []
        for intent in self._journal.unfinished():
            if intent.kind is not Kind.CHECK_IN_SET or set(request.files).isdisjoint(intent.files):
                continue
            async with self._alone(*intent.files):
                results += await self._earlier_set(intent, request)
                await self._settle_all(intent.files)
                self._queue.tell()
        return results

    async def _earlier_set(self, intent: Intent, request: requests.CheckIn) -> list[FileResult]:
        """While nobody can tell what came of it, it waits for that."""
        try:
            if self._queue.is_away:
                steps = await self._queue.join_set(intent.files, {}, request, None)
            else:
                return await self._finisher.check_in_set_of(intent)
        except Told as error:
            steps = await self._queue.join_set(intent.files, {}, request, error)
        return [await result_of(step) for step in steps]

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
            self._reconciler.questions.release(file)
            return did

        return decide

    async def _take_out(self, file: str, path: str) -> Did:
        return self._queue.take_out(file, path)

    def _purpose(self, request: FileRequest, file: str) -> Purpose:
        copy = self._journal.copy(file)
        base = None if copy is None else (copy.major, copy.minor)
        return Purpose(what=purpose(request, base), again=once_more(request, file))

    async def _one(self, file: str, path: str, act: Act, why: Purpose) -> FileResult:
        async with self._alone(file):
            with self._traffic.about(file, why):
                await self._confirm(file)
                result = await self._result(file, path, lambda: act(file, path))
            await self._after(result)
            self._queue.tell()
        await self._catch_up(file)
        if result.outcome is Outcome.UNFINISHED:
            self._waiting.add(file)
        return result

    async def _catch_up(self, file: str) -> None:
        """What had to wait while a command was at a file."""
        if file in self._left_begun:
            self._left_begun.discard(file)
            for intent in self._journal.unfinished():
                if file in intent.files:
                    await self._finish(intent)
        if file in self._waiting:
            await self._follow(file)

    async def _confirm(self, file: str) -> None:
        """No command goes by what a restored server has not confirmed; without an answer each decides for itself."""
        try:
            await self._confirmer.confirm(file)
        except Told as error:
            log.note("not confirmed", file=file, why=error.text)

    async def _result(self, file: str, path: str, act: Callable[[], Awaitable[Did]]) -> FileResult:
        try:
            did = await act()
        except InUse as error:
            return self._wait_for_program(file, path, error)
        except Told as error:
            log.note("not done", file=file, why=error.text)
            return line_of(file, path, error)
        if did.held is not None:
            self._held.add(file, did.held.places)
        return FileResult(file=file, path=path, outcome=did.outcome, text=did.words, advice=did.advice)

    @asynccontextmanager
    async def _alone(self, *files: str) -> AsyncIterator[None]:
        """One command at a time for each file. All take several in one order, so that no two wait for each other."""
        async with AsyncExitStack() as locks:
            for file in sorted(set(files)):
                await locks.enter_async_context(self._lock_of(file))
            yield

    def _lock_of(self, file: str) -> asyncio.Lock:
        return self._busy.setdefault(file, asyncio.Lock())

    async def _look_unless_busy(self, file: str) -> None:
        """A command that is at a file looks at it itself in the end."""
        if not self._lock_of(file).locked():
            await self._look(file)

    async def _follow_unless_busy(self, file: str) -> None:
        if not self._lock_of(file).locked():
            await self._follow(file)

    async def _look(self, file: str) -> None:
        try:
            local = await self._workspace.local(file)
        except Told as error:
            log.note("not looked", file=file, why=error.text)
            return
        if self._told.get(file) != local:
            self._told[file] = local
            self._emit(LocalChanged(file=file, copy=local))
        await self._see(file)

    async def _see(self, file: str) -> None:
        """Whether there is something to decide about it now."""
        try:
            await self._reconciler.see(file)
        except Told as error:
            log.note("not seen", file=file, why=error.text)
        self._tell_questions()


def _kept(path: str, kept: Kept) -> Trouble:
    name = path.rpartition("/")[2]
    return Trouble(
        title=f"{name} was saved while a newer revision came",
        text=f"What was saved is kept in {kept.path.as_posix()}.",
        advice="“Recovery store…” in the account's menu puts it back beside the revision.",
    )
