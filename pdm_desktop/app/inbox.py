"""My personal messages: read when there are new ones, and each told once on this seat."""

import asyncio
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence

from pdm_desktop import log
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.errors import Told
from pdm_desktop.core.inbox import new_entries, notices_of
from pdm_desktop.core.notices import Notice
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import handover, watches
from pdm_desktop.state.store import Store
from server.protocol.calls import HandedOver, InboxEntry
from server.protocol.limits import PAGE_ITEMS

LAST = 2**53
"""A number that no message has: after it there is none, and the answer says which the last one is."""


class InboxNews:
    """Reads and tells. On the window's loop; what was told stands in the cache of this person."""

    def __init__(
        self,
        store: Store,
        http: Http,
        cache: CacheWorker,
        tasks: Tasks,
        *,
        say: Callable[[Notice], None],
        released: Callable[[], Mapping[str, str]] = dict,
        epoch: Callable[[], str | None],
    ) -> None:
        """`released` knows how check-outs ended lately, by file; `epoch` which life of the server's data this is."""
        self._store = store
        self._http = http
        self._cache = cache
        self._tasks = tasks
        self._say = say
        self._released = released
        self._epoch = epoch
        self._stale = False
        self._task: asyncio.Task[None] | None = None
        self._life = ""
        """The epoch in which these were told and seen; in another one numbers begin anew."""
        self._told = 0
        self._seen = 0

    def read_soon(self) -> None:
        """There is something new, or there may be."""
        self._stale = True
        if self._task is None or self._task.done():
            self._task = self._tasks.begin(self._read_all(), name="inbox")

    def seen(self) -> None:
        """The person looks at the window: what was told until now has been seen."""
        if self._told > self._seen:
            self._seen = self._told
            self._tasks.start(self._acknowledge(self._told), name="acknowledge")

    async def _read_all(self) -> None:
        while self._stale:
            self._stale = False
            try:
                await self._read()
            except Told as told:
                log.note("inbox not read", why=told.text)  # the next hint, or the next connection, reads it

    async def _read(self) -> None:
        life = self._epoch() or ""
        if life != self._life:
            self._life, self._told, self._seen = life, 0, 0
        told = await self._told_until(life)
        since = told
        if since is None:
            since = max(0, (await watches.read_inbox(self._http, LAST)).number - PAGE_ITEMS)
        while True:
            page = await watches.read_inbox(self._http, since)
            await self._tell(new_entries(page.entries, told=told))
            since = page.entries[-1].number if page.entries else page.number
            self._keep(life, since)
            if since >= page.number:
                return

    async def _tell(self, entries: Sequence[InboxEntry]) -> None:
        came: dict[str, HandedOver] = {}
        for file in {each.file for each in entries if each.kind == "lock_transferred" and each.file is not None}:
            work = await handover.handed_over(self._http, file)
            if work is not None:
                came[file] = work
        waits = frozenset(self._store.mine.lines)
        me = self._store.reader.person
        for notice in notices_of(entries, waits=waits, came=came, released=self._released(), me=me):
            self._say(notice)

    async def _told_until(self, life: str) -> int | None:
        """Up to which number this seat has told, in this life of the server's data."""
        if self._told:
            return self._told
        try:
            known = await self._cache.run(lambda cache: cache.told())
        except sqlite3.Error as error:
            log.trouble("what was told is not known", error)
            return None
        return known[1] if known is not None and known[0] == life else None

    def _keep(self, life: str, number: int) -> None:
        self._told = number
        self._cache.note(lambda cache: cache.keep_told(life, number))

    async def _acknowledge(self, number: int) -> None:
        try:
            await watches.acknowledge(self._http, number, uuid.uuid4().hex)
        except Told as told:
            log.note("inbox not acknowledged", why=told.text)
            self._seen = min(self._seen, number - 1)
