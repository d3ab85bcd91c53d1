"""The tab Locks: every check-out of the vaults that I administer, and how one is taken away."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from PySide6.QtWidgets import QCheckBox, QComboBox

from pdm_desktop.core.office import locks, topics
from pdm_desktop.core.office.locks import ForceRelease, Narrowing, first_name
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.requests import Look, LookAway, OfficeRequest
from pdm_desktop.core.office.vaults import editors_in
from pdm_desktop.core.requests import Request
from pdm_desktop.core.tables import as_csv
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.admin.frame import ListFrame
from pdm_desktop.ui.admin.lock_list import draw_ages, lock_list
from pdm_desktop.ui.admin.notice import NoticeBar
from pdm_desktop.ui.admin.saving import ask_and_save
from pdm_desktop.ui.admin.selection import Action, exactly_one
from pdm_desktop.ui.admin.taking_away import ForceReleaseDialog, HandOverDialog
from pdm_desktop.ui.admin.tell import TellDialog
from pdm_desktop.ui.admin.vault_filter import VaultFilter
from pdm_desktop.ui.ages import Ages
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import column, tool
from server.protocol.calls import LockEntry, Waiter

Asking = TypeVar("Asking", TellDialog, ForceReleaseDialog, HandOverDialog)
NOTHING: Final = Nothing(
    icon="key", title="Nobody has anything checked out", text="Every check-out of your vaults stands here at once."
)


class LocksPage(OfficePage):
    """Kept as it is on the server, ages by the minute."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.LOCKS, topics.LINES])
        self.bridge = bridge
        self.vault = VaultFilter(store, bridge, self._narrow)
        self.age = _combo("Age", locks.AGES)
        self.offline = QCheckBox("Holder offline only")
        self.age.currentIndexChanged.connect(self._narrow)
        self.offline.toggled.connect(self._narrow)
        self.save = tool("Save as CSV…", "open", tip="All that is listed, for a spreadsheet", press=self._ask_where)
        one = exactly_one("lock")
        of = lock_list(store, clock, nothing=NOTHING)
        self.frame: ListFrame[LockEntry] = ListFrame(store, bridge, clock, of, actions=[
            Action(text=_message_text, press=lambda rows: self.write_to(rows[0]), lacks=self._lacks_somebody_else),
            Action(text="Hand over…", press=lambda rows: self.hand_over(rows[0]), lacks=one),
            Action(text="Force release…", press=lambda rows: self.force_release(rows[0]), lacks=one),
        ], filters=[self.vault, self.age, self.offline], beside=[self.save])  # fmt: skip
        draw_ages(self.frame)
        self.notice = NoticeBar()
        self.setLayout(column(self.notice, self.frame, gap=0))
        self.ages = Ages(self, self._count_on)
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
        """Ask who is to have it, of those who may edit its vault: that is read while somebody is asked."""
        dialog = HandOverDialog(entry, self._likely(entry), self.clock(), self.window())
        query = (("vault", entry.vault),)

        def offer(name: str = topics.VAULT_ACCESS.name) -> None:
            known = self.store.office.known(topics.VAULT_ACCESS)
            if name == topics.VAULT_ACCESS.name and known is not None and known.query == query and known.value:
                dialog.offer(editors_in(known.value))

        told = self.bridge.topic.connect(offer)
        dialog.finished.connect(lambda _: self.bridge.topic.disconnect(told))
        dialog.finished.connect(lambda _: self.submit(LookAway(topic=topics.VAULT_ACCESS)))
        offer()
        self.submit(Look(topic=topics.VAULT_ACCESS, query=query))
        return self._asking(dialog)

    def csv(self) -> str:
        """What is listed, in the order in which it stands there."""
        rows = self.frame.shown()
        return as_csv(locks.CSV_HEAD, [locks.csv_row(each, self.store.vaults, self.clock()) for each in rows])

    def _count_on(self) -> None:
        """Ages are words of now. While nobody can tell how it stands, they stand still."""
        if self.store.connection.known:
            self.refresh()

    def _asking(self, dialog: Asking) -> Asking:
        dialog.accepted.connect(lambda: self.submit(dialog.request))
        dialog.open()
        return dialog

    def _waiters(self, entry: LockEntry) -> Sequence[Waiter]:
        known = self.store.office.known(topics.LINES)
        return () if known is None or known.value is None else locks.waiters_of(known.value.lines, entry.file)

    def _likely(self, entry: LockEntry) -> list[str]:
        """Who may be meant first: those who wait, me, and those who are here."""
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


def _combo(name: str, items: Sequence[tuple[str, object]]) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setFixedHeight(theme.FIELD)
    for text, value in items:
        made.addItem(text, value)
    return made


def _message_text(rows: Sequence[LockEntry]) -> str:
    return "Message…" if len(rows) != 1 else f"Message to {first_name(rows[0].lock.locked_by)}…"
