"""A seat without a window in a process of its own: the engine's thread over a real workspace, to be killed any moment.

    seat = SeatProcess(SeatAt(folder, address=..., token=..., seat=..., person=...))
    seat.start()                                # until it has looked at its workspace
    seat.ask(requests.CheckIn(files=(file,)))
    seat.kill()                                 # SIGKILL, wherever it is by then
    seat.start()                                # the next start over the same folder

Workspace and journal lie where a `SeatBox` of the same folder has them, so that the box can look after a kill. The
processes are forked from one that has everything imported: a start takes some hundredths of a second.
"""

import asyncio
import multiprocessing
import ssl
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from pdm_desktop.core.owners import Owner
from pdm_desktop.core.requests import EngineRequest
from pdm_desktop.core.results import FileResult
from pdm_desktop.net.http import Http
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import EngineEvent, LocalsRead, RequestFinished, TroubleMet
from pdm_desktop.sync.thread import EngineThread, Place
from tests.support.seat_parts import Opened

PATIENCE = 60.0
"""Seconds after which a process that says nothing counts as stuck."""
_TOLD = (LocalsRead, RequestFinished, TroubleMet)


@dataclass(frozen=True)
class SeatAt:
    """Where a seat works, and as whom."""

    folder: Path
    address: str
    token: str
    seat: str
    person: str


async def let_work(seconds: float) -> None:
    """Others work for so long. Nothing is waited for: when somebody is killed is the chance's to say."""
    await asyncio.sleep(seconds)


class SeatProcess:
    """One seat, whose process is started and killed as often as wanted."""

    def __init__(self, at: SeatAt) -> None:
        self._at = at
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    @property
    def runs(self) -> bool:
        """It was started and not killed since."""
        return self._process is not None

    def start(self) -> None:
        """Start, and wait until it has looked at its workspace."""
        assert self._process is None, "it runs already"
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=run, args=(self._at, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._next(LocalsRead)

    def ask(self, request: EngineRequest) -> None:
        """Give a command, and do not wait."""
        self._running.send(request)

    def do(self, request: EngineRequest) -> tuple[FileResult, ...]:
        """Give a command, and wait for what comes of it."""
        self.ask(request)
        return self.finished()

    def finished(self) -> tuple[FileResult, ...]:
        """Wait until a command has come to its end."""
        told = self._next(RequestFinished)
        assert isinstance(told, RequestFinished)
        return told.finished.results

    def has_finished(self) -> bool:
        """Something has come to its end by now, or has met a trouble."""
        while self._running.poll():
            if isinstance(self._running.recv(), RequestFinished | TroubleMet):
                return True
        return False

    def kill(self) -> None:
        """End it as a crash does."""
        process, self._process = self._process, None
        assert process is not None
        process.kill()
        process.join()
        process.close()
        if self._pipe is not None:
            self._pipe.close()

    @property
    def _running(self) -> Connection:
        assert self._pipe is not None, "it does not run"
        return self._pipe

    def _next(self, kind: type[EngineEvent]) -> EngineEvent:
        ends = time.monotonic() + PATIENCE
        while self._running.poll(max(0.0, ends - time.monotonic())):
            told: EngineEvent = self._running.recv()
            if isinstance(told, kind):
                return told
            assert not isinstance(told, TroubleMet), told
        raise AssertionError(f"no {kind.__name__} within {PATIENCE:.0f} s")


def run(at: SeatAt, pipe: Connection) -> None:
    """The process: an engine's thread, and a pipe through which it is asked and tells."""

    def deliver(event: EngineEvent) -> None:
        if isinstance(event, _TOLD):
            pipe.send(event)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the server is on this computer: nobody asks for it
    thread = EngineThread(
        Place(
            workspace=at.folder / "workspace",
            journal=at.folder / "journal.sqlite3",
            owner=Owner(server="works", address=at.address, person=at.person),
            seat=at.seat,
        ),
        make_vault=lambda: VaultCalls(Http(at.address, token=at.token, seat=at.seat, tls=tls)),
        deliver=deliver,
        opener=Opened(),
    )
    thread.start()
    while True:
        try:
            thread.submit(pipe.recv(), {})
        except EOFError:
            break
    thread.stop()
