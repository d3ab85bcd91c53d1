"""Get latest of many small files: one question for all, their contents together, one entry of the journal."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from pathlib import PurePath

from pdm_desktop import log
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import Told
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.facts import Copy, copy_of, is_recorded
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Look, Unfinished, Vault
from pdm_desktop.sync.recovery import Kept
from pdm_desktop.sync.transfer.bundle import Bundle
from pdm_desktop.sync.transfer.reading import read_stably
from pdm_desktop.sync.transfer.traffic import transfer_of
from pdm_desktop.sync.uncut import as_a_whole, on_thread
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState
from server.protocol.limits import BUNDLE_BYTES, BUNDLED_BYTES
from server.protocol.records import dataclass
from server.protocol.vault import File


class _Way(Enum):
    """What is in the place of a file."""

    NEW = auto()
    """Nothing."""
    OLD = auto()
    """An older revision, as it was put there, read-only and not open."""
    HERE = auto()
    """The newest revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A file that may come in a bundle."""

    state: FileState
    place: PurePath
    before: Copy | None
    is_confirmed: bool

    @property
    def file(self) -> File:
        return self.state.file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    wish: _Wish
    look: Look
    kept: Kept | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A file is here now."""

    did: Did
    copy: LocalCopy


class Bundles:
    """Only what is plain comes so. Everything else is left as it is, to the command for one file."""

    def __init__(self, vault: Vault, workspace: Workspace, journal: Journal, intents: Intents, *, seat: str) -> None:
        self._vault = vault
        self._workspace = workspace
        self._disk = workspace.disk
        self._journal = journal
        self._intents = intents
        self._seat = seat

    async def get_latest(self, files: Sequence[str]) -> dict[str, Came]:
        """Bring the heads of those that are plain, read-only; the answer has what is here now.

        Whoever asks is alone with the files. Raises nothing of core.errors: what did not come says why when it is asked
        for alone.
        """
        came: dict[str, Came] = {}
        try:
            ways = await self._ways(files)
            self._take_down(
                [_Placed(wish=wish, look=look) for wish, way, look in ways if way is _Way.HERE and look], came
            )
            for some in _bundles([(wish, way) for wish, way, _ in ways if way is not _Way.HERE]):
                await self._bring(some, came)
        except Told as error:
            log.note("not in a bundle", files=len(files) - len(came), why=error.text)
        return came

    # What is plain

    async def _ways(self, files: Sequence[str]) -> list[tuple[_Wish, _Way, Look | None]]:
        quiet = self._quiet(files)
        if len(quiet) < 2:
            return []
        states = {state.file.id: state for state in (await self._vault.states(quiet)).files}
        wishes: list[_Wish] = []
        for file in quiet:
            if file in states and self._is_plain(self._intents.learned(states[file])):
                wishes += await self._wished(states[file])
        return await on_thread(self._look_at_all, wishes)

    def _quiet(self, files: Sequence[str]) -> list[str]:
        """Those with which nothing is begun, checked out, or not known to be stored (N19)."""
        busy = {file for intent in self._journal.unfinished() for file in intent.files}
        busy.update(self._journal.unconfirmed())
        busy.update(hold.file for hold in self._journal.holds())
        return [file for file in files if file not in busy and not self._workspace.has_begun(file)]

    def _is_plain(self, state: FileState) -> bool:
        lock = state.file.lock
        return not state.deleted and state.file.head.size <= BUNDLED_BYTES and (lock is None or lock.seat != self._seat)

    async def _wished(self, state: FileState) -> list[_Wish]:
        """None when its copy is somewhere else, or another file's copy is in its place."""
        try:
            place = await self._workspace.place_of(state.vault, state.file.path)
        except Told:
            return []
        before, there = self._journal.copy(state.file.id), self._journal.copy_at(place)
        if (before is not None and before.where != place) or (there is not None and there != before):
            return []
        # Only now: the answer may be of a restored server.
        is_confirmed = self._journal.is_confirmed(state.file.id)
        return [_Wish(state=state, place=place, before=before, is_confirmed=is_confirmed)]

    def _look_at_all(self, wishes: Sequence[_Wish]) -> list[tuple[_Wish, _Way, Look | None]]:
        """On a worker thread."""
        found: list[tuple[_Wish, _Way, Look | None]] = []
        for wish in wishes:
            try:
                look = self._disk.look(wish.place)
                way = _Way.NEW if look is None else self._way(wish, look)
            except Told:
                continue
            if way is not None:
                found.append((wish, way, look))
        return found

    def _way(self, wish: _Wish, look: Look) -> _Way | None:
        """What it is that is in the place; None for what one file's command has to see to."""
        head, before = wish.file.head, wish.before
        if look.size == head.size and (content := read_stably(self._disk, wish.place)).hash == head.hash:
            self._disk.set_writable(wish.place, False)
            if not is_recorded(wish.before, wish.file, wish.place, look):
                self._disk.make_durable(wish.place)
            return _Way.HERE if content.look == look else None
        if before is None or not wish.is_confirmed or (before.major, before.minor) >= (head.major, head.minor):
            return None
        if look.writable or (look.size, look.mtime_ns) != (before.size, before.mtime_ns):
            return None
        self._disk.probe(wish.place)
        return None if self._disk.may_be_written(wish.place) else _Way.OLD

    # Bringing

    async def _bring(self, some: Sequence[tuple[_Wish, _Way]], came: dict[str, Came]) -> None:
        files = {wish.file.id: wish.file for wish, _ in some}
        bundle = Bundle(self._vault, self._disk, files)
        transfers = [transfer_of(each.id, each.path, up=False, size=each.head.size) for each in files.values()]
        try:
            arrived = await self._workspace.traffic.carry_together(transfers, bundle.bring)
            taken = {file: bundle.unfinished[file] for file in arrived}
            wishes = [(wish, way) for wish, way in some if wish.file.id in arrived]
            kept = {
                wish.file.id: self._workspace.recovery.plan(wish.place, why="Get latest")
                for wish, way in wishes
                if way is _Way.OLD
            }

            async def put() -> None:
                with self._workspace.replacements.under_way(kept.values()):
                    placed = await on_thread(self._place, wishes, taken, kept)
                self._take_down(placed, came)

            await as_a_whole(put(), name="put a bundle in its places")
        finally:
            await on_thread(bundle.discard)

    def _place(
        self, wishes: Sequence[tuple[_Wish, _Way]], taken: Mapping[str, Unfinished], kept: Mapping[str, Kept]
    ) -> list[_Placed]:
        """On a worker thread: all get their names, durably. Nothing is known of it yet (N3)."""
        new = [wish for wish, way in wishes if way is _Way.NEW]
        looks = [self._made_read_only(taken[wish.file.id]) for wish in new]
        pairs = [(taken[wish.file.id].path, wish.place) for wish in new]
        done = self._disk.place_all_new(pairs) if pairs else []
        placed = [
            _Placed(wish=wish, look=look)
            for wish, look, is_placed in zip(new, looks, done, strict=True)
            if is_placed and look is not None
        ]
        for wish, way in wishes:
            if way is _Way.OLD:
                placed += self._replaced(wish, taken[wish.file.id], kept[wish.file.id])
        return placed

    def _made_read_only(self, unfinished: Unfinished) -> Look | None:
        self._disk.set_writable(unfinished.path, False)
        return self._disk.look(unfinished.path)

    def _replaced(self, wish: _Wish, unfinished: Unfinished, goes_to: Kept) -> list[_Placed]:
        stored = {wish.file.head.hash} | ({wish.before.hash} if wish.before is not None else set())
        try:
            kept, look = self._workspace.replacements.replace_now(unfinished, goes_to, False, stored)
        except Told:
            return []
        return [_Placed(wish=wish, look=look, kept=kept)]

    # What came of it

    def _take_down(self, placed: Sequence[_Placed], came: dict[str, Came]) -> None:
        copies = [copy_of(each.wish.state.vault, each.wish.file, each.wish.place, each.look) for each in placed]
        if copies:
            self._workspace.record(copies, epoch=placed[0].wish.state.epoch)  # one answer has told of them all
        for each, copy in zip(placed, copies, strict=True):
            local = self._workspace.as_put(copy, writable=False)
            came[copy.file] = Came(did=_did(each, copy), copy=local)


def _did(placed: _Placed, copy: Copy) -> Did:
    if placed.wish.before == copy:
        return Did(text=f"Rev {copy.number} is the newest and here.", outcome=Outcome.UNCHANGED)
    return Did(text=f"Rev {copy.number} is here.", kept=placed.kept)


def _bundles(wishes: Sequence[tuple[_Wish, _Way]]) -> Iterator[list[tuple[_Wish, _Way]]]:
    """As many at a time as one answer may have."""
    some: list[tuple[_Wish, _Way]] = []
    size = 0
    for wish, way in wishes:
        if some and size + wish.file.head.size > BUNDLE_BYTES:
            yield some
            some, size = [], 0
        some.append((wish, way))
        size += wish.file.head.size
    if some:
        yield some
