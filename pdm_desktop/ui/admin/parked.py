"""The tab Parked versions: everybody's, of the vaults that I administer. They are fetched here, and not dropped."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.locks import folder_words
from pdm_desktop.core.parked import why_parked
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import Request, SaveParked
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.admin.frame import ListFrame, ListOf, time_cell
from pdm_desktop.ui.admin.selection import Action, exactly_one
from pdm_desktop.ui.admin.vault_filter import VaultFilter
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import column
from server.protocol.calls import ParkedVersion

WHEN: Final = 5
"""The column by which they are in order at first."""
NOTHING: Final = Nothing(
    icon="copy_kept", title="Nothing is parked", text="What somebody saved and could not check in stands here."
)


class ParkedPage(OfficePage):
    """Whose work waits on the server, of which file, why, and until when."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.ALL_PARKED])
        self.vault = VaultFilter(store, bridge, self._vault_chosen)
        self.frame: ListFrame[ParkedVersion] = ListFrame(store, bridge, clock, self._list(), actions=[
            Action(text="Save a copy…", press=lambda rows: self.ask_where(rows[0]), lacks=exactly_one("version")),
        ], filters=[self.vault])  # fmt: skip
        self.setLayout(column(self.frame, gap=0))

    def refresh(self) -> None:
        known = self.store.office.known(topics.ALL_PARKED)
        every = [] if known is None or known.value is None else known.value.parked
        if known is not None and known.value is not None:  # else it is not known yet, which is not none
            self.counted.emit(len(every))
        self.frame.show_reading(known, every)

    def ask_where(self, version: ParkedVersion) -> QFileDialog:
        """Ask where a copy is to be saved. Nothing is ever written over."""
        dialog = QFileDialog(self.window(), "Save a copy", "")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile(name_of(version.path))
        dialog.fileSelected.connect(lambda target: self.submit(SaveParked(parked=version.id, target=target)))
        dialog.open()
        return dialog

    def _vault_chosen(self) -> None:
        self.frame.narrow(rule=lambda version: self.vault.takes(version.vault))

    def _list(self) -> ListOf[ParkedVersion]:
        return ListOf(
            name="Parked versions", rest=1, identify=lambda each: each.id, title=lambda each: name_of(each.path),
            nothing=NOTHING, prompt="File, person or computer",
            text=lambda each: f"{each.path} {each.person} {each.computer or ''} {each.comment or ''}",
            columns=(
                Column(title="File", width=190, cell=_file_cell),
                Column(title="Folder", width=150, cell=lambda each: Cell(text=self._folder(each), ink=Tone.SECOND)),
                Column(title="Whose", width=104, cell=_whose_cell),
                Column(title="Computer", width=74, cell=lambda each: Cell(text=each.computer or "")),
                Column(title="From", width=64, cell=lambda each: Cell(text=f"Rev {each.base}")),
                Column(title="When", width=108, cell=lambda each: time_cell(each.at, self.clock())),
                Column(title="Why", width=170, cell=_why_cell),
                Column(title="Size", width=80, right=True, cell=lambda each: Cell(text=words.size(each.size))),
                Column(title="Kept until", width=80, cell=self._until_cell),
            ),
            keys=(
                lambda each: name_of(each.path).casefold(), lambda each: self._folder(each).casefold(),
                lambda each: each.person.casefold(), lambda each: (each.computer or "").casefold(), None,
                lambda each: each.at, lambda each: why_parked(each), lambda each: each.size,
                lambda each: each.expires,
            ),
            sorted_by=(WHEN, Qt.SortOrder.DescendingOrder),
        )  # fmt: skip

    def _folder(self, version: ParkedVersion) -> str:
        return folder_words(version.vault, version.path, self.store.vaults)

    def _until_cell(self, version: ParkedVersion) -> Cell:
        now = self.clock()
        return Cell(text=words.day(version.expires, now), ink=Tone.SECOND, tip=words.full_time(version.expires, now))


def _file_cell(version: ParkedVersion) -> Cell:
    return Cell(text=name_of(version.path), icon=icons.file_icon(version.path), tip=version.path)


def _whose_cell(version: ParkedVersion) -> Cell:
    tip = "" if version.given_to is None else f"Handed over to {version.given_to} with the file"
    return Cell(text=version.person, tip=tip)


def _why_cell(version: ParkedVersion) -> Cell:
    return Cell(text=why_parked(version).capitalize(), tip=version.comment or "")
