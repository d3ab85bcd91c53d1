"""The tab Deleted files: what can be restored in the vaults that I administer, and what goes for good and when."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import Qt

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.deleted import KeepDeleted, PurgeFile, fate_words
from pdm_desktop.core.office.locks import folder_words
from pdm_desktop.core.office.requests import OfficeRequest, Query
from pdm_desktop.core.office.topics import Tombstone, Topic
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import Request, RestoreFile
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.admin.frame import ListFrame, ListOf, time_cell
from pdm_desktop.ui.admin.notice import NoticeBar
from pdm_desktop.ui.admin.selection import Action, at_least_one
from pdm_desktop.ui.admin.vault_filter import VaultFilter
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import column
from server.protocol.calls import Purge

DELETED: Final = 4
"""The column by which they are in order at first."""
NOTHING: Final = Nothing(
    icon="restore", title="Nothing has been deleted", text="Deleted files stand here with all their revisions."
)


class DeletedPage(OfficePage):
    """Restore, purge after a delay, or keep after all."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.DELETED])
        self.vault = VaultFilter(store, bridge, self._vault_chosen)
        self.frame: ListFrame[Tombstone] = ListFrame(store, bridge, clock, self._list(), actions=[
            Action(text="Restore", press=self._restore, lacks=at_least_one("file"), icon="restore"),
            Action(text="Keep", press=self._keep, lacks=_lacks_purge),
            Action(text="Purge…", press=self._ask_purge, lacks=_lacks_rest),
        ], filters=[self.vault])  # fmt: skip
        self.notice = NoticeBar()
        self.setLayout(column(self.notice, self.frame, gap=0))

    def refresh(self) -> None:
        known = self.store.office.known(topics.DELETED)
        every = [] if known is None or known.value is None else known.value.files
        if known is not None and known.value is not None:  # else it is not known yet, which is not none
            self.counted.emit(len(every))
        self.frame.show_reading(known, every)

    def made(self, request: OfficeRequest, answer: object) -> None:
        if isinstance(request, PurgeFile) and isinstance(answer, Purge) and answer.purge is not None:
            goes = (
                f"{name_of(answer.path)} goes for good on {words.day(answer.purge, self.clock())}. Until then it can be"
            )
            self.notice.show_words(Bar.INFO, "Done.", f"{goes} kept, or restored.")
        elif isinstance(request, KeepDeleted):
            self.notice.show_words(Bar.INFO, "Done.", request.done)

    def query(self, topic: Topic[Any]) -> Query:
        return tuple(("vault", each) for each in self.vault.vaults)

    def _vault_chosen(self) -> None:
        """Another choice; or other vaults, whose files have to be read then."""
        self.frame.narrow(rule=lambda stone: self.vault.takes(stone.vault))
        if self.isVisible():
            self.look_again()

    def _restore(self, rows: Sequence[Tombstone]) -> None:
        for each in rows:
            self.submit(RestoreFile(vault=each.vault, file=each.file.id))

    def _keep(self, rows: Sequence[Tombstone]) -> None:
        for each in rows:
            if each.file.purge is not None:
                self.submit(KeepDeleted(file=each.file.id, path=each.file.path))

    def _ask_purge(self, rows: Sequence[Tombstone]) -> None:
        chosen = [each for each in rows if each.file.purge is None]
        what = name_of(chosen[0].file.path) if len(chosen) == 1 else words.several(len(chosen), "file", "files")
        it, has = ("It", "all its revisions") if len(chosen) == 1 else ("They", "all their revisions")
        ask(
            self, f"Purge {what}?",
            f"{it} can be restored for as many days as the server is set to, usually 30. Then {it.lower()} and {has} go"
            " for good, and nothing but a backup brings them back.",
            yes="Purge", then=lambda: self._purge(chosen),
        )  # fmt: skip

    def _purge(self, rows: Sequence[Tombstone]) -> None:
        for each in rows:
            self.submit(PurgeFile(file=each.file.id, path=each.file.path))

    def _list(self) -> ListOf[Tombstone]:
        return ListOf(
            name="Deleted files", rest=1, identify=lambda each: each.file.id,
            title=lambda each: name_of(each.file.path), nothing=NOTHING, prompt="File or person",
            text=lambda each: f"{each.file.path} {each.file.deleted_by}",
            columns=(
                Column(title="File", width=200, cell=_file_cell),
                Column(title="Folder", width=170, cell=lambda each: Cell(text=self._folder(each), ink=Tone.SECOND)),
                Column(title="Rev", width=56, cell=lambda each: Cell(text=each.file.head.number)),
                Column(title="Size", width=84, right=True,
                       cell=lambda each: Cell(text=words.size(each.file.head.size))),
                Column(title="Deleted", width=120, cell=lambda each: time_cell(each.file.deleted_at, self.clock())),
                Column(title="By", width=110, cell=lambda each: Cell(text=each.file.deleted_by)),
                Column(title="Purge", width=190, cell=self._fate_cell),
            ),
            keys=(
                lambda each: name_of(each.file.path).casefold(), lambda each: self._folder(each).casefold(), None,
                lambda each: each.file.head.size, lambda each: each.file.deleted_at,
                lambda each: each.file.deleted_by.casefold(), _fate,
            ),
            sorted_by=(DELETED, Qt.SortOrder.DescendingOrder),
        )  # fmt: skip

    def _folder(self, stone: Tombstone) -> str:
        return folder_words(stone.vault, stone.file.path, self.store.vaults)

    def _fate_cell(self, stone: Tombstone) -> Cell:
        now, purge = self.clock(), stone.file.purge
        tip = "" if purge is None else words.full_time(purge, now)
        return Cell(text=fate_words(stone, now), ink=Tone.WARN, tip=tip)


def _file_cell(stone: Tombstone) -> Cell:
    return Cell(text=name_of(stone.file.path), icon=icons.file_icon(stone.file.path), tip=stone.file.path)


def _fate(stone: Tombstone) -> float:
    return float("inf") if stone.file.purge is None else stone.file.purge.timestamp()


def _lacks_purge(rows: Sequence[Tombstone]) -> str:
    return "" if any(each.file.purge is not None for each in rows) else "Select a file that goes for good first."


def _lacks_rest(rows: Sequence[Tombstone]) -> str:
    if not rows:
        return "Select a file first."
    return "" if any(each.file.purge is None for each in rows) else "It goes for good already."
