"""What is known of the selected file: its state, its facts, and the three commands that fit."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from pdm_desktop.core import liveness, words
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.commands import Command
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.presence import presence_of, presence_words
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.ages import Ages
from pdm_desktop.ui.browser.held_file import HeldFile
from pdm_desktop.ui.commands import Commands
from pdm_desktop.ui.presence import SIGNS
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import Button, Elided, Picture, button, column, label, row
from server.protocol.calls import LockEntry

WIDTH: Final = 400
LEAST: Final = 344
FACTS: Final = ("Holder", "Since", "Why", "Work", "Waiting", "Here")


class Details(QWidget):
    """The left part of the lower pane."""

    def __init__(self, store: Store, commands: Commands, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._commands = commands
        self._clock = clock
        self._line_of: str | None = None
        self.setAccessibleName("Details")
        self.setMinimumWidth(LEAST)
        self.setMaximumWidth(WIDTH)
        self._picture = Picture("file_nc", theme.ICON_TITLE, Tone.SECOND)
        self.title = Elided(size=theme.TITLE, strong=True, mode=Qt.TextElideMode.ElideMiddle)
        self._badge = Picture(icons.badge_name(Badge.FREE), ink=Badge.FREE)
        self.state = Elided()
        self._facts: dict[str, tuple[QLabel, Elided]] = {}
        self._sign = Picture("presence_online", ink=Tone.GOOD)
        self._held = HeldFile(store, commands.submit, self)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.GAP)
        self.buttons: list[ActionButton] = []
        head = row(self._picture, column(self.title, row(self._badge, self.state, gap=6), gap=2), gap=10)
        head.setStretch(1, 1)
        self.setLayout(column(
            head, 4, self._grid(), None, self._buttons, gap=6, edge=(theme.EDGE, 8, theme.EDGE, 12)
        ))  # fmt: skip
        self.ages = Ages(self, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the selected rows as they are now."""
        rows = self._commands.rows
        if len(rows) == 1:
            self._show_one(rows[0])
        else:
            self._show_several(rows)
        self._show_buttons(_fitting(rows))

    def tell_topic(self, name: str) -> None:
        """A list of the office was read."""
        if name in (topics.HELD.name, topics.LINE.name):
            self.refresh()

    def fact(self, name: str) -> str:
        """What stands beside the name of a fact; empty when it is not shown."""
        key, value = self._facts[name]
        return "" if key.isHidden() else value.whole()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for place, name in enumerate(FACTS):
            key, value = label(name, second=True), Elided()
            self._facts[name] = key, value
            grid.addWidget(key, place, 0)
            if name == "Holder":
                value.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
                grid.addLayout(row(value, self._sign, None, gap=4), place, 1)
            else:
                grid.addWidget(value, place, 1)
        return grid

    def _show_one(self, one: FileRow) -> None:
        self._picture.show_icon(icons.file_drawing(one.file.filename), Tone.SECOND)
        self._picture.show()
        self.title.say(one.file.filename)
        self._badge.show_icon(icons.badge_name(one.badge), one.badge)
        self._badge.show()
        self.state.say(self._state(one))
        lock, now = one.file.lock, self._clock()
        known = self._store.connection.known
        self._say("Holder", self._holder(one))
        self._show_sign(one)
        since = "" if lock is None else words.when(lock.since, now)
        ago = "" if lock is None or not known else _ago(now - lock.since)
        self._say("Since", since + ago)
        self._say("Why", "" if lock is None else lock.message or "")
        self._say("Work", self._work(one))
        self._look_at_line(one.file.id if lock is not None and known else None)
        self._say("Waiting", self._waiting(one.file.id) if lock is not None and known else "")
        self._say("Here", _here(one, known=known))

    def _look_at_line(self, file: str | None) -> None:
        """Who waits is read for the file that is shown, while somebody has it."""
        if file == self._line_of:
            return
        self._line_of = file
        request = LookAway(topic=topics.LINE) if file is None else Look(topic=topics.LINE, query=(("file", file),))
        self._commands.submit(request)

    def _waiting(self, file: str) -> str:
        """`1. You, 12 min    2. Mei Tanaka, 4 min`."""
        known = self._store.office.known(topics.LINE)
        if known is None or known.value is None or known.value.file != file:
            return ""
        me, now = self._store.reader.person, self._clock()
        return "    ".join(
            f"{place}. {'You' if each.person == me else each.person}, {words.age(now - each.since)}"
            for place, each in enumerate(known.value.waiters, 1)
        )

    def _show_several(self, rows: Sequence[FileRow]) -> None:
        self._held.show_file(None)
        self._look_at_line(None)
        self._picture.setVisible(bool(rows))
        self._badge.hide()
        self._sign.hide()
        self.title.say(f"{len(rows):,} files selected" if rows else "Nothing selected")
        size = sum(each.file.head.size for each in rows)
        self.state.say(words.size(size) if rows else "Select a file to see who has it, since when and why.")
        if rows:
            self._picture.show_icon("set", Tone.SECOND)
        for name in FACTS:
            self._say(name, "")
        if rows:
            self._say("Holder", _holders(rows))

    def _say(self, name: str, text: str) -> None:
        key, value = self._facts[name]
        key.setVisible(bool(text))
        value.setVisible(bool(text))
        value.say(text)

    def _state(self, one: FileRow) -> str:
        """What the badge says, without what stands below it anyway."""
        until, lock = self._store.connection.in_step_until, one.file.lock
        match one.badge:
            case Badge.UNKNOWN if until is not None:
                return f"Unknown while offline; as of {words.exact(until, self._clock())}:"
            case Badge.OTHER if lock is not None:
                holder = "you" if lock.locked_by == self._store.reader.person else lock.locked_by
                return f"Checked out by {holder}"
            case _:
                return one.badge_words

    def _holder(self, one: FileRow) -> str:
        lock = one.file.lock
        if lock is None:
            return ""
        person = "You" if lock.locked_by == self._store.reader.person else lock.locked_by
        entry, now = self._entry(one), self._clock()
        if one.online is None:
            return f"{person} on {lock.computer}"
        if entry is not None:
            return f"{person} on {lock.computer}, {liveness.presence_of(entry, now)}"
        presence = presence_words(online=one.online, away=one.away, seen=None, now=now)
        return f"{person} on {lock.computer}, {presence}"

    def _show_sign(self, one: FileRow) -> None:
        """The sign of the holding seat where that is known, else of the person."""
        entry = self._entry(one)
        self._sign.setVisible(one.online is not None)
        if one.online is not None:
            online, away = (one.online, one.away) if entry is None else (entry.online, entry.away)
            presence = presence_of(online=online, away=away)
            self._sign.show_icon(*SIGNS[presence], spoken=presence.value)

    def _work(self, one: FileRow) -> str:
        """What the holding seat told of its work; of what is checked out here, this computer itself knows."""
        elsewhere = one.file.lock is not None and not one.mine and self._store.connection.known
        self._held.show_file(one.file.id if elsewhere else None)
        entry = self._entry(one)
        told = "" if entry is None or not elsewhere else liveness.work_of(entry, self._clock())
        return told[:1].upper() + told[1:]

    def _entry(self, one: FileRow) -> LockEntry | None:
        """The server's own word of this very check-out."""
        entry = self._held.entry(one.file.id)
        lock = one.file.lock
        return entry if entry is not None and lock is not None and entry.lock.token == lock.token else None

    def _show_buttons(self, wanted: Sequence[Command]) -> None:
        actions = [self._commands.actions[command] for command in wanted]
        if [each.action for each in self.buttons] != actions:
            for each in self.buttons:
                self._buttons.removeWidget(each)
                each.setParent(None)
                each.deleteLater()
            while self._buttons.takeAt(0) is not None:
                """Only stretches are left."""
            self.buttons = [ActionButton(action) for action in actions]
            for each in self.buttons:
                self._buttons.addWidget(each)
            self._buttons.addStretch(1)


class ActionButton(Button):
    """A button of an action: its words, whether it is possible, and why not."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.action = action
        self.setMinimumHeight(theme.BUTTON)
        self.clicked.connect(lambda: action.trigger())
        action.changed.connect(self._follow)
        self._follow()
        self.setMinimumWidth(button(action.text()).minimumWidth())

    def _follow(self) -> None:
        self.setText(self.action.text())
        self.setEnabled(self.action.isEnabled())
        self.setToolTip(self.action.toolTip())


def _fitting(rows: Sequence[FileRow]) -> tuple[Command, ...]:
    """The three commands that fit what is selected."""
    if not rows:
        return ()
    if all(each.mine for each in rows):
        return Command.CHECK_IN, Command.UNDO_CHECK_OUT, Command.OPEN
    if all(each.file.lock is None for each in rows) or len(rows) > 1:
        return Command.CHECK_OUT, Command.GET_LATEST, Command.OPEN
    return Command.ASK, Command.WAIT, Command.OPEN


def _ago(span: timedelta) -> str:
    return ", just now" if span < timedelta(minutes=1) else f", {words.age(span)} ago"


def _here(one: FileRow, *, known: bool) -> str:
    if one.local is None:
        return "Not on this computer yet"
    if one.local.missing:
        return "Was on this computer, and is gone from its folder"
    base = f"Rev {one.local.base[0]}.{one.local.base[1]}"
    kind = "edited" if one.local.edited else "writable" if one.local.writable else "read-only"
    if not known or one.local.edited:
        return f"{base}, {kind}"
    behind = one.local.is_behind((one.file.head.major, one.file.head.minor))
    return f"{base}, {kind}, {f'Rev {one.file.head.number} is newer' if behind else 'the newest'}"


def _holders(rows: Sequence[FileRow]) -> str:
    names = sorted({each.file.lock.locked_by for each in rows if each.file.lock is not None})
    free = sum(each.file.lock is None for each in rows)
    parts = [f"{free:,} free"] if free else []
    return "; ".join([*parts, *([words.listed(names)] if names else [])])
