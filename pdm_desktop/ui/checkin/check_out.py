"""The window of a check-out: which files, and why."""

from collections.abc import Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from pdm_desktop.core import words
from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.checkin.set_files import SetFiles, are_together, why_alone
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, TickedModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import Item, button, card, label, named, row
from server.protocol.limits import MESSAGE_CHARACTERS

LIST_HEIGHT = 112
ROWS_SHOWN = 8
"""So many files of a set are seen without scrolling."""
REASON_SHOWN = 34
"""So many characters of a last reason stand on its button."""


class CheckOutDialog(Dialog):
    """Asks for the reason of a check-out. `files`, `together` and `message` are the answer."""

    def __init__(self, files: SetFiles, reasons: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent, window="Check out", title="Check out", note="", verb="Check out")
        rows = files.rows
        self._model = TickedModel(
            _COLUMNS, rows, _id, ticked=files.is_ticked, may=lambda each: each.file.lock is None
        )  # fmt: skip
        self.table = ticked_table(self._model, _COLUMNS)
        self._model.dataChanged.connect(self._say_what_is_possible)
        self.why = QLineEdit()
        self.why.setMaxLength(MESSAGE_CHARACTERS)
        self.why.setFixedHeight(theme.FIELD)
        self.why.setTextMargins(4, 0, 4, 0)
        self.reasons = [_reason_button(reason, self.why) for reason in reasons]
        last = row(label("Last:", second=True), *self.reasons, None, gap=6)
        self.fill(
            *listed(files, self.table), named("&Why", self.why, "others see it; may stay empty"), self.why,
            *([last] if reasons else []),
        )  # fmt: skip
        self.setFixedWidth(540)
        self.why.setFocus()
        self._say_what_is_possible()

    @property
    def files(self) -> tuple[str, ...]:
        """The ids of the ticked files."""
        return tuple(_id(each) for each in self._model.chosen())

    @property
    def together(self) -> bool:
        """All of them or none."""
        return are_together(self._model.chosen())

    @property
    def message(self) -> str | None:
        return self.why.text().strip() or None

    def typed(self) -> bool:
        return self.message is not None and all(self.why.text() != each.property("reason") for each in self.reasons)

    def _say_what_is_possible(self) -> None:
        chosen = self._model.chosen()
        one = len(chosen) == 1
        told = "Everybody sees at once that you have it. It becomes writable on this computer."
        many = "Everybody sees at once that you have them. They become writable on this computer."
        self.say(f"Check out {what(chosen)}", told if one else f"{way_of(chosen)}{many}")
        self.main.setEnabled(bool(chosen))
        self.main.setToolTip("" if chosen else "Tick a file first.")


def listed(files: SetFiles, table: Table) -> list[Item]:
    """The list of the files, where there are several, with its heading where some of them are suggested."""
    if len(files.rows) == 1:
        return []
    return [*([label("The files of this set", strong=True)] if files.others else []), card(table), 4]


def what(rows: Sequence[FileRow]) -> str:
    """`2210-block.nc`, `3 files`."""
    return rows[0].file.filename if len(rows) == 1 else words.several(len(rows), "file", "files")


def way_of(rows: Sequence[FileRow]) -> str:
    """How several files go, as the beginning of a sentence's neighbour."""
    return f"{why_alone(rows) or 'All of them or none.'} " if len(rows) > 1 else ""


def ticked_table(model: TickedModel[FileRow], columns: Sequence[Column[FileRow]]) -> Table:
    """A list of files with ticks, three rows high at least."""
    made = Table(model, columns, name="Files", rest=len(columns) - 1)
    made.setSelectionMode(made.SelectionMode.NoSelection)
    more = min(max(model.rowCount(), 3), ROWS_SHOWN) - 3
    made.setFixedHeight(LIST_HEIGHT - 4 + more * theme.ROW)
    made.ring_ticks()
    made.leave_enter()
    return made


def _reason_button(reason: str, field: QLineEdit) -> QWidget:
    shown = reason if len(reason) <= REASON_SHOWN else f"{reason[: REASON_SHOWN - 1]}…"
    made = button(shown.replace("&", "&&"), press=lambda: field.setText(reason))
    made.setToolTip(reason)
    made.setProperty("reason", reason)
    return made


def _id(each: FileRow) -> str:
    return each.file.id


def _here(each: FileRow) -> Cell:
    if each.file.lock is not None:
        return Cell(text=holder_words(each), tip=each.badge_words)
    if each.local is None:
        return Cell(text="not here, will be fetched", ink=Tone.SECOND)
    older = each.local.is_behind((each.file.head.major, each.file.head.minor))
    return Cell(text="older, will be fetched" if older else "the newest", ink=Tone.SECOND)


def holder_words(each: FileRow) -> str:
    """`Anna Novak has it`, `you have it already`."""
    if each.mine:
        return "you have it already"
    return f"{each.file.lock.locked_by} has it" if each.file.lock is not None else ""


_COLUMNS: tuple[Column[FileRow], ...] = (
    Column(
        title="File",
        width=196,
        cell=lambda each: Cell(text=each.file.filename, icon=icons.file_icon(each.file.filename), tip=each.file.path),
    ),
    Column(title="Rev", width=56, cell=lambda each: Cell(text=each.file.head.number)),
    Column(title="Size", width=84, right=True, cell=lambda each: Cell(text=words.size(each.file.head.size))),
    Column(title="Here", width=120, cell=_here),
)
