"""The heading of the file table: where we are, each part a link, and filters with their numbers."""

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from pdm_desktop.core import words
from pdm_desktop.state.listing import Kind
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.browser.file_model import Filter
from pdm_desktop.ui.widgets import Elided, Link, label, row, tool

COUNT_MS = 100
CRUMBS_SHOWN = 3
"""So many folders above the open one are shown; those between are left out, and the tree shows them."""


class Heading(QWidget):
    """Crumbs at the left, filters at the right."""

    folder_asked = Signal(str, str)
    """A vault, and a folder of it, were clicked."""
    filter_asked = Signal(object)

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self.setFixedHeight(theme.HEADING)
        self._crumbs = QHBoxLayout()
        self._crumbs.setSpacing(6)
        self.links: list[Link] = []
        self.title = Elided(size=theme.TITLE, strong=True)
        self._shown: tuple[object, ...] = ()
        self._soon = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._soon.timeout.connect(self._count)
        self.filters: dict[Filter, QToolButton] = {}
        group = QButtonGroup(self)
        for each in Filter:
            made = tool(each.value, press=partial(self.filter_asked.emit, each))
            made.setCheckable(True)
            group.addButton(made)
            self.filters[each] = made
        self.filters[Filter.ALL].setChecked(True)
        box = row(self._crumbs, self.title, row(*self.filters.values(), gap=2), gap=6, edge=(theme.EDGE, 4, 8, 4))
        box.setStretch(1, 1)
        self.setLayout(box)

    def refresh(self) -> None:
        """Say where we are, from the store."""
        listing = self._store.listing
        shown = (listing.kind, listing.vault, listing.title, tuple(self._store.vaults))
        if shown != self._shown:
            self._shown = shown
            self._fill_crumbs()
        self.title.say(self._title())
        self._count()

    def count_soon(self) -> None:
        """Rows are others now: count them once, however many changes come together."""
        if not self._soon.isActive():
            self._soon.start()

    def _count(self) -> None:
        listing = self._store.listing
        for each, button in self.filters.items():
            number = each.count(listing.unordered)
            button.setText(f"{each.value} {number:,}")
            button.setAccessibleName(f"{each.value}, {words.several(number, 'file', 'files')}")

    def show_filter(self, which: Filter) -> None:
        """Mark the filter in force."""
        self.filters[which].setChecked(True)

    def _title(self) -> str:
        listing = self._store.listing
        match listing.kind:
            case Kind.SEARCH:
                if listing.loading and not listing.unordered:
                    return f"Files with “{listing.title}”"
                more = "more than " if listing.cut_at is not None else ""
                return f"{more}{words.several(len(listing.unordered), 'file', 'files')} with “{listing.title}”"
            case Kind.MINE:
                return "My check-outs"
            case Kind.FOLDER:
                vault = self._store.vaults.get(listing.vault)
                return listing.folder.rpartition("/")[2] or (vault.name if vault is not None else "")

    def _fill_crumbs(self) -> None:
        while (item := self._crumbs.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.links = []
        listing = self._store.listing
        vault = self._store.vaults.get(listing.vault)
        if listing.kind is not Kind.FOLDER or vault is None or not listing.folder:
            return
        self._add_crumb(vault.name, vault.id, "")
        parts = listing.folder.split("/")[:-1]
        if len(parts) > CRUMBS_SHOWN - 1:
            self._add_separator("… ›")
        for depth in range(max(0, len(parts) - CRUMBS_SHOWN + 1), len(parts)):
            self._add_crumb(parts[depth], vault.id, "/".join(parts[: depth + 1]))

    def _add_crumb(self, name: str, vault: str, folder: str) -> None:
        link = Link(name)
        link.pressed.connect(lambda: self.folder_asked.emit(vault, folder))
        self.links.append(link)
        self._crumbs.addWidget(link)
        self._add_separator("›")

    def _add_separator(self, text: str) -> None:
        self._crumbs.addWidget(label(text, second=True))
