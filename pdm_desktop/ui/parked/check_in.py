"""The window of a check-in from a parked version: comment, the kind of revision, and what came between."""

from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QRadioButton, QWidget

from pdm_desktop.core.check_in_rule import ANY_CHECK_IN, CheckInRule
from pdm_desktop.core.parked import ParkedHere, overtaken_by
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.purposes import next_number
from pdm_desktop.core.requests import CheckInParked
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import named, row
from server.protocol.limits import COMMENT_CHARACTERS
from server.protocol.vault import Revision

COMMENT_HEIGHT = 76
WIDTH = 520


class CheckInParkedDialog(Dialog):
    """Asks for what a check-in needs. `request` is the answer; its base is the revision that is shown here."""

    def __init__(
        self, parked: ParkedHere, head: Revision, parent: QWidget | None = None, *, rule: CheckInRule = ANY_CHECK_IN
    ) -> None:
        self._parked = parked
        self._head = head
        self._rule = rule
        name = name_of(parked.version.path)
        super().__init__(
            parent,
            window="Check in",
            title=f"Check in {name} from the parked version",
            note="Others see the new revision at once. Your copy becomes this content; "
            "what else was edited in it goes to the recovery store.",
            verb="Check in",
        )
        self._first = parked.version.comment or ""
        self.comment = QPlainTextEdit(self._first)
        self.comment.setFixedHeight(COMMENT_HEIGHT)
        self.comment.setTabChangesFocus(True)
        numbers = {major: next_number((head.major, head.minor), major=major) for major in (False, True)}
        self.minor, self.major = (
            QRadioButton(f"Minor, Rev {numbers[False]}"),
            QRadioButton(f"Major, Rev {numbers[True]}"),
        )
        (self.minor if rule.minor else self.major).setChecked(True)
        for button, may in ((self.minor, rule.minor), (self.major, rule.major)):
            button.setEnabled(may)
            button.setToolTip("" if may else rule.why)
        self.keep = QCheckBox("Keep it checked out and go on working")
        warning = overtaken_by(parked)
        self.warning = MessageBar(Bar.WARN)
        self.warning.say(warning)
        self.warning.setVisible(bool(warning))
        self.fill(
            self.warning, 4, named("&Comment", self.comment, rule.comment_note), self.comment,
            row(self.minor, 12, self.major, None), self.keep,
        )  # fmt: skip
        self.setFixedWidth(WIDTH)
        self.comment.setFocus()
        self.comment.textChanged.connect(self._say)
        self._say()

    @property
    def request(self) -> CheckInParked:
        """What to ask for."""
        return CheckInParked(
            parked=self._parked.version.id,
            file=self._parked.version.file,
            base=self._head.number,
            comment=self.comment.toPlainText().strip() or None,
            major=self.major.isChecked(),
            keep=self.keep.isChecked(),
        )

    def typed(self) -> bool:
        return self.comment.toPlainText() != self._first

    def _say(self) -> None:
        over = len(self.comment.toPlainText()) - COMMENT_CHARACTERS
        text = self.comment.toPlainText()
        why = f"The comment is {over:,} characters too long." if over > 0 else self._rule.why_not(text)
        self.main.setEnabled(not why)
        self.main.setToolTip(why)
