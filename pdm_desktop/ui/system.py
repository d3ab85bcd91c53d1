"""What the system and a program with windows tell each other: who it is, the end of the session, and sleep.

On Windows these are messages to each window of the program; one that nobody sees hears them, as the tray may have none.
`meaning` decides what they mean, the same everywhere; the calls at the end have one side for each operating system.
"""

import subprocess
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QWindow

from pdm_desktop import log
from pdm_desktop.product import APP_ID, EXECUTABLE, NAME, SCHEME

QUERY_END_SESSION: Final = 0x11
END_SESSION: Final = 0x16
POWER_BROADCAST: Final = 0x218
RESUME_AUTOMATIC: Final = 0x12
"""It comes at every waking; PBT_APMRESUMESUSPEND only follows it when a person is there."""
END_PATIENCE_MS: Final = 4_000
"""Windows gives a program 5 s to end. What is not done by then goes on at the next start."""
WAKE_GATHER_MS: Final = 500
"""Each window hears that the computer woke, within this time: it counts once."""
EAR: Final = f"{NAME} hears the system"
"""Title of the window that nobody sees."""
LONGEST_RESTART: Final = 1_023
"""Characters that Windows takes as the words of a restart (RESTART_MAX_CMD_LINE counts the end as well)."""


class Meaning(Enum):
    """What a message of the system says: learn.microsoft.com/windows/win32/shutdown and …/windows/win32/power."""

    MAY_END = "may end"
    """The session may be about to end, or the Restart Manager wants the files for an installer."""
    ENDS = "ends"
    STAYS = "stays"
    """Somebody was against the end."""
    WOKE = "woke"


def meaning(message: int, word: int) -> Meaning | None:
    """What a message with its first word says; None: nothing of concern here."""
    if message == QUERY_END_SESSION:
        return Meaning.MAY_END
    if message == END_SESSION:
        return Meaning.ENDS if word else Meaning.STAYS
    if message == POWER_BROADCAST and word == RESUME_AUTOMATIC:
        return Meaning.WOKE
    return None


def restart_words(words: Sequence[str], *, in_tray: bool) -> str | None:
    """The words with which Windows starts the program again after an update; None: they are too long for it.

    They are those of this start without its link, and in the tray if that may be.
    """
    options = words[: words.index("--")] if "--" in words else words  # a followed link stands behind the two strokes
    kept = [each for each in options if each != "--tray" and not each.casefold().startswith(f"{SCHEME}://")]
    line = subprocess.list2cmdline([*kept, "--tray"] if in_tray else kept)
    return line if len(line) <= LONGEST_RESTART else None


class System(QObject):
    """Hears what the system says to this program. Keep it as long as the program runs."""

    ending = Signal()
    """The program must end now, in order; until `let_go` the system waits, as long as it ever does."""
    woke = Signal()
    """The computer was asleep until now."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._waiting: QEventLoop | None = None
        self._ends = self._has_let_go = False
        self._waking = QTimer(self, singleShot=True, interval=WAKE_GATHER_MS)
        self._waking.timeout.connect(self.woke)
        self._ear = _Ear()
        self._filter = listen(application, self)
        application.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Whoever asks the application to quit (Qt itself does, when its tray icon is closed) gets an end in order."""
        if event.type() != QEvent.Type.Quit:
            return False
        log.note("asked to quit")
        event.ignore()
        self.ending.emit()
        return True

    def take(self, message: int, word: int) -> int | None:
        """Do what a message asks for. The answer is what Windows gets; None: the message is for somebody else."""
        said = meaning(message, word)
        if said is None:
            return None
        log.note("the system says", said=said.value)
        match said:
            case Meaning.MAY_END:
                return 1
            case Meaning.STAYS:
                return 0
            case Meaning.ENDS:
                self._end()
                return 0
            case Meaning.WOKE:
                self._waking.start()
                return 1

    def let_go(self) -> None:
        """Everything has been stopped and kept."""
        log.note("all is kept")
        self._has_let_go = True
        if self._waiting is not None:
            self._waiting.quit()

    def _end(self) -> None:
        """After the answer to this message Windows may end the process, so it waits until all is kept."""
        if self._ends:
            return  # it is said to each window
        self._ends = True
        self.ending.emit()
        if self._has_let_go:
            return
        self._waiting = QEventLoop()
        QTimer.singleShot(END_PATIENCE_MS, self._waiting.quit)
        self._waiting.exec()


class _Ear(QWindow):
    """A window of the system that is never shown. The icon in the tray has one as well, but Qt keeps that to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setTitle(EAR)
        self.create()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt would take the system's window away."""
        event.ignore()


if sys.platform == "win32":
    import ctypes
    import os
    from ctypes import wintypes

    from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray

    _ANYBODY: Final = 0xFFFFFFFF
    _NOT_AFTER_CRASH, _NOT_AFTER_HANG, _NOT_AFTER_REBOOT = 0x1, 0x2, 0x8

    def introduce() -> None:
        """Tell Windows which program this is, before it has a window: the task bar and notifications go by that."""
        if ctypes.WinDLL("shell32").SetCurrentProcessExplicitAppUserModelID(APP_ID) != 0:
            log.note("no application id")

    def session() -> str:
        """The session that this process runs in: a person may have two, as by remote desktop."""
        number = wintypes.DWORD()
        ctypes.WinDLL("kernel32").ProcessIdToSessionId(os.getpid(), ctypes.byref(number))
        return str(number.value)

    def give_way() -> None:
        """Let another process come to the front: only the one that a person has just started may say so."""
        ctypes.WinDLL("user32").AllowSetForegroundWindow(_ANYBODY)

    def restart_with(words: str) -> None:
        """After an update that needed the program to end, start it again with these words. At sign-in others do it.

        Windows starts the file that runs now: nothing is asked for where that is not the installed program.
        """
        if Path(sys.executable).name.casefold() != EXECUTABLE.casefold():
            return
        never = _NOT_AFTER_CRASH | _NOT_AFTER_HANG | _NOT_AFTER_REBOOT
        answer = ctypes.WinDLL("kernel32").RegisterApplicationRestart(words, never)
        log.note("starts again after an update", words=words, refused=answer or None)

    class _Filter(QAbstractNativeEventFilter):
        """Shows each message to `take` before Qt has it: Qt would stop the loop, and nothing be kept."""

        def __init__(self, system: System) -> None:
            super().__init__()
            self._system = system

        def nativeEventFilter(
            self, _kind: QByteArray | bytes | bytearray | memoryview, message: int
        ) -> tuple[bool, int]:
            seen = wintypes.MSG.from_address(int(message))
            answer = self._system.take(seen.message, seen.wParam)
            return answer is not None, answer or 0

    def listen(application: QCoreApplication, system: System) -> object:
        """Let `system` hear from now on. Keep what comes back."""
        made = _Filter(system)
        application.installNativeEventFilter(made)
        return made

else:

    def introduce() -> None:
        """Other systems know a program by its name."""

    def session() -> str:
        """There is one."""
        return ""

    def give_way() -> None:
        """Other systems decide by themselves who comes to the front."""

    def restart_with(words: str) -> None:
        """Other systems replace the files of a program while it runs."""

    def listen(application: QCoreApplication, system: System) -> object:
        """Nobody says anything."""
        return None
