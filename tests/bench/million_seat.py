"""The whole seat before a vault of very many files: how soon it shows what, how long the window stands still meanwhile.

Started by `RealSeat(program=PROGRAM)`, with a keyring in a file beside its data: the next start goes on signed in.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keyring
from PySide6.QtCore import QEvent, QObject, QTimer

from pdm_desktop.app.options import parse
from pdm_desktop.app.program import Program
from pdm_desktop.app.start import start
from pdm_desktop.cache.cache import Cache
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, ConnectionChanged, LoadingChanged
from pdm_desktop.state.listing import Kind
from pdm_desktop.state.store import Store
from tests.bench.measured_seat import Heart, Measured, memory_of
from tests.support.memory_keyring import MemoryKeyring
from tests.support.seat_program import Ear, until

PROGRAM = "tests.bench.million_seat"
PATIENCE = 300.0
RESTS = 0.2
"""Seconds since a person has asked for something else: what comes without a rest is gathered (`ui/bridge.py`)."""
SETTLES = 0.5
"""Seconds in which the first dial has come to nothing, or to something."""
PICTURED = (40, 200)
TYPED = "manifold-op20"
"""What somebody types, a key every TYPING_S seconds."""
TYPING_S = 0.06


class MillionSeat(Measured):
    """A driver that opens folders, searches, and is signed in, and tells how long each took."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._began = time.monotonic()
        self._table = self.window.page.table
        self._paints = Paints(self._table.viewport(), self.window.page.empty)
        self.in_step_after = InStep(self.store)
        self._shown: float | None = None
        self._first: float | None = None
        self.face.painted.connect(self._note_first)
        self._paints.ended.append(self._note_shown)

    async def opened(self, *, rows: bool) -> dict[str, float]:
        """Seconds from the beginning of the program to its first picture, with the rows of a folder; megabytes then."""
        await until(lambda: self._shown is not None or (not rows and self._first is not None), "a picture", seconds=60)
        ended = self._shown if rows else self._first
        assert ended is not None
        # What talks to the network comes after the first picture, with or without files.
        await until(lambda: self.program._close_work is not None, "the network's libraries", seconds=60)
        await pause(SETTLES)
        return {"seconds": ended - self._began, "mb": memory_of("self", "VmRSS") / 1e3}

    async def sign_in_cold(self, server: str, name: str, password: str, pictures: str = "") -> dict[str, float]:
        """Sign in where nothing is known yet, until it is in step; with `pictures` the window is kept there."""
        told: list[int] = []
        waits, peak = [0.0], 0.0
        stop = self.store.subscribe(lambda change: told.append(0) if isinstance(change, LoadingChanged) else None)
        signing = self.program.tasks.begin(super().sign_in(server, name, password, stay=True), name="signing in")
        cpu = time.process_time()
        while self.in_step_after.ended is None:
            began = time.monotonic()
            if self.program._shelf is not None:
                await self.program._shelf.cache.run(Cache.vaults)
                waits.append(time.monotonic() - began)
            if pictures and len(told) in PICTURED:
                self.window.grab().save(f"{pictures}/loading-{len(told)}.png")
            peak = max(peak, memory_of("self", "VmRSS") / 1e3)
            await pause(0.05)
        stop()
        signing.cancel()  # it has seen the same, or is about to
        return self.in_step_after.took() | {
            "cpu_s": time.process_time() - cpu,
            "longest_wait_ms": max(waits) * 1e3,
            "told": len(told),
            "peak_mb": peak,
            "mb": memory_of("self", "VmRSS") / 1e3,
        }

    async def idle_ms(self, seconds: float) -> float:
        """The longest stall while nothing is asked of the window: what the computer's other work does to any."""
        heart = Heart()
        await pause(seconds)
        return heart.stop()

    async def caught_up(self) -> dict[str, float]:
        """After a start that goes on signed in: what it took to be in step."""
        await until(lambda: self.in_step_after.ended is not None, "being in step", seconds=PATIENCE)
        return self.in_step_after.took()

    async def folder_ms(self, folder: str) -> dict[str, float]:
        """Open a folder: milliseconds until its rows are painted, and the longest stall."""
        vault = next(iter(self.store.vaults))

        def ask() -> None:
            self.window.navigation.open_folder(vault, folder)

        return await self._timed(ask, lambda: self._shows(Kind.FOLDER, folder))

    async def search_ms(self, text: str) -> dict[str, float]:
        """Search: milliseconds until the hits are painted, and the longest stall."""
        return await self._timed(lambda: self.window.navigation.search(text), lambda: self._shows(Kind.SEARCH, text))

    async def type_ms(self) -> dict[str, float]:
        """Search for each beginning of a text while it is typed: the longest stall, and until the last is painted."""
        heart = Heart()
        for length in range(1, len(TYPED)):
            self.window.navigation.search(TYPED[:length])
            await pause(TYPING_S)
        last = await self.search_ms(TYPED)
        return {"ms": last["ms"], "stall_ms": heart.stop()}

    def _shows(self, kind: Kind, what: str) -> bool:
        listing = self.store.listing
        return listing.kind is kind and listing.title == what and not listing.loading

    async def _timed(self, ask: Callable[[], None], there: Callable[[], bool]) -> dict[str, float]:
        painted: list[float] = []
        await pause(RESTS)

        def note() -> None:
            if there():
                painted.append(time.monotonic())

        self._paints.ended.append(note)
        heart = Heart()
        began, cpu = time.monotonic(), time.process_time()
        ask()
        await until(lambda: bool(painted), "the rows", seconds=PATIENCE)
        self._paints.ended.remove(note)
        return {
            "ms": (painted[0] - began) * 1e3,
            "cpu_ms": (time.process_time() - cpu) * 1e3,
            "stall_ms": heart.stop(),
            "rows": len(self.store.listing.rows),
        }

    def _note_first(self) -> None:
        self._first = self._first or time.monotonic()

    def _note_shown(self) -> None:
        if self._shown is None and self._table.files.rowCount():
            self._shown = time.monotonic()


async def pause(seconds: float) -> None:
    """Let the window do what it does."""
    ends = time.monotonic() + seconds
    await until(lambda: time.monotonic() >= ends, "the end of a pause", seconds=seconds + PATIENCE)


class InStep:
    """From the server's first greeting until the seat is in step: how long, how many changes, the longest stall."""

    def __init__(self, store: Store) -> None:
        self.ended: float | None = None
        self._store = store
        self._began = 0.0
        self._before = self._changes = 0
        self._stall = 0.0
        self._heart: Heart | None = None
        store.subscribe(self._take)

    def took(self) -> dict[str, float]:
        """When it has ended."""
        assert self.ended is not None
        return {"seconds": self.ended - self._began, "changes": self._changes, "stall_ms": self._stall}

    def _take(self, change: Change) -> None:
        if self.ended is not None or not isinstance(change, ConnectionChanged):
            return
        if self._store.connection.phase is Phase.CATCHING_UP and self._heart is None:
            self._began, self._before, self._heart = time.monotonic(), self._seqs(), Heart()
        elif self._store.connection.phase is Phase.IN_STEP and self._heart is not None:
            self.ended, self._stall = time.monotonic(), self._heart.stop()
            self._changes = self._seqs() - self._before

    def _seqs(self) -> int:
        return sum(self._store.seq_of(vault) or 0 for vault in self._store.vaults)


class Paints(QObject):
    """Calls `ended` after each paint of one of these, when it is on the screen."""

    def __init__(self, *watched: QObject) -> None:
        super().__init__()
        self.ended: list[Callable[[], None]] = []
        for each in watched:
            each.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._tell)
        return False

    def _tell(self) -> None:
        for each in tuple(self.ended):
            each()


class FileKeyring(MemoryKeyring):
    """A keyring that a later process can read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.is_file():
            self.entries = {(service, name): word for service, name, word in json.loads(path.read_text("utf-8"))}

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password)
        self._path.write_text(json.dumps([(*key, word) for key, word in self.entries.items()]), "utf-8")


def main() -> int:
    """Run the seat, and obey."""
    keyring.set_keyring(FileKeyring(parse(sys.argv[1:]).data.with_name("keyring.json")))
    ears: list[Ear] = []
    return start(parse(sys.argv[1:]), began=lambda program: ears.append(Ear(program, MillionSeat(program))))


if __name__ == "__main__":
    sys.exit(main())
