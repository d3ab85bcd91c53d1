"""The list of locks: what each column says of one, and how they are put in order."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt

from pdm_desktop.core import liveness, words
from pdm_desktop.core.office import locks
from pdm_desktop.core.paths import name_of
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.admin.frame import ListFrame, ListOf
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.delegates import AgeDelegate
from pdm_desktop.ui.presence import presence_cell
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from server.protocol.calls import LockEntry

AGE: Final = 5
"""The column with the bar."""


def draw_ages(frame: ListFrame[LockEntry]) -> None:
    """Let the column of ages have its bars."""
    frame.table.setItemDelegateForColumn(AGE, AgeDelegate(frame.table))


def lock_list(store: Store, clock: Callable[[], datetime], *, nothing: Nothing) -> ListOf[LockEntry]:
    """Each lock with all that is known of it, the oldest first."""
    cells = _Cells(store, clock)
    return ListOf(
        name="Locks", columns=cells.columns(), rest=1, identify=lambda each: f"{each.file} {each.lock.token}",
        title=lambda each: name_of(each.path), nothing=nothing, prompt="File, person or computer",
        text=lambda each: f"{each.path} {each.lock.locked_by} {each.lock.computer} {each.lock.message or ''}",
        keys=(
            lambda each: name_of(each.path).casefold(), lambda each: cells.folder_of(each).casefold(),
            lambda each: each.lock.locked_by.casefold(), _by_presence, lambda each: each.lock.computer.casefold(),
            lambda each: each.lock.since, _by_edit, lambda each: each.waiting,
        ),
        weights=(4, 4, 3, 0, 1, 1, 0, 0), sorted_by=(AGE, Qt.SortOrder.AscendingOrder),
    )  # fmt: skip


class _Cells:
    """How one lock is shown in each column."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def columns(self) -> tuple[Column[LockEntry], ...]:
        return (
            Column(title="File", width=184, cell=_file),
            Column(title="Folder", width=148, cell=self._folder),
            Column(title="Holder", width=110, cell=_holder),
            Column(title="Presence", width=138, cell=self._presence),
            Column(title="Computer", width=74, cell=_computer),
            Column(title="Age", width=140, cell=self._age),
            Column(title="Edited", width=156, cell=self._edited),
            Column(title="Waiting", width=64, right=True, cell=lambda each: Cell(text=str(each.waiting or ""))),
        )

    def folder_of(self, entry: LockEntry) -> str:
        return locks.folder_words(entry.vault, entry.path, self._store.vaults)

    def _folder(self, entry: LockEntry) -> Cell:
        folder = self.folder_of(entry)
        return Cell(text=folder, ink=Tone.SECOND, tip=folder)

    def _presence(self, entry: LockEntry) -> Cell:
        return presence_cell(online=entry.online, away=entry.away, seen=entry.last_contact, now=self._clock())

    def _age(self, entry: LockEntry) -> Cell:
        now = self._clock()
        age = locks.age_of(entry, now)
        return Cell(text=words.age(age), age=age, tip=f"Since {words.full_time(entry.lock.since, now)}")

    def _edited(self, entry: LockEntry) -> Cell:
        now = self._clock()
        tip = "" if entry.edited is None else f"Last edit there {words.full_time(entry.edited, now)}"
        return Cell(text=liveness.edited_of(entry, now), tip=tip)


def _file(entry: LockEntry) -> Cell:
    return Cell(text=name_of(entry.path), icon=icons.file_icon(entry.path), tip=entry.path)


def _holder(entry: LockEntry) -> Cell:
    tip = "\n".join(filter(None, (entry.lock.locked_by, entry.lock.message)))
    return Cell(text=entry.lock.locked_by, tip=tip)


def _computer(entry: LockEntry) -> Cell:
    return Cell(text=entry.lock.computer, tip=entry.lock.computer)


def _by_presence(entry: LockEntry) -> tuple[bool, bool, float]:
    since = entry.away or entry.last_contact
    return entry.online, entry.away is None, 0.0 if since is None else since.timestamp()


def _by_edit(entry: LockEntry) -> float:
    return 0.0 if entry.edited is None else entry.edited.timestamp()
