"""One person's cache at one server, and the views that are read from it."""

import sqlite3
from datetime import datetime
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.app.views import Views
from pdm_desktop.cache.cache import Cache, Tree, cache_file
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.state.account import Account
from pdm_desktop.state.locks import HeldFile
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from server.protocol.vault import Vault

OPENING = 1.0
"""Seconds that the window waits for a cache to be opened. One that another program has locked may take longer."""


class Shelf:
    """Opens the cache; `begin` shows what is in it, waiting for that: it is the first thing that a person sees.

    One that does not open in time is shown by `shown`. Of one that cannot be read, everything comes from the server.
    """

    def __init__(self, store: Store, tasks: Tasks, account: Account, folder: Path) -> None:
        self.account = account
        self.cache = CacheWorker(cache_file(folder, account.server, account.person))
        self.views = Views(store, self.cache, tasks)
        self._store = store
        self._is_shown = False

    def begin(self) -> None:
        """Show what is in it, if it opens soon. Whoever hears of the vaults may ask the views at once."""
        if self.cache.opens_within(OPENING):
            self._show()

    async def shown(self) -> None:
        """Wait until it is open, and show what is in it: before anything else is shown of its vaults."""
        if not self._is_shown:
            await self.cache.opened()
            self._show()

    def _show(self) -> None:
        self._is_shown = True
        try:
            vaults, trees, true_at = self.cache.read_now(everything_in)
        except sqlite3.Error as error:
            log.trouble("cache not read", error)
            return
        self._store.load_vaults(vaults, map(snapshot_of, trees))
        self._store.was_true(true_at)
        log.note("cache opened", vaults=len(vaults), folders=sum(len(tree.folders) for tree in trees))

    def is_of(self, account: Account) -> bool:
        """It is this person's at this server."""
        return (self.account.server, self.account.person) == (account.server, account.person)

    def close(self) -> None:
        """Keep what waits, and let go of the file."""
        self.views.close()
        self.cache.close()


def everything_in(cache: Cache) -> tuple[list[Vault], list[Tree], datetime | None]:
    """The vaults, those of them that were read in full, and when all that was true."""
    vaults = cache.vaults()
    return vaults, [tree for vault in vaults if (tree := cache.tree(vault.id)) is not None], cache.true_at()


def snapshot_of(tree: Tree) -> Snapshot:
    """A vault as the store takes it."""
    held = [HeldFile(vault=tree.vault, file=file.id, path=file.path, lock=file.lock) for file in tree.held if file.lock]
    return Snapshot(vault=tree.vault, seq=tree.seq, folders=tree.folders, locks=held)
