"""What waits for the server: each check-in with its comment, since when, how it stands, and how it is taken out."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import words
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import Request, TakeOut, TryNow
from pdm_desktop.core.waiting import Stand, WaitingCheckIn
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.delegates import BadgeDelegate
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.queue.sentence import waiting_words
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, card, label, row

HEIGHT = 9 * theme.ROW
WIDTH = 860
ABOUT_HEIGHT = 36
"""Two lines."""


class QueueDialog(Dialog):
    """Lists the queue, and stays open while it changes. The main button tries now."""

    file_asked = Signal(str, str)
    """Show this file: its vault, its id."""

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
        """`chosen` is the file whose check-in is selected at first."""
        self._store = store
        self._submit = submit
        super().__init__(parent, window="What waits", title="Check-ins that wait", note="", verb="Try now")
        self.cancel.setText("Close")
        columns = _columns(clock)
        self._model = RowsModel(columns, lambda: store.queue, lambda one: one.file, self)
        self.table = Table(self._model, columns, name="Check-ins that wait", rest=4)
        self.table.setItemDelegateForColumn(0, BadgeDelegate(self.table))
        self.table.setFixedHeight(HEIGHT)
        self.about = label("", second=True, wrap=True)
        self.about.setMinimumHeight(ABOUT_HEIGHT)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.take_out = button("Take out", press=self._take_out)
        self.table.selectionModel().selectionChanged.connect(lambda: self._say_what_is_possible())
        self.table.opened.connect(self._show_file)
        self.fill(card(self.table), 4, self.about, left=row(self.take_out))
        self.setMinimumWidth(WIDTH)
        asked = [place for place, one in enumerate(store.queue) if one.file == chosen]
        needing = [place for place, one in enumerate(store.queue) if one.stand is Stand.NEEDS_YOU]
        self.table.selectRow((asked or needing or [0])[0])
        self.table.setFocus()
        bridge.queue.connect(self._show)
        bridge.connection.connect(self._say)
        self._say()

    def accept(self) -> None:
        """Try now; the window stays and shows what comes of it."""
        self._submit(TryNow())

    def _chosen(self) -> list[WaitingCheckIn]:
        queue = self._store.queue
        return [queue[place] for place in self.table.selected_rows() if place < len(queue)]

    def _show(self) -> None:
        self._model.renew()
        self._say()

    def _say(self) -> None:
        self.note.setText(_note(self._store))
        self.setAccessibleDescription(self.note.text())
        self.main.setEnabled(any(one.stand is not Stand.NEEDS_YOU for one in self._store.queue))
        self.main.setToolTip("" if self.main.isEnabled() else "Nothing waits for the server.")
        self._say_what_is_possible()

    def _say_what_is_possible(self) -> None:
        chosen = self._chosen()
        able = [one for one in chosen if one.stand is not Stand.SENT]
        self.about.setText(_about(chosen[0]) if len(chosen) == 1 else "")
        self.take_out.setEnabled(bool(able))
        why = "It was sent and may have happened: the server says so when it answers." if chosen else ""
        self.take_out.setToolTip(
            "The file stays as it is, and checked out." if able else why or "Select a check-in first."
        )

    def _take_out(self) -> None:
        files = tuple(one.file for one in self._chosen() if one.stand is not Stand.SENT)
        if files:
            self._submit(TakeOut(files=files))

    def _show_file(self, place: int) -> None:
        one = self._store.queue[place]
        self.file_asked.emit(one.vault, one.file)
        self.reject()


def _note(store: Store) -> str:
    if not store.queue:
        return "No check-in waits. One that you ask for while the server cannot be reached waits here."
    said = waiting_words(store.queue)
    if all(one.stand is Stand.NEEDS_YOU for one in store.queue):
        return f"{said}. Nothing of it was sent, and your work is where it was."
    when = "They are tried again by themselves." if store.connection.known else "They are sent when the server is back."
    return f"{said}. {when} What a file holds then is checked in."


_STANDS = {
    Stand.WAITS: ("bell", Tone.SECOND, "Waits"),
    Stand.SENT: ("up", Tone.SECOND, "Sent; the answer is not here yet"),
    Stand.NEEDS_YOU: ("attention", Tone.WARN, "Needs you"),
}


def _mark(one: WaitingCheckIn) -> Cell:
    name, ink, spoken = _STANDS[one.stand]
    return Cell(icon=icons.icon(name, ink), tip=spoken, spoken=spoken)


def _stand(one: WaitingCheckIn) -> Cell:
    _, _, said = _STANDS[one.stand]
    return Cell(text=f"{said}. {one.why}" if one.why else said, tip=_about(one))


def _about(one: WaitingCheckIn) -> str:
    """All that there is to say of one."""
    if one.why:
        return " ".join(part for part in (one.why, one.advice) if part)
    name = name_of(one.path)
    if one.stand is Stand.SENT:
        return f"{name} was sent, and the connection was lost before the answer came. It is checked in once, or not."
    then = "stays checked out" if one.keep else "is given back"
    return f"{name} waits until the server is back. The lock is asked for first; afterwards the file {then}."


def _comment(one: WaitingCheckIn) -> Cell:
    kind = " ".join(part for part in ("major" if one.major else "", "keeps it" if one.keep else "") if part)
    text = (one.comment or "").replace("\n", " ")
    shown = f"{text} ({kind})" if kind and text else text or (f"({kind})" if kind else "none")
    return Cell(text=shown, tip=one.comment or "", ink=None if text else Tone.SECOND)


def _columns(clock: Callable[[], datetime]) -> tuple[Column[WaitingCheckIn], ...]:
    return (
        Column(title="", width=32, cell=_mark, spoken="How it stands"),
        Column(
            title="File",
            width=190,
            cell=lambda one: Cell(text=name_of(one.path), icon=icons.file_icon(one.path), tip=one.path),
        ),
        Column(title="Comment", width=190, cell=_comment),
        Column(
            title="Since",
            width=110,
            cell=lambda one: Cell(
                text=words.when(one.asked, clock()), ink=Tone.SECOND, tip=words.full_time(one.asked, clock())
            ),
        ),
        Column(title="How it stands", width=280, cell=_stand),
    )
