"""The whole program in this process, with a keyring in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication

from pdm_desktop.app.options import Options
from pdm_desktop.app.program import Program
from pdm_desktop.core.requests import SignIn
from pdm_desktop.state.account import Phase
from tests.support.client import PASSWORD
from tests.support.memory_keyring import MemoryKeyring
from tests.support.seat_parts import until
from tests.support.server import RealServer

__all__ = ["MemoryKeyring", "files_of", "is_asked", "running", "sign_in"]


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
    """Tomas signs in, and the program has caught up."""
    program.submit(SignIn(server=server.address, name="Tomas", password=PASSWORD, stay=stay))
    await until(lambda: program.store.connection.phase is Phase.IN_STEP)


def is_asked(program: Program) -> Callable[[], bool]:
    """Whether the sign-in window is there."""
    return lambda: program.face.sign_in is not None and program.face.sign_in.isVisible()


def files_of(program: Program) -> list[Path]:
    """Every file of its workspace."""
    assert program.options.workspace is not None
    return [path for path in program.options.workspace.rglob("*") if path.is_file()]
