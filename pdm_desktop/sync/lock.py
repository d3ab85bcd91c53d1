"""The lock of a workspace, by which one engine at most works there, for whom it belongs to."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from pdm_desktop import log
from pdm_desktop.core.errors import WorkspaceBusy
from pdm_desktop.core.owners import Owner
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.holders import program_using
from pdm_desktop.sync.mark import claim
from pdm_desktop.sync.os_errors import from_os_error


class WorkspaceLock:
    """Take it before anything is done in the workspace, and release it at the end. Use it on one thread."""

    def __init__(self, root: Path, owner: Owner, *, begin: Callable[[], None] = lambda: None) -> None:
        """`begin` is called when nobody has worked in the workspace, before it is marked as the owner's."""
        self._disk = LocalDisk(root)
        self._owner = owner
        self._begin = begin
        self._lock: FileLock | None = None
        self._number: tuple[int, int] | None = None
        """Which file is locked, whatever lies in its place by now."""

    def take(self) -> bool:
        """Nobody else works here from now on. True: the workspace was this person's before.

        Raises WorkspaceBusy, AnothersWorkspace and other core.errors.
        """
        return self._take(self._disk.place_for_lock())

    def keep(self) -> None:
        """Take it anew when somebody has removed it, which ends nothing here and lets others in. Raises the same."""
        if not self.is_held():
            self._take(self._disk.place_for_lock(is_new=False))
            self._disk.begin_work()
            log.note("lock taken anew", folder=self._disk.root)

    def is_held(self) -> bool:
        """What lies in its place is what is locked here. Raises core.errors."""
        return self._number is not None and self._number == self._found()

    def release(self) -> None:
        """Others may work here."""
        if self._lock is not None:
            self._lock.release()

    def _take(self, place: Path) -> bool:
        fresh = FileLock(place, thread_local=False)
        try:
            fresh.acquire(blocking=False)
        except Timeout as error:
            raise WorkspaceBusy(
                f"{program_using(place) or 'Another window'} works in {self._disk.root} already.",
                advice="Close it, also in another session of yours as by remote desktop, "
                "or start this one with another workspace.",
            ) from error
        except OSError as error:
            raise from_os_error(error, str(self._disk.root)) from error
        try:
            was_mine = claim(self._disk, self._owner, begin=self._begin)
            number = self._found()
        except BaseException:
            fresh.release()
            raise
        before, self._lock, self._number = self._lock, fresh, number
        if before is not None:
            before.release()  # at no instant is none held
        return was_mine

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._disk.lock.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise from_os_error(error, str(self._disk.root)) from error
        return found.st_dev, found.st_ino
