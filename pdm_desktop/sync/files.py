"""The workspace's files: whoever does something with one is alone with it, and what is seen of it is told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from pdm_desktop import log
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import Cancelled, InUse, Refused, Told, unexpected
from pdm_desktop.core.issues import Absent
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.commands.left_work import PARKED_VERSION
from pdm_desktop.sync.events import EngineEvent, IssuesSeen, LocalChanged, LocalsRead, TroubleMet
from pdm_desktop.sync.held import HeldFiles
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.patience import Patience
from pdm_desktop.sync.reconcile import Reconciler
from pdm_desktop.sync.restored import Confirmer
from pdm_desktop.sync.scan import scan
from pdm_desktop.sync.transfer.traffic import Purpose, Traffic
from pdm_desktop.sync.workspace import Workspace


class Files:
    """Every file that this engine has something to do with. Nothing here raises core.errors."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        reconciler: Reconciler,
        confirmer: Confirmer,
        *,
        traffic: Traffic,
        held: HeldFiles,
        patience: Patience,
        emit: Callable[[EngineEvent], None],
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._reconciler = reconciler
        self._confirmer = confirmer
        self._traffic = traffic
        self._held = held
        self._patience = patience
        self._emit = emit
        self._told: dict[str, LocalCopy | None] = {}
        self._busy: dict[str, asyncio.Lock] = {}
        self._wanted: Counter[str] = Counter()
        """By how many each file is wanted alone just now."""
        self._gathered: set[str] = set()
        """Files that somebody has who waits for the others they want with them."""
        self.waiting: set[str] = set()
        """Files that would follow, had no program them open, no command been at them, nothing failed or been paused."""
        self._unheard: set[str] = set()
        """Files that came here when nobody told of them yet, and that could not be asked about since."""
        self._parking = asyncio.Lock()
        self.elsewhere: set[str] = set()
        """Files whose folder a person has moved from here: their copies go along."""

    async def look_at_all(self) -> bool:
        """See what the workspace has, and put the read-only attribute right where it is not.

        One walk shows which copies look as they were put there; only the others are looked at closely.
        """
        if not self.is_here():
            return False
        await self._end_what_was_cut()
        copies, known = self._journal.copies(), self._journal.known()
        try:
            self.hold_back([copy.file for copy in copies])
        except Told as error:  # what is not known to wait would go
            self._emit(TroubleMet(trouble=error.trouble))
            return False
        seen = await asyncio.to_thread(scan, self._workspace.disk.root, folders={}, known=known)
        close = seen.others | seen.missing
        alike: dict[str, LocalCopy | None] = {
            copy.file: self._workspace.as_put(copy, writable=known[copy.place].held)
            for copy in copies
            if copy.file not in close
        }
        self._reconciler.in_order(alike)
        for copy in copies:
            if copy.file in close:
                await self._look_closely(copy.file, alike)
        self._told = alike
        self._emit(LocalsRead(copies={file: local for file, local in alike.items() if local is not None}))
        self.tell_questions()
        return True

    async def _end_what_was_cut(self) -> None:
        """Copies that a sudden end has caught on their way are where they lie, and those in no place in theirs."""
        moves, replacements = self._workspace.moves, self._workspace.replacements
        ends = [partial(moves.end, file) for file in sorted(moves.on_their_way)]
        ends += [partial(replacements.end, place) for place in sorted(replacements.displaced)]
        for end in ends:
            try:
                await end()
            except Told as error:
                log.note("not ended", why=error.text)
            except Exception as error:  # noqa: BLE001 - whatever it is: the others are ended, and the engine begins
                log.trouble("not ended", error)
                self._emit(TroubleMet(trouble=unexpected(error)))

    async def _look_closely(self, file: str, copies: dict[str, LocalCopy | None]) -> None:
        try:
            copies[file] = await self._workspace.local(file)
            if self._journal.is_confirmed(file):
                await self._reconciler.settle(file)
            copies[file] = await self._workspace.local(file)
        except InUse as error:
            self._held.add(file, error.places)
        except Told as error:  # whatever is wrong with one file, the others are shown
            self._emit(TroubleMet(trouble=error.trouble))
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._broke(file, error)

    def local(self, file: str) -> LocalCopy | None:
        """What the last look has shown of a file."""
        return self._told.get(file)

    def is_here(self) -> bool:
        """The workspace can be seen. While it cannot that is told, and nothing is done (N11)."""
        try:
            self._workspace.root.check()
        except Told as error:
            self._reconciler.questions.is_away(Absent(folder=str(self._workspace.disk.root), why=error.text))
            self.tell_questions()
            return False
        return True

    def tell_unread(self, places: Mapping[str, str]) -> None:
        """Just these places of the workspace cannot be looked at, each with a sentence on why (N11)."""
        root = self._workspace.disk.root
        self._reconciler.questions.cannot_see(
            Absent(folder=str(root / place), why=why, whole=False) for place, why in places.items()
        )
        self.tell_questions()

    def tell_questions(self) -> None:
        """Tell what a person has to decide, if that is something else by now."""
        issues = self._reconciler.questions.changed()
        if issues is not None:
            self._emit(IssuesSeen(issues=issues))

    @asynccontextmanager
    async def alone(self, *files: str) -> AsyncIterator[None]:
        """One command at a time for each file. All take several in one order, so that no two wait for each other."""
        wanted = sorted(set(files))
        gathered: list[str] = []
        self._wanted.update(wanted)
        try:
            async with AsyncExitStack() as locks:
                for file in wanted:
                    await locks.enter_async_context(self._lock_of(file))
                    gathered.append(file)
                    self._gathered.add(file)
                self._gathered.difference_update(gathered)
                gathered.clear()
                yield
        finally:
            self._gathered.difference_update(gathered)
            self._wanted.subtract(wanted)

    def is_free(self, file: str) -> bool:
        """Nobody is alone with a file or waits for that, so that `alone` does not have to wait."""
        return not self._wanted[file] and not self._traffic.is_about(file)

    def is_busy(self, file: str) -> bool:
        """A command is at it, or has it and waits for others: perhaps for hours. It lets it follow in the end."""
        return self._traffic.is_about(file) or file in self._gathered

    def _lock_of(self, file: str) -> asyncio.Lock:
        return self._busy.setdefault(file, asyncio.Lock())

    async def look_unless_busy(self, file: str) -> None:
        """A command that is at a file looks at it itself in the end. What nobody foresaw is told, and seldom."""
        if self._lock_of(file).locked():
            return
        try:
            await self.look(file)
        except Exception as error:  # noqa: BLE001 - whatever it is
            if self._patience.is_over(file):
                self._broke(file, error)

    async def follow_unless_busy(self, file: str) -> None:
        """A command that is at a file lets it follow itself in the end."""
        if not self._lock_of(file).locked():
            await self.follow(file)

    async def look(self, file: str) -> None:
        """Tell what this computer has of a file, if that is something else by now."""
        try:
            local = await self._workspace.local(file)
        except Told as error:
            log.note("not looked", file=file, why=error.text)
            return
        self._tell(file, local)
        await self._see(file)

    def _tell(self, file: str, local: LocalCopy | None) -> None:
        if self._told.get(file) != local:
            self._told[file] = local
            self._emit(LocalChanged(file=file, copy=local))

    async def _see(self, file: str) -> None:
        """Whether there is something to decide about it now."""
        try:
            await self._reconciler.see(file)
        except Told as error:
            log.note("not seen", file=file, why=error.text)
        self.tell_questions()

    async def look_at_new(self) -> None:
        """Files that were added from their places in the workspace are copies by now, and follow."""
        for copy in self._journal.copies():
            if copy.file not in self._told:
                await self.follow(copy.file)

    async def park_left_work(self) -> None:
        """Send to the server what lost check-outs have left here, file by file; the others follow meanwhile.

        News of a file that is on its way wait until it has gone, and keep nobody: it is not followed until then. What
        cannot be sent is tried again at a later call.
        """
        if self._parking.locked() or not self._reconciler.to_park or not self.is_here():
            return
        tried: set[str] = set()
        async with self._parking:
            while left := self._reconciler.to_park - tried:
                file = min(left)
                tried.add(file)
                if self.is_busy(file):
                    self.waiting.add(file)
                    continue
                async with self.alone(file):
                    with self._traffic.about(file, Purpose(what=PARKED_VERSION, patient=False)):
                        await self._settle_whatever_breaks(file, parks=True)
                if self.is_due(file):
                    await self.follow(file)

    async def follow(self, file: str) -> None:
        """Let a copy follow its file, as soon as nobody else is at it."""
        if self.is_busy(file):
            self.waiting.add(file)  # others do not wait for that
            return
        async with self.alone(file):
            await self._settle_whatever_breaks(file)

    async def _settle_whatever_breaks(self, file: str, *, parks: bool = False) -> None:
        try:
            await self.settle(file, parks=parks)
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._broke(file, error)

    def _broke(self, file: str, error: Exception) -> None:
        """What nobody foresaw is told, and the other files go on."""
        log.trouble("not followed", error, file=file)
        self._emit(TroubleMet(trouble=unexpected(error)))
        self.put_off(file, error)

    def put_off(self, file: str, error: Exception) -> None:
        """What nobody foresaw, or the server's trouble, keeps a file from following: it is tried later and later."""
        self.waiting.add(file)
        self._patience.failed(file, error)

    def due(self) -> list[str]:
        """Those that wait and may be tried again now."""
        return sorted(file for file in self.waiting if self.is_due(file))

    def is_due(self, file: str) -> bool:
        """It waits, and may be tried again now."""
        return file in self.waiting and self._patience.is_over(file)

    async def take_along(self) -> None:
        """Copies go where a person has moved their folder from here."""
        for file in sorted(self.elsewhere):
            await self.follow(file)

    async def settle(self, file: str, *, parks: bool = False) -> None:
        """Whoever asks is alone with the file, and has perhaps learned news of it."""
        was_told = self._told.get(file) is not None
        await self._settle(file, parks=parks)
        is_unheard = file in self._unheard or (not was_told and self._told.get(file) is not None)
        if is_unheard and await self._learn_again([file]) and not self._reconciler.has_followed(file):
            await self._settle(file)

    async def _learn_again(self, files: Sequence[str]) -> bool:
        """Only from now on news of these come: what happened while they came is asked for. False: it is, later."""
        try:
            await self._reconciler.news.ask_again(files)
        except Told as error:
            log.note("not asked", files=len(files), why=error.text)
            self._unheard.update(files)
            self.waiting.update(files)
            return False
        self._unheard.difference_update(files)
        return True

    async def _settle(self, file: str, *, parks: bool = False) -> None:
        waits = False
        try:
            is_confirmed = await self._confirmer.confirm(file)
            if file in self.elsewhere:
                await self._reconciler.take_along(file)
                self.elsewhere.discard(file)
            copy = self._journal.copy(file)
            self.hold_back([file])
            has_to_wait = not is_confirmed or await self._reconciler.settle(file, parks=parks)
            if has_to_wait and copy is not None:
                self._held.add(file, (copy.where,), until_closed=True)
            waits = self._reconciler.news.is_elsewhere(file)
            if file not in self._reconciler.to_park:  # whether that goes well is not known yet
                self._patience.forget(file)
        except InUse as error:
            self._held.add(file, error.places)
        except Told as error:
            log.note("not followed", file=file, why=error.text)
            waits = not isinstance(error, Refused | Cancelled)
            self._patience.failed(file, error)
        (self.waiting.add if waits else self.waiting.discard)(file)
        await self.look(file)

    def hold_back(self, files: Sequence[str]) -> None:
        """However it came to be known that they are deleted: very many wait for a person (N11)."""
        self._reconciler.hold_back(files)

    async def settle_all(self, files: Sequence[str]) -> None:
        """The same for several."""
        for file in files:
            await self.settle(file)

    async def after(self, result: FileResult) -> None:
        """A command has perhaps learned news of its file, and the copy follows; what stopped is tried again later."""
        if result.outcome in (Outcome.DONE, Outcome.UNCHANGED, Outcome.REFUSED):
            await self.settle(result.file)
        else:
            await self.look(result.file)

    async def brought(self, copies: Mapping[str, LocalCopy]) -> None:
        """These were just put in their places, and look so; one whose vault has something newer by now follows."""
        new = [file for file in copies if self._told.get(file) is None]
        for file, local in copies.items():
            self._tell(file, local)
        if new:
            await self._learn_again(new)
        for file in copies:
            if file in self._unheard:
                continue  # it waits, and is asked about then
            if self._reconciler.has_followed(file):
                self.waiting.discard(file)
            else:
                await self.settle(file)

    async def confirm(self, file: str) -> None:
        """No command goes by what a restored server has not confirmed; without an answer each decides for itself.

        Nor does one make an edit of what a sudden stop has left, and what nobody has looked at since.
        """
        try:
            await self._confirmer.confirm(file)
        except Told as error:
            log.note("not confirmed", file=file, why=error.text)
        if self._reconciler.is_unseen(file):
            await self.look(file)
