"""One person's cache at one server, and the views that are read from it."""

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


class Shelf:
    """Opens the cache and shows what is in it, waiting for that: it is the first thing that a person sees.

    Raises OSError or sqlite3.Error when the cache can neither be read nor made.
    """

    def __init__(self, store: Store, tasks: Tasks, account: Account, folder: Path) -> None:
        self.account = account
        self.cache = CacheWorker(cache_file(folder, account.server, account.person))
        self.views = Views(store, self.cache, tasks)
        vaults, trees, true_at = self.cache.read_now(_everything)
        store.load_vaults(vaults)
        for tree in trees:
            store.load_vault(_snapshot(tree))
        store.was_true(true_at)
        log.note("cache opened", vaults=len(vaults), folders=sum(len(tree.folders) for tree in trees))

    def is_of(self, account: Account) -> bool:
        """It is this person's at this server."""
        return (self.account.server, self.account.person) == (account.server, account.person)

    def close(self) -> None:
        """Keep what waits, and let go of the file."""
        self.views.close()
        self.cache.close()


def _everything(cache: Cache) -> tuple[list[Vault], list[Tree], datetime | None]:
    vaults = cache.vaults()
    return vaults, [tree for vault in vaults if (tree := cache.tree(vault.id)) is not None], cache.true_at()


def _snapshot(tree: Tree) -> Snapshot:
    held = [HeldFile(vault=tree.vault, file=file.id, path=file.path, lock=file.lock) for file in tree.held if file.lock]
    return Snapshot(vault=tree.vault, seq=tree.seq, folders=tree.folders, locks=held)
