"""What can be seen of the program: window, tray, notices, sign-in. It joins them, and starts nothing else."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSettings, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from pdm_desktop.core.links import Link
from pdm_desktop.core.notices import Button, Notice, sign_in_notice
from pdm_desktop.core.requests import BeQuiet, PauseAll, Request, ResumeAll
from pdm_desktop.core.results import Finished
from pdm_desktop.state.account import Phase
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.main_window import MainWindow
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.notices import Desktop
from pdm_desktop.ui.theme import Theme
from pdm_desktop.ui.tray import NOTICES_SHOWN, QUIET, Tray

if TYPE_CHECKING:
    from pdm_desktop.ui.sign_in.window import SignInWindow


class Face(QObject):
    """What a person sees of the program. Make it after the application; `close` it before."""

    quit_asked = Signal()
    painted = Signal()
    """The first window is on the screen, whole."""

    def __init__(
        self,
        application: QApplication,
        store: Store,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        folder: Path,
    ) -> None:
        super().__init__()
        self._store = store
        self._submit = submit
        self._clock = clock
        settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self._memory = Memory(settings)
        self._theme = Theme(application, self._memory.wish)
        self.bridge = Bridge(store, self)
        self.tray = Tray(store, clock, lambda: [notice for _, notice in store.activity.notices(NOTICES_SHOWN)], self)
        self.desktop = Desktop(self.tray.icon if self.tray.show() else None, self)
        self.window = MainWindow(
            store, self.bridge, submit, clock, self._memory, self._theme, closes_to_tray=self.tray.is_here
        )
        self.sign_in: SignInWindow | None = None
        self._settings = settings
        self._join()

    def show(self) -> None:
        """Bring up the window, or the sign-in window while nobody is signed in."""
        if self.sign_in is not None:
            self.sign_in.show()
            self.sign_in.raise_()
            self.sign_in.activateWindow()
        else:
            self.window.come_forward()

    def follow(self, link: Link | None) -> None:
        """Come to the front, and show what a link names, if there is one."""
        self.show()
        if link is not None:
            self.window.follow(link.vault, link.path)

    def ask_who(self, *, server: str, name: str) -> None:
        """Ask for server, name and password."""
        self._make_sign_in(server, name).show()

    def need_sign_in(self, *, server: str, name: str, why: str) -> None:
        """Ask who this is, if a window is open. From the tray only a notice says so: nobody's keyboard is taken."""
        if not self.tray.is_here() or any(each.isVisible() for each in self._windows()):
            self.ask_who(server=server, name=name)
        elif self.sign_in is None:
            self._make_sign_in(server, name)
            self._store.raise_notice(sign_in_notice(why))

    def _make_sign_in(self, server: str, name: str) -> "SignInWindow":
        """The window that asks, in place of the other one; who opens the tray sees it."""
        from pdm_desktop.ui.sign_in.window import SignInWindow

        if self.sign_in is not None:
            return self.sign_in
        made = SignInWindow(
            self.bridge,
            self._submit,
            server=server,
            name=name,
            is_fixed=self._store.fixed.server,
            update=lambda: self._store.update,
            signed_in=lambda: self._store.connection.phase is not Phase.SIGNED_OUT,
        )
        made.quit_asked.connect(self.quit_asked)
        made.accepted.connect(self._signed_in)
        self.sign_in = made
        self.window.hide()
        return made

    def wait_for_paint(self) -> None:
        """Tell by `painted` when the first window has been drawn."""
        self._watch_paint(self.sign_in or self.window)

    def hide(self) -> None:
        """Take everything off the screen: nobody has to watch how the program ends."""
        self.window.keep_sizes()
        self._settings.sync()
        self.tray.icon.hide()
        for widget in self._windows():
            widget.hide()

    def close(self) -> None:
        """Let go of the desktop and of the windows."""
        self.hide()
        self.desktop.close()
        self.bridge.close()
        for widget in self._windows():
            widget.deleteLater()

    def _windows(self) -> list[QWidget]:
        return [self.window] if self.sign_in is None else [self.sign_in, self.window]

    def _join(self) -> None:
        self.window.quit_asked.connect(self.quit_asked)
        self.window.seen.connect(lambda: self.tray.want_attention(wanted=False))
        self.tray.quit_asked.connect(self.quit_asked)
        self.tray.open_asked.connect(self.show)
        self.tray.mine_asked.connect(self._show_mine)
        self.tray.issues_asked.connect(self._show_issues)
        self.tray.notice_asked.connect(self._go_to)
        self.tray.quiet_asked.connect(lambda until: self._submit(BeQuiet(until=until)))
        self.tray.pause_asked.connect(lambda paused: self._submit(PauseAll() if paused else ResumeAll()))
        self.desktop.clicked.connect(self._go_to)
        self.desktop.answered.connect(self._answer)
        self.desktop.quiet_asked.connect(lambda: self._submit(BeQuiet(until=self._clock() + QUIET)))
        self.bridge.notice.connect(self._raise)
        self.bridge.hushed.connect(self._look_at_urgent)
        self.bridge.finished.connect(self._look_at_result)
        bridge = self.bridge
        for told in (bridge.connection, bridge.transfers, bridge.locks, bridge.account, bridge.issues, bridge.topic):
            told.connect(self.tray.refresh)

    def _raise(self, notice: Notice) -> None:
        self._look_at_urgent(notice)
        self.desktop.raise_notice(notice)

    def _look_at_urgent(self, notice: Notice) -> None:
        if notice.urgent and not self.window.isActiveWindow():
            self.tray.want_attention(wanted=True)

    def _answer(self, notice: Notice, button: Button) -> None:
        """The answer to a request was pressed on the notice itself."""
        request = None if self.sign_in is not None else notice.request
        if request is None or not self.window.requests.answer(request, button):
            self._go_to(notice)

    def _look_at_result(self, finished: Finished) -> None:
        if not finished.all_well and not self.window.isActiveWindow():
            self.tray.want_attention(wanted=True)

    def _go_to(self, notice: Notice) -> None:
        if self.sign_in is None:
            self.window.go_to_notice(notice)
        else:
            self.show()

    def _show_mine(self) -> None:
        self.show()
        if self.sign_in is None:
            self.window.show_mine()

    def _show_issues(self) -> None:
        self.show()
        if self.sign_in is None:
            self.window.show_issues()

    def _signed_in(self) -> None:
        if self.sign_in is not None:
            self.sign_in.deleteLater()
            self.sign_in = None
        self.window.come_forward()

    def _watch_paint(self, widget: QObject) -> None:
        watch = _FirstPaint(self)
        watch.happened.connect(self.painted)
        widget.installEventFilter(watch)


class _FirstPaint(QObject):
    """Tells once that a widget has been drawn."""

    happened = Signal()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - a name of Qt's own
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.happened.emit)
        return False
