"""Another program has the settings open, as a virus scanner does for a moment: told, waited for, never written over."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config
from pdm_desktop.app import kept
from pdm_desktop.app.kept import config_or_usual, keep_config
from pdm_desktop.app.options import Options
from pdm_desktop.app.sign_in import SignInDesk
from pdm_desktop.config import Config
from pdm_desktop.core.hearing import Rule
from pdm_desktop.core.requests import SignIn
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, TroubleRaised
from pdm_desktop.state.store import Store
from tests.support.client import PASSWORD
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import local_now, until
from tests.support.server import RealServer


class Holder:
    """Somebody who lets nobody else read the settings: Windows says PermissionError."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.holds = True
        real = Path.read_bytes

        def read_bytes(path: Path) -> bytes:
            if self.holds and path.name == config.FILE:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(Path, "read_bytes", read_bytes)
        monkeypatch.setattr(kept, "HELD_EVERY", 0.02)


def troubles(heard: list[Change]) -> list[Trouble]:
    return [each.trouble for each in heard if isinstance(each, TroubleRaised)]


def raised_by(act: Any) -> Exception | None:
    try:
        act()
    except OSError as error:
        return error
    return None


def test_settings_that_another_program_holds_are_told_and_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.save(tmp_path, Config(name="Anna"))
    before = (tmp_path / config.FILE).read_text()
    Holder(monkeypatch)
    store, heard = Store(clock=local_now), list[Change]()
    store.subscribe(heard.append)
    assert raised_by(lambda: keep_config(store, tmp_path, lambda _: Config(name="Tomas"))) is None
    (told,) = troubles(heard)
    assert told.title == "The settings are not kept"
    assert told.text == f"The settings in {tmp_path / config.FILE} cannot be read now: Permission denied."
    assert (tmp_path / config.FILE).read_text() == before
    assert config_or_usual(tmp_path) == Config()


async def test_nobody_signs_in_as_another_seat_while_the_settings_are_held(
    options: Options, shop_server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which seat is this person's stands in them: what is checked out is checked out there."""
    Holder(monkeypatch)
    store, heard, begun = Store(clock=local_now), list[Change](), list[object]()
    store.subscribe(heard.append)
    desk = SignInDesk(store, options, begun.append)
    wish = SignIn(server=shop_server.address, name="Tomas", password=PASSWORD, stay=False)
    await desk.sign_in(wish)
    (told,) = [each for each in heard if isinstance(each, TroubleRaised)]
    assert told.request == wish
    assert "Permission denied" in told.trouble.text
    assert (begun, (options.data / config.FILE).exists()) == ([], False)


async def test_a_start_while_the_settings_are_held_says_so_and_goes_on_when_they_are_free(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        keep_config(program.store, options.data, lambda known: replace(known, notices="none"))
    holder = Holder(monkeypatch)
    async with running(qapp, options) as again:
        await until(is_asked(again))
        assert again.face.sign_in is not None
        asker = again.face.sign_in
        await until(lambda: "cannot be read now" in asker.bar.text())
        holder.holds = False
        await until(lambda: again.store.connection.phase is Phase.IN_STEP)
        assert again.face.window.isVisible()
        assert again.face.sign_in is None
        assert again.store.hearing.rule is Rule.NONE
