"""The window with the whole of a list of which the dashboard shows the first rows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QBoxLayout, QDialog, QWidget

from pdm_desktop.core import words
from pdm_desktop.core.office import locks, topics
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.admin.frame import ListFrame, ListOf
from pdm_desktop.ui.admin.lock_list import draw_ages, lock_list
from pdm_desktop.ui.ages import Ages
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.dashboard.cards import Place
from pdm_desktop.ui.dashboard.lists import Stand, place_of, stands_in
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import card, column
from server.protocol.calls import LockEntry

Row = TypeVar("Row")
Submit = Callable[[Request], None]
Clock = Callable[[], datetime]
FIRST_SIZE: Final = QSize(1160, 640)
NO_LOCKS: Final = Nothing(icon="key", title="No file is checked out", text="Check-outs of your vaults stand here.")
NO_LINES: Final = Nothing(
    icon="people", title="Nobody waits for a file", text="Whoever waits for a file of your vaults stands here."
)


class WholePage(OfficePage, Generic[Row]):
    """Kept as the list is on the server for as long as it can be seen."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Submit, clock: Clock, of: ListOf[Row],
        *, topic: Topic[Any], rows: Callable[[Any], Sequence[Row]], place: Callable[[Row], Place],
    ) -> None:  # fmt: skip
        """`rows` are those of what the server answered with, `place` is where a row's file lies."""
        super().__init__(store, bridge, submit, clock, [topic])
        self.place = place
        self._topic = topic
        self._rows = rows
        self.frame: ListFrame[Row] = ListFrame(store, bridge, clock, of)
        self.setLayout(column(self.frame, gap=0))
        self.ages = Ages(self, self._count_on)

    def refresh(self) -> None:
        known = self.store.office.known(self._topic)
        self.frame.show_reading(known, [] if known is None or known.value is None else self._rows(known.value))

    def _count_on(self) -> None:
        """Ages are words of now. While nobody can tell how it stands, they stand still."""
        if self.store.connection.known:
            self.refresh()


class WholeDialog(Dialog, Generic[Row]):
    """A page in a window of its own. `file_asked`: a row was opened, and its file is to be shown."""

    file_asked = Signal(Place)

    def __init__(self, page: WholePage[Row], title: str, parent: QWidget | None = None) -> None:
        super().__init__(
            parent, window=title, title=title, note="A double click on a row, or Enter, shows its file.", verb="Close"
        )
        self.page = page
        framed = card(page)
        self.fill(framed, cancel=False)
        layout = self.layout()
        if isinstance(layout, QBoxLayout):
            layout.setStretchFactor(framed, 100)  # the list takes what there is, as the window is made larger
        self.resize(FIRST_SIZE.boundedTo(parent.size()) if parent is not None else FIRST_SIZE)
        page.frame.opened.connect(self._ask)

    def _ask(self, of: Row) -> None:
        self.file_asked.emit(self.page.place(of))
        self.done(QDialog.DialogCode.Accepted)


def check_outs(store: Store, bridge: Bridge, submit: Submit, clock: Clock) -> WholePage[LockEntry]:
    """Every check-out of the vaults that I may read, the oldest first."""
    of = lock_list(store, clock, nothing=NO_LOCKS)
    page = WholePage(
        store, bridge, submit, clock, of, topic=topics.LOCKS, rows=lambda known: known.locks, place=place_of
    )
    draw_ages(page.frame)
    return page


def waiting(store: Store, bridge: Bridge, submit: Submit, clock: Clock) -> WholePage[Stand]:
    """Everybody who waits for a file of the vaults that I may read, line by line."""
    return WholePage(
        store, bridge, submit, clock, _lines(store, clock), topic=topics.LINES,
        rows=lambda known: stands_in(known.lines), place=_place,
    )  # fmt: skip


def _place(each: Stand) -> Place:
    return Place(each.line.vault, each.line.file, each.line.path)


def _lines(store: Store, clock: Clock) -> ListOf[Stand]:
    def file(each: Stand) -> Cell:
        return Cell(text=name_of(each.line.path), icon=icons.file_icon(each.line.path), tip=each.line.path)

    def folder(each: Stand) -> Cell:
        said = locks.folder_words(each.line.vault, each.line.path, store.vaults)
        return Cell(text=said, ink=Tone.SECOND, tip=said)

    def person(each: Stand) -> Cell:
        return Cell(text=f"{each.number + 1}. {each.waiter.person}", tip=each.waiter.person)

    def waits(each: Stand) -> Cell:
        now = clock()
        return Cell(text=words.age(now - each.waiter.since), tip=f"Since {words.full_time(each.waiter.since, now)}")

    return ListOf(
        name="People waiting", rest=1, identify=lambda each: f"{each.line.file} {each.waiter.person}",
        title=lambda each: name_of(each.line.path), nothing=NO_LINES, prompt="File or person",
        text=lambda each: f"{each.line.path} {each.waiter.person}",
        columns=(
            Column(title="File", width=260, cell=file), Column(title="Folder", width=200, cell=folder),
            Column(title="Person", width=240, cell=person), Column(title="Waits", width=110, cell=waits),
        ),
    )  # fmt: skip
