"""Work in vaults that its person may not read any more: it stays where it is, it cannot be sent, and that is told."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

from pdm_desktop.core.errors import Told
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.words import listed, several
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.workspace import Workspace

NAMED: Final = 5
"""So many files are named; of more it is said how many there are."""


class Hidden:
    """What was told, once for each check-out of a vault that is out of sight."""

    def __init__(self, workspace: Workspace, journal: Journal, *, tell: Callable[[Trouble], None]) -> None:
        self._workspace = workspace
        self._journal = journal
        self._tell = tell
        self._told: set[str] = set()
        self._vaults: frozenset[str] | None = None

    async def see(self, vaults: frozenset[str]) -> None:
        """These are all vaults that may be read."""
        self._vaults = vaults
        await self.look()

    async def look(self) -> None:
        """Whether something was saved in others."""
        vaults = self._vaults
        if vaults is None:
            return
        work: dict[str, list[str]] = defaultdict(list)
        for file in sorted({hold.file for hold in self._journal.holds()} | self._journal.losses()):
            copy = self._journal.copy(file)
            if copy is None or copy.vault in vaults:
                self._told.discard(file)
            elif file not in self._told and await self._is_edited(file):
                self._told.add(file)
                work[copy.place.partition("/")[0]].append(name_of(copy.path))
        for folder, names in work.items():
            self._tell(_trouble(self._workspace.full_path(PurePath(folder)), folder, sorted(names)))

    async def _is_edited(self, file: str) -> bool:
        try:
            local = await self._workspace.local(file)
        except Told:
            return True  # a program is at it
        return local is not None and (local.edited or local.missing)


def _trouble(folder: str, vault: str, names: list[str]) -> Trouble:
    more = [several(len(names) - NAMED, "other file", "other files")] if len(names) > NAMED else []
    return Trouble(
        title=f"The vault {vault} is out of your sight",
        text=f"What you saved in {listed([*names[:NAMED], *more])} and did not check in stays on this computer as it"
        f" is, in {folder}. It cannot be sent.",
        advice="An administrator can give you access again: then it goes on by itself. Until then copy what you need.",
    )
