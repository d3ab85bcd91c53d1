"""The sign-in window: which server, then who. One question a page; what is wrong stands above the fields."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QLabel, QLineEdit, QStackedWidget, QWidget

from pdm_desktop.core.requests import FindServer, Request, SignIn
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.updates import Need, Update
from pdm_desktop.state.changes import ServerFound
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.fixed import show_fixed
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.update_bar import UpdateBar
from pdm_desktop.ui.widgets import Elided, Item, Picture, button, column, label, pane, row

PAUSE_MS = 700
"""After so long without a key the typed address is looked for."""
SIZE = QSize(400, 368)


class SignInWindow(QDialog):
    """Asks for server, name and password. It closes by itself when somebody is signed in."""

    quit_asked = Signal()
    """The window was closed without a sign-in."""

    def __init__(
        self, bridge: Bridge, submit: Callable[[Request], None], *, server: str = "", name: str = "",
        is_fixed: bool = False, update: Callable[[], Update] = Update, signed_in: Callable[[], bool] = lambda: False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """`is_fixed`: the administrator says which server it is. `update`: what this program needs now."""
        super().__init__(parent)
        self._submit = submit
        self._signed_in = signed_in
        self._address = ""
        self._go_on = False
        self.setWindowTitle("PDM Desktop")
        self.setWindowIcon(icons.icon("mark", Tone.ACCENT))
        self.setFixedWidth(SIZE.width())
        self.setMinimumHeight(SIZE.height())
        self._pages = QStackedWidget()
        self._make_server_page(server)
        self._make_person_page(name)
        self._update = update
        self.update_bar = UpdateBar(update, submit, only_required=True)
        self.setLayout(column(self.update_bar, self._pages, gap=0))
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._look)
        bridge.found.connect(self.show_found)
        bridge.update.connect(self._say_update)
        bridge.trouble.connect(self._take_trouble)
        bridge.account.connect(self._close_when_signed_in)
        if server:
            self._open_person_page(server)
        self._is_fixed = is_fixed
        if is_fixed:
            show_fixed(self.other, self.server)

    def _make_server_page(self, server: str) -> None:
        self.server_bar = MessageBar(Bar.BAD)
        self.server_bar.hide()
        self.server = _field(server, "Server address")
        self.server.setPlaceholderText("pdm.example.com")
        self.server.textEdited.connect(self._address_edited)
        self.found = _Fact("linked", Tone.GOOD)
        self.secure = _Fact("admin", Tone.SECOND, second=True)
        self.next = button("Next", main=True, press=self._next)
        words = label("&Server address", strong=True)
        words.setBuddy(self.server)
        words.setTextFormat(Qt.TextFormat.PlainText)
        self._pages.addWidget(_page(
            label("Where is your server?", theme.HEAD, strong=True), label("Your administrator knows", second=True),
            self.server_bar, words, self.server, self.found, self.secure,
            foot=[None, button("Quit", press=self.quit_asked.emit), self.next],
        ))  # fmt: skip

    def _make_person_page(self, name: str) -> None:
        self.bar = MessageBar(Bar.BAD)
        self.bar.hide()
        self.where = Elided(second=True)
        self.name = _field(name, "Name")
        self.password = _field("", "Password")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.stay = QCheckBox("Stay signed in on this computer")
        self.stay.setChecked(True)
        self.enter = button("Sign in", main=True, press=self._sign_in)
        self.other = button("Other server…", press=self._open_server_page)
        self.name.textChanged.connect(self._say_what_is_possible)
        self.password.textChanged.connect(self._say_what_is_possible)
        name_words, password_words = label("&Name", strong=True), label("&Password", strong=True)
        name_words.setBuddy(self.name)
        password_words.setBuddy(self.password)
        self._pages.addWidget(_page(
            label("Sign in", theme.HEAD, strong=True), self.where,
            self.bar, name_words, self.name, 2, password_words, self.password, self.stay,
            foot=[self.other, None, self.enter],
        ))  # fmt: skip
        self._say_what_is_possible()

    def show_found(self, answer: ServerFound) -> None:
        """The server that answers at the typed address, or why none does."""
        self.next.setEnabled(True)
        go_on, self._go_on = self._go_on, False
        if answer.info is None:
            self._forget_found()
            if answer.trouble is not None:
                self.server_bar.say(_sentence(answer.trouble), strong=answer.trouble.title)
                self.server_bar.setVisible(not self._needs_update())
            return
        self._address = answer.address
        self.server_bar.hide()
        self.found.say(f"Found: {answer.info.name}, version {answer.info.version}")
        secure = answer.address.startswith("https:")
        self.secure.say("The connection is encrypted" if secure else "This computer itself; nothing leaves it")
        if go_on:
            self._open_person_page(answer.address)

    def show_trouble(self, trouble: Trouble) -> None:
        """Why nobody is signed in: a bar above the fields. The name stays, the password goes."""
        self._busy(on=False)
        self.bar.say(_sentence(trouble), strong=trouble.title)
        self.bar.setVisible(not self._needs_update())
        self._pages.setCurrentIndex(1)
        self.password.clear()
        self.password.setFocus()

    def reject(self) -> None:
        self.quit_asked.emit()

    def _address_edited(self) -> None:
        self._forget_found()
        self._go_on = False
        self.next.setEnabled(True)
        self.server_bar.hide()
        self._pause.start()

    def _forget_found(self) -> None:
        self._address = ""
        self.found.hide()
        self.secure.hide()

    def _look(self) -> None:
        self._pause.stop()
        if address := self.server.text().strip():
            self._submit(FindServer(address=address))

    def _next(self) -> None:
        if self._address:
            self._open_person_page(self._address)
        elif self.server.text().strip():
            self._go_on = True
            self.next.setEnabled(False)
            self._look()
        else:
            self.server.setFocus()

    def _open_server_page(self) -> None:
        self._pages.setCurrentIndex(0)
        self.next.setDefault(True)
        self.server.selectAll()
        self.server.setFocus()

    def _open_person_page(self, server: str) -> None:
        self._address = server
        self.where.say(server.partition("://")[2] or server)
        self._pages.setCurrentIndex(1)
        self.enter.setDefault(True)
        (self.password if self.name.text() else self.name).setFocus()

    def _sign_in(self) -> None:
        self._busy(on=True)
        self.bar.hide()
        self._submit(SignIn(
            server=self._address, name=self.name.text().strip(), password=self.password.text(),
            stay=self.stay.isChecked(),
        ))  # fmt: skip

    def _busy(self, *, on: bool) -> None:
        self.enter.setText("Signing in…" if on else "Sign in")
        for widget in (self.name, self.password, self.stay):
            widget.setDisabled(on)
        self.other.setDisabled(on or self._is_fixed)
        self._say_what_is_possible()

    def _say_what_is_possible(self) -> None:
        typed = bool(self.name.text().strip() and self.password.text())
        self.enter.setEnabled(typed and self.name.isEnabled())
        self.enter.setToolTip("" if typed else "Type your name and password first.")

    def _needs_update(self) -> bool:
        """Then the update's own bar says what is wrong, and what to do."""
        return self._update().need is Need.REQUIRED

    def _say_update(self) -> None:
        self.update_bar.refresh()
        if self._needs_update():
            self.bar.hide()
            self.server_bar.hide()

    def _take_trouble(self, trouble: Trouble, request: Request | None) -> None:
        match request:
            case SignIn():
                self.show_trouble(trouble)
            case FindServer():
                self.show_found(ServerFound(address="", trouble=trouble))
            case _:
                """Another part of the window tells of it."""

    def _close_when_signed_in(self) -> None:
        if self._signed_in():
            self._busy(on=False)
            self.password.clear()
            self.accept()


class _Fact(QWidget):
    """An icon and a sentence that show when there is something to say."""

    def __init__(self, icon: str, ink: Tone, *, second: bool = False) -> None:
        super().__init__()
        self.words: QLabel = label("", second=second, wrap=True)
        box = row(Picture(icon, ink=ink), self.words, gap=6)
        box.setStretch(1, 1)
        self.setLayout(box)
        self.hide()

    def say(self, text: str) -> None:
        self.words.setText(text)
        self.show()


def _page(title: QLabel, note: QWidget, *items: Item, foot: list[Item]) -> QWidget:
    head = row(Picture("mark", theme.ICON_TITLE, Tone.ACCENT), 4, column(title, note, gap=2))
    edge = (theme.EDGE_SIGN_IN, 20, theme.EDGE_SIGN_IN, 18)
    return pane(column(head, 12, *items, None, row(*foot), gap=6, edge=edge))


def _field(text: str, name: str) -> QLineEdit:
    made = QLineEdit(text)
    made.setFixedHeight(theme.FIELD_SIGN_IN)
    made.setTextMargins(4, 0, 4, 0)
    made.setAccessibleName(name)
    return made


def _sentence(trouble: Trouble) -> str:
    return " ".join(part for part in (trouble.text, trouble.advice) if part)
