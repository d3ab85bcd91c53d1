"""The tab Audit trail: who did what and when, narrowed, read row by row, saved as a file, and its chain verified."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit

from pdm_desktop.core import words
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.audit import PAGE, ROWS, ExportAudit, VerifyAudit, detail_words, sentence, verdict
from pdm_desktop.core.office.requests import OfficeRequest, Query
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.admin.notice import NoticeBar
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Bar, Tone
from pdm_desktop.ui.widgets import button, column, label, line, pane, row
from server.protocol.audit_words import AUDIT_WORDS
from server.protocol.calls import AuditCheck, AuditRow

PAUSE_MS: Final = 300
"""The search begins after so long without a key."""
_SPANS: Final = (("Any time", None), ("Last 24 hours", 1), ("Last 7 days", 7), ("Last 30 days", 30))
_ABOUT_HEIGHT: Final = 68
"""Four lines."""
_KINDS: Final = {"CSV for a spreadsheet (*.csv)": "csv", "JSON lines for a program (*.jsonl)": "jsonl"}


class AuditPage(OfficePage):
    """The newest rows that fit, kept as they are on the server; a selected one is read whole below."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.AUDIT])
        self._rows: Sequence[AuditRow] = ()
        self._wanted = PAGE
        self._since: datetime | None = None
        self._file: tuple[str, str] | None = None
        columns = _columns(clock)
        self.model = RowsModel(columns, lambda: self._rows, lambda each: str(each.number), self)
        self.table = Table(self.model, columns, name="Audit trail", rest=3)
        self.table.selectionModel().selectionChanged.connect(lambda: self._show_selected())
        self.notice = NoticeBar()
        self.about = label("", second=True, wrap=True)
        self.about.setAccessibleName("The selected row")
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.about.setFixedHeight(_ABOUT_HEIGHT)
        self.about.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.table.opened.connect(lambda _: self.about.setFocus())
        self._make_filters()
        self._make_buttons()
        bar = row(self.text, self.person, self.vault, self.action, self.span, None, edge=(theme.EDGE, 8, theme.EDGE, 8))
        foot = row(
            self.count, None, self.only, self.older, self.verify, self.export, edge=(theme.EDGE, 6, theme.EDGE, 8)
        )
        about = pane(row(self.about, edge=(theme.EDGE, 8, theme.EDGE, 0)))
        self.setLayout(column(bar, line(), self.notice, self.table, line(), about, foot, gap=0))
        bridge.vaults.connect(self._fill_vaults)
        bridge.account.connect(self._fill_vaults)
        bridge.trouble.connect(self._take_trouble)
        self._fill_vaults()

    def query(self, topic: Topic[Any]) -> Query:
        return (*self.narrowed(), (ROWS, str(self._wanted)))

    def narrowed(self) -> Query:
        """By what the person narrows the trail, in the words of the contract."""
        named = {
            "text": self.text.text().strip(),
            "person": self.person.text().strip(),
            "vault": self.vault.currentData(),
            "action": self.action.currentData(),
            "file": self._file[0] if self._file else "",
            "since": "" if self._since is None else self._since.isoformat(),
        }
        return tuple((name, value) for name, value in named.items() if value)

    def refresh(self) -> None:
        known = self.store.office.known(topics.AUDIT)
        before = self._chosen()
        page = None if known is None or known.query != self.query(topics.AUDIT) else known.value
        self._rows = () if page is None else page.rows
        self.model.reset()
        for place, each in enumerate(self._rows):
            if before is not None and each.number == before.number:
                self.table.selectRow(place)
        self.older.setVisible(page is not None and page.cursor is not None)
        self.count.setText(self._count_words(is_read=page is not None, has_more=self.older.isVisibleTo(self)))
        self._show_selected()
        if known is not None and known.trouble is not None:
            self.notice.show_words(Bar.WARN, known.trouble.title, known.trouble.text)

    def made(self, request: OfficeRequest, answer: object) -> None:
        if isinstance(request, VerifyAudit) and isinstance(answer, AuditCheck):
            self.verify.setEnabled(True)
            self.verify.setText("Verify the chain")
            strong, text = verdict(answer)
            self.notice.show_words(Bar.INFO if answer.first_break is None else Bar.BAD, strong, text)
        elif isinstance(request, ExportAudit):
            self.export.setEnabled(True)
            self.notice.show_words(Bar.INFO, "Exported.", request.done)

    def save_as(self, target: str, kind: str) -> None:
        """Save what is shown, and all older rows that fit, as that file."""
        if not target:
            return
        which = "jsonl" if kind == "jsonl" else "csv"
        name = target if target.lower().endswith(f".{which}") else f"{target}.{which}"
        self.export.setEnabled(False)
        self.submit(ExportAudit(target=name, kind="jsonl" if which == "jsonl" else "csv", query=self.narrowed()))

    def _make_filters(self) -> None:
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._narrow)
        self.text = _Field("File, name or words", 190, leads=True)
        self.person = _Field("Person", 110)
        for field in (self.text, self.person):
            field.textChanged.connect(lambda: self._pause.start())
            field.returnPressed.connect(self._narrow)
        self.vault = _choice("Vault")
        self.action = _choice("What was done")
        self.action.addItem("Anything done", "")
        for action, said in sorted(AUDIT_WORDS.items(), key=lambda each: each[1]):
            self.action.addItem(said[:1].upper() + said[1:], action)
        self.span = _choice("When")
        for text, days in _SPANS:
            self.span.addItem(text, days)
        for each in (self.vault, self.action, self.span):
            each.activated.connect(self._narrow)

    def _make_buttons(self) -> None:
        self.count = label("", second=True)
        self.only = button("Only this file", press=self._toggle_file)
        self.older = button("Older rows", press=self._show_older)
        self.verify = button("Verify the chain", press=self._verify)
        self.export = button("Export…", press=self._ask_where)

    def _fill_vaults(self) -> None:
        is_of_server = self.store.account is not None and self.store.account.administrator
        chosen = self.vault.currentData()
        self.vault.clear()
        self.vault.addItem("All vaults", "")
        for each in sorted(self.store.vaults.values(), key=lambda each: each.name):
            if is_of_server or each.role == "administrator":
                self.vault.addItem(each.name, each.id)
        self.vault.setCurrentIndex(max(0, self.vault.findData(chosen)))
        self.verify.setVisible(is_of_server)

    def _narrow(self) -> None:
        self._pause.stop()
        days = self.span.currentData()
        self._since = None if days is None else self.clock() - timedelta(days=days)
        self._wanted = PAGE
        self.notice.hide()
        self.refresh()
        self.look_again()

    def _show_older(self) -> None:
        self._wanted += PAGE
        self.look_again()

    def _toggle_file(self) -> None:
        chosen = self._chosen()
        if self._file is not None:
            self._file = None
        elif chosen is not None and chosen.file is not None:
            self._file = (chosen.file, chosen.path or chosen.file)
        self._narrow()

    def _verify(self) -> None:
        self.verify.setEnabled(False)
        self.verify.setText("Verifying…")
        self.submit(VerifyAudit())

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, "Export the audit trail", "", ";;".join(_KINDS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile(f"audit-trail-{self.clock():%Y-%m-%d}")
        dialog.fileSelected.connect(lambda name: self.save_as(name, _KINDS.get(dialog.selectedNameFilter(), "csv")))
        dialog.open()

    def _take_trouble(self, _: Trouble, request: Request | None) -> None:
        if isinstance(request, VerifyAudit):
            self.verify.setEnabled(True)
            self.verify.setText("Verify the chain")
        elif isinstance(request, ExportAudit):
            self.export.setEnabled(True)

    def _chosen(self) -> AuditRow | None:
        places = [place for place in self.table.selected_rows() if place < len(self._rows)]
        return self._rows[places[0]] if places else None

    def _show_selected(self) -> None:
        chosen = self._chosen()
        self.about.setText("" if chosen is None else sentence(chosen, self.clock()))
        self.only.setText("Only this file" if self._file is None else "All files again")
        self.only.setEnabled(self._file is not None or (chosen is not None and chosen.file is not None))

    def _count_words(self, *, is_read: bool, has_more: bool) -> str:
        if not is_read:
            return "Loading…"
        of = "" if self._file is None else f" of {name_of(self._file[1])}"
        if not self._rows:
            return f"No row{of} fits." + (" Older ones are not searched yet." if has_more else "")
        return f"The newest {words.several(len(self._rows), 'row', 'rows')}{of}"


class _Field(QLineEdit):
    """A field of a bar, as wide as it is told, or less where there is no room."""

    def __init__(self, prompt: str, width: int, *, leads: bool = False) -> None:
        super().__init__()
        self._width = width
        self.setPlaceholderText(prompt)
        self.setAccessibleName(prompt)
        self.setClearButtonEnabled(True)
        self.setFixedHeight(theme.FIELD)
        self.setMinimumWidth(84)
        self.setMaximumWidth(width * 2 if leads else width)
        if leads:
            self.addAction(icons.icon("search", Tone.SECOND), QLineEdit.ActionPosition.LeadingPosition)

    def sizeHint(self) -> QSize:
        return QSize(self._width, theme.FIELD)


def _choice(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setFixedHeight(theme.FIELD)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(11)
    made.view().setTextElideMode(Qt.TextElideMode.ElideNone)
    return made


def _columns(clock: Callable[[], datetime]) -> tuple[Column[AuditRow], ...]:
    return (
        Column(
            title="When",
            width=112,
            cell=lambda each: Cell(
                text=words.when(each.at, clock()), ink=Tone.SECOND, tip=words.full_time(each.at, clock())
            ),
        ),
        Column(title="Person", width=104, cell=lambda each: Cell(text=each.person)),
        Column(title="What", width=150, cell=lambda each: Cell(text=each.words, tip=each.action)),
        Column(title="File or more", width=180, cell=_about),
        Column(title="Vault", width=84, cell=lambda each: Cell(text=each.vault_name or "", ink=Tone.SECOND)),
        Column(title="Row", width=66, right=True, cell=lambda each: Cell(text=f"{each.number:,}", ink=Tone.SECOND)),
    )


def _about(each: AuditRow) -> Cell:
    if each.path is None:
        return Cell(text=detail_words(each.detail), ink=Tone.SECOND)
    return Cell(text=name_of(each.path), icon=icons.file_icon(each.path), tip=each.path)
