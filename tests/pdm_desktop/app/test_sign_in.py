"""The whole program over a real server: who signs in, stays so, signs out, or is asked again."""

import asyncio
import threading
import uuid
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config
from pdm_desktop.app import work
from pdm_desktop.app.options import Options
from pdm_desktop.cache.cache import cache_file
from pdm_desktop.core.errors import NotSignedIn
from pdm_desktop.core.requests import FindServer, GetLatest, SignIn, SignOut, TryNow
from pdm_desktop.core.results import Trouble
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.session import who_am_i
from pdm_desktop.state.account import Phase
from tests.support.client import PASSWORD, Client
from tests.support.ear import listening
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer


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
    assert (known.name, known.address, known.kept) == ("Tomas", own_server.address, True)
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
    tomas = config.Person(server="works", address="http://192.0.2.7", name="Tomas", seat="s")
    config.save(options.data, config.Config(server=tomas.server, name=tomas.name, kept=True, people=(tomas,)))
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


async def test_a_cache_that_cannot_be_opened_keeps_nobody_offline(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, tomas: Client
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        cache_file(options.data, tomas.server, "Tomas").mkdir(parents=True)
        await sign_in(program, shop_server)
        assert program.store.vaults


async def test_an_error_before_it_connects_is_told_and_a_second_try_connects(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    async with running(qapp, options) as program:
        await until(is_asked(program))
        with monkeypatch.context() as patched:
            patched.setattr(work, "workspace_for", broken)
            program.submit(SignIn(server=shop_server.address, name="Tomas", password=PASSWORD))
            await until(lambda: program.store.connection.phase is Phase.OFFLINE)
            assert any(isinstance(entry.what, Trouble) for entry in program.store.activity.entries())
        program.submit(TryNow())
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
