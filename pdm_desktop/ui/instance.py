"""One window for each user and profile: a second start raises the first and ends."""

import getpass
import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

RAISE: Final = b"raise\n"
PATIENCE_MS: Final = 1_000


class Instance(QObject):
    """Claims the place of the one running program. Keep it as long as the program runs."""

    raised = Signal()
    """Somebody started the program a second time."""

    def __init__(self, profile: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = place_name(profile)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._welcome)

    def claim(self) -> bool:
        """True: this is the only one, and hears of later ones. False: the first one was told to come to the front."""
        if self._tell_first():
            return False
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)  # left by a program that was killed: nobody answered there
        return self._server.listen(self._name)

    def release(self) -> None:
        """Give the place up."""
        self._server.close()

    def _tell_first(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(PATIENCE_MS):
            return False
        socket.write(RAISE)
        socket.waitForBytesWritten(PATIENCE_MS)
        socket.disconnectFromServer()
        if socket.state() != QLocalSocket.LocalSocketState.UnconnectedState:
            socket.waitForDisconnected(PATIENCE_MS)
        return True

    def _welcome(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.raised.emit()


def place_name(profile: str) -> str:
    """The name of the local socket: short, and another one for each user, home and profile."""
    whole = f"{getpass.getuser()}\n{Path.home()}\n{profile}"
    return f"pdm-desktop-{hashlib.sha256(whole.encode()).hexdigest()[:24]}"
