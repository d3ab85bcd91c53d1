"""Fills what the window shows: folders, searches and my check-outs from the cache, histories from the server."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from itertools import chain, repeat
from typing import Protocol

from pdm_desktop import log
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.cache.cache import Cache, Found
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.errors import Told
from pdm_desktop.core.requests import (
    ListDeleted,
    LoadHistory,
    OpenFolder,
    ReadFolders,
    Search,
    ShowMine,
    ViewRequest,
)
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.changes import Change, ListingStale
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.state.store import Store
from server.protocol.calls import DeletedFile, DeletedFiles, History
from server.protocol.vault import File

HITS = 500
"""So many hits of a search are shown; the heading says when there are more."""


AGAIN = (0.5, 1.0, 2.0, 5.0)
"""Seconds until a listing that could not be read is read again; from then on as the last."""


class Calls(Protocol):
    """What is read from the server."""

    async def history(self, file: str, cursor: str | None = None) -> History:
        """A page of revisions."""
        ...

    async def deleted(self, vault: str, cursor: str | None = None) -> DeletedFiles:
        """A page of what can be restored."""
        ...


class Views:
    """Answers the requests that only read, for one signed-in person."""

    def __init__(self, store: Store, cache: CacheWorker, tasks: Tasks) -> None:
        self._store = store
        self._cache = cache
        self._tasks = tasks
        self.calls: Calls | None = None
        """The server, while somebody is signed in."""
        self._shown = 0
        """The number of the reading that the table waits for, or has; 0: none."""
        self._loading: asyncio.Task[None] | None = None
        """Reads what the table shows."""
        self._stop = store.subscribe(self._take)

    def close(self) -> None:
        """Answer no longer."""
        self._shown = 0
        self._stop()

    def ask(self, request: ViewRequest) -> None:
        """Read what is asked for; the store gets the answer."""
        match request:
            case OpenFolder(vault=vault, folder=folder):
                self._show(View(kind=Kind.FOLDER, vault=vault, folder=folder))
            case ReadFolders():
                self._tasks.start(self._read_folders(request), name="files of folders")
            case Search(text=text):
                self._show(View(kind=Kind.SEARCH, text=text))
            case ShowMine():
                self._show(View(kind=Kind.MINE))
            case LoadHistory():
                self._tasks.start(self._load_history(request), name=f"history of {request.file}")
            case ListDeleted():
                self._tasks.start(self._load_deleted(request), name=f"deleted files of {request.vault}")

    def _take(self, change: Change) -> None:
        if isinstance(change, ListingStale):
            self._show(self._store.listing.view)

    def _show(self, view: View) -> None:
        self._shown = reading = self._store.begin_listing(view)
        if self._loading is not None:
            self._loading.cancel()  # a search of what was typed until then, for one
        self._loading = self._tasks.begin(self._load(view, reading), name=f"listing {view.kind.value}")

    async def _load(self, view: View, reading: int) -> None:
        found = await self._read(view, reading)
        if found is None:
            return
        shown = self._store.load_listing(reading, found.files, seqs=found.seqs, cut_at=HITS if found.cut else None)
        log.note("listing", kind=view.kind.value, files=len(found.files), shown=shown)

    async def _read(self, view: View, reading: int) -> Found | None:
        """What the cache has for a view; None when another one is shown by then.

        A cache that cannot be read, as while another program has it, is told once and read again.
        """
        waits = chain(AGAIN, repeat(AGAIN[-1]))
        while self._shown == reading:
            try:
                return await self._cache.read(self._reading(view))
            except (sqlite3.Error, OSError) as error:
                log.trouble("listing not read", error, kind=view.kind.value)
                seconds = next(waits)
                if seconds == AGAIN[0]:
                    self._store.raise_trouble(_unread(error))
            await asyncio.sleep(seconds)
        return None

    async def _read_folders(self, request: ReadFolders) -> None:
        """Somebody waits for it: what cannot be read is empty."""
        files: list[tuple[str, File]] = []
        for folder in request.folders:
            try:
                found = await self._cache.run(partial(Cache.files_of, vault=request.vault, folder=folder))
            except sqlite3.Error as error:
                log.trouble("folder not read", error)
                continue
            files += found.files
        self._store.read_folders(request, files)

    def _reading(self, view: View) -> Callable[[Cache], Found]:
        match view.kind:
            case Kind.FOLDER:
                return lambda cache: cache.files_of(view.vault, view.folder)
            case Kind.SEARCH:
                return lambda cache: cache.search(view.text, HITS)
            case Kind.MINE:
                person = self._store.reader.person or ""
                return lambda cache: cache.held_by(person)

    async def _load_history(self, request: LoadHistory) -> None:
        if self.calls is None:
            return
        known = self._store.begin_history(request.file, more=request.more)
        try:
            page = await self.calls.history(request.file, known.cursor if request.more else None)
        except Told as told:
            log.note("history not read", file=request.file, why=told.text)
            self._store.drop_history(request.file)
            return
        self._store.load_history(page, more=request.more)

    async def _load_deleted(self, request: ListDeleted) -> None:
        if self.calls is None:
            return
        files: list[DeletedFile] = []
        cursor: str | None = None
        try:
            while True:
                page = await self.calls.deleted(request.vault, cursor)
                files += page.files
                cursor = page.cursor
                if cursor is None:
                    break
        except Told as told:
            self._store.raise_trouble(told.trouble, request)
            return
        self._store.load_deleted(request.vault, files)


def _unread(error: Exception) -> Trouble:
    return Trouble(
        title="The files cannot be shown yet",
        text=f"What is known of the vaults on this computer cannot be read now: {error}.",
        advice="It is tried again by itself.",
    )
