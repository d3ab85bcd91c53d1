"""The whole program hears what the system says: it ends in order with the session, and comes back after a sleep."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import log
from pdm_desktop.app.options import Options
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, ConnectionChanged
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pdm_desktop.app.options import parse
from pdm_desktop.app.start import start
from pdm_desktop.ui.system import END_SESSION, System

def began(program):
    def end():
        (told,) = QApplication.instance().findChildren(System)
        answer = told.take(END_SESSION, 1)
        print(answer, program.face.window.isVisible(), len(program.tasks._running), flush=True)
    program.face.painted.connect(lambda: QTimer.singleShot(0, end))

sys.exit(start(parse(sys.argv[1:]), began=began))
"""


def test_at_the_end_of_the_session_the_program_ends_in_order_before_it_answers(tmp_path: Path) -> None:
    words = ["--data", str(tmp_path), "--workspace", str(tmp_path / "work")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "False", "0"]
    text = (tmp_path / log.FILE).read_text(encoding="utf-8")
    assert (
        text.index("the system says said=ends")
        < text.index("quitting")
        < text.index("all is kept")
        < text.index("ended")
    )


async def test_after_a_sleep_the_seat_is_connected_anew(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        program.wake()  # before anything is connected it changes nothing
        await sign_in(program, shop_server)
        phases: list[Phase] = []

        def note(change: Change) -> None:
            if isinstance(change, ConnectionChanged):
                phases.append(program.store.connection.phase)

        program.store.subscribe(note)
        program.wake()
        await until(lambda: Phase.IN_STEP in phases)
        assert phases[0] is not Phase.IN_STEP
