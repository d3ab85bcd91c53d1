"""A seat in a box: a workspace and a journal that outlive their engines, a person at the programs, and the promises.

    box = SeatBox(folder, make_vault=..., seat=..., person="Anna", ledger=ledger)
    await box.start()                       # a start of the program; watchers of disk, vault and journal may be given
    await box.one(requests.CheckOut(...))   # a command of the person; the answer is its result
    box.save("Production/a.nc", b"...")     # the person saves with a program, and the ledger knows
    await box.throw_away()                  # the engine is gone in the middle; `stop` ends it in order
    await box.start()                       # the next start goes on from what the disk and the journal have
    await ledger.assert_whole(*box.places(), VaultsOf(client))

`make_vault` is called at each start: `sim_server.vault_calls` in a simulated world, `VaultCalls(http_of(client))` over
a real server. `assert_sound` looks at what has to hold at every moment (N2, N3).
"""

import os
import stat
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import cast

from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.core.requests import EngineRequest, FileRequest
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import EngineEvent, KeptRead, LocalChanged, LocalsRead
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Clock, Disk, Look, Vault
from tests.support.fs_shim import FsShim
from tests.support.ledger import Ledger, Place, RecoveryStore, WorkspaceFiles
from tests.support.points import Ended, Watched, Watcher
from tests.support.seat_parts import Opened, SystemClock, Workplace, placed


class SeatBox:
    """One seat. Between `start` and `stop` or `throw_away` it has an engine."""

    def __init__(
        self,
        folder: Path,
        *,
        make_vault: Callable[[], Vault],
        seat: str,
        person: str,
        ledger: Ledger,
        clock: Clock | None = None,
        make_disk: Callable[[Path], Disk] = LocalDisk,
        hear: Callable[[EngineEvent], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.seat = seat
        self.person = person
        self.ledger = ledger
        self.root = folder / "workspace"
        self.events: list[EngineEvent] = []
        """Everything that its engines told."""
        self._make_vault = make_vault
        self._make_disk = make_disk
        self.clock = clock or SystemClock()
        self._hear = hear
        self._hashes: dict[str, tuple[tuple[int, int, int], str]] = {}
        """Look and hash of each file when it was last looked at."""
        self._vault: Vault | None = None
        self._place: Workplace | None = None
        self.opened = Opened()
        """What its programs were asked to open and to show."""

    @property
    def place(self) -> Workplace:
        """The engine at work."""
        assert self._place is not None, "it is not started"
        return self._place

    @property
    def journal(self) -> Journal:
        """Its journal, unwatched."""
        return self.place.journal

    @property
    def is_started(self) -> bool:
        """It has an engine."""
        return self._place is not None

    async def start(self, *watchers: Watcher, look: bool = True) -> None:
        """Start as the program does. With `look` the engine looks at the workspace first, and goes on with the rest."""
        vault = self._make_vault()
        self._vault = vault
        self.root.mkdir(parents=True, exist_ok=True)
        LocalDisk(self.root).prepare()
        after_crash = LocalDisk(self.root).begin_work()
        self._place = placed(
            cast("Vault", Watched(vault, "vault", *watchers)) if watchers else vault,
            self.folder,
            seat=self.seat,
            make_disk=lambda root: cast("Disk", FsShim(self._make_disk(root), *watchers)),
            wrap_journal=lambda journal: (
                cast("Journal", Watched(journal, "journal", *watchers)) if watchers else journal
            ),
            clock=self.clock,
            after_crash=after_crash,
            opened=self.opened,
            emit=self._take,
            in_use=lambda _: set(),  # a walk over all programs at each look would take most of a simulation's time
        )
        if look:
            await self.go_on()

    async def go_on(self) -> None:
        """Look at the workspace, and go on with what was begun."""
        await self.place.engine.look_at_all()
        await self.place.engine.clear_parts()
        await self.place.engine.go_on()

    async def ends_going_on(self) -> bool:
        """The same in a program that a watcher may end. True: it ended there."""
        return await _ends(self.go_on())

    async def stop(self) -> None:
        """End in order."""
        LocalDisk(self.root).end_work()
        await self.throw_away()

    async def throw_away(self) -> None:
        """The engine is gone; the folder and the journal stay as they are."""
        place, self._place = self.place, None
        place.journal.close()
        if self._vault is not None:
            await self._vault.close()

    def _take(self, event: EngineEvent) -> None:
        self.events.append(event)
        self._hear(event)

    # The person gives commands

    async def ask(self, request: EngineRequest) -> None:
        """Give a command; what comes of it is among the events."""
        await self.place.engine.run(request, {})

    async def kept(self) -> list[str]:
        """The ids of what is in the recovery store, the newest first."""
        await self.ask(requests.ListKept())
        listed = next(event for event in reversed(self.events) if isinstance(event, KeptRead))
        return [each.id for each in listed.files]

    def shown(self) -> list[Path]:
        """What the file manager was asked to show."""
        return self.opened.shown

    async def do(self, request: FileRequest) -> list[FileResult]:
        """Give a command; the answer is a result for each file. What is said to be checked in is in care from now."""
        results = await self.place.do(request)
        if isinstance(request, requests.CheckIn):
            for each in results:
                copy = self.journal.copy(each.file)
                if each.outcome is Outcome.DONE and copy is not None:
                    self.ledger.in_care_hash(copy.hash)
        return results

    async def one(self, request: FileRequest) -> FileResult:
        """Give a command about one file."""
        (result,) = await self.do(request)
        return result

    async def ends_in(self, request: EngineRequest) -> bool:
        """Give a command in a program that a watcher may end. True: it ended there."""
        return await _ends(self.ask(request))

    # The person works with programs

    def full(self, place: str) -> Path:
        """Where a place of the workspace is."""
        return self.root / place

    def read(self, place: str) -> bytes | None:
        """What is there; None for nothing."""
        path = self.full(place)
        return path.read_bytes() if path.is_file() else None

    def look(self, place: str) -> Look | None:
        """What is there, as its file system tells without reading it."""
        return self._make_disk(self.root).look(PurePath(place))

    def told(self, file: str) -> LocalCopy | None:
        """What the window was told last of what is here of a file."""
        for event in reversed(self.place.events):
            match event:
                case LocalChanged(file=about, copy=copy) if about == file:
                    return copy
                case LocalsRead(copies=copies):
                    return copies.get(file)
        return None

    def save(self, place: str, content: bytes, *, mtime_ns: int | None = None, replace: bool = False) -> None:
        """Save with a program, by force where the file is read-only.

        With `replace` as programs do that write a new file and rename it over the old one.
        """
        path = self.full(place)
        self._give_up(path)
        self.ledger.wrote(content, by=self.person, where=place)
        path.parent.mkdir(parents=True, exist_ok=True)
        if replace:
            new = path.with_name("~save.tmp")
            new.write_bytes(content)
            new.replace(path)
        else:
            if path.exists():
                os.chmod(path, stat.S_IMODE(path.stat().st_mode) | stat.S_IWUSR)  # noqa: PTH101 - as a person would, by force
            path.write_bytes(content)
        if mtime_ns is not None:
            os.utime(path, ns=(mtime_ns, mtime_ns))

    def remove(self, place: str) -> None:
        """Remove with the file manager."""
        path = self.full(place)
        self._give_up(path)
        path.unlink(missing_ok=True)

    def _give_up(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            self.ledger.given_up(path.read_bytes())

    # The promises

    def places(self) -> Sequence[Place]:
        """Where this seat has content."""
        return (WorkspaceFiles(self.root), RecoveryStore(self))

    def visible(self) -> dict[str, bytes]:
        """Every file that a person sees in the workspace, by its place."""
        return {place: self.full(place).read_bytes() for place, _ in sorted(_walk(self.root, ""))}

    def assert_whole_files(self) -> None:
        """Each file is something whole that somebody wrote (N2)."""
        for place, content in self.visible().items():
            assert self.ledger.knows(content), f"{place} is neither a revision nor anybody's own: {content[:60]!r}"

    def assert_sound(self) -> None:
        """Each file is something whole that somebody wrote (N2), and what the journal calls in step is so (N3).

        It may be asked often: what looks as it did the last time is not read again.
        """
        looks = {}
        for place, found in _walk(self.root, ""):
            look = (found.st_ino, found.st_size, found.st_mtime_ns)
            known = self._hashes.get(place)
            if known is None or known[0] != look:
                content = self.full(place).read_bytes()
                known = look, blake3(content).hexdigest()
                assert self.ledger.knows(content), f"{place} is neither a revision nor anybody's own: {content[:60]!r}"
            looks[place] = known
        self._hashes = looks
        for copy in self.journal.copies():
            known = looks.get(copy.place)
            if known is not None and known[0][1:] == (copy.size, copy.mtime_ns):
                assert known[1] == copy.hash, f"the journal is ahead of the disk at {copy.place}"


def _walk(folder: Path, place: str) -> Iterator[tuple[str, os.stat_result]]:
    """The files below a folder that a person sees, each with its look."""
    with os.scandir(folder) as entries:
        for each in entries:
            if each.is_dir(follow_symlinks=False):
                if each.name != OWN_FOLDER:
                    yield from _walk(Path(each.path), f"{place}{each.name}/")
            else:
                yield f"{place}{each.name}", each.stat(follow_symlinks=False)


async def _ends(work: Awaitable[None]) -> bool:
    try:
        await work
    except BaseException as error:
        if not has_ended(error):
            raise
        return True
    return False


def has_ended(error: BaseException) -> bool:
    """A watcher has ended the program, and nothing else went wrong."""
    if isinstance(error, BaseExceptionGroup):
        return all(has_ended(each) for each in error.exceptions)
    return isinstance(error, Ended)
