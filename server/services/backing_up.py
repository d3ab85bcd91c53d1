"""Backups while the server runs: one at a time, asked for or by the clock, each written down in the audit trail."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import Connection

from server.bus.base import Bus, ChangedHint
from server.domain.audit import Entry
from server.domain.errors import AlreadyRuns, ContentsAway, NotSetUp
from server.domain.session import Session
from server.protocol.calls import BackupEntry, BackupRun
from server.protocol.calls import Backups as Told
from server.services.administrators import OPERATOR, administrators, require_administrator
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.storage.backup import Unusable
from server.storage.backups import Backup, Backups
from server.storage.store import Store

log = structlog.get_logger(__name__)

TOLD_EVERY: Final = 1.0
"""Seconds between two hints at how far a backup is."""
LOOK_EVERY: Final = 60.0
"""Seconds between two looks at the clock, which may jump."""
AGAIN_AFTER: Final = timedelta(hours=1)
"""A backup that failed is tried again so soon, if the clock begins it."""


class Stopped(Exception):
    """The server stops, and the backup with it."""


@dataclass(slots=True)
class _Run:
    """A backup that was asked for, and how far it is."""

    begun: datetime
    by: str
    person: str
    """The id, or the name under which the server itself stands in the audit trail."""
    done: int = 0
    of: int = 0


class BackingUp:
    """Makes backups, one at a time, beside whatever the server does. On the event loop, but for `claim`."""

    def __init__(
        self, backups: Backups, store: Store, bus: Bus, clock: Callable[[], datetime], *, every: timedelta | None = None
    ) -> None:
        self._backups = backups
        self._store = store
        self._bus = bus
        self._clock = clock
        self._every = every
        self._run: _Run | None = None
        self._wanted = asyncio.Event()
        self._stops = threading.Event()
        self._trouble: str | None = None
        self.next: datetime | None = None
        """When the server begins one by itself."""

    async def require_usable(self) -> None:
        """Raises NotSetUp when there is no place for a backup."""
        try:
            await asyncio.to_thread(self._backups.place)
        except (Unusable, OSError) as error:
            raise NotSetUp(str(error)) from error

    def claim(self, connection: Connection, session: Session, *, at: datetime) -> Outcome[BackupRun]:
        """One is asked for; it begins with `begin`, once that is committed. Raises Forbidden, AlreadyRuns."""
        require_administrator(session)
        if self._run is not None:
            raise AlreadyRuns(
                f"A backup is under way: {self._run.by} began it at {self._run.begun:%H:%M} UTC. Wait for its end."
            )
        write_audit(connection, [entry_of(session, "backup_begun", at=at)])
        self._run = _Run(begun=at, by=session.person, person=session.person_id)
        return Outcome(_told_of(self._run), (ChangedHint("backups", administrators(connection)),))

    def give_up(self) -> None:
        """What was claimed was not committed."""
        self._run = None

    def begin(self) -> None:
        """What was claimed is committed."""
        self._wanted.set()

    async def told(self) -> Told:
        """All backups as they are now."""
        found: list[Backup] = []
        trouble = self._trouble
        if self._backups.folder is not None:
            try:
                found = await asyncio.to_thread(self._backups.all)
            except (Unusable, OSError) as error:
                trouble = str(error)
        return Told(
            data=str(self._backups.data),
            folder=None if self._backups.folder is None else str(self._backups.folder),
            backups=[_entry_of(each) for each in found],
            running=None if self._run is None else _told_of(self._run),
            next=self.next,
            kept=self._backups.kept,
            trouble=trouble,
        )

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Make what is asked for until the end of the block; what is being made then is left unfinished."""
        with ThreadPoolExecutor(1, "backup") as thread:
            async with asyncio.TaskGroup() as tasks:
                working = tasks.create_task(self._work(thread), name="backups")
                try:
                    yield
                finally:
                    self._stops.set()
                    working.cancel()

    async def _work(self, thread: ThreadPoolExecutor) -> None:
        await self._plan(at_once=True)
        while True:
            await self._until_wanted()
            try:
                run = self._run or await self._claim_by_itself()
                await self._make(run, thread)
            except Exception:  # a full disk under the database, say: nothing can be written down then
                log.exception("backup_not_made")
                self._trouble = "The server could not write down what it did. Its log says why."
            finally:
                self._run = None
                self._wanted.clear()
            await self._plan()
            await self._hint()

    async def _until_wanted(self) -> None:
        while not self._wanted.is_set():
            now = self._clock()
            if self.next is not None and self._every is not None and self.next > now + self._every:
                await self._plan(at_once=True)  # the clock was ahead, and was put right
            if self.next is not None and self.next <= now:
                return
            left = LOOK_EVERY if self.next is None else min(LOOK_EVERY, (self.next - now).total_seconds())
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wanted.wait()

    async def _claim_by_itself(self) -> _Run:
        run = self._run = _Run(begun=self._clock(), by=OPERATOR, person=OPERATOR)
        await self._note(run, "backup_begun")
        await self._hint()
        return run

    async def _make(self, run: _Run, thread: ThreadPoolExecutor) -> None:
        def going_on(done: int, of: int) -> None:
            if self._stops.is_set():
                raise Stopped
            run.done, run.of = done, of

        make = partial(self._backups.make, at=run.begun, going_on=going_on)
        making = asyncio.get_running_loop().run_in_executor(thread, make)
        try:
            await self._tell_until_done(making, run)
            made = await making
        except asyncio.CancelledError:
            await asyncio.wait({making})
            if isinstance(making.exception(), Stopped):
                await self._note(run, "backup_stopped")
            raise
        except (Unusable, ContentsAway, OSError, sqlite3.Error) as error:
            self._trouble = str(error)
            await self._note(run, "backup_failed", why=self._trouble)
            log.warning("backup_failed", reason=self._trouble)
            return
        self._trouble = None
        description = made.description
        if description is not None:
            about = {"contents": description.contents, "bytes": description.bytes, "lacks": len(description.lacks)}
            await self._note(run, "backup_made", folder=str(made.folder), **about)
            log.info("backup_made", folder=str(made.folder), **about)
        await self._let_go(thread)

    async def _tell_until_done(self, making: "asyncio.Future[Backup]", run: _Run) -> None:
        told = (run.done, run.of)
        while True:
            done, _ = await asyncio.wait({making}, timeout=TOLD_EVERY)
            if done:
                return
            if (run.done, run.of) != told:
                told = (run.done, run.of)
                await self._hint()

    async def _let_go(self, thread: ThreadPoolExecutor) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(thread, partial(self._backups.let_go, now=self._clock()))
        except (Unusable, OSError) as error:
            self._trouble = f"Older backups could not be removed: {error}"
            log.warning("backups_not_removed", reason=str(error))

    async def _plan(self, *, at_once: bool = False) -> None:
        """When the next one is due: so long after the last that was made, or soon after one that was not.

        One that says it was made later than now is of a clock that was wrong, and puts nothing off.
        """
        if self._every is None:
            return
        now = self._clock()
        if self._trouble is not None and not at_once:
            self.next = now + min(self._every, AGAIN_AFTER)
            return
        try:
            found = await asyncio.to_thread(self._backups.all)
        except (Unusable, OSError) as error:
            log.warning("backups_not_read", reason=str(error))
            found = []
        times = [each.description.at for each in found if each.description is not None]
        made = [each for each in times if each <= now]
        self.next = max(made) + self._every if made else now

    async def _note(self, run: _Run, action: str, **detail: Any) -> None:
        entry = Entry(at=self._clock(), person=run.person, action=action, detail=msgspec.json.encode(detail).decode())
        await self._store.write(lambda connection: write_audit(connection, [entry]))

    async def _hint(self) -> None:
        people = await self._store.read(administrators)
        await self._bus.publish(ChangedHint("backups", people))


def _told_of(run: _Run) -> BackupRun:
    return BackupRun(begun=run.begun, by=run.by, done=run.done, of=run.of)


def _entry_of(backup: Backup) -> BackupEntry:
    of = backup.description
    if of is None:
        return BackupEntry(folder=str(backup.folder))
    return BackupEntry(folder=str(backup.folder), at=of.at, contents=of.contents, bytes=of.bytes, lacks=len(of.lacks))
