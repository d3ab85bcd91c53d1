"""The sign-in window: which server, then who. One question a page; what is wrong stands above the fields."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QStackedWidget, QWidget

from pdm_desktop.core.requests import (
    AskAboutFolder,
    AskWhoseToken,
    FindServer,
    Request,
    SignIn,
    SignInByCode,
    SignInByToken,
)
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.updates import Need, Update
from pdm_desktop.state.changes import FolderSeen, ServerFound, TokenKnown, TokenWanted
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.fixed import show_fixed
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.sign_in.parts import Fact, page, sentence, text_field
from pdm_desktop.ui.sign_in.way import Way, WayPage
from pdm_desktop.ui.sign_in.welcome import WelcomePage
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.update_bar import UpdateBar
from pdm_desktop.ui.widgets import button, column, label
from server.protocol.limits import PASSWORD_LEAST

PAUSE_MS = 700
"""After so long without a key the typed address is looked for."""
SIZE = QSize(400, 368)
SERVER, WAYS, WELCOME = range(3)
"""The pages."""


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
        self._least = PASSWORD_LEAST
        self._owner = ""
        """Whose token was typed."""
        self.setWindowTitle("PDM Desktop")
        self.setWindowIcon(icons.icon("mark", Tone.ACCENT))
        self.setFixedWidth(SIZE.width())
        self.setMinimumHeight(SIZE.height())
        self._pages = QStackedWidget()
        self._make_server_page(server)
        self._make_way_page(name)
        self._make_welcome_page()
        self._update = update
        self.update_bar = UpdateBar(update, submit, only_required=True)
        self._layout = column(self.update_bar, self._pages, gap=0)
        self.setLayout(self._layout)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._look)
        bridge.found.connect(self.show_found)
        bridge.entrance.connect(self.show_entrance)
        bridge.update.connect(self._say_update)
        bridge.trouble.connect(self._take_trouble)
        bridge.account.connect(self._close_when_signed_in)
        if server:
            self._open_person_page(server)
            self._submit(FindServer(address=server))  # whether it has a GitLab
        if is_fixed:
            self.ways.fix_server()
            show_fixed(self.other, self.server)

    def _make_server_page(self, server: str) -> None:
        self.server_bar = MessageBar(Bar.BAD)
        self.server_bar.hide()
        self.server = text_field(server, "Server address")
        self.server.setPlaceholderText("pdm.example.com")
        self.server.textEdited.connect(self._address_edited)
        self.found = Fact("linked", Tone.GOOD)
        self.secure = Fact("admin", Tone.SECOND, second=True)
        self.next = button("Next", main=True, press=self._next)
        words = label("&Server address", strong=True)
        words.setBuddy(self.server)
        words.setTextFormat(Qt.TextFormat.PlainText)
        self._pages.addWidget(page(
            label("Where is your server?", theme.HEAD, strong=True), label("Your administrator knows", second=True),
            self.server_bar, words, self.server, self.found, self.secure,
            foot=[None, button("Quit", press=self.quit_asked.emit), self.next],
        ))  # fmt: skip

    def _make_way_page(self, name: str) -> None:
        self.ways = WayPage(name)
        self.bar, self.where, self.name = self.ways.bar, self.ways.note, self.ways.name
        self.password, self.stay = self.ways.password, self.ways.stay
        self.enter, self.other = self.ways.enter, self.ways.other
        self.ways.gone_on.connect(self._go_in)
        self.ways.back_asked.connect(self._open_server_page)
        self._pages.addWidget(self.ways)

    def _make_welcome_page(self) -> None:
        self.welcome = WelcomePage()
        self.welcome.gone_on.connect(self._begin_with_password)
        self.welcome.back_asked.connect(self._open_ways)
        self.welcome.folder.asked.connect(self._ask_about_folder)
        self._pages.addWidget(self.welcome)

    def show_found(self, answer: ServerFound) -> None:
        """The server that answers at the typed address, or why none does."""
        self.next.setEnabled(True)
        go_on, self._go_on = self._go_on, False
        if answer.info is None:
            if self._pages.currentIndex() == SERVER:  # else somebody signs in there, and is told the same
                self._forget_found()
            if answer.trouble is not None:
                self.server_bar.say(sentence(answer.trouble), strong=answer.trouble.title)
                self.server_bar.setVisible(not self._needs_update())
            return
        self._address = answer.address
        self._least = answer.info.password_least
        self.ways.offer_gitlab(answer.info.gitlab_host, answer.info.gitlab_scope)
        self.server_bar.hide()
        self.found.say(f"Found: {answer.info.name}, version {answer.info.version}")
        secure = answer.address.startswith("https:")
        self.secure.say("The connection is encrypted" if secure else "This computer itself; nothing leaves it")
        if go_on:
            self._open_person_page(answer.address)

    def show_trouble(self, trouble: Trouble) -> None:
        """Why nobody is signed in: a bar above the fields. The name stays, the password goes."""
        self._be_busy(on=False)
        self.ways.say(sentence(trouble), strong=trouble.title)
        self.bar.setVisible(not self._needs_update())
        self._open_ways()
        self.password.clear()
        self.ways.focus_first()
        self._fit()

    def show_entrance(self, answer: TokenKnown | TokenWanted | FolderSeen) -> None:
        """What is said to somebody on the way in."""
        if not isinstance(answer, FolderSeen) or answer.ends_sign_in:
            self._be_busy(on=False)
        match answer:
            case FolderSeen():
                self.welcome.folder.show_seen(answer)
            case TokenWanted(trouble=trouble):
                self._open_ways()
                self.ways.say(sentence(trouble), strong=trouble.title, kind=Bar.INFO)
                self.ways.want_token(wanted=True)
            case TokenKnown(owner=owner) if owner.has_password:
                self.name.setText(owner.person)
                self.ways.show_way(Way.PASSWORD)
                text = "Sign in with it; the token is not needed. Lost it? An administrator makes a one-time code."
                self.ways.say(text, strong=f"{owner.person} has a password already.", kind=Bar.INFO)
            case TokenKnown(owner=owner, least=least):
                self._owner = owner.person
                note = f"Step 3 of 3; from now on you sign in as {owner.person}, without the token"
                self._open_welcome(f"Welcome, {owner.called}", note, least)
        self._fit()

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
        self._pages.setCurrentIndex(SERVER)
        self.next.setDefault(True)
        self.server.selectAll()
        self.server.setFocus()

    def _open_person_page(self, server: str) -> None:
        self._address = server
        self.ways.at(server.partition("://")[2] or server)
        self._open_ways()
        self.ways.focus_first()

    def _open_ways(self) -> None:
        self._pages.setCurrentIndex(WAYS)
        self.enter.setDefault(True)

    def _open_welcome(self, title: str, note: str, least: int) -> None:
        self.welcome.begin(title, note, least=least)
        self._pages.setCurrentIndex(WELCOME)
        self.welcome.start.setDefault(True)

    def _go_in(self) -> None:
        """The main button of the ways."""
        match self.ways.way:
            case Way.PASSWORD:
                self._ask(SignIn(
                    server=self._address, name=self.name.text().strip(), password=self.password.text(),
                    stay=self.stay.isChecked(), gitlab_token=self.ways.token.text().strip(),
                ))  # fmt: skip
            case Way.TOKEN:
                self._ask(AskWhoseToken(server=self._address, gitlab_token=self.ways.token.text().strip()))
            case Way.CODE:
                note = "Step 3 of 3; from now on you sign in with this one"
                self._open_welcome("A new password", note, self._least)

    @property
    def _who(self) -> str:
        """Whose password and folder the last page asks for."""
        return self._owner if self.ways.way is Way.TOKEN else self.name.text().strip()

    def _ask_about_folder(self, folder: str) -> None:
        self._submit(AskAboutFolder(server=self._address, name=self._who, folder=folder))

    def _begin_with_password(self) -> None:
        """The main button of the last page."""
        password, stay = self.welcome.password.text, self.welcome.stay.isChecked()
        token, workspace = self.ways.token.text().strip(), self.welcome.folder.text
        if self.ways.way is Way.TOKEN:
            self._ask(SignInByToken(
                server=self._address, name=self._who, gitlab_token=token, password=password, stay=stay,
                workspace=workspace,
            ))  # fmt: skip
        else:
            self._ask(SignInByCode(
                server=self._address, name=self._who, code=self.ways.code.text().strip(),
                password=password, stay=stay, gitlab_token=token, workspace=workspace,
            ))  # fmt: skip

    def _ask(self, request: Request) -> None:
        self._be_busy(on=True)
        self.bar.hide()
        self._submit(request)

    def _be_busy(self, *, on: bool) -> None:
        self.ways.be_busy(on=on)
        self.welcome.be_busy(on=on)

    def event(self, event: QEvent) -> bool:
        # What a page shows or hides is known to its layout only when that is asked anew, which is later.
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._fit()
        return done

    def _fit(self) -> None:
        """Grow with what a bar says, and with a field that is there only sometimes."""
        self._layout.activate()
        height = max(SIZE.height(), self._layout.heightForWidth(SIZE.width()))
        self.setMinimumHeight(height)
        self.resize(SIZE.width(), height)

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
            case SignIn() | SignInByToken() | SignInByCode() | AskWhoseToken():
                self.show_trouble(trouble)
            case FindServer():
                self.show_found(ServerFound(address="", trouble=trouble))
            case _:
                """Another part of the window tells of it."""

    def _close_when_signed_in(self) -> None:
        if self._signed_in():
            self._be_busy(on=False)
            self.ways.forget()
            self.welcome.forget()
            self.accept()
