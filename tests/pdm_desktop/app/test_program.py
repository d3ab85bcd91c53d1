"""The whole program in this process, over a real server: sign-in, what it keeps, notices, sessions that end."""

import asyncio
import logging
import os
import signal
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config
from pdm_desktop.app import online
from pdm_desktop.app.options import Options, parse
from pdm_desktop.app.program import Program, local_now
from pdm_desktop.cache.cache import cache_file
from pdm_desktop.core.errors import NotSignedIn
from pdm_desktop.core.issues import Conflict, ParkedNeed
from pdm_desktop.core.notices import AT_ONCE, Notice, Rule
from pdm_desktop.core.requests import (
    BeQuiet,
    CheckIn,
    CheckOut,
    ChooseNotices,
    FindServer,
    GetLatest,
    LimitTransfers,
    PauseAll,
    SignIn,
    SignOut,
    TryNow,
    UndoCheckOut,
)
from pdm_desktop.core.results import Trouble
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.session import who_am_i
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, NoticeRaised, ParkedChanged
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync import rounds
from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.ear import listening
from tests.support.seat_parts import until
from tests.support.server import RealServer


class MemoryKeyring(KeyringBackend):
    """The operating system's keyring, in memory: which one it is, is the world's affair."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring has no types there
        self.entries: dict[tuple[str, str], str] = {}
        self.answers = threading.Event()
        """Cleared: it asks the person first, as a locked one does."""
        self.answers.set()
        self.asked_on: dict[str, threading.Thread] = {}
        """For each kind of call the thread that it came on."""

    def get_password(self, service: str, username: str) -> str | None:
        self.asked_on["get"] = threading.current_thread()
        self.answers.wait()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked_on["set"] = threading.current_thread()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.asked_on["delete"] = threading.current_thread()
        del self.entries[service, username]


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    made, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(made)
    yield made
    made.answers.set()
    keyring.set_keyring(before)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    words = ["--data", str(tmp_path / "data"), "--workspace", str(tmp_path / "work"), "--computer", "CAM-02"]
    (tmp_path / "data").mkdir()
    return parse(words)


@asynccontextmanager
async def running(qapp: QApplication, options: Options) -> AsyncIterator[Program]:
    """The program, as it runs from its first window to its end."""
    program = Program(qapp, options)
    async with asyncio.TaskGroup() as tasks:
        life = tasks.create_task(program.run(), name="program")
        try:
            yield program
        finally:
            program.quit()
            await life


async def sign_in(program: Program, server: RealServer, *, stay: bool = True) -> None:
    program.submit(SignIn(server=server.address, name="Tomas", password=PASSWORD, stay=stay))
    await until(lambda: program.store.connection.phase is Phase.IN_STEP)


def is_asked(program: Program) -> Callable[[], bool]:
    return lambda: program.face.sign_in is not None and program.face.sign_in.isVisible()


async def test_a_first_start_asks_and_a_second_one_goes_on(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        assert not program.face.window.isVisible()
        await sign_in(program, own_server)
        assert program.face.window.isVisible()
        assert program.face.sign_in is None
    assert len(ring.entries) == 1
    known = config.load(options.data)
    assert (known.name, known.server, known.kept) == ("Tomas", own_server.address, True)
    assert known.workspace == str(options.workspace)

    async with running(qapp, options) as again:
        await until(again.face.window.isVisible)
        assert again.face.sign_in is None, "the window comes, and nobody is asked"
        await until(lambda: again.store.connection.phase is Phase.IN_STEP)
        assert again.store.account is not None
        assert again.store.account.person == "Tomas"
        assert again.store.account.workspace == str(options.workspace)


async def test_signing_out_forgets_the_token_and_shows_nothing_any_more(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        program.submit(SignOut())
        await until(is_asked(program))
        await until(lambda: not ring.entries)
        assert not program.store.vaults
        assert not program.face.window.isVisible()
    assert ring.asked_on.keys() == {"get", "set", "delete"}
    assert threading.current_thread() not in ring.asked_on.values(), "it may ask the person, and the window goes on"
    async with running(qapp, options) as again:
        await until(is_asked(again))
        assert not again.face.window.isVisible()


async def test_a_token_that_went_from_the_keyring_is_said_in_the_sign_in_window(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
    ring.entries.clear()
    async with running(qapp, options) as again:
        await until(is_asked(again))
        assert again.face.sign_in is not None
        assert "keyring" in again.face.sign_in.bar.text()
        assert again.face.sign_in.name.text() == "Tomas"


async def test_a_session_that_the_server_ends_leads_to_sign_in(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        own_server.run("user", "disable", "Tomas")
        await until(is_asked(program))
        assert not ring.entries
        assert program.face.sign_in is not None
        assert "Sign in again" in program.face.sign_in.bar.text()


async def test_a_seat_that_was_replaced_stays_away_until_asked(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program, AsyncExitStack() as stack:
        await until(is_asked(program))
        await sign_in(program, own_server)
        account = program.store.account
        assert account is not None
        token = next(iter(ring.entries.values()))
        ear = await stack.enter_async_context(listening(own_server.address, token=token, seat=account.seat))
        await ear.greeted()
        await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        assert "another" in program.store.connection.detail
        program.submit(TryNow())
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)


async def test_notices_follow_the_chosen_rule_and_the_quiet_hour(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna_at_own: Client,
) -> None:
    raised: list[str] = []

    def hear(change: Change) -> None:
        if isinstance(change, NoticeRaised):
            raised.append(change.notice.title)

    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        program.store.subscribe(hear)
        vault = await anna_at_own.vault()
        files = [await anna_at_own.add(vault, f"{name}.nc") for name in ("one", "two", "three")]

        async def locked(number: int) -> None:
            """Anna takes that file, and this seat has applied it."""
            state = await anna_at_own.check_out(files[number].file.id)
            await until(lambda: (program.store.seq_of(vault) or 0) >= state.seq)

        program.submit(ChooseNotices(rule=Rule.LOCAL))
        await locked(0)
        assert raised == [], "no copy of it is here"
        program.submit(ChooseNotices(rule=Rule.ALL))
        program.submit(BeQuiet(until=local_now() + timedelta(hours=1)))
        await locked(1)
        assert raised == []
        program.submit(BeQuiet(until=None))
        await locked(2)
        assert raised == ["three.nc is locked"]
        program.submit(ChooseNotices(rule=Rule.NONE))
    assert config.load(options.data).notices == "none"
    async with running(qapp, options) as again:
        assert again.store.hearing.rule is Rule.NONE


async def test_a_sign_out_before_the_connection_stands_is_done(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
    async with running(qapp, options) as again:
        again.submit(SignOut())
        await until(is_asked(again))
        await until(lambda: not ring.entries)


async def test_a_sign_out_is_told_although_the_program_ends_at_once(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        (token,) = ring.entries.values()
        program.submit(SignOut())
    assert not ring.entries
    assert not config.load(options.data).kept
    http = Http(shop_server.address, token=token, tls=trust())
    with pytest.raises(NotSignedIn):
        await who_am_i(http)
    await http.close()


async def test_who_does_not_want_to_stay_signed_in_is_asked_again(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server, stay=False)
        assert program.store.account is not None
        assert not program.store.account.kept
    assert ring.entries == {}
    async with running(qapp, options) as again:
        await until(is_asked(again))
        assert again.face.sign_in is not None
        assert again.face.sign_in.name.text() == "Tomas"
        assert again.face.sign_in.where.whole() == shop_server.address.partition("://")[2]
    async with running(qapp, replace(options, server="https://pdm.example", name="Anna")) as other:
        await until(is_asked(other))
        assert other.face.sign_in is not None
        assert (other.face.sign_in.name.text(), other.face.sign_in.where.whole()) == ("Anna", "pdm.example")


async def test_two_people_at_one_computer_have_seats_of_their_own(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        assert program.store.account is not None
        seat = program.store.account.seat
        program.submit(SignOut())
        await until(is_asked(program))
        program.submit(SignIn(server=shop_server.address, name="Anna", password=PASSWORD))
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
        assert program.store.account.person == "Anna"
        assert program.store.account.seat != seat


async def test_nothing_is_sent_without_encryption_beyond_this_computer(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        program.submit(SignIn(server="http://192.0.2.7", name="Tomas", password=PASSWORD))
        window = program.face.sign_in
        assert window is not None
        await until(window.bar.isVisible)
        assert "not encrypted" in window.bar.text()
        program.submit(FindServer(address="http://192.0.2.7"))
        await until(lambda: "not encrypted" in window.server_bar.text())
    known, _ = config.Config(server="http://192.0.2.7", name="Tomas", kept=True).seat_for("http://192.0.2.7")
    config.save(options.data, known)
    async with running(qapp, options) as edited:
        await until(is_asked(edited))
        assert ring.asked_on == {}, "a settings file that was changed by hand opens no other way"


async def test_the_rest_of_the_account_is_learned_from_the_server(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        assert program.store.account is not None
        name = program.store.account.server_name
    async with running(qapp, options) as again:
        await until(lambda: again.store.account is not None and again.store.account.server_name == name)


async def test_a_workspace_inside_onedrive_is_warned_of(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, tmp_path: Path
) -> None:
    async with running(qapp, replace(options, workspace=tmp_path / "OneDrive" / "PDM")) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        told = [entry.what for entry in program.store.activity.entries() if isinstance(entry.what, Trouble)]
        assert [each.title for each in told] == ["The workspace is inside OneDrive"]


async def test_many_notices_at_once_are_gathered_and_told(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    vault, top = await anna.vault(), uuid.uuid4().hex
    added = await anna.add_set(vault, [f"{top}/{number}.nc" for number in range(8)])
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        for file in added.files:
            await anna.check_out(file.id)
        await until(lambda: len(program.face.desktop.last()) == AT_ONCE + 1)
        gathered = program.face.desktop.last()[0]
        assert gathered.title == "5 files locked"
        assert gathered.text == "Anna 5 locked. Click to see them."


async def test_what_was_asked_for_before_the_network_was_loaded_is_done_after_the_first_paint(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "pdm_desktop"):
        async with running(qapp, options) as program:
            program.submit(SignIn(server=shop_server.address, name="Tomas", password=PASSWORD))
            await until(lambda: program.store.connection.phase is Phase.IN_STEP)
    lines = [line for line in caplog.messages if line.startswith(("painted first", "signed in"))]
    assert lines[0] == "painted first painted=True"
    assert lines[1].startswith("signed in")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot halt a process")
async def test_a_server_that_hangs_is_noticed_at_the_interval_of_the_settings(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    config.save(options.data, config.Config(ping_interval=1.0))
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        os.kill(own_server.pid, signal.SIGSTOP)
        try:
            await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        finally:
            os.kill(own_server.pid, signal.SIGCONT)
        program.submit(TryNow())
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)


def save(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)


def force(path: str, content: bytes) -> None:
    """Save what is read-only, as some people do."""
    Path(path).chmod(0o600)
    save(path, content)


async def test_an_edit_is_seen_when_the_window_comes_forward_and_a_finished_transfer_leaves_the_list(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "TURN", 3600.0)
    monkeypatch.setattr(online, "DONE_SHOWN", 0.05)
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        program.submit(CheckOut(files=(file.id,)))
        await until(lambda: file.id in program.store.local and bool(program.store.activity.entries()))
        await until(lambda: program.store.transfers.all() == [])
        save(program.store.local[file.id].path, b"edited in another program")
        program.face.window.hide()
        program.face.show()
        await until(lambda: program.store.local[file.id].edited)
        program.submit(UndoCheckOut(files=(file.id,)))
        await until(lambda: not program.store.local[file.id].edited)


async def test_a_check_in_asked_for_while_the_server_is_away_waits_and_is_done_when_it_is_back(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna_at_own: Client,
) -> None:
    file = (await anna_at_own.add(await anna_at_own.vault(), f"{uuid.uuid4().hex}.nc")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        program.submit(CheckOut(files=(file.id,)))
        await until(lambda: file.id in program.store.local and program.store.local[file.id].writable)
        save(program.store.local[file.id].path, b"edited while away")
        await asyncio.to_thread(own_server.kill)
        await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        program.submit(CheckIn(files=(file.id,), comment="late"))
        await until(lambda: len(program.store.queue) == 1)
    async with running(qapp, options) as program:
        await until(lambda: len(program.store.queue) == 1)
        await asyncio.to_thread(own_server.start)
        program.submit(TryNow())
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
        await until(lambda: program.store.queue == ())
    now = (await anna_at_own.file(file.id)).file
    assert (now.head.number, now.head.comment, now.lock) == ("1.1", "late", None)


async def test_what_is_parked_is_known_without_asking_and_stays_known_offline(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    read: list[int] = []

    async with running(qapp, options) as program, signed_in(own_server.address, "Tomas") as elsewhere:
        store = program.store
        store.subscribe(lambda change: read.append(len(store.parked)) if isinstance(change, ParkedChanged) else None)
        await until(is_asked(program))
        await sign_in(program, own_server)
        await until(lambda: read == [0])
        name = f"{uuid.uuid4().hex}.nc"
        held = await elsewhere.check_out((await elsewhere.add(await elsewhere.vault(), name)).file.id)
        await elsewhere.undo(held)
        with pytest.raises(Refusal):
            await elsewhere.check_in(held, b"too late")
        await until(lambda: read == [0, 1])  # of the check-in at the other computer the server alone can tell
        assert [type(each) for each in store.issues.all] == [ParkedNeed]
        await asyncio.to_thread(own_server.kill)
        await until(lambda: store.connection.phase is Phase.OFFLINE)
        assert len(store.issues) == 1
        await asyncio.to_thread(own_server.start)
    async with running(qapp, options) as again:
        await until(lambda: [type(each) for each in again.store.issues.all] == [ParkedNeed])
        assert not [each for each in again.store.activity.entries() if isinstance(each.what, Trouble)]


async def test_a_keyring_that_asks_the_person_keeps_nobody_from_quitting(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
    ring.answers.clear()
    async with asyncio.timeout(10), running(qapp, options) as again:
        await until(again.face.window.isVisible)


async def test_what_was_shown_to_one_person_is_not_shown_to_the_next(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        program.submit(GetLatest(files=(file.id,)))
        await until(lambda: bool(program.store.transfers.all()) and bool(program.store.activity.entries()))
        program.submit(SignOut())
        await until(is_asked(program))
        assert program.store.transfers.all() == []
        assert program.store.activity.entries() == []
        assert program.face.window.below.transfers.model.rowCount() == 0


def files_of(program: Program) -> list[Path]:
    assert program.options.workspace is not None
    return [path for path in program.options.workspace.rglob("*") if path.is_file()]


async def test_a_clean_copy_goes_along_when_somebody_else_renames_the_file(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    vault, top = await anna.vault(), uuid.uuid4().hex
    file = (await anna.add(vault, f"{uuid.uuid4().hex}.nc")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        program.submit(GetLatest(files=(file.id,)))
        await until(lambda: file.id in program.store.local)
        await anna.move(file.id, f"{top}/plate op10.nc")
        await until(lambda: program.store.local[file.id].path.endswith("plate op10.nc"))
        assert (program.options.workspace or Path()) / f"Production/{top}/plate op10.nc" in files_of(program)
        await anna.move_folder(vault, top, f"Old {top}")
        await until(lambda: f"Old {top}" in program.store.local[file.id].path)
    await anna.move(file.id, f"{top} again.nc")
    async with running(qapp, options) as again:
        await until(lambda: file.id in again.store.local)
        await until(lambda: again.store.local[file.id].path.endswith(f"{top} again.nc"))


async def test_two_versions_are_told_once_and_a_click_shows_what_to_decide(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    raised: list[Notice] = []
    async with running(qapp, options) as program, signed_in(shop_server.address, "Tomas") as tomas:
        store = program.store
        store.subscribe(lambda change: raised.append(change.notice) if isinstance(change, NoticeRaised) else None)
        await until(is_asked(program))
        await sign_in(program, shop_server)
        file = (await tomas.add(await tomas.vault(), f"{uuid.uuid4().hex}.nc")).file
        await until(lambda: store.connection.phase is Phase.IN_STEP)
        program.submit(GetLatest(files=(file.id,)))
        await until(lambda: file.id in store.local)
        force(store.local[file.id].path, b"edited without a lock")
        await tomas.check_in(await tomas.check_out(file.id), b"the next revision")
        await until(lambda: [type(each) for each in store.issues.all] == [Conflict])
        asking = [notice for notice in raised if notice.asks]
        assert [(each.title, each.target) for each in asking] == [(f"{file.filename} needs you", file.id)]
        program.face.window.go_to_notice(asking[0])
        assert program.face.window.issues.isVisible()


async def test_a_cache_that_cannot_be_opened_is_told_and_a_second_try_connects(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        in_the_way = cache_file(options.data, shop_server.address, "Tomas")
        in_the_way.mkdir(parents=True)
        program.submit(SignIn(server=shop_server.address, name="Tomas", password=PASSWORD))
        await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        assert any(isinstance(entry.what, Trouble) for entry in program.store.activity.entries())
        in_the_way.rmdir()
        program.submit(TryNow())
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)


async def test_a_start_in_the_tray_connects_without_a_window(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
    async with running(qapp, replace(options, tray=True)) as again:
        await until(lambda: again.store.connection.phase is Phase.IN_STEP)
        assert not again.face.window.isVisible()
        again.face.show()
        assert again.face.window.isVisible()


async def test_transfers_stand_still_and_go_on_as_the_window_says_over_a_new_sign_in(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc", b"G0 X0\n")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        program.submit(PauseAll())
        program.submit(LimitTransfers(up=0.5, down=2.0))
        await sign_in(program, shop_server)
        program.submit(GetLatest(files=(file.id,)))
        await until(lambda: [one.state for one in program.store.transfers.all()] == [TransferState.PAUSED])
        assert program.face.window.below.summary.pause.text() == "Resume all"
        assert all(path.name != file.path for path in files_of(program))
        program.face.window.below.summary.pause.click()
        await until(lambda: any(path.name == file.path for path in files_of(program)))
        assert not program.store.transfers.are_paused
    known = config.load(options.data)
    assert (known.limit_up, known.limit_down) == (0.5, 2.0)
