"""From the command line to a running program: one for each user and profile, on Qt's own loop."""

import asyncio
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

import qasync
from PySide6.QtCore import QDeadlineTimer, QThread
from PySide6.QtWidgets import QApplication

from pdm_desktop import log, machine
from pdm_desktop.app.alone import Alone
from pdm_desktop.app.options import Options
from pdm_desktop.app.program import Program
from pdm_desktop.product import NAME
from pdm_desktop.release import VERSION
from pdm_desktop.ui import system
from pdm_desktop.ui.garbage import Garbage
from pdm_desktop.ui.instance import Instance
from pdm_desktop.ui.messages import tell
from pdm_desktop.ui.system import System

CANNOT_WRITE = 2
"""Exit code: the data folder cannot be used."""
BEGIN_PATIENCE_MS, LOOK_MS = 1_000, 20
"""Another program may just begin, or end: so long it may have the folder and not hear of others. How often to look."""
RUNS_ELSEWHERE = 3
"""Exit code: a program in another session of this person works with the data folder."""


def start(options: Options, *, began: Callable[[Program], None] = lambda _: None) -> int:
    """Run the seat until its person quits; the answer is the exit code.

    A second start for the same user and profile raises the first window, and ends with 0; so does one in the tray where
    an administrator has switched that off. `began` is called with the
    program once its parts are made.
    """
    try:
        log.start(options.data)
    except OSError as error:
        print(f"{options.data} cannot be written: {error.strerror}. Choose another one with --data.", file=sys.stderr)
        return CANNOT_WRITE
    sys.excepthook = _log_of_slot
    log.note("started", version=VERSION, data=options.data)
    if options.tray and not machine.policy().autostart:
        log.note("no start in the tray: a policy has switched that off")
        return 0
    system.introduce()
    application = QApplication([NAME])
    garbage = Garbage(application)
    application.setApplicationName(NAME)
    application.setApplicationVersion(VERSION)
    application.setQuitOnLastWindowClosed(False)  # the tray goes on, and Qt would stop the loop under asyncio
    instance, alone = Instance(options.profile), Alone(options.data)
    patience = QDeadlineTimer(BEGIN_PATIENCE_MS)
    while True:
        if instance.tell_first(options.link):
            log.note("raised the one that runs")
            return 0
        if alone.take():
            break
        if not patience.hasExpired():
            QThread.msleep(LOOK_MS)
            continue
        why = alone.why_not()
        log.note("runs elsewhere", why=why.text)
        if not options.tray:  # nobody has asked for one that starts by itself
            tell(None, why).exec()
        return RUNS_ELSEWHERE
    if not instance.claim():
        log.note("later starts find nobody")
    try:
        with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
            runner.run(_live(application, options, instance, began, garbage))
    finally:
        instance.release()
        alone.release()
        log.note("ended")
        log.stop()
    return 0


async def _live(
    application: QApplication, options: Options, instance: Instance, began: Callable[[Program], None], garbage: Garbage
) -> None:
    asyncio.get_running_loop().set_exception_handler(_log_of_loop)
    program = Program(application, options)
    program.loaded = garbage.settle
    instance.raised.connect(program.raise_by)
    told = System(application)
    told.ending.connect(program.quit)
    told.woke.connect(program.wake)
    again = system.restart_words(sys.argv[1:], in_tray=program.options.policy.autostart)
    if again is not None:
        system.restart_with(again)
    began(program)
    try:
        await program.run()
    finally:
        told.let_go()


def _log_of_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception of a callback on the loop: without this it would go to a console that nobody has."""
    log.trouble("callback broke", context.get("exception"), message=context.get("message"))


def _log_of_slot(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An exception of a Qt slot, or one that ends the program."""
    log.trouble("slot broke", error)
    sys.__excepthook__(kind, error, trace)
