"""The window for the rules of a vault: each in a field, and names tried while they are typed."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QPlainTextEdit, QSpinBox, QWidget

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.vaults import RuleVault, TryRules
from pdm_desktop.core.requests import Request
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.vault_rules import COUNTINGS, brought_together, extensions_in, names_in, others_of, rules_in_words
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.admin.vault_names import name_field
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import column, label, named, row
from server.protocol.calls import TriedRules
from server.protocol.limits import PATH_CHARACTERS
from server.protocol.vault import Vault
from server.protocol.vault_rules import EXAMPLES, EXTENSION_CHARACTERS, EXTENSIONS, PATTERN_CHARACTERS, VaultRules

WIDTH: Final = 640
EXAMPLES_HEIGHT: Final = 64
TRY_MS: Final = 250
"""After the last key, until the server is asked what the rules say."""
_MB: Final = 1_000_000
_MOST_MB: Final = 1_000_000


class RulesDialog(Dialog):
    """Asks for the rules of a vault. `request` is the answer; it can be given when the server finds no flaw in it."""

    def __init__(
        self,
        vault: Vault,
        store: Store,
        bridge: Bridge,
        submit: Callable[[Request], None],
        parent: QWidget | None = None,
    ) -> None:
        note = "They hold at once and for everybody, for what comes from now on. Files that are there stay."
        title = f"Rules of the vault {vault.name}"
        super().__init__(parent, window="Rules", title=title, note=note, verb="Save rules")
        self._vault = vault
        self._store = store
        self._before = vault.file_rules
        self._sent: RuleVault | None = None
        self._submit = submit
        self._answer: TriedRules | None = None
        rules = vault.file_rules
        self.extensions = name_field(" ".join(rules.extensions))
        self.pattern = name_field(rules.pattern or "")
        self.pattern.setMaxLength(PATTERN_CHARACTERS)
        self.good, self.bad = _lines(rules.good), _lines(rules.bad)
        self.largest = _size_field(rules.max_bytes)
        self.counting = _counting_field(rules)
        self.comment = QCheckBox("A check-in needs a comment")
        self.comment.setChecked(rules.comment)
        self.alone = name_field(" ".join(rules.alone))
        self.tried = name_field()
        self.verdict = label("", second=True, wrap=True)
        self.flaw = MessageBar(Bar.WARN)
        self.flaw.hide()
        self.news = MessageBar(Bar.WARN)
        self.news.hide()
        self._place()
        self._slow = QTimer(self, singleShot=True, interval=TRY_MS)
        self._slow.timeout.connect(self._try)
        self._listen()
        bridge.made.connect(self._take)
        bridge.trouble.connect(self._take_trouble)
        bridge.vaults.connect(self._look_again)
        self._say()

    @property
    def rules(self) -> VaultRules:
        """What stands in the fields."""
        limit = self.largest.value() * _MB
        same = self._before.max_bytes is not None and self.largest.value() == _in_mb(self._before.max_bytes)
        return VaultRules(
            extensions=extensions_in(self.extensions.text()),
            pattern=self.pattern.text() or None,
            good=names_in(self.good.toPlainText()),
            bad=names_in(self.bad.toPlainText()),
            max_bytes=self._before.max_bytes if same else limit or None,
            counting=self.counting.currentData(),
            comment=self.comment.isChecked(),
            alone=extensions_in(self.alone.text()),
        )

    @property
    def request(self) -> RuleVault:
        """What to ask for."""
        return RuleVault(vault=self._vault.id, rules=self.rules, base=self._before)

    def accept(self) -> None:
        """Ask for it; what was typed stays until it is saved."""
        if self._sent is None and self.main.isEnabled():
            self._sent = self.request
            self._submit(self._sent)
            self._say()

    def typed(self) -> bool:
        return self.rules != self._before

    def _place(self) -> None:
        good = column(named("&Good names", self.good, "one a line"), self.good, gap=4)
        bad = column(named("&Bad names", self.bad, "one a line"), self.bad, gap=4)
        size = column(named("&Largest file", self.largest), self.largest, gap=4)
        counting = column(named("&Revisions", self.counting), self.counting, gap=4)
        self.fill(
            named("&Extensions", self.extensions, "as .mcam .nc; empty: all"), self.extensions,
            named("&Pattern", self.pattern, r"what a whole name fits, as [0-9]{4}-.+ ; with a / it is for the path"),
            self.pattern, row(good, bad), row(size, counting), self.comment,
            named("Checked out &alone", self.alone, "extensions with which no set is made"), self.alone, 4,
            named("&Try names", self.tried, "separated by commas; nothing is changed"), self.tried, self.verdict,
            self.flaw, self.news,
        )  # fmt: skip
        self.fix_width(WIDTH)
        self.extensions.setFocus()

    def _listen(self) -> None:
        for line in (self.extensions, self.pattern, self.alone, self.tried):
            line.textChanged.connect(self._change)
        for lines in (self.good, self.bad):
            lines.textChanged.connect(self._change)
        self.largest.valueChanged.connect(self._change)
        self.counting.currentIndexChanged.connect(self._change)
        self.comment.toggled.connect(self._change)

    def _change(self) -> None:
        self._answer = None
        self._slow.start()
        self._say()

    def _asked(self) -> TryRules:
        names = [each.strip() for each in self.tried.text().split(",") if each.strip()]
        return TryRules(vault=self._vault.id, rules=self.rules, names=tuple(names[:EXAMPLES]))

    def _try(self) -> None:
        if not self._too_much():
            self._submit(self._asked())

    def _take(self, request: OfficeRequest, answer: object) -> None:
        if request == self._sent:
            super().accept()
            return
        if request == self._asked() and isinstance(answer, TriedRules):
            self._answer = answer
            self._say()

    def _take_trouble(self, trouble: Trouble, request: Request | None) -> None:
        if request is not None and request == self._sent:
            self._sent = None
            self.news.say(" ".join(part for part in (trouble.text, trouble.advice) if part), strong=trouble.title)
            self.news.show()
            self._look_again(trouble.text)
            self._say()

    def _look_again(self, why: str = "Somebody else changed these rules.") -> None:
        """What somebody else saves meanwhile is shown here, and what was typed stays."""
        vault = self._store.vaults.get(self._vault.id)
        if vault is None or vault.file_rules == self._before or self._sent is not None:
            return
        before, now, mine = self._before, vault.file_rules, self.rules
        self._before = now
        self._fill_in(brought_together(before, now, mine))
        said = f"Changed: {', '.join(others_of(before, now))}. What holds now: {rules_in_words(now)}."
        self.news.say(f"{said} What you typed is kept.", strong=why)
        self.news.show()
        self._say()

    def _fill_in(self, rules: VaultRules) -> None:
        """Only what is another: the place in a field where somebody types stays."""
        shown = self.rules
        for line, names, before in (
            (self.extensions, rules.extensions, shown.extensions), (self.alone, rules.alone, shown.alone),
        ):  # fmt: skip
            if names != before:
                line.setText(" ".join(names))
        for lines, names, before in ((self.good, rules.good, shown.good), (self.bad, rules.bad, shown.bad)):
            if names != before:
                lines.setPlainText("\n".join(names))
        if rules.pattern != shown.pattern:
            self.pattern.setText(rules.pattern or "")
        if rules.max_bytes != shown.max_bytes:
            self.largest.setValue(0 if rules.max_bytes is None else _in_mb(rules.max_bytes))
        self.counting.setCurrentIndex(list(COUNTINGS).index(rules.counting))
        self.comment.setChecked(rules.comment)

    def _say(self) -> None:
        answer = self._answer
        flaw = self._too_much() or (answer.flaw if answer is not None else None) or ""
        self.flaw.say(flaw)
        self.flaw.setVisible(bool(flaw))
        if answer is not None:
            bad = [each.flaw for each in answer.names if each.flaw is not None]
            fits = f"{'It fits' if len(answer.names) == 1 else 'They all fit'}." if answer.names and not bad else ""
            self.verdict.setText("\n".join(bad) or fits)
        why = self._why_not(flaw)
        self.main.setEnabled(not why)
        self.main.setToolTip(why)
        self.resize(WIDTH, max(self.height(), self.heightForWidth(WIDTH)))  # an answer of more lines

    def _why_not(self, flaw: str) -> str:
        if not self.typed():
            return "Change a rule first."
        if flaw:
            return flaw
        if self._sent is not None:
            return "These rules are being saved."
        return "" if self._answer is not None else "The server has not looked at these rules yet."

    def _too_much(self) -> str:
        """What the server would not even read."""
        rules = self.rules
        if max(len(rules.extensions), len(rules.alone)) > EXTENSIONS:
            return f"There are more than {EXTENSIONS} extensions. Leave some out."
        if max((len(each) for each in (*rules.extensions, *rules.alone)), default=0) > EXTENSION_CHARACTERS:
            return f"An extension has {EXTENSION_CHARACTERS} characters at most."
        if max(len(rules.good), len(rules.bad)) > EXAMPLES:
            return f"There are more than {EXAMPLES} examples of one kind. Leave some out."
        if max((len(each) for each in (*rules.good, *rules.bad)), default=0) > PATH_CHARACTERS:
            return f"A name has {PATH_CHARACTERS} characters at most."
        return ""


def _lines(names: list[str]) -> QPlainTextEdit:
    made = QPlainTextEdit("\n".join(names))
    made.setFixedHeight(EXAMPLES_HEIGHT)
    made.setTabChangesFocus(True)
    return made


def _in_mb(size: int) -> int:
    return max(1, round(size / _MB))


def _size_field(limit: int | None) -> QSpinBox:
    made = QSpinBox()
    made.setFixedHeight(theme.FIELD)
    made.setRange(0, _MOST_MB)
    made.setSuffix(" MB")
    made.setSpecialValueText("No limit")
    made.setGroupSeparatorShown(True)
    made.setValue(0 if limit is None else _in_mb(limit))
    return made


def _counting_field(rules: VaultRules) -> QComboBox:
    made = QComboBox()
    made.setFixedHeight(theme.FIELD)
    for counting, said in COUNTINGS.items():
        made.addItem(said, counting)
    made.setCurrentIndex(list(COUNTINGS).index(rules.counting))
    return made
