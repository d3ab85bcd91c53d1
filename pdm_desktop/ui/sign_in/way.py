"""The page of who somebody is: name and password, a first time a token of GitLab, or an administrator's code."""

from enum import Enum, auto
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QTabBar, QWidget

from pdm_desktop.ui import theme
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.sign_in.parts import Fact, page, text_field, words_of
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import Elided, Link, button, column, label, pane, row
from server.protocol.limits import CODE_CHARACTERS, GITLAB_TOKEN_CHARACTERS


class Way(Enum):
    """By what somebody shows who it is."""

    PASSWORD = auto()
    TOKEN = auto()
    CODE = auto()


TABS: Final = (Way.PASSWORD, Way.TOKEN)
"""In the order of the tabs, which are there where the server has a GitLab."""
_NOTES: Final = {
    Way.TOKEN: "Step 2 of 3; for the first time only",
    Way.CODE: "Step 2 of 3; an administrator gave you the code",
}
_MISSING: Final = {
    Way.PASSWORD: "Type your name and password first.",
    Way.TOKEN: "Paste your token first.",
    Way.CODE: "Type your name and the code first.",
}


class WayPage(QWidget):
    """Asks who somebody is. It knows what is typed, and hands nothing on by itself."""

    gone_on = Signal()
    """The main button."""
    back_asked = Signal()
    """To the page of the server."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.way = Way.PASSWORD
        self._where = ""
        self._busy = self._is_fixed = self._has_gitlab = self._wants_token = False
        self.bar = MessageBar(Bar.BAD)
        self.bar.hide()
        self.note = Elided(second=True)
        self.tabs = QTabBar()
        self.name = text_field(name, "Name")
        self.password = text_field("", "Password", is_secret=True)
        self.code = text_field("", "One-time code")
        self.code.setMaxLength(CODE_CHARACTERS)
        self.code.setPlaceholderText("ABCD-EFGH-JKMN")
        self.token = text_field("", "GitLab access token", is_secret=True)
        self.token.setMaxLength(GITLAB_TOKEN_CHARACTERS)
        self.stay = QCheckBox("Stay signed in on this computer")
        self.stay.setChecked(True)
        self.enter = button("Sign in", main=True, press=self.gone_on.emit)
        self.other = button("Other server…", press=self._go_back)
        self.lost = Link("I have a one-time code")
        self._arrange()
        for field in (self.name, self.password, self.code, self.token):
            field.textChanged.connect(lambda _: self._say_what_is_possible())
        self.lost.pressed.connect(lambda: self.show_way(Way.CODE))
        self.tabs.currentChanged.connect(lambda place: self.show_way(TABS[place]))
        self.show_way(Way.PASSWORD)

    def at(self, where: str) -> None:
        """At which server."""
        self._where = where
        self._say_note()

    def offer_gitlab(self, host: str, scope: str) -> None:
        """The server takes tokens of this GitLab for a first sign-in; without a host it takes none."""
        self.scope.say(f"Needs the scope {scope}, nothing more")
        self.scope.setToolTip(f"Of GitLab at {host}")
        self._has_gitlab = bool(host)
        self._arrange_way()
        if not host and self.way is Way.TOKEN:
            self.show_way(Way.PASSWORD)

    def want_token(self, *, wanted: bool) -> None:
        """An administrator wants to see the token beside the password, or the code."""
        self._wants_token = wanted
        self._arrange_way()
        if wanted:
            self.token.setFocus()

    def show_way(self, way: Way) -> None:
        """Ask by this way."""
        if way is not self.way:
            self.bar.hide()
            self._wants_token = False
            self.token.clear()
        self.way = way
        if way in TABS:
            self.tabs.setCurrentIndex(TABS.index(way))
        self._arrange_way()
        self.focus_first()

    def focus_first(self) -> None:
        """Go to the first field that is empty, or to the last."""
        fields = [each for each in self._fields() if each.isVisibleTo(self)]
        empty = [each for each in fields if not each.text()]
        (empty[0] if empty else fields[-1]).setFocus()

    def fix_server(self) -> None:
        """An administrator says which server it is."""
        self._is_fixed = True

    def say(self, text: str, *, strong: str, kind: Bar = Bar.BAD) -> None:
        """Above the fields."""
        self.bar.say(text, strong=strong, kind=kind)
        self.bar.show()

    def be_busy(self, *, on: bool) -> None:
        """While the server is asked nothing can be typed."""
        self._busy = on
        for widget in (self.name, self.password, self.code, self.token, self.stay, self.lost, self.tabs):
            widget.setDisabled(on)
        self._arrange_way()

    def forget(self) -> None:
        """Nothing secret stays."""
        for field in (self.password, self.code, self.token):
            field.clear()
        self._wants_token = False
        self._arrange_way()

    def _arrange(self) -> None:
        for way, text in ((Way.PASSWORD, "Name and password"), (Way.TOKEN, "GitLab token")):
            self.tabs.addTab(text)
            self.tabs.setTabToolTip(TABS.index(way), _NOTES.get(way, ""))
        self.tabs.setAccessibleName("How to sign in")
        self.tabs.setExpanding(False)
        self._tab_row = pane(column(row(self.tabs, None), gap=0))
        self._tab_row.hide()
        self.scope = Fact("info", Tone.ACCENT, second=True)
        once = label("It proves who you are, once. It is not stored; next you set a password.", second=True, wrap=True)
        self._named = pane(column(words_of("&Name", self.name), self.name, gap=6))
        secret = words_of("&Password", self.password)
        self._by_password = pane(column(secret, self.password, gap=6))
        self._by_code = pane(column(words_of("One-time &code", self.code), self.code, gap=6))
        self._by_token = pane(column(words_of("GitLab access &token", self.token), self.token, gap=6))
        self._about_token = pane(column(once, self.scope, gap=6))
        self._staying = pane(column(self.stay, row(self.lost, None), gap=6))
        whole = page(
            label("Sign in", theme.HEAD, strong=True), self.note,
            self.bar, self._tab_row, self._named, 2, self._by_password, self._by_code, self._by_token,
            self._about_token, self._staying,
            foot=[self.other, None, self.enter],
        )  # fmt: skip
        self.setLayout(column(whole, gap=0))

    def _fields(self) -> tuple[QLineEdit, ...]:
        return (self.name, self.password, self.code, self.token)

    def _arrange_way(self) -> None:
        way = self.way
        self._tab_row.setVisible(self._has_gitlab and way in TABS and not self._wants_token)
        self._named.setVisible(way is not Way.TOKEN)
        self._by_password.setVisible(way is Way.PASSWORD)
        self._by_code.setVisible(way is Way.CODE)
        self._by_token.setVisible(way is Way.TOKEN or self._wants_token)
        self._about_token.setVisible(way is Way.TOKEN)
        self._staying.setVisible(way is Way.PASSWORD)
        self.other.setText("Other server…" if way is Way.PASSWORD else "Back")
        self.other.setDisabled(self._busy or (self._is_fixed and way is not Way.CODE))
        if self._busy:
            self.enter.setText("Signing in…" if way is Way.PASSWORD else "One moment…")
        else:
            self.enter.setText("Sign in" if way is Way.PASSWORD else "Next")
        self._say_note()
        self._say_what_is_possible()

    def _say_note(self) -> None:
        self.note.say(_NOTES.get(self.way, self._where))

    def _say_what_is_possible(self) -> None:
        name, token = bool(self.name.text().strip()), bool(self.token.text().strip())
        typed = {
            Way.PASSWORD: name and bool(self.password.text()),
            Way.TOKEN: token,
            Way.CODE: name and bool(self.code.text().strip()),
        }[self.way] and (token or not self._wants_token)
        self.enter.setEnabled(typed and not self._busy)
        self.enter.setToolTip("" if typed else _MISSING[self.way])

    def _go_back(self) -> None:
        if self.way is Way.CODE:
            self.show_way(Way.PASSWORD)
        else:
            self.back_asked.emit()
