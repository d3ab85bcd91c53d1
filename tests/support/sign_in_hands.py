"""Somebody at the sign-in window: looks for its fields and buttons, types and clicks, and reads what it says."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from pdm_desktop.ui.sign_in.way import TABS, Way
from pdm_desktop.ui.sign_in.window import SignInWindow
from tests.support.seat_parts import until


class Hands:
    """Every step waits for the page that it is about. Raises TimeoutError where that does not come."""

    def __init__(self, window: SignInWindow) -> None:
        self.window = window

    async def goes_to(self, server: str) -> None:
        """The first page: which server."""
        await until(self.window.server.isVisible)
        _type(self.window.server, server)
        _press(self.window.next)
        await until(self.window.ways.isVisible)

    async def gives_token(self, token: str) -> None:
        """The second page: by a token of GitLab."""
        await self.chooses(Way.TOKEN)
        _type(self.window.ways.token, token)
        _press(self.window.enter)

    async def gives_password(self, name: str, password: str) -> None:
        """The second page: by name and password."""
        await self.chooses(Way.PASSWORD)
        _type(self.window.name, name)
        _type(self.window.password, password)
        _press(self.window.enter)

    async def chooses(self, way: Way) -> None:
        """Click the tab of a way; it is there where the server has a GitLab."""
        tabs = self.window.ways.tabs
        await until(tabs.isVisible)
        QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(TABS.index(way)).center())
        assert self.window.ways.way is way

    async def is_welcomed(self) -> str:
        """The third page comes; its heading."""
        await until(self.window.welcome.isVisible)
        return self.window.welcome.title.whole()

    def sets_password(self, password: str, *, stay: bool = False) -> None:
        """The third page: from now on by this password."""
        _type(self.window.welcome.password.field, password)
        self.window.welcome.stay.setChecked(stay)
        _press(self.window.welcome.start)

    async def is_told(self) -> str:
        """The bar above the fields comes; what it says."""
        await until(lambda: self.window.bar.isVisible() and self.window.enter.isEnabled())
        return self.window.bar.text()


def _type(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)


def _press(button: QAbstractButton) -> None:
    assert button.isVisible(), button.text()
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(button.width() // 2, button.height() // 2))
