"""The engine's own thread and loop: frozen requests go in, frozen events come out."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.core.errors import AnothersWorkspace, NotWritable, Told, WorkspaceBusy, unexpected
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.issues import Absent
from pdm_desktop.core.owners import Owner
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.requests import EngineRequest
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.sync import origin
from pdm_desktop.sync.aside import trouble_of
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.engine import Engine
from pdm_desktop.sync.events import EngineEvent, IssuesSeen, TroubleMet
from pdm_desktop.sync.journal import open_journal, place_of_damaged
from pdm_desktop.sync.lock import WorkspaceLock
from pdm_desktop.sync.news import Truth
from pdm_desktop.sync.os_errors import from_os_error
from pdm_desktop.sync.ports import Disk, Opener, Vault
from pdm_desktop.sync.rounds import Rounds
from pdm_desktop.sync.system import Programs
from pdm_desktop.sync.watch import SystemWatch, Watch
from server.protocol.records import dataclass

RETURN_EVERY = 2.0
"""Seconds between two looks whether a workspace that is away has come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an engine works: the workspace, its journal, for whom, and as which seat."""

    workspace: Path
    journal: Path
    owner: Owner
    seat: str
    server: str = ""
    """The address from which the files come."""
    retention: Retention = Retention()
    """What the recovery store keeps."""


class LocalClock:
    """The computer's clock, in its own zone."""

    def now(self) -> datetime:
        """Local time with its zone."""
        return datetime.now().astimezone()


class EngineThread:
    """Runs one engine until `stop`. `make_vault` is called on its thread; `deliver` too, for each event."""

    def __init__(
        self,
        place: Place,
        *,
        make_vault: Callable[[], Vault],
        deliver: Callable[[EngineEvent], None],
        opener: Opener | None = None,
        make_disk: Callable[[Path], Disk] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._place = place
        self._make_vault = make_vault
        self._deliver = deliver
        self._opener = opener or Programs()
        self._make_disk = make_disk
        self._watch = watch or SystemWatch()
        self._rounds: Rounds | None = None
        self._thread = threading.Thread(target=self._run, name="engine")
        self._loop = asyncio.new_event_loop()
        self._engine: Engine | None = None
        self._stopping = asyncio.Event()
        self._over = asyncio.Event()
        """The engine has to end: at `stop`, or before, and then `_ousted` says why."""
        self._ousted: Told | None = None
        self._group: asyncio.TaskGroup | None = None
        self._waiting: list[_Asked] = []
        self._trouble: Trouble | None = None
        """Why there is no engine."""

    def start(self) -> None:
        """Begin. A workspace that cannot be used is told as a TroubleMet."""
        self._thread.start()

    def submit(self, request: EngineRequest, names: Mapping[str, str]) -> None:
        """Ask for something about files; a RequestFinished or TroubleMet comes."""
        self._ask(_Asked(lambda engine: engine.run(request, names), request))

    def look(self) -> None:
        """Look at my check-outs now: the window has come to the front."""
        self._ask(_Asked(self._look_round))

    def away(self) -> None:
        """The server cannot be reached: check-ins wait from now on."""
        self._ask(_Asked(lambda engine: engine.away()))

    def go_on(self) -> None:
        """The server answers again: finish what was left begun, and check in what waits."""
        self._ask(_Asked(lambda engine: engine.go_on()))

    def happened(self, event: Numbered) -> None:
        """A vault changed: clean copies follow."""
        self._ask(_Asked(lambda engine: engine.happened(event)))

    def compare(self, truth: Truth) -> None:
        """The seat is in step: see whether something was missed."""
        self._ask(_Asked(lambda engine: engine.compare(truth)))

    def recognise(self, sightings: Mapping[str, Sighting]) -> None:
        """What lies where the vaults have these files may be their copies."""
        self._ask(_Asked(lambda engine: engine.recognise(sightings)))

    def stop(self) -> None:
        """End, and wait for it. What runs is cut: it goes on at the next start."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop)
            self._thread.join()

    def _stop(self) -> None:
        self._stopping.set()
        self._over.set()

    def _ask(self, asked: "_Asked") -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._begin, asked)

    def _begin(self, asked: "_Asked") -> None:
        if self._trouble is not None:
            self._refuse(asked)
        elif self._engine is None or self._group is None:
            self._waiting.append(asked)
        else:
            self._group.create_task(self._watched(asked, self._engine), name="request")

    def _refuse(self, asked: "_Asked") -> None:
        """Without an engine every wish is answered with why."""
        if asked.request is not None and self._trouble is not None:
            self._deliver(TroubleMet(trouble=self._trouble, request=asked.request))

    async def _watched(self, asked: "_Asked", engine: Engine) -> None:
        try:
            await asked.work(engine)
        except asyncio.CancelledError:
            self._refuse(asked)
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks in one request, the others go on
            log.trouble("engine", error)
            self._deliver(TroubleMet(trouble=unexpected(error), request=asked.request))

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        try:
            await self._work_alone()
        except Exception as error:  # noqa: BLE001 - whatever it is, a person hears of it and may quit
            self._trouble = self._why(error)
            log.trouble("engine ended", error)
            self._deliver(TroubleMet(trouble=self._trouble))
            waiting, self._waiting = self._waiting, []
            for asked in waiting:
                self._refuse(asked)
            await self._stopping.wait()

    def _why(self, error: Exception) -> Trouble:
        match error:
            case Told():
                return error.trouble
            case OSError():
                return from_os_error(error, str(self._place.workspace)).trouble
            case sqlite3.Error():
                text = f"The journal {self._place.journal} cannot be used: {error}."
                return NotWritable(text, advice=_advice(error)).trouble
            case _:
                return unexpected(error)

    async def _work_alone(self) -> None:
        """One engine works in a workspace, for whom it belongs to. Raises what stands in the way of working.

        That is WorkspaceBusy, AnothersWorkspace, and more.
        """
        if not await self._is_here():
            return
        lock = WorkspaceLock(self._place.workspace, self._place.owner, begin=self._have_journal)
        try:
            if lock.take() and not self._place.journal.exists():
                self._tell_lost()
            await self._work(lock)
        finally:
            lock.release()

    def _have_journal(self) -> None:
        """There is one before the mark says that this person has worked here: where there is none it was lost."""
        if not self._place.journal.exists():
            open_journal(self._place.journal).close()

    def _stay(self, lock: WorkspaceLock) -> None:
        """The engine goes on if nobody else works in the workspace, and it is still this person's; else it ends.

        It may have lost its lock and its mark with the program's own folder. Raises core.errors.
        """
        try:
            lock.keep()
        except (WorkspaceBusy, AnothersWorkspace) as error:
            self._ousted, self._trouble = error, error.trouble
            self._over.set()
            raise

    async def _is_here(self) -> bool:
        """Wait until the workspace is there; False: the engine has to stop before that.

        One in which this person has worked is no new one when it is not there: its drive is away. Nobody makes it.
        """
        if not self._is_absent():
            return True
        workspace = self._place.workspace
        why = f"The workspace folder {workspace} is not there."
        advice = "Connect its drive or bring it back: it goes on by itself then. To begin anew, make an empty folder."
        self._trouble = NotWritable(why, advice=advice).trouble
        self._deliver(IssuesSeen(issues=(Absent(folder=str(workspace), why=why),)))
        waiting, self._waiting = self._waiting, []
        for asked in waiting:
            self._refuse(asked)
        while self._is_absent():
            if await self._stops_within(RETURN_EVERY):
                return False
        self._trouble = None
        self._deliver(IssuesSeen(issues=()))
        self._waiting.append(_Asked(lambda engine: engine.go_on()))
        return True

    def _is_absent(self) -> bool:
        journal = self._place.journal
        left = (journal, place_of_damaged(journal), self._begun)
        return not _is_there(self._place.workspace) and any(each.is_file() for each in left)

    @property
    def _begun(self) -> Path:
        """What says that there was a journal once, should it be lost while the workspace is away."""
        return self._place.journal.with_name(f"{self._place.journal.name}.begun")

    async def _stops_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _work(self, lock: WorkspaceLock) -> None:
        disk_at = partial(LocalDisk, zone=origin.zone_of(self._place.server))
        disk = (self._make_disk or disk_at)(self._place.workspace)
        after_crash = False
        if isinstance(disk, LocalDisk):
            disk.prepare()
            after_crash = disk.begin_work()
        vault = self._make_vault()
        journal = open_journal(self._place.journal, damaged=self._tell_damaged)
        try:
            self._begun.touch()
            if journal.aside:
                self._deliver(TroubleMet(trouble=trouble_of(journal.aside)))
            self._engine = Engine(
                vault=vault,
                disk=disk,
                journal=journal,
                clock=LocalClock(),
                opener=self._opener,
                seat=self._place.seat,
                emit=self._deliver,
                after_crash=after_crash,
                disk_at=disk_at,
                stay=lambda: self._stay(lock),
            )
            await self._engine.look_at_all()
            await self._engine.purge(self._place.retention)
            await self._serve(self._engine)
        finally:
            # What was cut goes on in its thread: until that has ended this engine is at work, and nobody else is.
            await self._loop.shutdown_default_executor()
            journal.close()
            await vault.close()
            if isinstance(disk, LocalDisk) and lock.is_held():  # else it is another engine that is at work there
                disk.end_work()

    def _tell_damaged(self, aside: Path) -> None:
        self._tell_anew("was damaged", f"It lies in {aside} now")

    def _tell_lost(self) -> None:
        """This person has worked here before, and there was a journal."""
        self._tell_anew("is not there", f"There is no {self._place.journal}")

    def _tell_anew(self, what: str, why: str) -> None:
        """What the journal alone knew is not known any more."""
        text = f"{why}, and a new one has begun. No file of the workspace was touched."
        advice = "What you have checked out is known again when you check it in; check-ins that waited, ask for again."
        trouble = Trouble(title=f"The journal of the workspace {what}", text=text, advice=advice)
        self._deliver(TroubleMet(trouble=trouble))

    async def _serve(self, engine: Engine) -> None:
        """Do what is asked until it is over; what still runs then is cut. Raises what has ousted the engine."""
        self._rounds = Rounds(
            engine,
            self._watch,
            self._place.workspace,
            retention=self._place.retention,
            guard=lambda work: self._watched(_Asked(work), engine),
        )
        try:
            async with asyncio.TaskGroup() as self._group:
                waiting, self._waiting = self._waiting, []
                for asked in waiting:
                    self._begin(asked)
                clearing = self._watched(_Asked(lambda engine: engine.clear_parts()), engine)
                self._group.create_task(clearing, name="clear parts")
                self._group.create_task(self._rounds.run(), name="rounds")
                await self._over.wait()
                raise _Stopped
        except* _Stopped:
            self._group = None
        if self._ousted is not None:
            raise self._ousted

    async def _look_round(self, _engine: Engine) -> None:
        """The person is back: what was edited, what is new, what is gone."""
        if self._rounds is not None:
            await self._rounds.look()


def _is_there(folder: Path) -> bool:
    """A folder can be looked at. Of a drive that is away systems say much: it is stale, not connected, refused."""
    try:
        return folder.is_dir()
    except OSError as error:
        log.note("not there", folder=folder, why=error)
        return False


def _advice(error: sqlite3.Error) -> str:
    """What helps against an error of the journal. One that is damaged is put aside when it is opened."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    match code:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return "Start again: it is put aside then, and the files of the workspace are looked at anew."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "Close the program that has it open, then start again."
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return "See whether you may write in its folder, then start again."
        case _:
            return "See whether its disk has room and is in order, then start again."


@dataclass(frozen=True, slots=True)
class _Asked:
    """Work for the engine, and the request that wants an answer, if there is one."""

    work: Callable[[Engine], Awaitable[None]]
    request: EngineRequest | None = None


class _Stopped(Exception):
    """Ends the group of running requests."""
