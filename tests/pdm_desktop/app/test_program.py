"""The whole program in this process, over a real server: sign-in, what it keeps, notices, sessions that end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config
from pdm_desktop.app.options import Options, parse
from pdm_desktop.app.program import Program, local_now
from pdm_desktop.core.notices import Rule
from pdm_desktop.core.requests import BeQuiet, ChooseNotices, SignIn, SignOut, TryNow
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, NoticeRaised
from tests.support.client import PASSWORD, Client
from tests.support.ear import listening
from tests.support.seat_parts import until
from tests.support.server import RealServer


class MemoryKeyring(KeyringBackend):
    """The operating system's keyring, in memory: which one it is, is the world's affair."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring has no types there
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    made, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(made)
    yield made
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
