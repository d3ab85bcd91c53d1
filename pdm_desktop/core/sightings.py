"""What the vaults were last known to have of this workspace's files: newer news win, whatever order they come in."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import itemgetter

from pdm_desktop.core.fold import Numbered, file_of, folded, moved_path
from pdm_desktop.core.trees import Tombstone
from server.protocol.calls import FileState
from server.protocol.events import FileDeleted, FolderMoved
from server.protocol.records import dataclass
from server.protocol.vault import File


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One file as its vault had it at a seq."""

    vault: str
    seq: int
    file: File | Tombstone


class Sightings:
    """The newest sighting of each file. What was never seen, or is out of sight, is not in it.

    Numbers of two epochs of a server cannot be compared: with a new one everything is forgotten, and `entered` is told.
    """

    def __init__(
        self,
        epoch: str | None = None,
        *,
        left: Iterable[str] = (),
        entered: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._of: dict[str, Sighting] = {}
        self._foreseen: dict[str, list[tuple[int, FolderMoved]]] = {}
        """By file: moves from here whose events are yet to come, by their seqs. Events before them count first."""
        self._epoch = epoch
        self._left = set(left)
        """Epochs from before the server was restored."""
        self._entered = entered

    def enter(self, epoch: str) -> bool:
        """The server speaks of this epoch. False: it has left that, and this is an answer of then, told again."""
        if epoch != self._epoch and epoch not in self._left:
            if self._epoch is not None:
                self._left.add(self._epoch)
            self._of.clear()
            self._foreseen.clear()
            self._epoch = epoch
            self._entered(epoch)
        return epoch == self._epoch

    def hear(self, epoch: str) -> None:
        """The server greets with this epoch: that is so now, also of one that it had left.

        A copy of its data may have spoken in between, as when somebody has tried a backup.
        """
        if epoch != self._epoch:
            self._left.discard(epoch)
            self.enter(epoch)

    def of(self, file: str) -> Sighting | None:
        """The newest that is known of a file, and where it goes by a move from here whose event is yet to come."""
        known = self._of.get(file)
        if known is None or file not in self._foreseen:
            return known
        moved = known.file
        for seq, move in self._foreseen[file]:
            if isinstance(moved, File) and seq > known.seq:
                moved = replace(moved, path=moved_path(moved.path, move) or moved.path)
        return replace(known, file=moved)

    def learn(self, file: str, sighting: Sighting) -> bool:
        """Take a sighting down, unless a newer one is known. True: it was news."""
        known, before = self._of.get(file), self.of(file)
        if known is not None and known.vault == sighting.vault and known.seq >= sighting.seq:
            return False
        self._of[file] = sighting
        after = self.of(file)
        self._settle_foreseen(file, sighting)
        return before is None or after is None or before.file != after.file

    def learn_answer(self, state: FileState) -> None:
        """Take down what the server answered about a file."""
        if not self.enter(state.epoch):
            return
        now = Tombstone() if state.deleted else state.file
        self.learn(state.file.id, Sighting(vault=state.vault, seq=state.seq, file=now))

    def forget(self, file: str) -> None:
        """A file concerns this workspace no longer."""
        self._of.pop(file, None)
        self._foreseen.pop(file, None)

    def foresee(self, move: FolderMoved, *, seq: int, concerned: Iterable[str]) -> list[str]:
        """A folder was moved from here, which is change `seq` of its vault: the files that are elsewhere now.

        Its event will come, and events from before it as well, which still count. What is known of later than that
        stays: the answer may be slower than the event, and than what others have done since.
        """
        elsewhere = []
        for file in concerned:
            known, now = self._of.get(file), self.of(file)
            if known is None or now is None or known.seq >= seq or not isinstance(now.file, File):
                continue
            if moved_path(now.file.path, move) is not None:
                self._foreseen[file] = sorted([*self._foreseen.get(file, ()), (seq, move)], key=itemgetter(0))
                elsewhere.append(file)
        return elsewhere

    def _settle_foreseen(self, file: str, sighting: Sighting) -> None:
        """What this sighting is later than has come, in whatever way."""
        left = [(seq, move) for seq, move in self._foreseen.pop(file, ()) if seq > sighting.seq]
        if left:
            self._foreseen[file] = left

    def apply(self, event: Numbered, concerned: Iterable[str]) -> list[str]:
        """An event happened. `concerned` are the workspace's files of that vault; the answer is of which it is news."""
        if isinstance(event.event, FolderMoved):
            return [file for file in concerned if self._apply_to(file, event)]
        file = file_of(event.event)
        return [file] if file in concerned and self._apply_to(file, event) else []

    def _apply_to(self, file: str, event: Numbered) -> bool:
        known = self._of.get(file)
        if known is not None and known.seq >= event.seq:
            return False
        if isinstance(event.event, FileDeleted):
            now: File | Tombstone | None = Tombstone(by=event.event.by)
        else:
            before = known.file if known is not None and isinstance(known.file, File) else None
            now = folded(before, event.event)
        if now is None:  # news of a file of which nothing else is known
            return known is None
        return self.learn(file, Sighting(vault=event.vault, seq=event.seq, file=now))
