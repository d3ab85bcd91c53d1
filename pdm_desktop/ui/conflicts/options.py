"""The ways to decide, one below the other: each says what becomes of both versions, and none is chosen beforehand."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from pdm_desktop.core.choices import Choice
from pdm_desktop.ui import theme
from pdm_desktop.ui.widgets import Card, column, label, line, row

INDENT = 22


class Option(QObject):
    """One way: its name, what it does, and why it is not possible, if it is not."""

    def __init__(self, choice: Choice, parent: QWidget) -> None:
        super().__init__(parent)
        self.button = QRadioButton(choice.title, parent)
        self.button.setFont(theme.font(strong=True))
        self.text = label(choice.text, second=True, wrap=True)
        self.why_not = label("", wrap=True)
        self.say(choice)

    def say(self, choice: Choice) -> None:
        """Show it as it is now."""
        self.button.setText(choice.title)
        self.button.setEnabled(choice.why_not is None)
        self.button.setToolTip(choice.why_not or "")
        self.button.setAccessibleDescription(f"{choice.text} {choice.why_not or ''}".strip())
        self.text.setText(choice.text)
        self.why_not.setText(choice.why_not or "")
        self.why_not.setVisible(choice.why_not is not None)


class Options(Card):
    """All of them. Their number stays; what is said of them may change."""

    chosen_changed = Signal()

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self.options = [Option(choice, self) for choice in choices]
        box = column(gap=0, edge=(0, 6, 0, 6))
        for number, option in enumerate(self.options):
            self._group.addButton(option.button, number)
            if number:
                box.addWidget(line())
            words = column(option.text, option.why_not, gap=2, edge=(INDENT, 0, 0, 0))
            box.addLayout(column(row(option.button, None), words, gap=2, edge=(12, 8, 12, 8)))
        self.setLayout(box)
        self._group.idToggled.connect(lambda _, on: self.chosen_changed.emit() if on else None)

    def say(self, choices: Sequence[Choice]) -> None:
        """Show them as they are now. One that is not possible any more is not chosen any more."""
        for option, choice in zip(self.options, choices, strict=True):
            option.say(choice)
        chosen = self.chosen()
        if chosen is not None and choices[chosen].why_not is not None:
            self.choose_none()

    def chosen(self) -> int | None:
        """Which one, from the top; None: no one yet."""
        number = self._group.checkedId()
        return None if number < 0 else number

    def choose_none(self) -> None:
        """Forget what was chosen."""
        self._group.setExclusive(False)
        for option in self.options:
            option.button.setChecked(False)
        self._group.setExclusive(True)
        self.chosen_changed.emit()
