"""How it stands with what is checked out here: its last edit, whether a program has it open, and the room on the disk.

It is looked at together with the check-outs, and told when it is something else than before. Nothing depends on it.
"""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from pdm_desktop import log
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.sync.events import StandingSeen
from pdm_desktop.sync.journal import Journal
from server.protocol.events import Report

LEAST_ROOM: Final = 100_000_000
"""Bytes: with fewer free ones the disk of the workspace counts as full, for hardly any file comes whole."""

InUse = Callable[[Sequence[Path]], set[Path]]
"""Which of some files other programs have open."""


class Standing:
    """What was told last, and the look that finds something else."""

    def __init__(
        self,
        root: Path,
        journal: Journal,
        local: Callable[[str], LocalCopy | None],
        emit: Callable[[StandingSeen], None],
        *,
        in_use: InUse,
    ) -> None:
        """`local` says what the last look has shown of a file."""
        self._root = root
        self._journal = journal
        self._local = local
        self._emit = emit
        self._in_use = in_use
        self._told: StandingSeen | None = None

    async def look(self) -> None:
        """Look at every check-out of this seat. What cannot be seen is not told: it stays as it was."""
        copies = {hold.file: self._local(hold.file) for hold in self._journal.holds()}
        here = {file: Path(copy.path) for file, copy in copies.items() if copy is not None and not copy.missing}
        try:
            is_open, is_full = await asyncio.to_thread(self._seen, here)
        except OSError as error:
            log.note("standing not seen", why=error)
            return
        reports = tuple(
            Report(file=file, edited=_edited(copies[file]), open=file in is_open) for file in sorted(copies)
        )
        seen = StandingSeen(check_outs=reports, full=is_full)
        if seen != self._told:
            self._told = seen
            self._emit(seen)

    def _seen(self, here: Mapping[str, Path]) -> tuple[set[str], bool]:
        opened = self._in_use(list(here.values()))
        free = shutil.disk_usage(self._root).free
        return {file for file, path in here.items() if path in opened}, free < LEAST_ROOM


def _edited(copy: LocalCopy | None) -> datetime | None:
    return copy.modified if copy is not None and copy.edited else None
