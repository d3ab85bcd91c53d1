"""What is known of two contents of one file, side by side."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from pdm_desktop.ui import theme
from pdm_desktop.ui.widgets import Card, Elided, column, label
from server.protocol.records import dataclass

SHORT_HASH = 12
"""So many digits of a hash are shown; the tool tip has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line: what it is, and the value."""

    name: str
    value: str
    tip: str = ""
    strong: bool = False
    """It is what the two differ in."""


def content_fact(content_hash: str, *, strong: bool) -> Fact:
    """The hash, shortened."""
    return Fact(name="Content", value=content_hash[:SHORT_HASH], tip=f"BLAKE3 {content_hash}", strong=strong)


class SideCard(Card):
    """One of the two: its heading and its facts."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.heading = Elided(heading, theme.TITLE, strong=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self.setLayout(column(self.heading, 2, self._grid, None, edge=(16, 12, 16, 12)))
        self.setAccessibleName(heading)

    def say(self, facts: Sequence[Fact]) -> None:
        """Show these lines."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, fact in enumerate(facts):
            name = label(fact.name, second=True)
            value = label(fact.value, strong=fact.strong, wrap=True)
            value.setAccessibleName(f"{fact.name}: {fact.value}")
            value.setToolTip(fact.tip)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, number, 1)
        self.setAccessibleDescription("; ".join(f"{fact.name}: {fact.value}" for fact in facts))
