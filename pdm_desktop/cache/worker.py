"""The one thread on which the cache works: jobs in their order, events gathered into batches."""

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from pdm_desktop import log
from pdm_desktop.cache import schema
from pdm_desktop.cache.cache import Cache
from pdm_desktop.core.fold import Numbered

T = TypeVar("T")
LARGEST_BATCH = 1_000


class CacheWorker:
    """The cache for callers on an asyncio loop. Every job waits for the ones before it, the events included.

    A file that cannot be used, as one that another program has locked, costs nothing but time: the cache is in memory
    then, until the program ends, and is filled from the server.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cache")
        self._pending: deque[tuple[Numbered, datetime | None]] = deque()
        self._read_lock = threading.Lock()
        self._reading: object | None = None
        """What is read now and may be broken off."""
        self._kept = 0
        """How many events were asked to be kept."""
        self._is_to_save = False
        """Events wait on the loop, and the thread was not asked to save them."""
        self.lost: Callable[[], None] = _nobody
        """Called on the worker's thread when something that was to be kept is not: the cache is behind, or empty."""
        self._cache: Cache
        self._opening = self._thread.submit(self._open)

    def opens_within(self, seconds: float) -> bool:
        """Wait on this thread until it is open, but not for longer."""
        with contextlib.suppress(TimeoutError):
            self._opening.result(seconds)
        return self._opening.done()

    async def opened(self) -> None:
        """Wait beside the loop until it is open."""
        await asyncio.wrap_future(self._opening)

    def read_now(self, job: Callable[[Cache], T]) -> T:
        """Do a job and wait for it on this thread: for the first paint, before any loop runs."""
        return self._submit(partial(self._do, job)).result()

    async def run(self, job: Callable[[Cache], T]) -> T:
        """Do a job after everything that was asked before. Raises what the job raises."""
        return await self.begin(job)

    def begin(self, job: Callable[[Cache], T]) -> "asyncio.Future[T]":
        """The same, for who waits for it later."""
        return asyncio.wrap_future(self._submit(partial(self._do, job)))

    async def read(self, job: Callable[[Cache], T]) -> T:
        """Do a job that changes nothing, as `run`. When nobody waits any more, it is not begun, or broken off."""
        reading = object()
        try:
            return await asyncio.wrap_future(self._submit(partial(self._do_reading, reading, job)))
        except asyncio.CancelledError:
            with self._read_lock:
                if self._reading is reading:  # the next one, which may write, has not begun
                    self._cache.interrupt()
            raise

    def put(self, job: Callable[[Cache], None]) -> None:
        """Do a job after everything that was asked before, and do not wait for it."""
        self._submit(partial(self._do, job)).add_done_callback(self._told)

    def keep(self, event: Numbered, *, true_at: datetime | None = None) -> None:
        """Keep an event: after the window has shown it, and together with those that come meanwhile. On the loop.

        With it the cache is true at that moment; None: it is not all that there is.
        """
        self._kept += 1  # before it can be saved
        self._pending.append((event, true_at))
        if not self._is_to_save:
            self._is_to_save = True
            # After this turn of the loop, in which more may come: one by one each is a transaction, and wakes the
            # thread, which then stands in the way of the window.
            asyncio.get_running_loop().call_soon(self._save_soon)

    def mark(self, true_at: datetime) -> None:
        """What was asked to be kept until now is all that there is, at that moment.

        It is not written when another event was kept meanwhile, and no harm is done if it is lost.
        """
        kept = self._kept

        def mark(cache: Cache) -> None:
            if self._kept == kept:  # what was kept since may be saved by now, though it is younger
                cache.mark(true_at)

        self._submit(partial(self._do, mark)).add_done_callback(_noted)

    def note(self, job: Callable[[Cache], None]) -> None:
        """Do a job after everything that was asked before. When it fails, the cache is not behind by that."""
        self._submit(partial(self._do, job)).add_done_callback(_noted)

    def close(self) -> None:
        """Keep what waits, then end the thread."""
        self._submit(lambda: self._cache.close()).result()
        self._thread.shutdown()

    def _submit(self, job: Callable[[], T]) -> Future[T]:
        """Do it on the thread, after everything that was asked before."""
        self._save_soon()
        return self._thread.submit(job)

    def _save_soon(self) -> None:
        if self._is_to_save:
            self._is_to_save = False
            self._thread.submit(self._do, self._save).add_done_callback(self._told)

    def _save(self, cache: Cache) -> None:
        while self._pending:
            count = min(len(self._pending), LARGEST_BATCH)
            some = [self._pending.popleft() for _ in range(count)]
            cache.apply([event for event, _ in some], true_at=some[-1][1])

    def _do(self, job: Callable[[Cache], T]) -> T:
        try:
            return job(self._cache)
        except sqlite3.Error as error:
            if schema.is_damage(error):
                self._begin_anew()
            raise

    def _do_reading(self, reading: object, job: Callable[[Cache], T]) -> T:
        with self._read_lock:
            self._reading = reading
        try:
            return self._do(job)
        finally:
            with self._read_lock:
                self._reading = None

    def _open(self) -> None:
        try:
            self._cache = Cache(self._path)
        except (OSError, sqlite3.Error) as error:
            log.trouble("cache in memory", error, path=self._path)
            self._cache = Cache(None)

    def _begin_anew(self) -> None:
        """The file is broken: everything in it comes again from the server."""
        log.note("cache damaged", path=self._path)
        self._cache.close()
        try:
            schema.remove(self._path)
        except OSError as error:  # another program has it open: the next start finds it
            log.trouble("cache in memory", error, path=self._path)
            self._cache = Cache(None)
        else:
            self._open()
        self.lost()

    def _told(self, saving: Future[None]) -> None:
        error = saving.exception()
        if error is not None:
            log.trouble("cache not written", error)
            self.lost()


def _noted(marking: Future[None]) -> None:
    error = marking.exception()
    if error is not None:
        log.trouble("not noted in the cache", error)


def _nobody() -> None:
    """Until somebody follows, a cache that is behind is read again from there."""
