"""The window of a request: somebody asks for a file of mine, and these are the answers."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QDialog, QGridLayout, QLineEdit, QPlainTextEdit, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.commands import who_has
from pdm_desktop.core.notices import Button
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.purposes import next_number
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import EDGE
from pdm_desktop.ui.widgets import button, column, label, named, pane, row
from server.protocol.calls import Request
from server.protocol.limits import MESSAGE_CHARACTERS
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the answers: what stands on its button, and what it does; `why_not` if it is impossible now."""

    verb: str
    does: str
    why_not: str = ""


class RequestWindow(QDialog):
    """Shows a request until it is answered. No answer changes nothing. It takes no keyboard from who types."""

    answered = Signal(object, str)
    """Which button, and what the person wrote."""
    adopt_asked = Signal()
    """The check-out is to be taken over from the other computer first."""

    def __init__(
        self, request: Request, store: Store, bridge: Bridge, clock: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.request = request
        self._store = store
        self._clock = clock
        self.setWindowTitle("Request")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, somebody_types())
        name = name_of(request.path)
        self.title = label(f"{request.asker} asks for {name}", theme.HEAD, strong=True, wrap=True)
        self.text = label(f"“{request.text}”" if request.text else "", wrap=True)
        self.text.setVisible(bool(request.text))
        self.state = label("", second=True, wrap=True)
        self.setAccessibleName(self.title.text())
        self.buttons = {each: button("", press=partial(self._answer, each)) for each in ANSWERS}
        self.notes = {each: label("", second=True, wrap=True) for each in ANSWERS}
        self.reply = QLineEdit()
        self.reply.setMaxLength(MESSAGE_CHARACTERS)
        self.reply.setFixedHeight(theme.FIELD)
        self.reply.setTextMargins(4, 0, 4, 0)
        self.foot = label("", second=True, wrap=True)
        self.later = button("Later", press=self.reject)
        self.adopt = button("Take over here…", press=self.adopt_asked.emit)
        self.adopt.setToolTip("Go on here with what you have on the other computer")
        foot = row(self.foot, self.adopt, self.later)
        foot.setStretch(0, 1)
        self.answers = pane(column(
            4, self._grid(), 4, named("&Answer", self.reply, "goes with Keep; may stay empty"), self.reply
        ))  # fmt: skip
        self.setLayout(column(self.title, self.text, self.state, self.answers, None, 4, foot, edge=EDGE))
        self.setFixedWidth(540)
        for told in (bridge.locks, bridge.people, bridge.connection, bridge.listing):
            told.connect(self.refresh)
        for told_with in (bridge.topic, bridge.rows):
            told_with.connect(self._refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how it stands now."""
        is_open = self._store.mine.request(self.request.id) is not None
        self.state.setText(self._how_it_stands() if is_open else "This request is over; there is nothing to answer.")
        for each, answer in self._answers(is_open=is_open).items():
            self.buttons[each].setText(answer.verb)
            self.buttons[each].setEnabled(not answer.why_not)
            self.buttons[each].setToolTip(answer.why_not)
            self.buttons[each].setAccessibleDescription(answer.why_not or answer.does)
            self.notes[each].setText(answer.why_not or answer.does)
        self.adopt.setVisible(is_open and self._store.connection.known and self._is_elsewhere())
        self.reply.setEnabled(is_open)
        self.answers.setVisible(is_open)
        self.foot.setText("No answer changes nothing: the lock stays yours." if is_open else "")
        self.later.setText("Later" if is_open else "Close")
        if not is_open:
            self.adjustSize()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(theme.GAP)
        grid.setColumnStretch(1, 1)
        for place, each in enumerate(ANSWERS):
            self.buttons[each].setMinimumWidth(BUTTON_WIDTH)
            grid.addWidget(self.buttons[each], place, 0)
            grid.addWidget(self.notes[each], place, 1)
        return grid

    def _answers(self, *, is_open: bool) -> dict[Button, Answer]:
        asker = self.request.asker
        local = self._store.local.get(self.request.file)
        over = "" if is_open else "The request is over."
        offline = "" if self._store.connection.known else OFFLINE
        here = over or why_not_here(self.request, self._store)
        if local is not None and local.edited:
            number = next_number(local.base, major=False)
            release = Answer(
                verb="Check in and release…", does=f"Your edits become Rev {number}; {asker} is told.", why_not=here
            )
            transfer = Answer(
                verb="Transfer with my work", does=f"{asker} gets the lock and your edits, not checked in.",
                why_not=here,
            )  # fmt: skip
        else:
            release = Answer(
                verb="Release…", does=f"You changed nothing here; {asker} is told.",
                why_not=here,
            )  # fmt: skip
            transfer = Answer(verb="Transfer", does=f"{asker} gets the lock at once, before all others.", why_not=here)
        keep = Answer(verb="Keep", does=f"{asker} gets your answer. The file stays yours.", why_not=over or offline)
        return {Button.RELEASE: release, Button.TRANSFER: transfer, Button.KEEP: keep}

    def _is_elsewhere(self) -> bool:
        held = self._store.locks.get(self.request.file)
        reader = self._store.reader
        return held is not None and reader.is_holder(held.lock) and not reader.holds(held.lock)

    def _how_it_stands(self) -> str:
        now = self._clock()
        held = self._store.locks.get(self.request.file)
        where = f" on {held.lock.computer}" if held is not None and self._is_elsewhere() else ""
        since = "" if held is None else f"You have it{where} since {words.clock_or_day(held.lock.since, now)}. "
        online = self._store.presence.is_online(self.request.asker)
        asked = f"Asked {words.at_time(self.request.at, now)}."
        if online is None:
            return f"{since}{asked}"
        is_there = f"online on {self.request.computer}" if online else "offline"
        return f"{since}{asked} {self.request.asker} is {is_there}."

    def _refresh(self, _told: object) -> None:
        self.refresh()

    def _answer(self, which: Button) -> None:
        self.answered.emit(which, self.reply.text().strip())
        self.accept()


ANSWERS = (Button.RELEASE, Button.TRANSFER, Button.KEEP)
"""In the order in which they stand there."""
BUTTON_WIDTH = 164


OFFLINE = "This needs the server, and you are offline."


def why_not_here(request: Request, store: Store) -> str:
    """Why this seat cannot give the file away, and what to do; empty when it can. Only the seat that has it can."""
    if not store.connection.known:
        return OFFLINE
    held = store.locks.get(request.file)
    if held is None or store.reader.holds(held.lock):
        return ""
    where = who_has(held.lock, store.reader).rstrip(".")
    return f"{where}. Answer there, or take it over here first."


def somebody_types() -> bool:
    """The keyboard is in a field of this program: a window that comes must not take it away."""
    return isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)
