"""One seat tells how it stands, and whoever looks sees it: the whole program against a real server."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app import telling
from pdm_desktop.app.options import Options
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look
from pdm_desktop.core.requests import CheckOut
from pdm_desktop.state.account import Phase
from server.protocol.calls import Dashboard, LockEntry, Locks
from tests.support.client import Client
from tests.support.one_file import added
from tests.support.running_program import MemoryKeyring, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer


async def told(ask: Callable[[], Awaitable[LockEntry]], so: Callable[[LockEntry], bool]) -> LockEntry:
    """The lock as the server lists it, once it is so."""
    async with asyncio.timeout(60):
        while not so(entry := await ask()):
            """Asked again: each is a call."""
        return entry


async def test_an_edit_here_is_seen_by_others_and_stays_known_when_the_seat_is_gone(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "EVERY", 0.2)
    file = await added(anna)

    async def lock() -> LockEntry:
        return (await anna.get(f"/locks?file={file.id}", Locks)).locks[0]

    async with running(qapp, options) as program:
        await sign_in(program, shop_server)
        program.submit(CheckOut(files=(file.id,)))
        assert options.workspace is not None
        copy = Path(options.workspace) / "Production" / file.path
        await until(copy.exists)
        entry = await told(lock, lambda each: each.open is not None)
        assert (entry.online, entry.edited, entry.open) == (True, None, False)
        copy.write_bytes(b"G1 X1\n")
        entry = await told(lock, lambda each: each.edited is not None)
        assert entry.edited is not None
        assert abs(entry.edited.timestamp() - copy.stat().st_mtime) < 0.001
    entry = await told(lock, lambda each: not each.online)
    assert (entry.edited is not None, entry.last_contact is not None) == (True, True)


async def test_the_dashboard_that_is_shown_follows_what_others_do(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    file = await added(anna)
    async with running(qapp, options) as program:
        await sign_in(program, shop_server)
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
        program.submit(Look(topic=topics.DASHBOARD))

        def board() -> Dashboard | None:
            known = program.store.office.known(topics.DASHBOARD)
            return None if known is None else known.value

        def newest() -> tuple[str, str | None] | None:
            shown = board()
            return None if shown is None else (shown.happenings[0].what, shown.happenings[0].file)

        await until(lambda: newest() == ("added", file.id))
        await anna.check_out(file.id)
        await until(lambda: newest() == ("checked_out", file.id))
        shown = board()
        assert shown is not None
        assert file.id in [each.file for each in shown.active]
        assert "Tomas" in [each.person for each in shown.here if each.online]
