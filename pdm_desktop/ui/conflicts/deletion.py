"""Very many files were deleted in the vault at once: which, by whom, and what becomes of their copies."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.choices import Choice, deletion_choices, sentence_of
from pdm_desktop.core.issues import DeletedCopy, Issue, MassDeletion
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import DecideDeletion
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.conflicts.decision import DecisionDialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import card

WIDTH = 700
HEIGHT = 8 * theme.ROW
WAYS = (True, False)


class DeletionDialog(DecisionDialog):
    """Lists them all."""

    def __init__(
        self,
        deletion: MassDeletion,
        store: Store,
        bridge: Bridge,
        clock: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        self._deletion = deletion
        super().__init__(
            store, bridge, clock, None, parent, window="Deleted in the vault", title=_title(deletion),
            note=sentence_of(deletion, clock(), store.reader), later="Decide later",
        )  # fmt: skip
        self._model = RowsModel(_COLUMNS, lambda: self._deletion.copies, lambda one: one.file, self)
        self.table = Table(self._model, _COLUMNS, name="Deleted files", rest=1)
        self.table.setSelectionMode(self.table.SelectionMode.NoSelection)
        self.table.leave_enter()
        self.table.setFixedHeight(HEIGHT)
        self.arrange(card(self.table))
        self.setMinimumWidth(WIDTH)

    def issue(self) -> Issue:
        return self._deletion

    def take(self, issue: Issue) -> bool:
        if not isinstance(issue, MassDeletion):
            return False
        before, self._deletion = self._deletion, issue
        self.title.setText(_title(issue))
        self.note.setText(sentence_of(issue, self._clock(), self.store.reader))
        self._model.reset()
        return before != issue

    def choices(self) -> Sequence[Choice]:
        choices = deletion_choices(self._deletion, self.situation())
        return [choices[way] for way in WAYS]

    @property
    def request(self) -> DecideDeletion:
        """What to ask for: about just the files that are shown."""
        files = tuple(one.file for one in self._deletion.copies)
        return DecideDeletion(files=files, remove=WAYS[self.options.chosen() or 0])


def _title(deletion: MassDeletion) -> str:
    count = len(deletion.copies)
    return f"{words.several(count, 'file was', 'files were')} deleted in the vault"


_COLUMNS: tuple[Column[DeletedCopy], ...] = (
    Column(
        title="File",
        width=200,
        cell=lambda one: Cell(text=name_of(one.path), icon=icons.file_icon(name_of(one.path)), tip=one.path),
    ),
    Column(
        title="Folder",
        width=220,
        cell=lambda one: Cell(text=one.path.rpartition("/")[0], ink=Tone.SECOND, tip=one.path),
    ),
    Column(title="Deleted by", width=120, cell=lambda one: Cell(text=one.by or "not known", ink=Tone.SECOND)),
    Column(title="Size", width=84, right=True, cell=lambda one: Cell(text=words.size(one.size), ink=Tone.SECOND)),
)
