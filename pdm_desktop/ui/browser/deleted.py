"""The deleted files of a vault, and how they come back."""

from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.requests import RestoreFile
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import card
from server.protocol.calls import DeletedFile

HEIGHT = 9 * theme.ROW
WIDTH = 640


class DeletedDialog(Dialog):
    """Lists what can be restored. `requests` is the answer: one for each selected file."""

    def __init__(self, store: Store, bridge: Bridge, vault: str, parent: QWidget | None = None) -> None:
        self._store = store
        self._vault = vault
        name = store.vaults[vault].name
        super().__init__(
            parent, window="Deleted files", title=f"Deleted files of {name}", note="Loading…", verb="Restore"
        )
        self._model = RowsModel(_COLUMNS, self._files, lambda one: one.id, self)
        self.table = Table(self._model, _COLUMNS, name="Deleted files", rest=1)
        self.table.setFixedHeight(HEIGHT)
        self.table.opened.connect(lambda _: self.accept())
        self._model.modelReset.connect(self._say_what_is_possible)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        self.fill(card(self.table))
        self.setMinimumWidth(WIDTH)
        self.table.setFocus()
        self._say_what_is_possible()
        bridge.deleted.connect(self._show)

    @property
    def requests(self) -> list[RestoreFile]:
        """What to ask for: the selected files, each at its old path."""
        chosen = [self._files()[place] for place in self.table.selected_rows()]
        return [RestoreFile(vault=self._vault, file=one.id) for one in chosen]

    def _files(self) -> tuple[DeletedFile, ...]:
        return self._store.deleted.get(self._vault, ())

    def _show(self, vault: str) -> None:
        if vault != self._vault:
            return
        self._model.reset()
        number = len(self._files())
        found = f"{words.several(number, 'file', 'files')}. They come back with all their revisions."
        self.note.setText(found if number else "Nothing has been deleted here.")

    def _say_what_is_possible(self) -> None:
        self.main.setEnabled(bool(self.table.selected_rows()))
        self.main.setToolTip("" if self.main.isEnabled() else "Select a file first.")


_COLUMNS: tuple[Column[DeletedFile], ...] = (
    Column(
        title="File",
        width=200,
        cell=lambda one: Cell(text=one.path.rpartition("/")[2], icon=icons.file_icon(one.path), tip=one.path),
    ),
    Column(title="Folder", width=180, cell=lambda one: Cell(text=one.path.rpartition("/")[0], ink=Tone.SECOND)),
    Column(title="Rev", width=56, cell=lambda one: Cell(text=one.head.number)),
    Column(title="Deleted by", width=120, cell=lambda one: Cell(text=one.deleted_by)),
)
