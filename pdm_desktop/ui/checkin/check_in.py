"""The window of a check-in: which files, what changed, and the number that results."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QRadioButton, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.purposes import next_number
from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui import icons
from pdm_desktop.ui.checkin.check_out import ticked_table
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, TickedModel
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import card, label, named, row
from server.protocol.limits import COMMENT_CHARACTERS

COMMENT_HEIGHT = 76
OFFLINE = "You are offline. It waits here, and what is saved by then is checked in as soon as the server is back."


class CheckInDialog(Dialog):
    """Asks for the comment and the kind of revision. `files`, `comment`, `is_major` and `keeps` are the answer."""

    def __init__(
        self, rows: Sequence[FileRow], parent: QWidget | None = None, *, rate: float = 0.0, offline: bool = False
    ) -> None:
        one = len(rows) == 1
        at_once = "Others see the new revision at once." if one else "Others see the new revisions at once."
        super().__init__(
            parent,
            window="Check in",
            title=f"Check in {rows[0].file.filename if one else words.several(len(rows), 'file', 'files')}",
            note=OFFLINE if offline else at_once,
            verb="Check in",
        )
        self._rate = rate
        edited = any(_is_edited(each) for each in rows)
        columns = (_FILE, Column(title="Rev", width=96, cell=self._revision), _SIZE, _CHANGED)
        self._model = TickedModel(
            columns, rows, lambda each: each.file.id,
            ticked=lambda each: _is_edited(each) or not edited, may=lambda _: True,
        )  # fmt: skip
        self.table = ticked_table(self._model, columns)
        self.comment = QPlainTextEdit()
        self.comment.setFixedHeight(COMMENT_HEIGHT)
        self.comment.setTabChangesFocus(True)
        self.minor, self.major = QRadioButton(), QRadioButton()
        self.minor.setChecked(True)
        self.keep = QCheckBox(
            "Keep it checked out and go on working" if one else "Keep them checked out and go on working"
        )
        self.expected = label("", second=True)
        self.fill(
            card(self.table), 4, named("&Comment", self.comment, "what changed, for the history"), self.comment,
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
    def text(self) -> str | None:
        """The comment, or None when there is none."""
        return self.comment.toPlainText().strip() or None

    def typed(self) -> bool:
        return self.text is not None

    def _revision(self, each: FileRow) -> Cell:
        ticked = each in self._model.chosen()
        head = each.file.head.number
        text = f"{head} → {next_number(_head(each), major=self.major.isChecked())}" if ticked else head
        return Cell(text=text, ink=None if ticked else Tone.SECOND)

    def _say(self) -> None:
        chosen = self._model.chosen()
        self.minor.setText(_kind("Minor", chosen, major=False))
        self.major.setText(_kind("Major", chosen, major=True))
        self.expected.setText(self._expected(sum(each.file.head.size for each in chosen)))
        why = self._why_not(chosen)
        self.main.setEnabled(not why)
        self.main.setToolTip(why)

    def _say_numbers(self) -> None:
        self.table.viewport().update()

    def _why_not(self, chosen: Sequence[FileRow]) -> str:
        if not chosen:
            return "Tick a file first."
        over = len(self.comment.toPlainText()) - COMMENT_CHARACTERS
        return f"The comment is {over:,} characters too long." if over > 0 else ""

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


_FILE: Column[FileRow] = Column(
    title="File",
    width=250,
    cell=lambda each: Cell(text=each.file.filename, icon=icons.file_icon(each.file.filename), tip=each.file.path),
)
_SIZE: Column[FileRow] = Column(
    title="Size", width=84, right=True, cell=lambda each: Cell(text=words.size(each.file.head.size))
)
_CHANGED: Column[FileRow] = Column(
    title="Changed",
    width=120,
    cell=lambda each: Cell(text="edited here" if _is_edited(each) else "unchanged", ink=Tone.SECOND),
)
