"""The parked versions: what is kept, of which file, since when, why and until when, and how one goes on with it."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.check_in_rule import check_in_rule
from pdm_desktop.core.parked import Lack, ParkedHere, lack_of, lack_words, why_parked
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import (
    Adopt,
    CheckInParked,
    CheckOut,
    DropParked,
    ListParked,
    Request,
    RestoreFile,
    SaveParked,
)
from pdm_desktop.core.results import Finished, Trouble
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.parked.check_in import CheckInParkedDialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, card, label, row

HEIGHT = 9 * theme.ROW
WIDTH = 920
ABOUT_HEIGHT = 36
"""Two lines."""
FIRST_STEPS = {Lack.CHECK_OUT: "Check out", Lack.TAKE_OVER: "Take over here", Lack.RESTORE: "Restore"}
"""What has to come before a check-in, as the button says it."""


class ParkedDialog(Dialog):
    """Lists what is parked, the newest first, and stays open. The main button checks in from the selected one."""

    def __init__(
        self,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        clock: Callable[[], datetime],
        parent: QWidget | None = None,
        *,
        chosen: str | None = None,
    ) -> None:
        """`chosen` is the parked version that is selected at first."""
        self._store = store
        self._parked = store.parked
        self._submit = submit
        super().__init__(
            parent, window="Parked versions", title="Parked versions", note="Loading…", verb="Check in from it…"
        )
        self.cancel.setText("Close")
        columns = _columns(clock)
        self._model = RowsModel(columns, lambda: self._parked, lambda one: one.version.id, self)
        self.table = Table(self._model, columns, name="Parked versions", rest=4)
        self.table.setFixedHeight(HEIGHT)
        self.about = label("", second=True, wrap=True)
        self.about.setMinimumHeight(ABOUT_HEIGHT)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.first = button("Check out", press=self._do_first)
        self.save = button("Save a copy…", press=self._ask_where)
        self.drop = button("Drop…", press=self._ask_drop)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        self.table.leave_enter()
        self.fill(card(self.table), 4, self.about, left=row(self.save, self.drop, self.first))
        self.setMinimumWidth(WIDTH)
        self.table.setFocus()
        bridge.parked.connect(self._show)
        bridge.finished.connect(self._read_again)
        bridge.trouble.connect(self._say_trouble)
        bridge.connection.connect(self._say_what_is_possible)
        self._select({chosen} if chosen is not None else set())
        self._say_what_is_possible()

    def accept(self) -> None:
        """Ask for the comment; the window stays."""
        one = self._one()
        if one is None or one.now is None:
            return
        vault = self._store.vaults.get(one.version.vault)
        rule = check_in_rule([] if vault is None else [vault])
        dialog = CheckInParkedDialog(one, one.now.file.head, self, rule=rule)
        dialog.accepted.connect(lambda: self._submit(dialog.request))
        dialog.open()

    def save_as(self, target: str) -> None:
        """Save the selected one there."""
        one = self._one()
        if one is not None and target:
            self._submit(SaveParked(parked=one.version.id, target=target))

    def _chosen(self) -> list[ParkedHere]:
        return [self._parked[place] for place in self.table.selected_rows()]

    def _one(self) -> ParkedHere | None:
        chosen = self._chosen()
        return chosen[0] if len(chosen) == 1 else None

    def _show(self) -> None:
        before = {one.version.id for one in self._chosen()}
        self._parked = parked = self._store.parked
        self._model.reset()
        if not parked:
            self.note.setText("Nothing is parked. What comes too late to be checked in is kept here.")
        else:
            size = words.size(sum(one.version.size for one in parked))
            count = words.several(len(parked), "version", "versions")
            self.note.setText(f"{count}, {size}, kept on the server: saved by you, and not in the vault yet.")
        self._select(before)
        self._say_what_is_possible()

    def _select(self, versions: set[str]) -> None:
        """One of these, when it is there; else the newest."""
        places = [place for place, one in enumerate(self._parked) if one.version.id in versions]
        self.table.selectRow(places[0] if places else 0)

    def _read_again(self, finished: Finished) -> None:
        if isinstance(finished.request, CheckInParked | DropParked | CheckOut | Adopt | RestoreFile):
            self._submit(ListParked())

    def _say_trouble(self, _trouble: Trouble, request: Request | None) -> None:
        if isinstance(request, ListParked):
            self.note.setText("The parked versions could not be read. Open this window again when you are online.")

    def _say_what_is_possible(self) -> None:
        chosen, one, known = self._chosen(), self._one(), self._store.connection.known
        lack = None if one is None else lack_of(one, self._store.reader)
        self.about.setText("" if one is None else lack_words(one, self._store.reader))
        self.main.setEnabled(known and lack is Lack.NOTHING)
        why = "Select one version first." if one is None else self.about.text()
        self.main.setToolTip("" if self.main.isEnabled() else why if known else "This needs the server.")
        self.first.setText(FIRST_STEPS.get(lack, "Check out") if lack is not None else "Check out")
        self.first.setVisible(lack in FIRST_STEPS)
        self.first.setEnabled(known)
        self.save.setEnabled(known and one is not None)
        self.drop.setEnabled(known and bool(chosen))

    def _do_first(self) -> None:
        one = self._one()
        if one is None:
            return
        file = one.version.file
        match lack_of(one, self._store.reader):
            case Lack.CHECK_OUT:
                self._submit(CheckOut(files=(file,)))
            case Lack.TAKE_OVER:
                self._submit(Adopt(files=(file,)))
            case Lack.RESTORE:
                self._submit(RestoreFile(vault=one.version.vault, file=file))

    def _ask_where(self) -> None:
        one = self._one()
        if one is None:
            return
        dialog = QFileDialog(self, "Save a copy", "")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is ever written over
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile(name_of(one.version.path))
        dialog.fileSelected.connect(self.save_as)
        dialog.open()

    def _ask_drop(self) -> None:
        chosen = self._chosen()
        if not chosen:
            return
        names = words.listed([name_of(one.version.path) for one in chosen[:3]])
        what = names if len(chosen) <= 3 else words.several(len(chosen), "parked version", "parked versions")
        parked = tuple(one.version.id for one in chosen)
        ask(
            self, f"Drop {what}?",
            "The server keeps this content no longer, and it cannot be brought back. Save a copy first, if in doubt.",
            yes="Drop", then=lambda: self._submit(DropParked(parked=parked)),
        )  # fmt: skip


def _time(moment: datetime, clock: Callable[[], datetime]) -> Cell:
    return Cell(text=words.when(moment, clock()), ink=Tone.SECOND, tip=words.full_time(moment, clock()))


def _where(one: ParkedHere) -> str:
    return "" if one.version.computer is None else f"Saved on {one.version.computer}"


def _columns(clock: Callable[[], datetime]) -> tuple[Column[ParkedHere], ...]:
    return (
        Column(
            title="File",
            width=190,
            cell=lambda one: Cell(
                text=name_of(one.version.path), icon=icons.file_icon(one.version.path), tip=one.version.path
            ),
        ),
        Column(
            title="Folder",
            width=170,
            cell=lambda one: Cell(
                text=one.version.path.rpartition("/")[0], ink=Tone.SECOND, tip=one.version.path.rpartition("/")[0]
            ),
        ),
        Column(title="From", width=70, cell=lambda one: Cell(text=f"Rev {one.version.base}", tip=_where(one))),
        Column(title="When", width=110, cell=lambda one: _time(one.version.at, clock)),
        Column(
            title="Why",
            width=180,
            cell=lambda one: Cell(text=why_parked(one.version).capitalize(), tip=one.version.comment or ""),
        ),
        Column(title="Size", width=84, right=True, cell=lambda one: Cell(text=words.size(one.version.size))),
        Column(
            title="Kept until",
            width=84,
            cell=lambda one: Cell(
                text=words.day(one.version.expires, clock()),
                ink=Tone.SECOND,
                tip=words.full_time(one.version.expires, clock()),
            ),
        ),
    )
