"""Files of a folder that are only on this computer, and how they come into the vault."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.requests import AddFiles
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import card

HEIGHT = 9 * theme.ROW
WIDTH = 520
NAMED = 2
"""So many names stand in the bar; more are counted."""


def strangers_words(strangers: Sequence[Stranger]) -> tuple[str, str]:
    """The sentence of the bar: its beginning, and the rest."""
    count = words.several(len(strangers), "file", "files")
    is_are = "is" if len(strangers) == 1 else "are"
    return f"{count} in this folder {is_are} only on this computer:", f"{_listed(strangers)}."


def namesakes_words(others: Sequence[Stranger]) -> tuple[str, str]:
    """The same for what lies here under the name of a file of the vault, and is no copy of it."""
    if len(others) == 1:
        return f"{others[0].filename} on this computer is not a revision of the vault's.", "It stays as it is here."
    count = words.several(len(others), "file", "files")
    return f"{count} on this computer are not revisions of the vault's:", f"{_listed(others)}. They stay as they are."


def _listed(strangers: Sequence[Stranger]) -> str:
    names = [one.filename for one in strangers[:NAMED]]
    if len(strangers) > NAMED:
        names.append(f"{len(strangers) - NAMED} more")
    return words.listed(names)


class StrangersDialog(Dialog):
    """Lists them, all chosen. `request` is the answer: the chosen ones, to be added."""

    def __init__(self, strangers: Sequence[Stranger], parent: QWidget | None = None) -> None:
        super().__init__(
            parent, window="Add files", title="Only on this computer",
            note="What you add is in the vault for everybody, as Rev 1.0. The rest stays as it is.", verb="Add",
        )  # fmt: skip
        self._strangers = list(strangers)
        self._model = RowsModel(_COLUMNS, lambda: self._strangers, lambda one: one.path, self)
        self.table = Table(self._model, _COLUMNS, name="Files that are only on this computer", rest=0)
        self.table.setFixedHeight(HEIGHT)
        self.table.selectAll()
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        self.fill(card(self.table))
        self.setMinimumWidth(WIDTH)
        self.table.setFocus()
        self._say_what_is_possible()

    @property
    def request(self) -> AddFiles:
        """What to ask for. All of them lie in one folder."""
        first = self._strangers[0]
        chosen = (self._strangers[place].full_path for place in self.table.selected_rows())
        return AddFiles(vault=first.vault, folder=first.folder, sources=tuple(chosen))

    def _say_what_is_possible(self) -> None:
        chosen = len(self.table.selected_rows())
        self.main.setEnabled(chosen > 0)
        self.main.setText(f"Add {words.several(chosen, 'file', 'files')}" if chosen else "Add")
        self.main.setToolTip("" if chosen else "Select a file first.")


_COLUMNS: tuple[Column[Stranger], ...] = (
    Column(
        title="File",
        width=320,
        cell=lambda one: Cell(text=one.filename, icon=icons.file_icon(one.filename), tip=one.full_path),
    ),
    Column(title="Size", width=90, right=True, cell=lambda one: Cell(text=words.size(one.size), ink=Tone.SECOND)),
)
