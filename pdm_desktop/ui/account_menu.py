"""The menu of the signed-in person: who that is, how the window looks, sign out, quit."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from pdm_desktop.core import requests, words
from pdm_desktop.core.requests import Request
from pdm_desktop.core.updates import Update
from pdm_desktop.product import NAME
from pdm_desktop.state.account import Account
from pdm_desktop.state.store import Store
from pdm_desktop.ui.fixed import FIXED
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.queue.sentence import waiting_words
from pdm_desktop.ui.theme import Theme, Wish

_WISHES = {Wish.SYSTEM: "As the system", Wish.LIGHT: "Light", Wish.DARK: "Dark"}


class AccountMenu(QObject):
    """Belongs to the button with the person's name."""

    quit_asked = Signal()
    recovery_asked = Signal()
    limits_asked = Signal()
    hearing_asked = Signal()
    watches_asked = Signal()
    parked_asked = Signal()
    password_asked = Signal()

    def __init__(
        self, store: Store, submit: Callable[[Request], None], memory: Memory, theme: Theme, window: QWidget
    ) -> None:
        super().__init__(window)
        self._store = store
        self._submit = submit
        self._memory = memory
        self._theme = theme
        self._window = window
        self.menu = QMenu(window)
        self.menu.setToolTipsVisible(True)
        self._who = self.menu.addAction("")
        self._who.setEnabled(False)
        self._where = self.menu.addAction("")
        self._where.setEnabled(False)
        self._lasts = self.menu.addAction("This sign-in lasts until you quit")
        self._lasts.setEnabled(False)
        self.menu.addSeparator()
        self.wishes = self._add_wishes()
        self.hearing = self.menu.addAction("What you hear of…", self.hearing_asked.emit)
        self.watches = self.menu.addAction("What you watch…", self.watches_asked.emit)
        self.limits = self.menu.addAction("Limit transfers…", self.limits_asked.emit)
        self.recovery = self.menu.addAction("Recovery store…", self.recovery_asked.emit)
        self.parked = self.menu.addAction("Parked versions…", self.parked_asked.emit)
        legend = self.menu.addAction("What the badges say\tF1")
        legend.triggered.connect(self._show_legend)
        self.update = self.menu.addAction("", lambda: self._submit(requests.InstallUpdate()))
        self.update.setVisible(False)
        self.menu.addSeparator()
        self.password = self.menu.addAction("Change password…", self.password_asked.emit)
        self.sign_out: QAction = self.menu.addAction("Sign out")
        self.sign_out.triggered.connect(lambda: self._ask_sign_out())
        self.menu.addAction("Quit", self.quit_asked.emit)

    def name(self, account: Account) -> None:
        """Say who is signed in, and whether that outlives the program."""
        self._who.setText(f"{account.person} on {account.computer}, at {account.server_name}".replace("&", "&&"))
        self._where.setText(f"Files in {account.workspace}".replace("&", "&&"))
        self._where.setVisible(bool(account.workspace))
        self._where.setToolTip(FIXED if self._store.fixed.workspace else "")
        self._lasts.setVisible(not account.kept)

    def offer(self, update: Update) -> None:
        """Say which update can be installed here, also when its bar was put off."""
        self.update.setText(f"Install {NAME} {update.version}…")
        self.update.setVisible(update.installer is not None and not update.runs)

    def _add_wishes(self) -> dict[Wish, QAction]:
        below = self.menu.addMenu("Appearance")
        group = QActionGroup(below)
        made: dict[Wish, QAction] = {}
        for wish, text in _WISHES.items():
            action = below.addAction(text)
            action.setCheckable(True)
            action.setChecked(wish is self._theme.wish)
            action.triggered.connect(lambda _=False, wish=wish: self._follow(wish))
            group.addAction(action)
            made[wish] = action
        return made

    def _follow(self, wish: Wish) -> None:
        self._memory.keep_wish(wish)
        self._theme.follow(wish)

    def _show_legend(self) -> None:
        from pdm_desktop.ui.legend import Legend

        Legend(self._window).open()

    def _ask_sign_out(self) -> None:
        mine = len(self._store.locks.mine(self._store.reader))
        waits = waiting_words(self._store.queue)
        if not mine and not waits:
            self._submit(requests.SignOut())
            return
        held = f"You have {words.several(mine, 'file', 'files')} checked out here. That stays so, and your copies stay."
        ask(
            self._window, "Sign out?",
            f"{held if mine else ''} {f'{waits}, until you are signed in here again.' if waits else ''}".strip(),
            yes="Sign out", then=lambda: self._submit(requests.SignOut()),
        )  # fmt: skip
