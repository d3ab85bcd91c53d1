"""The bar below a table: how much is selected, and what can be done with it."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.widgets import Elided, button, column, label, line, pane, row
from server.protocol.records import dataclass

Row = TypeVar("Row")
_ROOM = 12
"""Pixels that a button is wider than its style wants it, as all buttons of the window are."""
NEEDS_SERVER = "This needs the server."


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Generic[Row]):
    """Something that can be done with the selected rows."""

    text: str | Callable[[Sequence[Row]], str]
    """The verb; "…" when a window follows."""
    press: Callable[[Sequence[Row]], object]
    lacks: Callable[[Sequence[Row]], str]
    """Why it is not possible with these, as a sentence; empty: it is."""
    icon: str = ""
    more: bool = False
    """It stands in the menu of the button More, and not beside it."""

    def named(self, rows: Sequence[Row]) -> str:
        """The verb for these rows."""
        return self.text if isinstance(self.text, str) else self.text(rows)


def exactly_one(what: str) -> Callable[[Sequence[Any]], str]:
    """Lacks a selection of one; `what` is what it is one of: "person"."""
    return lambda rows: "" if len(rows) == 1 else f"Select one {what} first."


def at_least_one(what: str) -> Callable[[Sequence[Any]], str]:
    """Lacks a selection; `what` is what it is one of: "file"."""
    return lambda rows: "" if rows else f"Select a {what} first."


class SelectionBar(QWidget):
    """Says what is selected, with a button for each action; what is not possible says why in its tool tip."""

    def __init__(self, store: Store, actions: Sequence[Action[Any]], title: Callable[[Any], str]) -> None:
        super().__init__()
        self._store = store
        self._title = title
        self._chosen: Sequence[Any] = ()
        self._actions = tuple(actions)
        self._count = label("", second=True)
        self._what = Elided(strong=True)
        self.buttons: dict[str, QPushButton] = {}
        """By the verb without a selection."""
        for action in self._actions:
            if not action.more:
                self.buttons[action.named(())] = button(action.named(()), action.icon, press=self._pressing(action))
        self.more = button("More…", press=self._show_more)
        self.more.setVisible(any(action.more for action in self._actions))
        box = row(self._count, self._what, 8, *self.buttons.values(), self.more, edge=(theme.EDGE, 8, theme.EDGE, 8))
        box.setStretch(1, 1)
        self.setLayout(column(line(), pane(box), gap=0))
        self.show_chosen(())

    def show_chosen(self, chosen: Sequence[Any]) -> None:
        """These rows are selected."""
        self._chosen = chosen
        if not chosen:
            self._count.setText("Nothing selected")
            self._what.say("")
        else:
            self._count.setText(f"{len(chosen):,} selected{':' if len(chosen) == 1 else ''}")
            self._what.say(self._title(chosen[0]) if len(chosen) == 1 else "")
        self.refresh()

    def refresh(self) -> None:
        """Say anew what is possible."""
        placed = [action for action in self._actions if not action.more]
        for action, made in zip(placed, self.buttons.values(), strict=True):
            lack, text = self._lack(action), action.named(self._chosen)
            if made.text() != text:
                made.setText(text)
                made.setMinimumWidth(max(theme.BUTTON_LEAST, made.sizeHint().width() + _ROOM))
            made.setEnabled(not lack)
            made.setToolTip(lack)

    def menu(self, *, whole: bool = True) -> QMenu:
        """The actions as a menu for the selected rows: all of them, or those that have no button."""
        made = QMenu(self)
        made.setToolTipsVisible(True)
        made.aboutToHide.connect(made.deleteLater)
        for action in self._actions:
            if whole or action.more:
                lack = self._lack(action)
                entry = made.addAction(action.named(self._chosen).replace("&", "&&"))
                if action.icon:
                    entry.setIcon(icons.icon(action.icon))
                entry.setEnabled(not lack)
                entry.setToolTip(lack)
                entry.triggered.connect(self._pressing(action))
        return made

    def _lack(self, action: Action[Any]) -> str:
        return action.lacks(self._chosen) if self._store.connection.known else NEEDS_SERVER

    def _pressing(self, action: Action[Any]) -> Callable[[], None]:
        def press() -> None:
            if not self._lack(action):
                action.press(self._chosen)

        return press

    def _show_more(self) -> None:
        menu = self.menu(whole=False)
        menu.popup(self.more.mapToGlobal(QPoint(0, 0)) - QPoint(0, menu.sizeHint().height()))
