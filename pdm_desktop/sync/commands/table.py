"""Every command that a person can give, by its request."""

from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.left_work import LeftWork
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.sightings import Sightings
from pdm_desktop.sync.commands.adding import Adding
from pdm_desktop.sync.commands.bundles import Bundles
from pdm_desktop.sync.commands.checkin import CheckIns
from pdm_desktop.sync.commands.checkout import CheckOuts
from pdm_desktop.sync.commands.deciding import Deciding
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.handing import HandingOver
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.left_work import LeavingWork
from pdm_desktop.sync.commands.names import Names
from pdm_desktop.sync.commands.opening import Opening
from pdm_desktop.sync.commands.parked import Parked
from pdm_desktop.sync.commands.receiving import Receiving
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.commands.sets import Sets
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Clock, Disk, Opener, Vault
from pdm_desktop.sync.workspace import Workspace

Act = Callable[[str, str], Awaitable[Did]]
"""A command for one file, called with the file and its path as the window knows it."""


class Commands:
    """The commands, by what they are about. Each raises core.errors: Refused has changed nothing."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        *,
        sightings: Sightings,
        seat: str,
        clock: Clock,
        opener: Opener,
        disk_at: Callable[[Path], Disk],
        elsewhere: Callable[[Collection[str]], None],
        left: Callable[[LeftWork], None],
    ) -> None:
        """`elsewhere` hears of files whose folder has moved from here: whoever gives it takes their copies along.

        `left` hears of work that a check-out which was lost has left here, when it is about to be parked.
        """
        intents = Intents(vault, workspace, journal, sightings=sightings, seat=seat)
        sending = Sending(vault, workspace, journal)
        self.intents = intents
        self.checkouts = CheckOuts(vault, workspace, journal, intents, seat=seat)
        self.checkins = CheckIns(vault, workspace, journal, intents, sending=sending, checkouts=self.checkouts)
        self.names = Names(vault, workspace, journal, intents, sightings=sightings, elsewhere=elsewhere)
        self.adding = Adding(vault, workspace, journal, intents, sending=sending, disk_at=disk_at)
        self.sets = Sets(
            vault,
            workspace,
            journal,
            intents,
            sending=sending,
            checkouts=self.checkouts,
            checkins=self.checkins,
            names=self.names,
        )
        self.left_work = LeavingWork(vault, journal, intents, sending=sending, tell=left)
        self.parked = Parked(vault, workspace, journal, intents, disk_at=disk_at)
        self.handing = HandingOver(vault, workspace, journal, intents, sending=sending, checkouts=self.checkouts)
        self.receiving = Receiving(
            vault, workspace, journal, intents, parked=self.parked, checkouts=self.checkouts, seat=seat
        )
        self.opening = Opening(vault, workspace, journal, intents, opener=opener)
        self.bundles = Bundles(vault, workspace, journal, intents, seat=seat)
        self.deciding = Deciding(vault, workspace, journal, intents, checkouts=self.checkouts, clock=clock, seat=seat)

    def acts(self, request: FileRequest) -> list[tuple[str, Act]]:
        """What a request means for each of its files."""
        match request:
            case requests.CheckOut():
                message = request.message
                return [(file, lambda f, path: self.checkouts.check_out(f, path, message)) for file in request.files]
            case requests.UndoCheckOut():
                return [(file, self.checkouts.undo) for file in request.files]
            case requests.GetLatest():
                return [(file, self._get_latest) for file in request.files]
            case requests.Adopt():
                return [(file, self.checkouts.adopt) for file in request.files]
            case requests.Delete():
                return [(file, self.names.delete) for file in request.files]
            case requests.PutNamesBack():
                seen = {file: (Path(place), look) for file, place, look in request.each}
                return [(file, lambda f, _: self.opening.put_name_back(f, *seen[f])) for file in seen]
            case requests.PutBack():
                return [(kept, lambda k, _: self.opening.put_back(k)) for kept in request.kept]
            case requests.DropParked():
                return [(parked, lambda one, _: self.parked.drop(one)) for parked in request.parked]
            case requests.AddFiles():
                vault, folder = request.vault, request.folder
                return [(source, lambda s, _: self.adding.add(vault, folder, Path(s))) for source in request.sources]
            case _:
                return self._decisions(request)

    async def _get_latest(self, file: str, path: str) -> Did:
        """Also of what somebody has handed over with a file, and what was cancelled on its way."""
        return await self.receiving.latest(file) or await self.opening.get_latest(file, path)

    def _decisions(self, request: FileRequest) -> list[tuple[str, Act]]:
        match request:
            case requests.DecideVersions():
                return [(request.file, lambda f, path: self.deciding.versions(f, path, request))]
            case requests.Transfer():
                return [(request.file, lambda _, path: self.handing.hand_over(path, request))]
            case requests.DecideDoubt():
                return [(request.file, lambda f, path: self.deciding.doubt(f, path, request))]
            case requests.DecideDeletion():
                keep = not request.remove
                return [(file, lambda f, _: self.deciding.deletion(f, keep=keep)) for file in request.files]
            case _:
                return [self._act_for_one(request)]

    def _act_for_one(self, request: FileRequest) -> tuple[str, Act]:
        match request:
            case requests.OpenFile():
                return request.file, lambda f, _: self.opening.open(f)
            case requests.ShowInFolder():
                return request.file, self.opening.reveal
            case requests.ShowKept():
                return request.kept, lambda kept, _: self.opening.show_kept(kept)
            case requests.OpenRevision():
                return request.file, lambda _f, _: self.opening.open_revision(request)
            case requests.CheckInParked():
                return request.file, lambda _, path: self.parked.check_in(request, path)
            case requests.SaveParked():
                return request.parked, lambda _, path: self.parked.save(request, path)
            case requests.Rename():
                return request.file, lambda f, path: self.names.rename(f, path, request.path, look=request.look)
            case requests.RestoreFile():
                return request.file, lambda _, path: self.names.restore(request, path)
            case requests.MoveFolder():
                return request.vault, lambda _f, _: self.names.move_folder(request)
        raise TypeError(request)
