"""The seat's update from what a server says to the hand-over, over a real server; and the whole program with it."""

import asyncio
import hashlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app.options import Options
from pdm_desktop.app.program import local_now
from pdm_desktop.app.tasks import Tasks, in_own_thread
from pdm_desktop.app.update_handover import declined, refusal
from pdm_desktop.app.update_install import Verdict
from pdm_desktop.app.updates import Updates
from pdm_desktop.core import updates
from pdm_desktop.core.hearing import Hearing, Rule
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.requests import SignIn, TryNow
from pdm_desktop.core.updates import Build, Need, Stage
from pdm_desktop.net.http import trust
from pdm_desktop.release import VERSION
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, NoticeRaised
from pdm_desktop.state.store import Store
from server.storage.installers import MAGIC
from tests.support.client import PASSWORD
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import comes, until
from tests.support.server import RealServer, real_server

CONTENT = MAGIC + b"a seat" * 200_000
OTHER = MAGIC + b"another" * 200_000
NEWEST = "77.0.1"
SHOP = Build(version="0.1.0", publisher="Hartmann Precision", installs=True, wanted=True)


def put(server: RealServer, folder: Path, content: bytes = CONTENT) -> None:
    """An administrator puts an installer on the server."""
    path = folder / f"PDM-Desktop-{NEWEST}-x64.msi"
    path.write_bytes(content)
    server.run("installer", "add", str(path))


@pytest.fixture
def asks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seat that is not served asks again at once."""
    monkeypatch.setattr(updates, "SOONEST", 0.01)
    monkeypatch.setattr(updates, "LATEST", 0.02)


class Seat:
    """A seat's update, without the rest of the seat."""

    def __init__(self, server: RealServer, data: Path, build: Build = SHOP, *, patience: float = 600.0) -> None:
        self.server = server
        self.store = Store(clock=local_now)
        self.broke: list[BaseException] = []
        self.tasks = Tasks(self.broke.append)
        self.handed: list[tuple[bytes, str]] = []
        self.answers: Callable[[], None] = lambda: None
        """What Windows does with what it is handed."""
        self.notices: list[Notice] = []
        self.stages: list[Stage] = []
        self.served = 0
        """How often the server served this seat again."""
        self.updates = Updates(
            self.store, self.tasks, data, build, tls=self._tls, served=self._serve, install=self._install,
            patience=patience,
        )  # fmt: skip
        self.store.subscribe(self._listen)

    async def hears(self, *, oldest: str = "0.1.0", newest: str = NEWEST) -> None:
        """A server says so, and it has been looked what there is to install."""
        self.updates.heard(self.server.address, oldest=oldest, newest=newest)
        await until(lambda: self.store.update.own != "")

    @property
    def stage(self) -> Stage:
        return self.store.update.stage

    def _install(self, path: Path, sha256: str) -> None:
        self.handed.append((path.read_bytes(), sha256))
        self.answers()

    def _serve(self) -> None:
        self.served += 1

    async def _tls(self) -> ssl.SSLContext:
        return trust()

    def _listen(self, change: Change) -> None:
        if isinstance(change, NoticeRaised):
            self.notices.append(change.notice)
        if not self.stages or self.stages[-1] is not self.stage:
            self.stages.append(self.stage)


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Callable[..., Seat]]:
    made: list[Seat] = []

    def make_seat(server: RealServer, build: Build = SHOP, *, patience: float = 600.0) -> Seat:
        made.append(Seat(server, tmp_path / "seat", build, patience=patience))
        return made[-1]

    yield make_seat
    for each in made:
        each.updates.close()
        await each.tasks.stop()
        assert each.broke == []


async def test_an_update_is_fetched_and_handed_over_when_the_person_wants_it(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server)
    await seat.hears()
    update = seat.store.update
    assert (update.need, update.version, update.installer is not None) == (Need.AVAILABLE, NEWEST, True)
    assert seat.handed == [], "nothing happens by itself"
    seat.updates.install()
    seat.updates.install()
    await until(lambda: seat.stage is Stage.INSTALLING)
    assert update.installer is not None
    assert seat.handed == [(CONTENT, update.installer.sha256)]
    assert seat.stages == [Stage.IDLE, Stage.FETCHING, Stage.ASKING, Stage.INSTALLING]


async def test_who_declines_is_told_and_may_try_again_without_fetching_anew(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server)
    await seat.hears()

    def decline() -> None:
        raise declined()

    seat.answers = decline
    seat.updates.install()
    await until(lambda: seat.stage is Stage.FAILED)
    assert seat.store.update.trouble is not None
    assert "did not get an administrator's agreement" in seat.store.update.trouble.text
    own_server.stop()
    seat.answers = lambda: None
    seat.updates.install()
    await until(lambda: seat.stage is Stage.INSTALLING)
    assert len(seat.handed) == 2
    own_server.start()


@pytest.mark.parametrize("verdict", [Verdict.OTHER_CONTENT, Verdict.NOT_TRUSTED, Verdict.OTHER_PUBLISHER])
async def test_what_the_elevated_part_refuses_is_told(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path, verdict: Verdict
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server)
    await seat.hears()

    def refuse() -> None:
        raise refusal(verdict)

    seat.answers = refuse
    seat.updates.install()
    await until(lambda: seat.stage is Stage.FAILED)
    assert seat.store.update.trouble == refusal(verdict).trouble


async def test_an_installation_that_does_not_come_is_told(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server, patience=0.05)
    await seat.hears()
    seat.updates.install()
    await until(lambda: seat.stage is Stage.FAILED)
    assert seat.store.update.trouble is not None
    assert seat.store.update.trouble.title == "The update was not installed"


async def test_a_fetch_that_is_cancelled_leaves_nothing_and_can_begin_anew(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server)
    await seat.hears()
    seat.updates.install()
    seat.updates.cancel()
    await until(lambda: seat.stage is Stage.IDLE)
    assert [each.name for each in (tmp_path / "seat" / "updates").glob("*.msi*")] == []
    assert seat.handed == []
    seat.updates.install()
    await until(lambda: seat.stage is Stage.INSTALLING)


async def test_after_the_installer_was_replaced_the_next_try_installs_the_other(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server)
    await seat.hears()
    own_server.run("installer", "remove", NEWEST)
    put(own_server, tmp_path, OTHER)
    seat.updates.install()
    await until(lambda: seat.stage is Stage.FAILED)
    assert seat.store.update.trouble is not None
    assert "another installer by now" in seat.store.update.trouble.text
    other = hashlib.sha256(OTHER).hexdigest()
    assert await comes(lambda: seat.store.update.installer is not None and seat.store.update.installer.sha256 == other)
    assert seat.stage is Stage.FAILED, "why it failed is said on"
    seat.updates.install()
    await until(lambda: seat.stage is Stage.INSTALLING)
    assert seat.handed == [(OTHER, other)]


async def test_what_is_said_while_an_update_runs_counts_when_it_has_failed(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server)
    await seat.hears(oldest=NEWEST)
    goes_on = threading.Event()

    def decline() -> None:
        goes_on.wait()
        raise declined()

    seat.answers = decline
    seat.updates.install()
    await until(lambda: seat.stage is Stage.ASKING)
    seat.updates.heard(own_server.address, oldest="0.1.0", newest="0.1.0")
    assert seat.stage is Stage.ASKING
    goes_on.set()
    await until(lambda: seat.store.update.need is Need.NONE)
    assert seat.served == 1


async def test_a_seat_that_is_not_served_finds_the_installer_that_is_put_there_afterwards(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path, asks_often: None
) -> None:
    own_server.stop()
    own_server._settings["PDM_OLDEST_CLIENT"] = NEWEST
    own_server.start()
    seat = make(own_server)
    await seat.hears(oldest=NEWEST)
    assert (seat.store.update.need, seat.store.update.installer) == (Need.REQUIRED, None)
    put(own_server, tmp_path)
    assert await comes(lambda: seat.store.update.installer is not None)
    assert seat.served == 0


def test_seats_that_are_not_served_do_not_all_ask_at_once() -> None:
    assert [updates.asks_again_in(chance) for chance in (0.0, 0.5, 1.0)] == [60.0, 180.0, 300.0]


async def test_what_was_fetched_goes_when_the_seat_is_new_enough(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    folder = tmp_path / "seat" / "updates"
    folder.mkdir(parents=True)
    (folder / f"PDM-Desktop-{NEWEST}-x64.msi").write_bytes(CONTENT)
    updated = make(own_server, replace(SHOP, version=NEWEST))
    await updated.hears()
    assert (updated.store.update.need, list(folder.iterdir())) == (Need.NONE, [])


def test_the_program_ends_while_windows_still_asks() -> None:
    answered = threading.Event()

    async def quits() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await in_own_thread(answered.wait, name="asks")

    program = threading.Thread(target=lambda: asyncio.run(quits()))
    program.start()
    program.join(10.0)
    is_over = not program.is_alive()
    answered.set()
    assert is_over, "it waits for an answer that may take minutes"


async def test_the_desktop_hears_of_each_version_once_over_all_starts(
    own_server: RealServer, make: Callable[..., Seat]
) -> None:
    first = make(own_server)
    await first.hears()
    await first.hears()
    assert [each.title for each in first.notices] == [f"PDM Desktop {NEWEST} is available."]
    again = make(own_server)
    await again.hears()
    assert (again.store.update.need, again.notices) == (Need.AVAILABLE, [])
    await again.hears(newest="77.0.2")
    await until(lambda: again.store.update.version == "77.0.2")
    assert [each.title for each in again.notices] == ["PDM Desktop 77.0.2 is available."]


async def test_who_wants_to_hear_nothing_hears_only_of_a_required_update(
    own_server: RealServer, make: Callable[..., Seat]
) -> None:
    seat = make(own_server)
    seat.store.hear(Hearing(rule=Rule.NONE))
    await seat.hears()
    assert seat.notices == []
    await seat.hears(oldest=NEWEST)
    await until(lambda: seat.store.update.need is Need.REQUIRED)
    assert [each.urgent for each in seat.notices] == [True]


async def test_an_unsigned_seat_says_that_there_is_an_update_and_offers_nothing(
    own_server: RealServer, make: Callable[..., Seat], tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    seat = make(own_server, replace(SHOP, publisher=""))
    await seat.hears()
    assert (seat.store.update.need, seat.store.update.installer) == (Need.AVAILABLE, None)
    seat.updates.install()
    assert seat.stage is Stage.IDLE


async def test_a_connected_seat_shows_an_update_that_comes_while_it_runs(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring, tmp_path: Path
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        assert not program.face.window.update_bar.isVisible()
        put(own_server, tmp_path)
        await until(program.face.window.update_bar.isVisible)
        told = f"PDM Desktop {NEWEST} is available. You have {VERSION}."
        assert program.face.window.update_bar.text().startswith(told)
        own_server.run("installer", "remove", NEWEST)
        await until(lambda: not program.face.window.update_bar.isVisible())


async def test_a_seat_that_became_too_old_says_so_keeps_its_work_and_comes_back_when_it_is_served_again(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, options: Options, ring: MemoryKeyring
) -> None:
    settings = dict[str, str]()
    server = RealServer(tmp_path / "server", settings=settings)
    server.start()
    try:
        server.add_person("Tomas", PASSWORD)
        async with running(qapp, options) as program:
            await until(is_asked(program))
            await sign_in(program, server)
            assert options.workspace is not None
            mine = options.workspace / "my work.nc"
            mine.write_bytes(b"G0")
            await asyncio.to_thread(server.stop)
            server._settings["PDM_OLDEST_CLIENT"] = NEWEST
            await asyncio.to_thread(server.start)
            window = program.face.window
            await until(window.update_bar.isVisible)
            assert window.update_bar.text().startswith(f"This server needs PDM Desktop {NEWEST}.")
            why = f"The server needs PDM Desktop {NEWEST} or newer; this is {VERSION}."
            await until(lambda: program.store.connection.detail == why)
            assert program.store.connection.phase is Phase.OFFLINE
            assert program.store.connection.next_try is None
            assert program.store.account is not None, "nobody is signed out"
            assert mine.read_bytes() == b"G0"

            await asyncio.to_thread(server.stop)
            del server._settings["PDM_OLDEST_CLIENT"]
            await asyncio.to_thread(server.start)
            program.submit(TryNow())
            await until(lambda: program.store.connection.phase is Phase.IN_STEP)
            await until(lambda: not window.update_bar.isVisible())
    finally:
        server.close()


async def test_a_seat_connects_by_itself_when_a_mistyped_oldest_client_is_put_right(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring, asks_often: None
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        await asyncio.to_thread(own_server.stop)
        own_server._settings["PDM_OLDEST_CLIENT"] = NEWEST
        await asyncio.to_thread(own_server.start)
        await until(program.face.window.update_bar.isVisible)
        await until(lambda: program.store.connection.next_try is None)
        await asyncio.to_thread(own_server.stop)
        del own_server._settings["PDM_OLDEST_CLIENT"]
        await asyncio.to_thread(own_server.start)
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
        await until(lambda: not program.face.window.update_bar.isVisible())


async def test_who_signs_in_with_a_seat_that_is_too_old_reads_what_is_needed(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, options: Options, ring: MemoryKeyring
) -> None:
    with real_server(tmp_path / "server", settings={"PDM_OLDEST_CLIENT": NEWEST}) as server:
        server.add_person("Tomas", PASSWORD)
        async with running(qapp, options) as program:
            await until(is_asked(program))
            program.submit(SignIn(server=server.address, name="Tomas", password=PASSWORD))
            door = program.face.sign_in
            assert door is not None
            await until(door.update_bar.isVisible)
            assert door.update_bar.text() == (
                f"This server needs PDM Desktop {NEWEST}. You have {VERSION}. Ask who looks after this computer to"
                " install it. Your work stays in the workspace."
            )
            assert not door.bar.isVisible(), "it is said once"
            assert program.store.account is None
