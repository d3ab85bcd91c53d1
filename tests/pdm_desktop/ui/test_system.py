"""What the system says to the program, by messages as Windows sends them, and what the program says to it."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QPlatformSurfaceEvent, QWindow
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app.options import parse
from pdm_desktop.ui import system
from pdm_desktop.ui.system import (
    EAR,
    END_SESSION,
    LONGEST_RESTART,
    POWER_BROADCAST,
    QUERY_END_SESSION,
    RESUME_AUTOMATIC,
    System,
    restart_words,
)

MOUSE_MOVE = 0x200
SUSPEND, RESUME_SUSPEND = 0x4, 0x7


@pytest.fixture
def told(qapp: QApplication, qtbot: QtBot) -> Iterator[System]:
    made = System(qapp)
    yield made
    shiboken6.delete(made)


def counted(signal: object) -> Callable[[], int]:
    """How often a signal was emitted."""
    heard: list[object] = []
    signal.connect(lambda *_: heard.append(None))  # type: ignore[attr-defined] # of Qt's own kind
    return lambda: len(heard)


def test_the_question_whether_the_session_may_end_is_answered_at_once_and_ends_nothing(told: System) -> None:
    endings = counted(told.ending)
    assert told.take(QUERY_END_SESSION, 0) == 1
    assert told.take(END_SESSION, 0) == 0, "somebody else was against it"
    assert endings() == 0


def test_at_the_end_of_the_session_windows_gets_its_answer_when_all_is_kept(told: System) -> None:
    """After the answer it may end the process."""
    seen: list[str] = []

    def end() -> None:
        seen.append("told to end")
        QTimer.singleShot(30, stop)

    def stop() -> None:
        seen.append("all is kept")
        told.let_go()

    told.ending.connect(end)
    assert told.take(END_SESSION, 1) == 0
    assert seen == ["told to end", "all is kept"]


def test_the_end_is_said_to_each_window_and_counts_once(told: System) -> None:
    endings = counted(told.ending)
    told.ending.connect(told.let_go)
    assert [told.take(END_SESSION, 1) for _ in range(3)] == [0, 0, 0]
    assert endings() == 1


def test_a_program_that_does_not_end_in_time_keeps_nobody_waiting(
    told: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "END_PATIENCE_MS", 50)
    endings = counted(told.ending)
    assert told.take(END_SESSION, 1) == 0
    assert endings() == 1


def test_the_program_has_less_time_to_end_than_windows_gives_it() -> None:
    assert 1_000 <= system.END_PATIENCE_MS < 5_000


def test_waking_is_said_to_each_window_and_counts_once(told: System, qtbot: QtBot) -> None:
    woken = counted(told.woke)
    assert [told.take(POWER_BROADCAST, RESUME_AUTOMATIC) for _ in range(3)] == [1, 1, 1]
    assert woken() == 0
    qtbot.waitUntil(lambda: woken() > 0)
    assert woken() == 1


class Ears(QObject):
    """Which windows that hear the system there are for the system itself."""

    def __init__(self) -> None:
        super().__init__()
        self.here: list[QWindow] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QWindow) and watched.title() == EAR and isinstance(event, QPlatformSurfaceEvent):
            if event.surfaceEventType() is QPlatformSurfaceEvent.SurfaceEventType.SurfaceCreated:
                self.here.append(watched)
            else:
                self.here.remove(watched)
        return False


def test_a_program_that_shows_no_window_has_one_that_hears_and_that_nobody_closes(qapp: QApplication) -> None:
    ears = Ears()
    qapp.installEventFilter(ears)
    told = System(qapp)
    assert len(ears.here) == 1
    ear = ears.here[0]
    assert ear.isTopLevel()
    assert not ear.isVisible()
    ear.close()
    assert ears.here == [ear]
    shiboken6.delete(told)


def test_who_asks_the_application_to_quit_gets_an_end_in_order(told: System, qapp: QApplication) -> None:
    """Qt does so when Windows closes the window of the tray icon: the loop would stop, and nothing be kept."""
    endings = counted(told.ending)
    asked = QEvent(QEvent.Type.Quit)
    QCoreApplication.sendEvent(qapp, asked)
    assert (endings(), asked.isAccepted()) == (1, False)


@pytest.mark.parametrize(
    ("message", "word"), [(MOUSE_MOVE, 1), (POWER_BROADCAST, SUSPEND), (POWER_BROADCAST, RESUME_SUSPEND), (0, 0)]
)
def test_other_messages_are_for_others(told: System, message: int, word: int) -> None:
    assert told.take(message, word) is None


def test_after_an_update_the_program_starts_as_before_in_the_tray_and_without_its_link() -> None:
    assert restart_words([], in_tray=True) == "--tray"
    words = ["--profile", "second one", "--tray", "pdm://Production/a.nc"]
    assert restart_words(words, in_tray=True) == '--profile "second one" --tray'
    assert restart_words(["--profile", "a", "--", "pdm://V/x.nc", "--data"], in_tray=True) == "--profile a --tray"
    assert restart_words(words, in_tray=False) == '--profile "second one"'
    assert parse(["--profile", "second one", "--tray"]).tray


def test_words_that_are_too_long_for_windows_are_not_cut() -> None:
    assert restart_words(["--data", "x" * LONGEST_RESTART], in_tray=True) is None
    fits = restart_words(["--data", "x" * (LONGEST_RESTART - len("--data  --tray"))], in_tray=True)
    assert fits is not None
    assert len(fits) == LONGEST_RESTART


def test_the_program_can_say_which_one_it_is_and_in_which_session_it_runs() -> None:
    told = "from pdm_desktop.ui import system; system.introduce(); system.give_way(); print(system.session())"
    done = subprocess.run([sys.executable, "-c", told], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().isdecimal() == (sys.platform == "win32")
