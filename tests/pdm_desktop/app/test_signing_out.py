"""Who signs out is signed out: whatever the engine is at, however often it is asked, and when the program ends."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from pdm_desktop import config
from pdm_desktop.app import work
from pdm_desktop.app.options import Options
from pdm_desktop.core.errors import NotSignedIn
from pdm_desktop.core.requests import SignOut
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.session import who_am_i
from pdm_desktop.sync.thread import EngineThread
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer


class SlowEngine:
    """Its disk does not answer: it ends when it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ends, self.goes = threading.Event(), threading.Event()
        real = EngineThread.stop

        def stop(engine: EngineThread) -> None:
            self.ends.set()
            self.goes.wait()
            real(engine)

        monkeypatch.setattr(EngineThread, "stop", stop)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowEngine]:
    made = SlowEngine(monkeypatch)
    yield made
    made.goes.set()


async def test_who_signed_out_and_quit_is_signed_out(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    slow: SlowEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The engine takes longer than anybody waits for it."""
    monkeypatch.setattr(work, "SIGN_OUT_PATIENCE", 0.5)
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        program.submit(SignOut())
        await until(slow.ends.is_set)
    slow.goes.set()  # the test itself waits for every thread
    assert not ring.entries
    assert not config.load(options.data).kept


async def test_who_asks_again_while_it_signs_out_is_signed_out_at_the_server_as_well(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, slow: SlowEngine
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        (token,) = ring.entries.values()
        program.submit(SignOut())
        try:
            await until(slow.ends.is_set)
            program.submit(SignOut())
            window = program.face.window
            program.quit()
            await until(lambda: not isValid(window) or not window.isVisible())
        finally:
            slow.goes.set()  # the program ends after the engine, also where something else went wrong
    http = Http(shop_server.address, token=token, tls=trust())
    is_over = False
    try:
        await who_am_i(http)
    except NotSignedIn:
        is_over = True
    finally:
        await http.close()
    assert is_over, "the session lives on"
