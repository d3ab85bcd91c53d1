"""Who has to sign in while no window is open hears it by a notice: a window that nobody asked for stays away."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app.options import Options
from pdm_desktop.core.notices import TEXT_UNITS, sign_in_notice
from pdm_desktop.ui.tray import Tray, TrayState, tray_state
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer


@pytest.fixture
def tray(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desktop has a tray, and the icon is in it."""
    monkeypatch.setattr(Tray, "is_here", lambda _: True)


async def test_a_start_in_the_tray_with_nobody_signed_in_says_so_and_shows_nothing(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring, tray: None
) -> None:
    async with running(qapp, replace(options, tray=True)) as program:
        await until(lambda: program.face.sign_in is not None)
        assert not is_asked(program)()
        assert not program.face.window.isVisible()
        assert [each.title for each in program.face.desktop.last()] == ["Sign in to PDM Desktop"]
        assert "Nobody is signed in" in program.face.desktop.last()[0].text
        assert tray_state(program.store, attention=False) is TrayState.ATTENTION
        program.face.tray.open_asked.emit()
        assert is_asked(program)()
        assert not program.face.window.isVisible()


async def test_where_the_desktop_has_no_tray_a_start_in_it_asks_at_once(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else would show that the program runs."""
    monkeypatch.setattr(Tray, "is_here", lambda _: False)
    async with running(qapp, replace(options, tray=True)) as program:
        await until(is_asked(program))
        assert program.face.desktop.last() == []


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "in the tray"])
async def test_a_session_that_the_server_ends_takes_no_keyboard_from_who_works_with_something_else(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    tray: None,
    *,
    is_open: bool,
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        program.face.window.setVisible(is_open)
        own_server.run("user", "disable", "Tomas")
        await until(lambda: program.face.sign_in is not None and bool(program.face.sign_in.bar.text()))
        window = program.face.sign_in
        assert window is not None
        assert window.isVisible() is is_open
        assert not program.face.window.isVisible()
        notices = program.face.desktop.last()
        if not is_open:
            (notice,) = notices
            assert notice.text in window.bar.text()
            program.face.desktop.clicked.emit(notice)
        assert window.isVisible()
        assert len(notices) == (not is_open)


def test_a_long_reason_fits_into_a_notice() -> None:
    assert len(sign_in_notice("so " * 200).text) <= TEXT_UNITS
