"""The icon in the tray: its state, its tool tip and its menu."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from pdm_desktop.core import words
from pdm_desktop.core.inbox import request_notice
from pdm_desktop.core.notices import Notice
from pdm_desktop.state.account import Phase
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.ui import icons
from pdm_desktop.ui.browser.status_bar import connection_words
from pdm_desktop.ui.theme import Tone, is_dark, scheme

SIZES: Final = (16, 20, 24, 32)
NOTICES_SHOWN: Final = 8
QUIET: Final = timedelta(hours=1)
_ON_DARK: Final = "#FFFFFF"
_ON_LIGHT: Final = "#1B1B1B"


class TrayState(Enum):
    """What the icon says; the value is its drawing. The first that holds wins."""

    ATTENTION = "tray_attention"
    OFFLINE = "tray_offline"
    WORKING = "tray_working"
    IN_STEP = "tray_in_step"


def tray_state(store: Store, *, attention: bool) -> TrayState:
    """What the icon should say."""
    stopped = any(each.state is TransferState.STOPPED for each in store.transfers.all())
    mine = store.mine
    waits = bool(len(store.issues) or mine.to_answer or mine.messages)
    if attention or stopped or waits or store.connection.phase is Phase.SIGNED_OUT:
        return TrayState.ATTENTION
    if store.connection.phase in (Phase.OFFLINE, Phase.WAITING, Phase.CONNECTING):
        return TrayState.OFFLINE
    if store.connection.phase is Phase.CATCHING_UP or store.transfers.running():
        return TrayState.WORKING
    return TrayState.IN_STEP


def tray_icon(state: TrayState) -> QIcon:
    """The nut in the taskbar's ink; only the small sign of working and attention has a colour."""
    ink = _ON_DARK if is_dark() else _ON_LIGHT
    match state:
        case TrayState.WORKING:
            sign = scheme().ink(Tone.ACCENT)
        case TrayState.ATTENTION:
            sign = scheme().ink(Tone.WARN)
        case _:
            sign = ink
    made = QIcon()
    for size in SIZES:
        made.addPixmap(icons.tinted(state.value, size, ink, sign, 1.0))
    return made


class Tray(QObject):
    """The tray icon, where the desktop has a tray."""

    open_asked = Signal()
    mine_asked = Signal()
    issues_asked = Signal()
    notice_asked = Signal(object)
    quiet_asked = Signal(object)
    """Until when nothing is to be told; None: speak again."""
    pause_asked = Signal(bool)
    """Whether every transfer is to stand still, or to go on."""
    quit_asked = Signal()

    def __init__(
        self, store: Store, clock: Callable[[], datetime], last_notices: Callable[[], list[Notice]],
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._store = store
        self._clock = clock
        self._last_notices = last_notices
        self._attention = False
        self._shown: tuple[object, ...] = ()
        self._menu = QMenu()
        self._menu.aboutToShow.connect(self.fill_menu)
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self._menu)
        self.icon.activated.connect(self._activated)
        self.refresh()
        self.fill_menu()

    @property
    def menu(self) -> QMenu:
        return self._menu

    def is_here(self) -> bool:
        """Whether the icon can be seen, so that a closed window can be opened again."""
        return self.icon.isVisible()

    def show(self) -> bool:
        """Put the icon into the tray; False where the desktop has none."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.icon.show()
        return self.icon.isVisible()

    def want_attention(self, *, wanted: bool) -> None:
        """Something waits for the person, or was seen."""
        self._attention = wanted
        self.refresh()

    def refresh(self) -> None:
        """Show the state as it is now."""
        state = tray_state(self._store, attention=self._attention)
        shown = state, scheme()
        if shown != self._shown:
            self._shown = shown
            self.icon.setIcon(tray_icon(state))
        self.icon.setToolTip(self.tool_tip())

    def tool_tip(self) -> str:
        """`PDM Desktop: in step, 3 checked out`."""
        text = connection_words(self._store.connection, self._clock())
        text = text[:1].lower() + text[1:]
        running = len(self._store.transfers.running())
        if running:
            return f"PDM Desktop: {text}, {words.several(running, 'transfer', 'transfers')}"
        mine = self._mine()
        return f"PDM Desktop: {text}, {mine:,} checked out" if self._store.connection.known else f"PDM Desktop: {text}"

    def fill_menu(self) -> None:
        """Make the menu anew."""
        menu = self._menu
        menu.clear()
        online = f", {len(self._store.presence):,} online" if self._store.presence.known else ""
        known = self._store.connection.known
        sign = icons.icon("linked", Tone.GOOD) if known else icons.icon("plug_off", Tone.WARN)
        text = connection_words(self._store.connection, self._clock()) + online
        menu.addAction(sign, text, self.open_asked.emit)
        menu.addSeparator()
        menu.addAction("Open PDM Desktop", self.open_asked.emit)
        menu.addAction(icons.icon("key"), f"My check-outs ({self._mine():,})", self.mine_asked.emit)
        if len(self._store.issues):
            sign = icons.icon("attention", Tone.WARN)
            menu.addAction(sign, f"Needs you ({len(self._store.issues):,})", self.issues_asked.emit)
        self._add_notices(menu)
        paused = self._store.transfers.are_paused
        menu.addAction(
            icons.icon("play" if paused else "pause"), "Resume transfers" if paused else "Pause transfers",
            lambda: self.pause_asked.emit(not paused),
        )  # fmt: skip
        until = self._store.hearing.quiet_until
        if until is not None and self._clock() < until:
            menu.addAction("Speak again", lambda: self.quiet_asked.emit(None))
        else:
            menu.addAction("Quiet for 1 h", lambda: self.quiet_asked.emit(self._clock() + QUIET))
        menu.addSeparator()
        menu.addAction("Quit", self.quit_asked.emit)

    def _add_notices(self, menu: QMenu) -> None:
        waiting = [request_notice(each) for each in self._store.mine.to_answer]
        asked = {each.request for each in waiting}
        others = [each for each in self._last_notices() if each.request is None or each.request not in asked]
        below = menu.addMenu(icons.icon("bell"), "Last notices")
        below.setEnabled(bool(waiting or others))
        for notice in (*waiting, *others[: max(0, NOTICES_SHOWN - len(waiting))]):
            action = below.addAction(notice.title.replace("&", "&&"))
            action.setToolTip(notice.text)
            action.triggered.connect(lambda _=False, notice=notice: self.notice_asked.emit(notice))
        below.setToolTipsVisible(True)

    def _mine(self) -> int:
        return len(self._store.locks.of_person(self._store.reader))

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.open_asked.emit()
