"""The engine: puts its parts together, and hands on what the window, the vaults and the workspace tell."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import Told, unexpected
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.requests import EngineRequest, TransferRequest
from pdm_desktop.core.results import Finished, Trouble
from pdm_desktop.core.sightings import Sighting, Sightings
from pdm_desktop.sync.commands.queue import Queue
from pdm_desktop.sync.commands.table import Commands
from pdm_desktop.sync.commands.unfinished import Finisher
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import (
    EngineEvent,
    KeptRead,
    ParkedRead,
    RequestFinished,
    StrangersSeen,
    TransferMoved,
    TroubleMet,
    WaitingChanged,
    WorkLeft,
)
from pdm_desktop.sync.facts import Finding
from pdm_desktop.sync.files import Files
from pdm_desktop.sync.following import Following
from pdm_desktop.sync.held import HeldFiles
from pdm_desktop.sync.hidden import Hidden
from pdm_desktop.sync.holders import open_among
from pdm_desktop.sync.inventory import Concerned, Inventory
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.news import Truth
from pdm_desktop.sync.patience import Patience
from pdm_desktop.sync.ports import Clock, Disk, Opener, Vault
from pdm_desktop.sync.recognised import Recogniser
from pdm_desktop.sync.reconcile import Reconciler
from pdm_desktop.sync.recovery import Kept, Recovery
from pdm_desktop.sync.restored import Confirmer, trouble_of
from pdm_desktop.sync.resuming import Resuming
from pdm_desktop.sync.running import Running
from pdm_desktop.sync.standing import InUse, Standing
from pdm_desktop.sync.transfer.traffic import Traffic
from pdm_desktop.sync.uncut import on_thread
from pdm_desktop.sync.workspace import Workspace
from server.protocol.vault import File

CHANGES_STRANGERS = (
    requests.AddFiles,
    requests.PutBack,
    requests.PutNamesBack,
    requests.Rename,
    requests.DecideVersions,
    requests.DecideDeletion,
)
"""After these other files are only on this computer."""

MISSED = "what was missed while the workspace was away"


class Engine:
    """One seat's engine over one workspace. It runs on one loop; `emit` is called there."""

    def __init__(
        self,
        *,
        vault: Vault,
        disk: Disk,
        journal: Journal,
        clock: Clock,
        opener: Opener,
        seat: str,
        emit: Callable[[EngineEvent], None],
        disk_at: Callable[[Path], Disk] = LocalDisk,
        after_crash: bool = False,
        stay: Callable[[], None] = lambda: None,
        in_use: InUse = open_among,
    ) -> None:
        self._emit = emit
        held, patience = HeldFiles(disk), Patience()
        self._patience = patience
        sightings = Sightings(journal.epoch(), left=journal.left_epochs(), entered=journal.enter_epoch)
        self._traffic = Traffic(tell=lambda transfer: emit(TransferMoved(transfer=transfer)))
        self._workspace = Workspace(vault, disk, journal, Recovery(disk, clock), traffic=self._traffic, stay=stay)
        self._commands = Commands(
            vault,
            self._workspace,
            journal,
            sightings=sightings,
            seat=seat,
            clock=clock,
            opener=opener,
            disk_at=disk_at,
            elsewhere=lambda files: self._files.elsewhere.update(files),
            left=lambda left: emit(WorkLeft(left=left)),
        )
        finisher = Finisher(
            vault,
            self._workspace,
            journal,
            self._commands,
            hold=lambda file, error: held.add(file, error.places),
            failed=patience.failed,
            clock=clock,
        )
        self._queue = Queue(
            self._workspace,
            journal,
            self._commands.intents,
            checkins=self._commands.checkins,
            finisher=finisher,
            sets=self._commands.sets,
            clock=clock,
            seat=seat,
            changed=lambda waiting: emit(WaitingChanged(check_ins=waiting)),
            broke=lambda error: emit(TroubleMet(trouble=unexpected(error))),
        )
        self._reconciler = Reconciler(
            vault,
            self._workspace,
            journal,
            self._commands.intents,
            sightings=sightings,
            seat=seat,
            clock=clock,
            park=self._commands.left_work.park,
            nothing_left=self._commands.left_work.tell_of_nothing,
            kept=lambda path, kept, meanwhile: emit(TroubleMet(trouble=_kept(path, kept, meanwhile))),
            after_crash=after_crash,
        )
        self._confirmer = Confirmer(vault, self._workspace, journal, self._commands.intents, seat=seat)
        self._files = Files(
            self._workspace,
            journal,
            self._reconciler,
            self._confirmer,
            traffic=self._traffic,
            held=held,
            patience=patience,
            emit=emit,
        )
        self._resuming = Resuming(
            self._files,
            journal,
            finisher,
            self._queue,
            traffic=self._traffic,
            held=held,
            patience=patience,
            emit=emit,
        )
        self._running = Running(
            self._files,
            journal,
            self._commands,
            self._queue,
            finisher,
            self._resuming,
            traffic=self._traffic,
            held=held,
            decided=self._reconciler.questions.decide,
        )
        self._following = Following(
            self._files,
            journal,
            self._reconciler,
            self._confirmer,
            patience=patience,
            lost=lambda files: self._resuming.send_waiting(only=files),
            restored=self._tell_of_restore,
        )
        self._inventory = Inventory(
            self._workspace,
            journal,
            Concerned(
                look=self._files.look_unless_busy,
                follow=self._files.follow_unless_busy,
                tell=lambda strangers: emit(StrangersSeen(files=strangers)),
                unread=self._files.tell_unread,
            ),
        )
        self._recogniser = Recogniser(vault, self._workspace, journal, self._commands.intents, self._files, seat=seat)
        self._standing = Standing(disk.root, journal, self._files.local, emit, in_use=in_use)
        self._hidden = Hidden(self._workspace, journal, tell=lambda trouble: emit(TroubleMet(trouble=trouble)))
        self._journal = journal
        self._held = held
        self._has_missed = False
        """The workspace was away, and not all is done that was missed."""

    async def look_at_all(self) -> None:
        """See what the workspace has, and put the read-only attribute right where it is not."""
        if await self._files.look_at_all():
            self._queue.tell()

    async def clear_parts(self) -> None:
        """Remove what a sudden end has left beside places that a person has chosen: a dead share may take long."""
        await self._commands.parked.parts.clear()

    async def look_for_workspace(self) -> None:
        """Whether the workspace has gone, or has come back: then go on with what it missed.

        Whatever breaks in that is told, and all of it is done again at another look, later and later.
        """
        if not self._files.is_here():
            return
        if self._reconciler.questions.are_away:
            self._reconciler.questions.is_back()
            self._has_missed = True
            log.note("workspace is back")
        if not self._has_missed or not self._patience.is_over(MISSED):
            return
        self._has_missed = False
        try:
            await self.look_at_all()
            await self._following.follow_known()
            await self.scan()
        except Exception as error:  # noqa: BLE001 - whatever it is, as of a drive that comes back slowly
            self._has_missed = True
            self._patience.failed(MISSED, error)
            log.trouble("not caught up", error)
            self._emit(TroubleMet(trouble=unexpected(error)))
        else:
            await self.go_on()

    async def purge(self, retention: Retention) -> None:
        """Remove from the recovery store what it need not keep any longer."""
        try:
            self._workspace.root.check()
            gone = await on_thread(self._workspace.recovery.purge, retention)
        except Told as error:
            log.note("not purged", why=error.text)  # it is tried again, and a full store stops nothing
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine starts
            log.trouble("not purged", error)
            return
        if gone:
            log.note("purged", files=gone)

    async def scan(self) -> None:
        """See which files of the workspace no vault knows, and which are gone. Nothing is done about either (N20)."""
        await self._inventory.walk()

    async def changed(self, places: Collection[str]) -> None:
        """Something happened at these places of the workspace: look at those alone. Nothing is sent (N20)."""
        await self._inventory.see(places)
        await self._standing.look()

    async def look_at_mine(self) -> None:
        """See whether files that are checked out here were edited, and whether others can follow by now."""
        await self.look_for_workspace()
        for file in {hold.file for hold in self._journal.holds()} | set(self._reconciler.questions.files()):
            await self._files.look_unless_busy(file)
        await self._standing.look()
        await self._hidden.look()
        for file in await self._held.free():
            await self._resuming.go_on_with(file)
        await self._following.follow_waiting()
        await self._following.tell_of_restore()

    async def wait_for_programs(self) -> None:
        """Go on with what waits for programs, each within two seconds after its file is closed. Never ends."""
        await self._resuming.wait_for_programs()

    async def away(self) -> None:
        """The server cannot be reached: check-ins join the queue from now on."""
        self._queue.away()

    async def try_again(self) -> None:
        """Try once more what waits, if its time has come, what was left begun, and what could not follow."""
        await self._following.follow_waiting()
        await self._resuming.try_again()
        await self._files.park_left_work()

    async def go_on(self) -> None:
        """The server answers: finish what a crash or a lost answer left begun, then check in what waits."""
        await self._resuming.go_on()
        await self._files.park_left_work()

    async def happened(self, event: Numbered) -> None:
        """Somebody changed a vault: the workspace follows, in the order in which it is told."""
        await self._following.happened(event)
        given = self._commands.receiving.heard(event.event)
        if given is not None:
            await self._files.park_left_work()  # of an earlier check-out of the file, or it would count as this one's
            await self._resuming.go_on_with_all([given])
        await self._files.park_left_work()

    async def compare(self, truth: Truth) -> None:
        """The seat is in step again: the workspace follows what nobody told."""
        await self._following.compare(truth)
        await self._hidden.see(truth.vaults)
        if not self._inventory.has_walked:
            await self.scan()
        await self.recognise(truth.sightings)
        await self._files.park_left_work()  # before an earlier check-out's work counts as that of one that was given
        await self._take_what_was_given(truth)
        await self._files.park_left_work()

    async def _take_what_was_given(self, truth: Truth) -> None:
        """Handed over to this seat while it was away."""
        files = [each.file for each in truth.sightings.values() if isinstance(each.file, File)]
        try:
            given = await self._commands.receiving.missed(files)
        except Told as error:  # it is asked again when the seat is in step the next time
            log.note("not known what was given", why=error.text)
        else:
            await self._resuming.go_on_with_all(given)

    async def recognise(self, sightings: Mapping[str, Sighting]) -> None:
        """Strangers that lie where the vaults have these files are their copies, if they are revisions of them."""
        if self._files.is_here() and await self._recogniser.recognise(self._inventory.strangers, sightings):
            await self.scan()

    async def _tell_of_restore(self, findings: Sequence[Finding]) -> None:
        self._emit(TroubleMet(trouble=trouble_of(findings)))
        self._confirmer.told(findings)
        await self.scan()

    async def run(self, request: EngineRequest, names: Mapping[str, str]) -> None:
        """Do a request; a RequestFinished follows. `names` are the paths of its files as the window knows them."""
        log.note("request", kind=type(request).__name__)
        if isinstance(request, requests.TransferRequest):
            await self._steer(request)
            return
        try:
            self._workspace.root.check()
            if isinstance(request, requests.ListParked):
                self._emit(ParkedRead(versions=await self._commands.parked.versions()))
                await self._resuming.go_on_with_all(await self._commands.receiving.come())
                return
            if isinstance(request, requests.ListKept):
                self._emit(KeptRead(files=tuple(await self._commands.opening.kept_files())))
                return
            results = await self._running.results(request, names)
            await self._files.take_along()
        except Told as error:
            self._emit(TroubleMet(trouble=error.trouble, request=request))
            return
        self._emit(RequestFinished(finished=Finished(request=request, results=tuple(results))))
        if isinstance(request, requests.AddFiles | requests.PutBack):
            await self._files.look_at_new()
        if isinstance(request, CHANGES_STRANGERS):
            await self.scan()
        await self._files.park_left_work()

    async def _steer(self, request: TransferRequest) -> None:
        """Transfers are to go on otherwise."""
        self._traffic.steer(request)
        if isinstance(request, requests.ResumeTransfer | requests.ResumeAll):
            for file in self._files.due():
                await self._files.follow(file)
            await self._resuming.send_waiting()
            await self._files.park_left_work()


def _kept(path: str, kept: Kept, meanwhile: str) -> Trouble:
    name = path.rpartition("/")[2]
    return Trouble(
        title=f"{name} was saved while {meanwhile}",
        text=f"What was saved is kept in {kept.path.as_posix()}.",
        advice="“Recovery store…” in the account's menu puts it back, beside what is there by then.",
    )
