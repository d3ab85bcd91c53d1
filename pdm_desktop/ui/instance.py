"""One window for each user, session and profile: a second start raises the first, hands its link over and ends."""

import getpass
import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from pdm_desktop.ui import system

PATIENCE_MS: Final = 1_000
LONGEST: Final = 16_384
"""Bytes that are heard of a later start."""


class Instance(QObject):
    """The place of the one running program: tell who has it, or claim it. Keep it as long as the program runs."""

    raised = Signal(str)
    """Somebody started the program a second time, with this link or none."""

    def __init__(self, profile: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = place_name(profile)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._welcome)

    def tell_first(self, link: str = "") -> bool:
        """Tell the one that runs, if there is one, to come to the front; False: nobody hears."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(PATIENCE_MS):
            return False
        system.give_way()
        socket.write(f"{link}\n".encode())
        socket.waitForBytesWritten(PATIENCE_MS)
        socket.disconnectFromServer()
        if socket.state() != QLocalSocket.LocalSocketState.UnconnectedState:
            socket.waitForDisconnected(PATIENCE_MS)
        return True

    def claim(self) -> bool:
        """Hear of later ones. Only who knows that no other one runs may do so: two could hear at once on Windows."""
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)  # left by a program that was killed: nobody answered there
        return self._server.listen(self._name)

    def release(self) -> None:
        """Give the place up."""
        self._server.close()

    def _welcome(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
                self._hear(socket)
            else:
                socket.disconnected.connect(lambda socket=socket: self._hear(socket))

    def _hear(self, socket: QLocalSocket) -> None:
        """The later start has said all it wanted."""
        said = bytes(socket.read(LONGEST).data()).decode(errors="replace")
        socket.deleteLater()
        self.raised.emit(said.strip())


def place_name(profile: str) -> str:
    """The name of the local socket: short, and another one for each user, session, home and profile."""
    whole = f"{getpass.getuser()}\n{system.session()}\n{Path.home()}\n{profile}"
    return f"pdm-desktop-{hashlib.sha256(whole.encode()).hexdigest()[:24]}"
