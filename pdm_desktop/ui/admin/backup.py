"""The tab Backup: when the last one was made, all of them, and one more now."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QProgressBar

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.backups import (
    BackUpNow,
    is_due,
    newest,
    next_words,
    progress_words,
    restore_command,
    share,
    state_of,
)
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.admin.notice import NoticeBar
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import Dye, button, card, column, label, line, row
from server.protocol.calls import BackupEntry, Backups

_PROGRESS_HEIGHT = 6
_STEPS = 1_000


class BackupPage(OfficePage):
    """The server's own backups."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.BACKUPS])
        self.last = label("", theme.HEAD, strong=True)
        self._ink = Dye(self.last, self.last.foregroundRole(), lambda: theme.colour(self._tone()).name())
        self.next = label("", second=True, wrap=True)
        self.now = button("Back up now", main=True, press=lambda: self.submit(BackUpNow()))
        self.progress = label("", second=True, wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName("How far the backup is")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(_PROGRESS_HEIGHT)
        Dye(self.bar, QPalette.ColorRole.Highlight, lambda: theme.colour(Tone.ACCENT).name())
        self.notice = NoticeBar()
        columns = _columns(self._is_running, clock)
        self.model = RowsModel(columns, self._all, lambda each: each.folder, self)
        self.table = Table(self.model, columns, name="Backups", rest=4)
        self.table.selectionModel().selectionChanged.connect(lambda: self._show_restore())
        self.restore = label("", second=True, wrap=True)
        self.command = label("", wrap=True)
        self.command.setAccessibleName("The command that restores this backup")
        for each in (self.restore, self.command):
            each.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        top = row(column(self.last, self.next, gap=2), self.now, gap=theme.GAP_GROUPS)
        top.setStretch(0, 1)
        head = card(top, self.progress, self.bar, edge=(16, 12, 16, 12))
        foot = column(self.restore, self.command, gap=theme.GAP_GROUP, edge=(theme.EDGE, 8, theme.EDGE, theme.EDGE))
        self.setLayout(column(
            self.notice, column(head, edge=(theme.EDGE,) * 4), line(), self.table, line(), foot, gap=0
        ))  # fmt: skip

    def refresh(self) -> None:
        known = self._known()
        self._say_state(known)
        running = None if known is None else known.running
        self.progress.setVisible(running is not None)
        self.bar.setVisible(running is not None)
        if running is not None:
            self.progress.setText(progress_words(running))
            self.bar.setRange(0, _STEPS if running.of else 0)
            self.bar.setValue(round(share(running) * _STEPS))
        self.now.setEnabled(known is not None and known.folder is not None and running is None)
        self.now.setToolTip(_why_not(known))
        self.model.renew()
        self._show_restore()

    def _known(self) -> Backups | None:
        reading = self.store.office.known(topics.BACKUPS)
        return None if reading is None else reading.value

    def _all(self) -> Sequence[BackupEntry]:
        known = self._known()
        return [] if known is None else known.backups

    def _is_running(self, entry: BackupEntry) -> bool:
        """An unfinished one that is the newest is the one that is being made."""
        known = self._known()
        return known is not None and known.running is not None and known.backups[:1] == [entry]

    def _tone(self) -> Tone:
        known = self._known()
        is_bad = known is not None and known.folder is not None and is_due(known, self.clock())
        return Tone.WARN if is_bad else Tone.TEXT

    def _say_state(self, known: Backups | None) -> None:
        if known is None:
            self.last.setText("Loading…")
            self.next.setText("")
            return
        now = self.clock()
        last = newest(known, now=now)
        if known.folder is None:
            self.last.setText("This server makes no backups itself")
            self.next.setText(
                "Set backup_folder on the server to a folder on another disk, backup_hours to 24, and start it again."
                " Until then a backup is made by the command: pdm-server backup FOLDER"
            )
        else:
            age = None if last is None or last.at is None else words.age(now - last.at)
            self.last.setText(
                "There is no backup yet" if age is None else
                "The last backup was made just now" if age == "now" else f"The last backup is {age} old"
            )  # fmt: skip
            self.next.setText(f"In {known.folder}. {next_words(known, now)}")
        self._ink.apply()
        self.notice.setVisible(known.trouble is not None)
        if known.trouble is not None:
            self.notice.show_words(Bar.WARN, "The last backup was not made.", known.trouble)

    def _show_restore(self) -> None:
        known = self._known()
        places = self.table.selected_rows()
        made = [] if known is None else [each for each in known.backups if each.at is not None]
        chosen = known.backups[places[0]] if known and places and places[0] < len(known.backups) else None
        wanted = chosen if chosen is not None and chosen.at is not None else next(iter(made), None)
        self.restore.setVisible(wanted is not None)
        self.command.setVisible(wanted is not None)
        if known is None or wanted is None or wanted.at is None:
            return
        when = words.at_time(wanted.at, self.clock())
        self.restore.setText(
            f"To bring back the backup made {when}: stop the server, run this on its computer, and start the server"
            " again. Seats then read everything anew and lose nothing."
        )
        self.command.setText(restore_command(known, wanted))


def _why_not(known: Backups | None) -> str:
    if known is None:
        return "This needs the server."
    if known.folder is None:
        return "The server has no folder for backups."
    return "A backup is being made." if known.running is not None else ""


def _columns(
    is_running: Callable[[BackupEntry], bool], clock: Callable[[], datetime]
) -> tuple[Column[BackupEntry], ...]:
    return (
        Column(title="Made", width=130, cell=lambda each: _made(each, clock())),
        Column(title="State", width=150, cell=lambda each: _state(each, is_running=is_running(each))),
        Column(
            title="Contents",
            width=100,
            right=True,
            cell=lambda each: Cell(text="" if each.at is None else f"{each.contents:,}"),
        ),
        Column(
            title="Size",
            width=100,
            right=True,
            cell=lambda each: Cell(
                text="" if each.at is None else words.size(each.bytes),
                tip="Of its contents. Backups share what is the same, where their disk can do that.",
            ),
        ),
        Column(title="Folder", width=240, cell=lambda each: Cell(text=each.folder, ink=Tone.SECOND, tip=each.folder)),
    )


def _made(entry: BackupEntry, now: datetime) -> Cell:
    if entry.at is None:
        return Cell()
    return Cell(text=words.when(entry.at, now), tip=words.full_time(entry.at, now))


def _state(entry: BackupEntry, *, is_running: bool) -> Cell:
    text = state_of(entry, is_running=is_running)
    if entry.at is None:
        return Cell(text=text, ink=Tone.SECOND)
    return Cell(text=text, ink=Tone.WARN if entry.lacks else Tone.GOOD)
