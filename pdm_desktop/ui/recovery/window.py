"""What the recovery store holds: what it is, where it was, when and why it was kept, and how it comes back."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.recovery import KeptFile
from pdm_desktop.core.requests import PutBack, Request, ShowKept
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, card, row

HEIGHT = 11 * theme.ROW
WIDTH = 820


class RecoveryDialog(Dialog):
    """Lists what was kept, the newest first. `request` is the answer: the selected files, to be put back."""

    def __init__(
        self,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        self._store = store
        self._submit = submit
        super().__init__(parent, window="Recovery store", title="Recovery store", note="Loading…", verb="Put back")
        columns = _columns(clock)
        self._model = RowsModel(columns, lambda: store.kept, lambda one: one.id, self)
        self.table = Table(self._model, columns, name="Recovery store", rest=1)
        self.table.setFixedHeight(HEIGHT)
        self.show_in_folder = button("Show in folder", press=self._show_in_folder)
        self._model.modelReset.connect(self._say_what_is_possible)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        self.table.opened.connect(lambda _: self._show_in_folder())
        self.fill(card(self.table), left=row(self.show_in_folder))
        self.setMinimumWidth(WIDTH)
        self.table.setFocus()
        self._say_what_is_possible()
        bridge.kept.connect(self._show)

    @property
    def request(self) -> PutBack:
        """What to ask for."""
        return PutBack(kept=tuple(one.id for one in self._chosen()))

    def _chosen(self) -> list[KeptFile]:
        return [self._store.kept[place] for place in self.table.selected_rows()]

    def _show(self) -> None:
        self._model.reset()
        kept = self._store.kept
        if not kept:
            self.note.setText("Nothing was kept here yet. What a command would overwrite or remove comes here first.")
            return
        found = f"{words.several(len(kept), 'file', 'files')}, {words.size(sum(one.size for one in kept))}."
        self.note.setText(
            f"{found} Each goes back to where it was; when something is there by now, beside it under a second name."
        )

    def _show_in_folder(self) -> None:
        for one in self._chosen()[:1]:
            self._submit(ShowKept(kept=one.id))

    def _say_what_is_possible(self) -> None:
        chosen = len(self.table.selected_rows())
        self.main.setEnabled(chosen > 0)
        self.main.setToolTip("" if chosen else "Select a file first.")
        self.show_in_folder.setEnabled(chosen == 1)
        self.show_in_folder.setToolTip("" if chosen == 1 else "Select one file first.")


def _columns(clock: Callable[[], datetime]) -> tuple[Column[KeptFile], ...]:
    return (
        Column(
            title="File",
            width=190,
            cell=lambda one: Cell(text=one.name, icon=icons.file_icon(one.name), tip=one.came_from),
        ),
        Column(
            title="Was in",
            width=210,
            cell=lambda one: Cell(text=one.came_from.rpartition("/")[0], ink=Tone.SECOND, tip=one.came_from),
        ),
        Column(
            title="When",
            width=110,
            cell=lambda one: Cell(
                text=words.when(one.at, clock()), ink=Tone.SECOND, tip=words.full_time(one.at, clock())
            ),
        ),
        Column(title="Why", width=180, cell=lambda one: Cell(text=one.why or "not known", tip=one.why)),
        Column(title="Size", width=84, right=True, cell=lambda one: Cell(text=words.size(one.size), ink=Tone.SECOND)),
    )
