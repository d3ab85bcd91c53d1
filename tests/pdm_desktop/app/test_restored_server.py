"""A backup is brought back under a running program: it asks for a sign-in, and then has all of the person's work."""

import asyncio
import uuid
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app.options import Options
from pdm_desktop.app.program import Program
from pdm_desktop.core.requests import CheckIn, CheckOut
from pdm_desktop.state.account import Phase
from tests.support.client import Client
from tests.support.restored import back_up, bring_back
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer

BEFORE, SINCE, WAITING = b"checked out before the backup\n", b"checked out since\n", b"waits to be checked in\n"


async def edit(program: Program, anna: Client, content: bytes) -> tuple[str, Path]:
    """Tomas checks a new file of Anna's out and saves; the answer is the file and its copy."""
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc")).file
    program.submit(CheckOut(files=(file.id,)))
    assert program.store.account is not None
    copy = Path(program.store.account.workspace) / "Production" / file.path
    await until(lambda: file.id in program.store.local and program.store.local[file.id].writable)
    copy.write_bytes(content)
    return file.id, copy


async def test_a_restored_server_asks_everybody_to_sign_in_and_all_work_is_there(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna_at_own: Client,
    tmp_path: Path,
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        before, first = await edit(program, anna_at_own, BEFORE)
        waiting, third = await edit(program, anna_at_own, WAITING)
        backup = await back_up(own_server, tmp_path, "command")
        _, second = await edit(program, anna_at_own, SINCE)
        await asyncio.to_thread(own_server.kill)
        await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        program.submit(CheckIn(files=(waiting,)))
        await until(lambda: len(program.store.queue) == 1)
        await asyncio.to_thread(own_server.start)
        await bring_back(own_server, backup, "command")
        await until(is_asked(program))
        assert program.face.sign_in is not None
        assert "Your sign-in has ended. Sign in again." in program.face.sign_in.bar.text()
        assert not ring.entries
        assert (first.read_bytes(), second.read_bytes(), third.read_bytes()) == (BEFORE, SINCE, WAITING)
        await anna_at_own.sign_in_again()
        await sign_in(program, own_server)
        await until(lambda: not program.store.queue)
        assert await anna_at_own.content(waiting) == WAITING
        program.submit(CheckIn(files=(before,)))
        await until(lambda: not program.store.local[before].writable)
        assert await anna_at_own.content(before) == BEFORE
        assert second.read_bytes() == SINCE, "the restored server does not know this file, so its copy stays"
