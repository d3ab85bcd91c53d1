"""The windows in which somebody's check-out is ended, or given to somebody else: why, and what becomes of the work."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QPlainTextEdit, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.office.locks import ForceRelease, first_name, holder_words, where_the_work_is
from pdm_desktop.core.office.presence import presence_of
from pdm_desktop.core.paths import name_of
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.presence import SIGNS
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import Item, Picture, label, named, row
from server.protocol.calls import REASON_LEAST, LockEntry, Waiter

WIDTH = 560
REASON_HEIGHT = 58
"""Three lines."""


class TakingAway(Dialog):
    """Asks for the reason. `request` is the answer; the main button waits until there is one that can be understood."""

    def __init__(self, entry: LockEntry, now: datetime, parent: QWidget | None, *, title: str, verb: str) -> None:
        super().__init__(parent, window=verb, title=title, note="", verb=verb)
        self.entry = entry
        self.now = now
        self.holder = label(holder_words(entry, now), wrap=True)
        self.promise = MessageBar(Bar.INFO, icon="admin")
        self.reason = QPlainTextEdit()
        self.reason.setFixedHeight(REASON_HEIGHT)
        self.reason.setTabChangesFocus(True)
        self.reason.textChanged.connect(self.say_what_is_possible)
        self.setAccessibleDescription(self.holder.text())

    def lay_out(self, *more: Item, before: Sequence[Item] = ()) -> None:
        """Put who has it and what is promised above, `before` and the reason below that, and `more` at the end."""
        sign = presence_of(online=self.entry.online, away=self.entry.away)
        who = row(Picture(*_sign(SIGNS[sign]), spoken=sign.value), self.holder, gap=6)
        who.setStretch(1, 1)
        get_it = f"needed; {first_name(self.entry.lock.locked_by)} and the audit trail get it"
        self.fill(who, 4, self.promise, 4, *before, named("&Reason", self.reason, get_it), self.reason, *more)
        self.note.hide()
        self.setFixedWidth(WIDTH)
        self.say_what_is_possible()

    @property
    def why(self) -> str:
        """The reason as it was typed, without what is around it."""
        return self.reason.toPlainText().strip()

    @property
    def give_to(self) -> str | None:
        """Who gets the lock; None: the file is free."""
        return None

    @property
    def request(self) -> ForceRelease:
        """What to ask for."""
        return ForceRelease(
            file=self.entry.file,
            path=self.entry.path,
            holder=self.entry.lock.locked_by,
            token=self.entry.lock.token,
            reason=self.why,
            give_to=self.give_to,
        )

    def lacks(self) -> str:
        """What is missing before it can be done, as a sentence; empty: nothing."""
        missing = REASON_LEAST - len(self.why)
        if missing <= 0:
            return ""
        return f"Write why, in {REASON_LEAST} characters or more: {words.several(missing, 'is', 'are')} missing."

    def typed(self) -> bool:
        return bool(self.why)

    def say_what_is_possible(self) -> None:
        """The reason, or who is to get it, is another one."""
        self.promise.say(where_the_work_is(self.entry, self.now, to=self.give_to), strong="Nothing is lost.")
        lack = self.lacks()
        self.main.setEnabled(not lack)
        self.main.setToolTip(lack)
        self.resize(WIDTH, self.heightForWidth(WIDTH))  # a promise of more lines, or of fewer


class ForceReleaseDialog(TakingAway):
    """Ends a check-out; the first who waits may get the lock at once."""

    def __init__(
        self, entry: LockEntry, waiters: Sequence[Waiter], now: datetime, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            entry, now, parent, title=f"Force release of {name_of(entry.path)}", verb="Force release"
        )  # fmt: skip
        self._next = next((each for each in waiters if each.person != entry.lock.locked_by), None)
        self.give = QCheckBox("" if self._next is None else _waited(self._next, now))
        self.give.setChecked(self._next is not None)
        self.give.toggled.connect(self.say_what_is_possible)
        self.give.setVisible(self._next is not None)
        self.lay_out(4, self.give)
        self.reason.setFocus()

    @property
    def give_to(self) -> str | None:
        return self._next.person if self._next is not None and self.give.isChecked() else None


class HandOverDialog(TakingAway):
    """Gives a check-out to somebody who may edit the vault; `likely` come first, who waits before all."""

    def __init__(self, entry: LockEntry, likely: Sequence[str], now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(entry, now, parent, title=f"Hand over {name_of(entry.path)}", verb="Hand over")
        self._likely = [each for each in likely if each != entry.lock.locked_by]
        self._editors: frozenset[str] | None = None
        self.to = QComboBox()
        self.to.setEditable(True)
        self.to.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.to.setFixedHeight(theme.FIELD)
        self.to.setCurrentIndex(-1)
        self.to.setEditText("")
        names = QCompleter(self.to.model(), self.to)
        names.setFilterMode(Qt.MatchFlag.MatchContains)
        names.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.to.setCompleter(names)
        self.to.editTextChanged.connect(self.say_what_is_possible)
        self.lay_out(before=[named("&To", self.to, "somebody who may edit this vault"), self.to, 4])
        self.to.setFocus()

    def offer(self, editors: Sequence[str]) -> None:
        """These may edit the vault, and nobody else is offered. What was typed stays."""
        typed, self._editors = self.to.currentText(), frozenset(editors)
        first = [each for each in self._likely if each in self._editors]
        others = [each for each in editors if each not in first and each != self.entry.lock.locked_by]
        self.to.blockSignals(True)  # it is no choice of the person's
        self.to.clear()
        self.to.addItems([*first, *others])
        self.to.setCurrentIndex(-1)
        self.to.setEditText(typed)
        self.to.blockSignals(False)
        self.say_what_is_possible()

    @property
    def give_to(self) -> str | None:
        return self.to.currentText().strip() or None

    def lacks(self) -> str:
        if self.give_to is None:
            return "Say who is to have it."
        if self.give_to == self.entry.lock.locked_by:
            return f"{self.give_to} has it already."
        if self._editors is not None and self.give_to.casefold() not in {each.casefold() for each in self._editors}:
            return f"{self.give_to} may not edit this vault. Choose somebody of the list."
        return super().lacks()

    def typed(self) -> bool:
        return super().typed() or self.give_to is not None


def _waited(waiter: Waiter, now: datetime) -> str:
    """`Give the lock to Anna Novak, who has waited since yesterday`."""
    since = waiter.since.astimezone(now.tzinfo)
    days = (now.date() - since.date()).days
    said = "yesterday" if days == 1 else words.clock_or_day(since, now)
    return f"&Give the lock to {waiter.person.replace('&', '&&')}, who has waited since {said}"


def _sign(of: tuple[str, theme.Tone]) -> tuple[str, int, theme.Tone]:
    name, ink = of
    return name, theme.ICON, ink
