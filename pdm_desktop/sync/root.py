"""The workspace's root folder: whether it is here, and is the workspace."""

from collections.abc import Callable

from pdm_desktop import log
from pdm_desktop.core.errors import NotWritable, Told
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk


class Root:
    """The folder that all copies lie in. `stay` sees to it that nobody else works there, and raises core.errors."""

    def __init__(self, disk: Disk, journal: Journal, *, stay: Callable[[], None]) -> None:
        self._disk = disk
        self._journal = journal
        self._stay = stay

    def check(self) -> None:
        """Raises NotWritable when the workspace has gone: an absent folder is no empty one. Raises what `stay` raises.

        Where a drive was there may be an empty folder: a workspace has the program's own folder in it. If that alone
        was removed it is made anew; a copy that looks as it was put there shows that the rest is here.
        """
        self._have_own_folder()
        self._stay()

    def _have_own_folder(self) -> None:
        root = self._disk.root
        advice = "Connect its drive or bring it back; nothing is done before."
        try:
            if (root / OWN_FOLDER).is_dir():
                return
            if not root.is_dir():
                raise NotWritable(f"The workspace folder {root} is not there.", advice=advice)
            if not self._has_copies():
                why = f"{OWN_FOLDER} is not in it, nor any file of the vaults as it was"
                raise NotWritable(f"What is at {root} is not the workspace: {why}.", advice=advice)
        except OSError as error:
            why = error.strerror or str(error)
            raise NotWritable(f"The workspace folder {root} cannot be read: {why}.", advice=advice) from error
        self._disk.make_own_folder()
        log.note("own folder made anew", folder=root)

    def _has_copies(self) -> bool:
        """One at least looks as it was put there; where nothing was put nothing is missing."""
        copies = self._journal.copies()
        if copies and not any(self._disk.root.iterdir()):
            return False
        return not copies or any(map(self._looks_as_put, copies))

    def _looks_as_put(self, copy: Copy) -> bool:
        try:
            look = self._disk.look(copy.where)
        except Told:
            return False
        return look is not None and (look.size, look.mtime_ns) == (copy.size, copy.mtime_ns)
