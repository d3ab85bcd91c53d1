"""What a person watches, in a list: where each is by now, and how to watch it no longer."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look
from pdm_desktop.core.office.watches import StopWatching
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, card, row
from server.protocol.calls import Watch

HEIGHT = 10 * theme.ROW
WIDTH = 900
OFFLINE = "This needs the server, and you are offline."


class WatchesDialog(Dialog):
    """Lists what I watch, and stays open while it changes. The main button stops watching what is selected."""

    asked = Signal(object)
    """A watch, whose file or folder is to be shown."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        self._store = store
        self._submit = submit
        super().__init__(parent, window="What you watch", title="What you watch", note="", verb="Stop watching")
        self.cancel.setText("Close")
        columns = self._columns(clock)
        self._model = RowsModel(columns, lambda: store.mine.watches, lambda one: one.id, self)
        self.table = Table(self._model, columns, name="What you watch", rest=3)
        self.table.setFixedHeight(HEIGHT)
        self.show_it = button("Show", press=self._show_chosen)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        self.table.opened.connect(self._show_at)
        self.fill(card(self.table), left=row(self.show_it))
        self.setMinimumWidth(WIDTH)
        self.table.selectRow(0)
        self.table.setFocus()
        bridge.topic.connect(self._take_topic)
        bridge.folders.connect(lambda _: self._refresh())
        bridge.connection.connect(self._say)
        self._say()
        submit(Look(topic=topics.MINE))  # whether a file is deleted is no news of the list itself

    def accept(self) -> None:
        """Stop watching what is selected; the window stays and shows what is left."""
        for each in self._chosen():
            self._submit(StopWatching(watch=each.id))

    def _chosen(self) -> list[Watch]:
        watches = self._store.mine.watches
        return [watches[place] for place in self.table.selected_rows() if place < len(watches)]

    def _take_topic(self, name: str) -> None:
        if name == topics.MINE.name:
            self._refresh()

    def _refresh(self) -> None:
        self._model.renew()
        self._say()

    def _say(self) -> None:
        self.note.setText(NOTE if self._store.mine.watches else NOTHING)
        self.setAccessibleDescription(self.note.text())
        self._say_what_is_possible()

    def _say_what_is_possible(self) -> None:
        chosen = self._chosen()
        why = "" if chosen else "Select what you watch first."
        known = self._store.connection.known
        self.main.setEnabled(bool(chosen) and known)
        self.main.setToolTip(why or ("" if known else OFFLINE))
        one = chosen[0] if len(chosen) == 1 else None
        gone = "" if one is None else self._gone(one)
        self.show_it.setEnabled(one is not None and not gone)
        self.show_it.setToolTip(gone or ("" if one is not None else "Select just one of them."))

    def _show_chosen(self) -> None:
        places = self.table.selected_rows()
        if len(places) == 1:
            self._show_at(places[0])

    def _show_at(self, place: int) -> None:
        one = self._store.mine.watches[place]
        if not self._gone(one):
            self.asked.emit(one)
            self.reject()

    def _gone(self, one: Watch) -> str:
        """That it is not there any more, and what becomes of the watch; empty while it is there."""
        if one.folder is None:
            return "Deleted. You hear of it when it is restored." if one.deleted else ""
        folders = self._store.folders
        if folders.get(one.vault, "") is None or folders.get(one.vault, one.folder) is not None:
            return ""
        return "Empty or gone. You hear of what comes into it."

    def _columns(self, clock: Callable[[], datetime]) -> tuple[Column[Watch], ...]:
        return (
            Column(title="What", width=200, cell=self._what),
            Column(title="Where", width=220, cell=self._where),
            Column(title="Since", width=110, cell=lambda one: _since(one, clock())),
            Column(title="How it stands", width=300, cell=self._state),
        )

    def _vault(self, one: Watch) -> str:
        known = self._store.vaults.get(one.vault)
        return one.vault if known is None else known.name

    def _what(self, one: Watch) -> Cell:
        if one.folder is None:
            path = one.path or ""
            return Cell(text=name_of(path), icon=icons.file_icon(path), tip=path)
        if not one.folder:
            return Cell(text=self._vault(one), icon=icons.icon("vault"), tip="Everything in this vault")
        return Cell(text=name_of(one.folder), icon=icons.icon("folder"), tip=one.folder)

    def _where(self, one: Watch) -> Cell:
        if one.folder == "":
            return Cell(text="The whole vault", ink=Tone.SECOND)
        folder = (one.path if one.folder is None else one.folder or "") or ""
        place = " / ".join(part for part in (self._vault(one), *folder.split("/")[:-1]))
        return Cell(text=place, ink=Tone.SECOND, tip=place)

    def _state(self, one: Watch) -> Cell:
        gone = self._gone(one)
        if gone:
            return Cell(text=gone, tip=gone, ink=Tone.WARN)
        return Cell(text="Everything below it" if one.folder is not None else "This file", ink=Tone.SECOND)


def _since(one: Watch, now: datetime) -> Cell:
    return Cell(text=words.when(one.at, now), ink=Tone.SECOND, tip=words.full_time(one.at, now))


NOTE = (
    "You hear of everything that happens to these, at every computer. A watch goes along when its file or folder moves."
)
NOTHING = "You watch nothing. “Watch” is in the menu of every file, folder and vault."
