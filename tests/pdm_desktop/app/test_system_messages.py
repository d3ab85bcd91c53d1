"""The whole program hears what the system says: it ends in order with the session, and comes back after a sleep."""

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config, log
from pdm_desktop.app.options import Options
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, ConnectionChanged
from pdm_desktop.ui.system import EAR
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
IN_TRAY = """
import sys
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pdm_desktop.app.options import parse
from pdm_desktop.app.start import start

def began(program):
    shown = []
    program.face.window.seen.connect(lambda: shown.append("main window"))
    real = program._begin

    def begin():
        real()
        print([(each.title(), each.isVisible()) for each in QGuiApplication.allWindows()], shown, flush=True)
        print(program.store.account.person, flush=True)
        QTimer.singleShot(0, lambda: QCoreApplication.sendEvent(QApplication.instance(), QEvent(QEvent.Type.Quit)))

    program._begin = begin

sys.exit(start(parse(sys.argv[1:]), began=began))
"""
ORDER = """
import sys
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QPlatformSurfaceEvent, QWindow
from PySide6.QtWidgets import QApplication
from pdm_desktop.app import start as module
from pdm_desktop.app.options import parse
from pdm_desktop.product import EXECUTABLE

class Windows(QObject):
    def eventFilter(self, watched, event):
        if isinstance(watched, QWindow) and isinstance(event, QPlatformSurfaceEvent):
            said("window")
        return False

class Application(QApplication):
    def __init__(self, words):
        said("application")
        super().__init__(words)
        self.windows = Windows()
        self.installEventFilter(self.windows)

def said(what):
    if what not in heard:
        heard.append(what)
        print(what, flush=True)

def calls(name):
    real = getattr(module.system, name)

    def called(*words):
        said(" ".join((name, *words)))
        real(*words)

    setattr(module.system, name, called)

heard = []
sys.executable = EXECUTABLE
calls("introduce")
calls("restart_with")
module.QApplication = Application
sys.exit(module.start(parse(sys.argv[1:]), began=lambda program: program.quit()))
"""


def test_the_program_introduces_itself_before_its_first_window_and_is_started_again_in_the_tray(tmp_path: Path) -> None:
    """Windows goes by the name that a program has at its first window."""
    words = ["--data", str(tmp_path), "--workspace", str(tmp_path / "work")]
    done = subprocess.run(
        [sys.executable, "-c", ORDER, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    again = subprocess.list2cmdline([*words, "--tray"])
    assert done.stdout.splitlines() == ["introduce", "application", "window", f"restart_with {again}"]
    text = (tmp_path / log.FILE).read_text(encoding="utf-8")
    assert ("starts again after an update" in text) == (sys.platform == "win32"), "Windows was asked for it"


def test_a_start_in_the_tray_hears_the_system_and_ends_in_order_when_it_is_asked_to_quit(tmp_path: Path) -> None:
    """The tray icon's own window shows its messages to nobody."""
    tomas = config.Person(server="works", address="http://127.0.0.1:9", name="Tomas", seat="s")
    config.save(tmp_path, config.Config(server=tomas.server, name=tomas.name, kept=True, people=(tomas,)))
    done = subprocess.run(
        [sys.executable, "-c", IN_TRAY, "--tray", "--data", str(tmp_path), "--workspace", str(tmp_path / "work")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"[('{EAR}', False)] []", "Tomas"]
    text = (tmp_path / log.FILE).read_text(encoding="utf-8")
    assert text.index("asked to quit") < text.index("quitting") < text.index("all is kept") < text.index("ended")


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
