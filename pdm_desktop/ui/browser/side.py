"""The left side: places, then the vaults and their folders."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.places import Place, PlacesView
from pdm_desktop.ui.browser.tree_view import TreeView
from pdm_desktop.ui.widgets import column, fill, label, line, row

LEAST = 200


class Side(QWidget):
    """Where to go."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.places = PlacesView({
            Place.MINE: lambda: len(store.locks.of_person(store.reader)),
            Place.ISSUES: lambda: len(store.issues),
        }, administers=lambda: store.administers)  # fmt: skip
        self.tree = TreeView(store)
        caption = label("Vaults", strong=True, second=True)
        caption.setContentsMargins(10, 10, 0, 4)
        caption.setBuddy(self.tree)
        self.setLayout(column(
            row(self.places, edge=(6, 0, 6, 0)), line(), caption, self.tree, gap=0, edge=(0, 4, 0, 0)
        ))  # fmt: skip
        self.setMinimumWidth(LEAST)
        fill(self, QPalette.ColorRole.Base)
