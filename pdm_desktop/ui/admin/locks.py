"""The tab Locks: every check-out of the vaults that I administer, and how one is taken away."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox

from pdm_desktop.core import words
from pdm_desktop.core.office import locks, topics
from pdm_desktop.core.office.locks import ForceRelease, Narrowing, first_name
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import Request
from pdm_desktop.core.tables import as_csv
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.admin.frame import ListFrame, ListOf, presence_cell
from pdm_desktop.ui.admin.notice import NoticeBar
from pdm_desktop.ui.admin.saving import ask_and_save
from pdm_desktop.ui.admin.selection import Action, exactly_one
from pdm_desktop.ui.admin.taking_away import ForceReleaseDialog, HandOverDialog
from pdm_desktop.ui.admin.tell import TellDialog
from pdm_desktop.ui.admin.vault_filter import VaultFilter
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.delegates import AgeDelegate
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import column, tool
from server.protocol.calls import LockEntry, Waiter

Asking = TypeVar("Asking", TellDialog, ForceReleaseDialog, HandOverDialog)
AGE: Final = 5
"""The column with the bar."""
MINUTE_MS: Final = 60_000
NOTHING: Final = Nothing(
    icon="key", title="Nobody has anything checked out", text="Every check-out of your vaults stands here at once."
)


class LocksPage(OfficePage):
    """Kept as it is on the server, ages by the minute."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.LOCKS, topics.LINES])
        self.vault = VaultFilter(store, bridge, self._narrow)
        self.age = _combo("Age", locks.AGES)
        self.offline = QCheckBox("Holder offline only")
        self.age.currentIndexChanged.connect(self._narrow)
        self.offline.toggled.connect(self._narrow)
        self.save = tool("Save as CSV…", "open", tip="All that is listed, for a spreadsheet", press=self._ask_where)
        one = exactly_one("lock")
        self.frame: ListFrame[LockEntry] = ListFrame(store, bridge, clock, self._list(), actions=[
            Action(text=_message_text, press=lambda rows: self.write_to(rows[0]), lacks=self._lacks_somebody_else),
            Action(text="Hand over…", press=lambda rows: self.hand_over(rows[0]), lacks=one),
            Action(text="Force release…", press=lambda rows: self.force_release(rows[0]), lacks=one),
        ], filters=[self.vault, self.age, self.offline], beside=[self.save])  # fmt: skip
        self.frame.table.setItemDelegateForColumn(AGE, AgeDelegate(self.frame.table))
        self.notice = NoticeBar()
        self.setLayout(column(self.notice, self.frame, gap=0))
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._minute.timeout.connect(self.refresh)
        bridge.vaults.connect(self.refresh)

    def refresh(self) -> None:
        known = self.store.office.known(topics.LOCKS)
        every = [] if known is None or known.value is None else known.value.locks
        mine = locks.mine_to_administer(every, self.store.vaults)
        if known is not None and known.value is not None:  # else it is not known yet, which is not none
            self.counted.emit(len(mine))
        self.frame.show_reading(known, mine)

    def made(self, request: OfficeRequest, answer: object) -> None:
        if isinstance(request, ForceRelease | TellPeople) and self.isVisible():
            self.notice.show_words(Bar.INFO, "Done.", request.done)

    def write_to(self, entry: LockEntry) -> TellDialog:
        """Ask what is to be told to the holder."""
        holder = entry.lock.locked_by
        return self._asking(TellDialog([holder], holder, self.window()))

    def force_release(self, entry: LockEntry) -> ForceReleaseDialog:
        """Ask why a check-out is to end."""
        return self._asking(ForceReleaseDialog(entry, self._waiters(entry), self.clock(), self.window()))

    def hand_over(self, entry: LockEntry) -> HandOverDialog:
        """Ask who is to have it."""
        return self._asking(HandOverDialog(entry, self._people(entry), self.clock(), self.window()))

    def csv(self) -> str:
        """What is listed, in the order in which it stands there."""
        rows = self.frame.shown()
        return as_csv(locks.CSV_HEAD, [locks.csv_row(each, self.store.vaults, self.clock()) for each in rows])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._minute.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._minute.stop()

    def _asking(self, dialog: Asking) -> Asking:
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()
        return dialog

    def _waiters(self, entry: LockEntry) -> Sequence[Waiter]:
        known = self.store.office.known(topics.LINES)
        return () if known is None or known.value is None else locks.waiters_of(known.value.lines, entry.file)

    def _people(self, entry: LockEntry) -> list[str]:
        """Who may be meant: those who wait, me, and those who are here."""
        mine = [] if self.store.account is None else [self.store.account.person]
        waiting = [each.person for each in self._waiters(entry)]
        return list(dict.fromkeys([*waiting, *mine, *[each.name for each in self.store.presence.online()]]))

    def _lacks_somebody_else(self, rows: Sequence[LockEntry]) -> str:
        if len(rows) != 1:
            return "Select one lock first."
        account = self.store.account
        if account is None or not account.administrator:
            return "Messages are written by administrators of the server."
        return "You have it yourself." if rows[0].lock.locked_by == account.person else ""

    def _narrow(self) -> None:
        wanted = Narrowing(vault=self.vault.vault, older=self.age.currentData(), offline=self.offline.isChecked())
        self.frame.narrow(rule=lambda entry: wanted.takes(entry, self.clock()))

    def _ask_where(self) -> None:
        ask_and_save(self.window(), f"Locks {self.clock():%Y-%m-%d}.csv", self.csv)

    def _list(self) -> ListOf[LockEntry]:
        return ListOf(
            name="Locks", columns=self._columns(), rest=1, identify=lambda each: f"{each.file} {each.lock.token}",
            title=lambda each: name_of(each.path), nothing=NOTHING, prompt="File, person or computer",
            text=lambda each: f"{each.path} {each.lock.locked_by} {each.lock.computer} {each.lock.message or ''}",
            keys=(
                lambda each: name_of(each.path).casefold(), lambda each: self._folder(each).casefold(),
                lambda each: each.lock.locked_by.casefold(), self._here, lambda each: each.lock.computer.casefold(),
                lambda each: each.lock.since, self._edited, lambda each: each.waiting,
            ),
            sorted_by=(AGE, Qt.SortOrder.AscendingOrder),
        )  # fmt: skip

    def _columns(self) -> tuple[Column[LockEntry], ...]:
        return (
            Column(title="File", width=184, cell=_file_cell),
            Column(title="Folder", width=152, cell=lambda each: Cell(text=self._folder(each), ink=Tone.SECOND)),
            Column(title="Holder", width=96, cell=lambda each: Cell(text=each.lock.locked_by, tip=_why(each))),
            Column(title="Presence", width=138, cell=self._presence_cell),
            Column(title="Computer", width=74, cell=lambda each: Cell(text=each.lock.computer)),
            Column(title="Age", width=154, cell=self._age_cell),
            Column(title="Edited", width=142, cell=lambda each: Cell(text=locks.edited_words(each, self.clock()))),
            Column(title="Waiting", width=64, right=True, cell=lambda each: Cell(text=str(each.waiting or ""))),
        )

    def _folder(self, entry: LockEntry) -> str:
        return locks.folder_words(entry.vault, entry.path, self.store.vaults)

    def _presence_cell(self, entry: LockEntry) -> Cell:
        return presence_cell(online=entry.online, seen=entry.last_contact, now=self.clock())

    def _age_cell(self, entry: LockEntry) -> Cell:
        now, age = self.clock(), locks.age_of(entry, self.clock())
        return Cell(text=words.age(age), age=age, tip=f"Since {words.full_time(entry.lock.since, now)}")

    def _here(self, entry: LockEntry) -> tuple[bool, float]:
        return entry.online, 0.0 if entry.last_contact is None else entry.last_contact.timestamp()

    def _edited(self, entry: LockEntry) -> float:
        return 0.0 if entry.edited is None else entry.edited.timestamp()


def _combo(name: str, items: Sequence[tuple[str, object]]) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setFixedHeight(theme.FIELD)
    for text, value in items:
        made.addItem(text, value)
    return made


def _file_cell(entry: LockEntry) -> Cell:
    return Cell(text=name_of(entry.path), icon=icons.file_icon(entry.path), tip=entry.path)


def _why(entry: LockEntry) -> str:
    return entry.lock.message or ""


def _message_text(rows: Sequence[LockEntry]) -> str:
    return "Message…" if len(rows) != 1 else f"Message to {first_name(rows[0].lock.locked_by)}…"
