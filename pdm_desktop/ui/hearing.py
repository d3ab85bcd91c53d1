"""The window in which a person says what to hear of, and when not."""

from PySide6.QtCore import QTime
from PySide6.QtWidgets import QCheckBox, QGridLayout, QRadioButton, QTimeEdit, QWidget

from pdm_desktop.core.hearing import Hearing, Rule
from pdm_desktop.core.office.watches import ChooseHearing
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.fixed import show_fixed
from pdm_desktop.ui.widgets import column, label, row
from server.protocol.calls import QuietHours
from server.protocol.records import dataclass

RULES = {
    Rule.ALL: "All locks and releases",
    Rule.LOCAL: "Only of files that I watch or have on this computer",
    Rule.NONE: "None",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
USUAL = (18 * 60, 6 * 60)
"""What a day begins with when it is ticked, in minutes after midnight."""


@dataclass(frozen=True, slots=True)
class Day:
    """The fields of one day."""

    tick: QCheckBox
    start: QTimeEdit
    end: QTimeEdit


class HearingDialog(Dialog):
    """Asks for the rule and the quiet hours. `request` is the answer."""

    def __init__(
        self, hearing: Hearing, rule: Rule, parent: QWidget | None = None, *, is_fixed: bool = False,
        known: bool = True,
    ) -> None:  # fmt: skip
        """`rule` is the person's own, whatever an administrator has fixed; without a server nothing can be kept."""
        super().__init__(
            parent,
            window="Notices",
            title="What you hear of",
            note="It goes for you at every computer. Requests for your files, a lock that is taken from you and "
            "messages of administrators always come.",
            verb="Save",
        )
        self._before = hearing
        self._own = rule
        self.rules = {each: QRadioButton(text) for each, text in RULES.items()}
        self.rules[hearing.rule if is_fixed else rule].setChecked(True)
        self.days = [self._day(number) for number in range(len(DAYS))]
        rules = column(label("Notices", strong=True), *self.rules.values(), gap=theme.GAP_GROUP)
        note = label(
            "Then nothing is said, and requests and lost locks only set the sign in the tray. An end that is not "
            "after the beginning is on the next day.",
            second=True,
            wrap=True,
        )
        self.fill(rules, 8, label("Quiet hours", strong=True), note, self._grid())
        self.setFixedWidth(460)
        self._is_fixed = is_fixed
        if is_fixed:
            show_fixed(*self.rules.values())
        self.main.setEnabled(known)
        self.main.setToolTip("" if known else "This needs the server, and you are offline.")

    @property
    def request(self) -> ChooseHearing:
        """What is chosen."""
        chosen = next((each for each, field in self.rules.items() if field.isChecked()), self._own)
        return ChooseHearing(rule=self._own if self._is_fixed else chosen, quiet=self._quiet())

    def typed(self) -> bool:
        return self.request != ChooseHearing(rule=self._own, quiet=tuple(sorted(self._before.quiet, key=_order)))

    def _quiet(self) -> tuple[QuietHours, ...]:
        """The first span of each day as it stands here, and what else there is of those days."""
        spans: list[QuietHours] = []
        for number, day in enumerate(self.days):
            if day.tick.isChecked():
                spans.append(QuietHours(day=number, start=_minutes(day.start), end=_minutes(day.end)))
                spans += self._spans_of(number)[1:]
        return tuple(sorted(spans, key=_order))

    def _spans_of(self, number: int) -> list[QuietHours]:
        return sorted((each for each in self._before.quiet if each.day == number), key=_order)

    def _day(self, number: int) -> Day:
        known = self._spans_of(number)
        start, end = (known[0].start, known[0].end) if known else USUAL
        day = Day(QCheckBox(DAYS[number]), _time(start, f"{DAYS[number]}, from"), _time(end, f"{DAYS[number]}, until"))
        day.tick.toggled.connect(day.start.setEnabled)
        day.tick.toggled.connect(day.end.setEnabled)
        day.tick.setChecked(bool(known))
        day.start.setEnabled(bool(known))
        day.end.setEnabled(bool(known))
        return day

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(theme.GAP_GROUP)
        grid.setColumnStretch(1, 1)
        for place, day in enumerate(self.days):
            grid.addWidget(day.tick, place, 0)
            grid.addLayout(
                row(label("from", second=True), day.start, label("until", second=True), day.end, None), place, 1
            )
        return grid


def _time(minutes: int, name: str) -> QTimeEdit:
    made = QTimeEdit(QTime(minutes // 60, minutes % 60))
    made.setDisplayFormat("HH:mm")
    made.setFixedHeight(theme.FIELD)
    made.setMinimumWidth(76)
    made.setAccessibleName(name)
    return made


def _minutes(field: QTimeEdit) -> int:
    return field.time().hour() * 60 + field.time().minute()


def _order(each: QuietHours) -> tuple[int, int]:
    return each.day, each.start
