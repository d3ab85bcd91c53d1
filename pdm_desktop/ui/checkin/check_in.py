"""The window of a check-in: which files, what changed, and the number that results."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QRadioButton, QWidget

from pdm_desktop.core import sets, words
from pdm_desktop.core.check_in_rule import ANY_CHECK_IN, CheckInRule
from pdm_desktop.core.purposes import next_number
from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui import icons
from pdm_desktop.ui.checkin.check_out import holder_words, listed, ticked_table, way_of, what
from pdm_desktop.ui.checkin.set_files import SetFiles, are_together
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.rows import Cell, Column, TickedModel
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import card, label, named, row
from server.protocol.limits import COMMENT_CHARACTERS

COMMENT_HEIGHT = 76
OFFLINE = "You are offline. It waits here, and what is saved by then is checked in as soon as the server is back."


class CheckInDialog(Dialog):
    """Asks for the comment and the kind of revision. `files`, `together`, `text` and the fields are the answer."""

    def __init__(
        self,
        files: SetFiles,
        parent: QWidget | None = None,
        *,
        now: datetime,
        rate: float = 0.0,
        offline: bool = False,
        rule: CheckInRule = ANY_CHECK_IN,
    ) -> None:
        super().__init__(parent, window="Check in", title="Check in", note="", verb="Check in")
        self._offline = offline
        self._rule = rule
        self._rate = rate
        self._now = now
        self._old = files.old
        edited = any(_is_edited(each) for each in files.chosen)
        columns = (
            _FILE, Column(title="Rev", width=96, cell=self._revision), _SIZE,
            Column(title="Changed", width=120, cell=self._changed),
        )  # fmt: skip
        self._model = TickedModel(
            columns, files.rows, lambda each: each.file.id,
            ticked=lambda each: files.is_ticked(each) and (_is_edited(each) or (each in files.chosen and not edited)),
            may=lambda each: each.mine,
        )  # fmt: skip
        self.table = ticked_table(self._model, columns)
        self.warning = MessageBar(Bar.WARN)
        self.comment = QPlainTextEdit()
        self.comment.setFixedHeight(COMMENT_HEIGHT)
        self.comment.setTabChangesFocus(True)
        self.minor, self.major = QRadioButton(), QRadioButton()
        self._choose_kind()
        self.keep = QCheckBox()
        self.expected = label("", second=True)
        table = listed(files, self.table) or [card(self.table), 4]
        self.fill(
            *table, self.warning, 4, named("&Comment", self.comment, rule.comment_note), self.comment,
            row(self.minor, 12, self.major, None), self.keep, left=self.expected,
        )  # fmt: skip
        self.setFixedWidth(600)
        self.comment.setFocus()
        self._model.dataChanged.connect(self._say)
        self.comment.textChanged.connect(self._say)
        self.major.toggled.connect(self._say_numbers)
        self._say()

    @property
    def files(self) -> tuple[str, ...]:
        """The ids of the ticked files."""
        return tuple(each.file.id for each in self._model.chosen())

    @property
    def together(self) -> bool:
        """All of them or none."""
        return are_together(self._model.chosen())

    @property
    def text(self) -> str | None:
        """The comment, or None when there is none."""
        return self.comment.toPlainText().strip() or None

    def typed(self) -> bool:
        return self.text is not None

    def _revision(self, each: FileRow) -> Cell:
        ticked = each in self._model.chosen()
        head = each.file.head.number
        text = f"{head} → {next_number(_head(each), major=self.major.isChecked())}" if ticked else head
        return Cell(text=text, ink=None if ticked or not each.mine else Tone.SECOND)

    def _changed(self, each: FileRow) -> Cell:
        if not each.mine:
            return Cell(text=holder_words(each) or "not checked out", tip=each.badge_words)
        if not _is_edited(each):
            return Cell(text="unchanged", ink=Tone.SECOND)
        saved = each.local.modified if each.local is not None else None
        if saved is None:
            return Cell(text="edited here", ink=Tone.SECOND)
        said = words.when(saved, self._now)
        return Cell(text=said[0].lower() + said[1:], ink=Tone.SECOND, tip=words.full_time(saved, self._now))

    def _warn(self, chosen: Sequence[FileRow]) -> None:
        """Of programs that are about to be stored, or whose source is."""
        ids = {each.file.id for each in chosen}
        old = [each for each in self._old if each.file in ids or each.source in ids]
        self.warning.setVisible(bool(old))
        self.warning.say(sets.warning(old, self._now))

    def _say(self) -> None:
        chosen = self._model.chosen()
        one = len(chosen) == 1
        told = "Others see the new revision at once." if one else "Others see the new revisions at once."
        self.say(f"Check in {what(chosen)}", f"{way_of(chosen)}{OFFLINE if self._offline else told}")
        self.keep.setText(f"Keep {'it' if one else 'them'} checked out and go on working")
        self._warn(chosen)
        self.minor.setText(_kind("Minor", chosen, major=False))
        self.major.setText(_kind("Major", chosen, major=True))
        self.expected.setText(self._expected(sum(_size(each) for each in chosen)))
        why = self._why_not(chosen)
        self.main.setEnabled(not why)
        self.main.setToolTip(why)

    def _say_numbers(self) -> None:
        self.table.viewport().update()

    def _why_not(self, chosen: Sequence[FileRow]) -> str:
        if not chosen:
            return "Tick a file first."
        over = len(self.comment.toPlainText()) - COMMENT_CHARACTERS
        if over > 0:
            return f"The comment is {over:,} characters too long."
        return self._rule.why_not(self.text)

    def _choose_kind(self) -> None:
        """Minor unless the rule says otherwise; what it does not allow is seen and says why."""
        (self.minor if self._rule.minor else self.major).setChecked(True)
        for button, may in ((self.minor, self._rule.minor), (self.major, self._rule.major)):
            button.setEnabled(may)
            button.setToolTip("" if may else self._rule.why)

    def _expected(self, size: int) -> str:
        time = f", about {max(1, round(size / self._rate))} s" if self._rate > 0 else ""
        return f"{words.size(size)}{time}" if size else ""


def _head(each: FileRow) -> tuple[int, int]:
    return each.file.head.major, each.file.head.minor


def _kind(word: str, chosen: Sequence[FileRow], *, major: bool) -> str:
    numbers = {next_number(_head(each), major=major) for each in chosen}
    if len(numbers) == 1:
        return f"{word}, Rev {numbers.pop()}"
    return f"{word}, each to its next whole number" if major else f"{word}, each by one step"


def _is_edited(each: FileRow) -> bool:
    return each.local is not None and each.local.edited


def _size(each: FileRow) -> int:
    """Bytes that are sent."""
    size = each.local.size if each.local is not None else None
    return each.file.head.size if size is None else size


_FILE: Column[FileRow] = Column(
    title="File",
    width=250,
    cell=lambda each: Cell(text=each.file.filename, icon=icons.file_icon(each.file.filename), tip=each.file.path),
)
_SIZE: Column[FileRow] = Column(
    title="Size", width=84, right=True, cell=lambda each: Cell(text=words.size(_size(each)))
)
