"""What this seat hears of the vaults, and asks of them: which files of the workspace it is news of."""

from collections.abc import Iterable, Mapping, Sequence

from pdm_desktop import log
from pdm_desktop.core.errors import Missing
from pdm_desktop.core.fold import Numbered, file_of
from pdm_desktop.core.sightings import Sighting, Sightings
from pdm_desktop.core.trees import Tombstone
from pdm_desktop.sync.facts import Copy, Hold
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from server.protocol.events import FolderMoved
from server.protocol.limits import BUNDLE_FILES
from server.protocol.records import dataclass
from server.protocol.vault import File


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the vaults say of this seat's files, at a moment when the seat is in step."""

    epoch: str
    """With which the server has greeted: after another one everything has to be confirmed."""
    vaults: frozenset[str]
    """Those that this person may read now."""
    sightings: Mapping[str, Sighting]
    """By file. One of a readable vault that is not in it is deleted, or new here: the server is asked."""


class News:
    """Compares what the vaults have with what the journal says is here. Nothing follows yet."""

    def __init__(self, vault: Vault, journal: Journal, sightings: Sightings, *, seat: str) -> None:
        self._vault = vault
        self._journal = journal
        self._sightings = sightings
        self._seat = seat

    def of_event(self, event: Numbered) -> list[str]:
        """An event happened: the files of the workspace of which it says something new."""
        if isinstance(event.event, FolderMoved):
            return self._sightings.apply(event, self._files_of(event.vault))
        file = file_of(event.event)
        is_here = self._journal.copy(file) is not None or self._journal.hold(file) is not None
        return self._sightings.apply(event, {file} if is_here else set())

    def of_all(self, truth: Truth) -> list[str]:
        """The seat is in step: the files of the workspace that are otherwise in their vault than in the journal."""
        self._sightings.hear(truth.epoch)
        copies = {copy.file: copy for copy in self._journal.copies()}
        holds = {hold.file: hold for hold in self._journal.holds()}
        known = {file: copy.vault for file, copy in copies.items()} | {file: hold.vault for file, hold in holds.items()}
        losses = self._journal.losses()  # also of check-outs whose content never came
        known |= {file: truth.sightings[file].vault for file in losses - known.keys() if file in truth.sightings}
        for file in known:
            if file in truth.sightings:
                self._sightings.learn(file, truth.sightings[file])
            else:  # deleted, new, or out of sight: of what was known of it nothing follows any more
                self._sightings.forget(file)
        here = [file for file, vault in known.items() if vault in truth.vaults]
        unsure = set(self._journal.unconfirmed()) | losses
        return [file for file in here if file in unsure or self.is_otherwise(file, copies.get(file), holds.get(file))]

    def is_elsewhere(self, file: str) -> bool:
        """Its copy waits until what is in its place goes: it has stepped aside, or could not move there."""
        copy, sighting = self._journal.copy(file), self._sightings.of(file)
        if copy is None or self._journal.hold(file) is not None:
            return False
        is_moved = sighting is not None and isinstance(sighting.file, File) and sighting.file.path != copy.path
        return is_moved or _is_elsewhere(copy)

    def is_otherwise(self, file: str, copy: Copy | None, hold: Hold | None) -> bool:
        """A file of the workspace is otherwise in its vault than in the journal, or nothing is known of it there."""
        sighting = self._sightings.of(file)
        if sighting is None or isinstance(sighting.file, Tombstone) or (copy is not None and _is_elsewhere(copy)):
            return True
        head = sighting.file.head
        there = (sighting.file.path, head.major, head.minor)
        is_moved = copy is not None and there != (copy.path, copy.major, copy.minor)
        return is_moved or (hold is not None and self.is_lost(hold, sighting.file))

    def is_lost(self, hold: Hold, file: File | Tombstone) -> bool:
        """By the newest news this seat has that lock no longer."""
        lock = None if isinstance(file, Tombstone) else file.lock
        return lock is None or (lock.seat, lock.token) != (self._seat, hold.token)

    def is_gone(self, file: str) -> bool:
        """The newest news of a file is that it was deleted in the vault."""
        sighting = self._sightings.of(file)
        return sighting is not None and isinstance(sighting.file, Tombstone)

    def deleted_by(self, file: str) -> str | None:
        """Who deleted it in the vault, by the newest news."""
        sighting = self._sightings.of(file)
        return sighting.file.by if sighting is not None and isinstance(sighting.file, Tombstone) else None

    def known(self) -> list[str]:
        """The files of the workspace of which something is known of the vault."""
        return [copy.file for copy in self._journal.copies() if self._sightings.of(copy.file) is not None]

    async def ask(self, files: Iterable[str]) -> None:
        """Ask the server about files of which nothing is known. Out of sight is not deleted: nothing follows then."""
        for file in files:
            if self._sightings.of(file) is None:
                try:
                    self._sightings.learn_answer(await self._vault.file(file))
                except Missing:
                    log.note("out of sight", file=file)

    async def ask_again(self, files: Sequence[str]) -> None:
        """Ask the server about files of which nobody told while they came here. Raises core.errors: ask later then."""
        for file in files:
            self._sightings.forget(file)
        for start in range(0, len(files), BUNDLE_FILES):
            some = files[start : start + BUNDLE_FILES]
            if len(some) > 1:
                for state in (await self._vault.states(some)).files:
                    self._sightings.learn_answer(state)
        await self.ask(files)

    def _files_of(self, vault: str) -> set[str]:
        copies = {copy.file for copy in self._journal.copies() if copy.vault == vault}
        return copies | {hold.file for hold in self._journal.holds() if hold.vault == vault}


def _is_elsewhere(copy: Copy) -> bool:
    """The place is below the folder of its vault, and otherwise the path."""
    return copy.place.partition("/")[2] != copy.path
