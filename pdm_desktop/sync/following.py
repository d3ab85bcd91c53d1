"""What others do in the vaults, and what was missed of it: the workspace's copies follow."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pdm_desktop import log
from pdm_desktop.core.errors import NotSignedIn, Refused, ServerTrouble, Told
from pdm_desktop.core.fold import Numbered
from pdm_desktop.sync.facts import Finding
from pdm_desktop.sync.files import Files
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.news import Truth
from pdm_desktop.sync.patience import Patience
from pdm_desktop.sync.reconcile import Reconciler
from pdm_desktop.sync.restored import Confirmer

GATHER = 0.3
"""Seconds in which deletions in the vault are gathered before the copies follow."""
ROUNDS = 3
"""Copies that trade places step aside in the first, go on in the second, and are all there after the third."""

MOST_FAILURES = 3
"""So many files at which the server fails are asked about one after the other: then it is the server."""


class Following:
    """Follows in the order in which it is told. `lost` hears of locks that are gone while a check-in of them waits."""

    def __init__(
        self,
        files: Files,
        journal: Journal,
        reconciler: Reconciler,
        confirmer: Confirmer,
        *,
        patience: Patience,
        lost: Callable[[frozenset[str]], Awaitable[None]],
        restored: Callable[[Sequence[Finding]], Awaitable[None]],
    ) -> None:
        self._files = files
        self._journal = journal
        self._reconciler = reconciler
        self._confirmer = confirmer
        self._patience = patience
        self._lost = lost
        self._restored = restored
        self._gone: set[str] = set()
        """Files that were just deleted in the vault."""
        self._alone = asyncio.Lock()

    async def happened(self, event: Numbered) -> None:
        """Somebody changed a vault: the workspace follows, in the order in which it is told."""
        async with self._alone:
            files = self._reconciler.news.of_event(event)
            self._patience.forget(*files)
            gone = {file for file in files if self._reconciler.news.is_gone(file)}
            self._gone |= gone
            await self.follow_all([file for file in files if file not in gone])
        if gone:
            await asyncio.sleep(GATHER)  # deletions that are told one by one count together (N11)
            async with self._alone:
                files, self._gone = sorted(self._gone), set()
                await self.follow_all(files)

    async def compare(self, truth: Truth) -> None:
        """The seat is in step again: the workspace follows what nobody told."""
        self._patience.forget_all()
        async with self._alone:
            await self.follow_all(self._reconciler.news.of_all(truth))
        await self.tell_of_restore()

    async def tell_of_restore(self) -> None:
        """A restored server lacked something: the person hears once what became of it."""
        findings = self._confirmer.findings()
        if findings:
            await self._restored(findings)

    async def follow_known(self) -> None:
        """Everything that is here follows: the workspace is back, and nothing was done while it was away."""
        async with self._alone:
            await self.follow_all(self._reconciler.news.known())

    async def follow_waiting(self) -> None:
        """What could not follow is tried again when its time has come, unless something follows just now."""
        due = self._files.due()
        if due and not self._alone.locked():
            async with self._alone:
                await self.follow_all(due)

    async def follow_all(self, files: Sequence[str]) -> None:
        """These follow, as far as they are not held back for a person (N11)."""
        if not files or not self._files.is_here():
            return
        try:
            known = await self._asked(files)
            self._reconciler.hold_back(known, perhaps=len(files) - len(known))
        except Told as error:
            log.note("not followed", files=len(files), why=error.text)
            self._files.waiting.update(files)
            return
        left = known
        for _ in range(ROUNDS):
            for file in left:
                await self._files.follow(file)
            left = [file for file in left if self._reconciler.news.is_elsewhere(file)]  # it waits for another to go
        lost = {one.file for one in self._journal.waiting() if self._journal.hold(one.file) is None}
        if lost & set(known):
            await self._lost(frozenset(lost))

    async def _asked(self, files: Sequence[str]) -> list[str]:
        """Those of which it is known how they are in the vault. One at which the server fails waits alone.

        One that fails again and again is asked no more: the rest waits. Raises core.errors when it cannot be asked.
        """
        known: list[str] = []
        failed = 0
        for number, file in enumerate(files):
            if failed == MOST_FAILURES:
                self._files.waiting.update(files[number:])
                break
            try:
                await self._reconciler.news.ask([file])
            except NotSignedIn:
                raise
            except (Refused, ServerTrouble) as error:
                log.note("not asked", file=file, why=error.text)
                self._files.put_off(file, error)
                failed += 1
            else:
                known.append(file)
        return known
