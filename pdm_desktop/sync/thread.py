"""The engine's own thread and loop: frozen requests go in, frozen events come out."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pdm_desktop import log
from pdm_desktop.core.errors import NotWritable, Told, WorkspaceBusy
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Trouble
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.engine import Engine
from pdm_desktop.sync.events import EngineEvent, TroubleMet
from pdm_desktop.sync.journal import open_journal
from pdm_desktop.sync.os_errors import from_os_error
from pdm_desktop.sync.ports import Disk, Opener, Vault
from pdm_desktop.sync.system import Programs

LOOK_EVERY = 5.0
"""Seconds between two looks at the files that are checked out here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an engine works: the workspace, its journal, and as which seat."""

    workspace: Path
    journal: Path
    seat: str


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
        make_disk: Callable[[Path], Disk] = LocalDisk,
    ) -> None:
        self._place = place
        self._make_vault = make_vault
        self._deliver = deliver
        self._opener = opener or Programs()
        self._make_disk = make_disk
        self._thread = threading.Thread(target=self._run, name="engine")
        self._loop = asyncio.new_event_loop()
        self._engine: Engine | None = None
        self._stopping = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._waiting: list[Callable[[Engine], Coroutine[Any, Any, None]]] = []

    def start(self) -> None:
        """Begin. A workspace that cannot be used is told as a TroubleMet."""
        self._thread.start()

    def submit(self, request: FileRequest, names: Mapping[str, str]) -> None:
        """Ask for something about files; a RequestFinished or TroubleMet comes."""
        self._ask(lambda engine: engine.run(request, names))

    def look(self) -> None:
        """Look at my check-outs now: the window has come to the front."""
        self._ask(lambda engine: engine.look_at_mine())

    def go_on(self) -> None:
        """The server answers again: finish what was left begun."""
        self._ask(lambda engine: engine.go_on())

    def stop(self) -> None:
        """End, and wait for it. What runs is cut: it goes on at the next start."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def _ask(self, what: Callable[[Engine], Coroutine[Any, Any, None]]) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._begin, what)

    def _begin(self, what: Callable[[Engine], Coroutine[Any, Any, None]]) -> None:
        if self._engine is None or self._group is None:
            self._waiting.append(what)
        else:
            self._group.create_task(self._watched(what(self._engine)), name="request")

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever breaks in one request, the others go on
            log.trouble("engine", error)
            trouble = Trouble(
                title="Something unexpected happened",
                text=f"{type(error).__name__}: {error}",
                advice="Nothing is lost. Try again; the log says more.",
            )
            self._deliver(TroubleMet(trouble=trouble))

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._main())
        except Told as error:
            self._cannot(error)
        except OSError as error:
            self._cannot(from_os_error(error, str(self._place.workspace)))
        except sqlite3.Error as error:
            self._cannot(
                NotWritable(
                    f"The journal {self._place.journal} cannot be used: {error}.",
                    advice="Free some space, then start again.",
                )
            )

    def _cannot(self, error: Told) -> None:
        log.note("engine ended", why=error.text)
        self._deliver(TroubleMet(trouble=error.trouble))

    async def _main(self) -> None:
        folder = self._place.workspace / OWN_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise WorkspaceBusy(
                f"Another window works in {self._place.workspace}.",
                advice="Close it, or start this one with another workspace.",
            ) from error
        try:
            await self._work()
        finally:
            lock.release()

    async def _work(self) -> None:
        disk = self._make_disk(self._place.workspace)
        if isinstance(disk, LocalDisk):
            disk.prepare()
        vault = self._make_vault()
        journal = open_journal(self._place.journal)
        try:
            self._engine = Engine(
                vault=vault,
                disk=disk,
                journal=journal,
                clock=LocalClock(),
                opener=self._opener,
                seat=self._place.seat,
                emit=self._deliver,
            )
            await self._engine.look_at_all()
            await self._serve(self._engine)
        finally:
            journal.close()
            await vault.close()

    async def _serve(self, engine: Engine) -> None:
        """Do what is asked until `stop`; what still runs then is cut."""
        try:
            async with asyncio.TaskGroup() as self._group:
                for what in self._waiting:
                    self._begin(what)
                self._waiting = []
                await self._until_stopped(engine)
                raise _Stopped
        except* _Stopped:
            self._group = None

    async def _until_stopped(self, engine: Engine) -> None:
        while not self._stopping.is_set():
            try:
                await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY)
            except TimeoutError:
                await engine.look_at_mine()


class _Stopped(Exception):
    """Ends the group of running requests."""
