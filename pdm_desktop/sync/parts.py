"""Content that grows beside a place that a person has chosen; what a sudden end leaves of it goes at the next start."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path, PurePath

from pdm_desktop import log
from pdm_desktop.core.errors import Told
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Disk, Unfinished
from pdm_desktop.sync.uncut import begun, on_thread


class Parts:
    """The parts of one journal. Their names are known before there are any, so nobody else's file is taken for one."""

    def __init__(self, journal: Journal, *, disk_at: Callable[[Path], Disk]) -> None:
        self._journal = journal
        self._disk_at = disk_at
        self._left = journal.parts()
        """Those that an engine before this one has begun, and not ended."""

    @asynccontextmanager
    async def begun_in(self, folder: Path) -> AsyncIterator[Unfinished]:
        """A new one, which is thrown away in the end unless it has found its place. Raises core.errors."""
        path = folder / f"{uuid.uuid4().hex}.part"
        disk = self._disk_at(folder)
        self._journal.put_part(path)
        part = await begun(lambda: disk.begin_beside(PurePath(path.name)), lambda part: part.discard())
        try:
            yield part
        finally:
            await on_thread(part.discard)
            self._journal.drop_part(path)

    async def clear(self) -> None:
        """Remove what was left. One whose folder is away, or that a program may be writing, waits for another start.

        So does one where nobody can look: a share that is down says nothing of what lies on it.
        """
        for path in self._left:
            try:
                if await on_thread(self._is_gone, path):
                    self._journal.drop_part(path)
            except (Told, OSError) as error:
                log.note("part left", path=path, why=error)
        self._left = []

    def _is_gone(self, path: Path) -> bool:
        if not path.parent.is_dir():
            return False
        disk, part = self._disk_at(path.parent), PurePath(path.name)
        look = disk.look(part)
        if look is not None and disk.may_be_written(part):
            return False
        if look is not None and not look.is_folder:
            disk.remove(part)
        return True
