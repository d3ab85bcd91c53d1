"""A server is known by its id: one that has moved is the same one, and another one at its address is another."""

import asyncio
import uuid
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app.options import Options
from pdm_desktop.app.program import Program
from pdm_desktop.core.requests import CheckIn, CheckOut, SignIn, SignOut
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.account import Account, Phase
from server.protocol.vault import File
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.proxy import proxy
from tests.support.running_program import MemoryKeyring, is_asked, running
from tests.support.seat_parts import until
from tests.support.server import RealServer, real_server
from tests.support.waiting import wait_for_async

FIRST, EDITED = b"G0 X0\n", b"Anna's work\n"


async def begin(program: Program, address: str) -> Account:
    """Anna signs in, and the program has caught up."""
    await until(is_asked(program))
    program.submit(SignIn(server=address, name="Anna", password=PASSWORD))
    await until(lambda: program.store.connection.phase is Phase.IN_STEP)
    assert program.store.account is not None
    return program.store.account


async def edit(program: Program, anna: Client) -> tuple[File, Path]:
    """She checks a new file out and saves; the answer is the file and its copy."""
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc", FIRST)).file
    program.submit(CheckOut(files=(file.id,)))
    assert program.store.account is not None
    copy = Path(program.store.account.workspace) / "Production" / file.path
    await until(lambda: file.id in program.store.local and copy.exists())
    copy.write_bytes(EDITED)
    return file, copy


async def has_edited(anna: Client, file: File) -> bool:
    """What she saved is the newest content at the server."""
    return await anna.content(file.id) == EDITED


def told(program: Program) -> list[Trouble]:
    """What she was told beside results."""
    return [entry.what for entry in program.store.activity.entries() if isinstance(entry.what, Trouble)]


def kept(options: Options) -> list[str]:
    """The caches and journals that there are."""
    return sorted(path.name.partition("-")[0] for path in options.data.glob("*-*.sqlite3"))


async def test_a_server_under_another_address_goes_on_with_all_that_was_there(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring, anna_at_own: Client
) -> None:
    async with proxy(own_server.address) as before, running(qapp, options) as program:
        first = await begin(program, before.address)
        file, copy = await edit(program, anna_at_own)
        before.unplug()
        await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        program.submit(CheckIn(files=(file.id,), comment="while away"))
        await until(lambda: len(program.store.queue) == 1)
        program.submit(SignOut())
        after = await begin(program, own_server.address)
        assert (after.workspace, after.seat, after.server) == (first.workspace, first.seat, first.server)
        assert (first.address, after.address) == (before.address, own_server.address)
        await wait_for_async(lambda: has_edited(anna_at_own, file))  # before its queue is read it is empty, too
        await until(lambda: not program.store.queue)
        assert not [each for each in told(program) if each.title != "Signed out here"]
    assert kept(options) == ["cache", "journal"]
    await asyncio.to_thread(own_server.stop)
    async with running(qapp, options) as away:
        await until(lambda: file.id in away.store.local)
        assert [vault.name for vault in away.store.vaults.values()] == ["Production"]
        assert copy.read_bytes() == EDITED


async def test_another_server_at_the_same_address_shares_nothing_with_the_one_before(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna_at_own: Client,
    tmp_path: Path,
) -> None:
    async with running(qapp, options) as program:
        first = await begin(program, own_server.address)
        file, copy = await edit(program, anna_at_own)
        await asyncio.to_thread(own_server.stop)
        await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        program.submit(CheckIn(files=(file.id,), comment="while away"))
        await until(lambda: len(program.store.queue) == 1)
        with real_server(tmp_path / "other", flags=("--port", str(own_server.port))) as other:
            other.add_person("Anna", PASSWORD)
            assert other.address == own_server.address
            second = await begin(program, other.address)
            assert (second.server, second.workspace) != (first.server, first.workspace)
            assert not program.store.queue
            assert not program.store.local
            (news,) = [each for each in told(program) if each.title == "Another server is at this address"]
            assert first.workspace in news.text
            assert second.workspace in news.text
            async with signed_in(other.address, "Anna") as there:
                await edit(program, there)
            assert copy.read_bytes() == EDITED
            assert kept(options) == ["cache", "cache", "journal", "journal"]
        await asyncio.to_thread(own_server.start)
        again = await begin(program, own_server.address)
        assert (again.server, again.workspace, again.seat) == (first.server, first.workspace, first.seat)
        await wait_for_async(lambda: has_edited(anna_at_own, file))  # before its queue is read it is empty, too
        await until(lambda: not program.store.queue)
