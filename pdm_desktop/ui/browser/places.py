"""The places above the tree: My check-outs and what needs a decision with their numbers, Activity, Dashboard, and
Administration for those who may.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListView

from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.delegates import Count, CountsDelegate
from pdm_desktop.ui.rows import Index, Roles
from pdm_desktop.ui.theme import Tone


class Place(Enum):
    """A view beside the vaults; the value is its name."""

    MINE = "My check-outs"
    ISSUES = "Needs you"
    ACTIVITY = "Activity"
    DASHBOARD = "Dashboard"
    ADMINISTRATION = "Administration"


_ICONS = {
    Place.MINE: "key",
    Place.ISSUES: "attention",
    Place.ACTIVITY: "activity",
    Place.DASHBOARD: "dashboard",
    Place.ADMINISTRATION: "admin",
}


class PlacesModel(QAbstractListModel):
    """The places, some with a number. One that needs nobody now is grey."""

    def __init__(
        self,
        numbers: Mapping[Place, Callable[[], int]],
        parent: QObject | None = None,
        *,
        administers: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(parent)
        self._administers = administers
        self._count = dict(numbers)
        self._numbers = {place: count() for place, count in numbers.items()}
        self._places = self._wanted()

    def place(self, index: Index) -> Place:
        return self._places[index.row()]

    def row_of(self, place: Place) -> QModelIndex:
        return self.index(self._places.index(place), 0) if place in self._places else QModelIndex()

    def tell(self) -> None:
        """The numbers and the person may be others: they are counted here, not for each paint."""
        if self._places != self._wanted():
            self.beginResetModel()
            self._places = self._wanted()
            self.endResetModel()
        self._numbers = {place: count() for place, count in self._count.items()}
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._places) - 1, 0))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._places)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        place = self.place(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return place.value
            case Qt.ItemDataRole.DecorationRole:
                return icons.icon(_ICONS[place], Tone.WARN if self._is_urgent(place) else Tone.TEXT)
            case Qt.ItemDataRole.ForegroundRole:
                return theme.colour(Tone.SECOND) if place is Place.ISSUES and not self._is_urgent(place) else None
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(80, theme.PLACE)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{place.value}, {self._numbers[place]}" if place in self._numbers else place.value
            case Roles.COUNTS:
                return self._counts(place)
            case _:
                return None

    def _wanted(self) -> tuple[Place, ...]:
        return tuple(place for place in Place if place is not Place.ADMINISTRATION or self._administers())

    def _counts(self, place: Place) -> tuple[Count, ...]:
        number = self._numbers.get(place, 0)
        return ((None, f"{number:,}"),) if number else ()

    def _is_urgent(self, place: Place) -> bool:
        return place is Place.ISSUES and self._numbers.get(place, 0) > 0


class PlacesView(QListView):
    """A short list; a click or Enter goes there."""

    chosen = Signal(object)

    def __init__(self, numbers: Mapping[Place, Callable[[], int]], *, administers: Callable[[], bool]) -> None:
        super().__init__()
        self.places = PlacesModel(numbers, self, administers=administers)
        self._shown: Place | None = None
        self.places.modelReset.connect(self._fit)
        self.setModel(self.places)
        self.setAccessibleName("Places")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(theme.ICON, theme.ICON))
        self.setItemDelegate(CountsDelegate(self))
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()
        self.clicked.connect(self._go)

    def show_place(self, place: Place | None) -> None:
        """Mark where we are; None when that is none of these."""
        self._shown = place
        index = QModelIndex() if place is None else self.places.row_of(place)
        self.setCurrentIndex(index)
        if place is None:
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self._go(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _fit(self) -> None:
        """As high as there are places; the one that is marked stays so."""
        self.setFixedHeight(self.places.rowCount() * theme.PLACE + 4)
        self.show_place(self._shown)

    def _go(self, index: QModelIndex) -> None:
        self.chosen.emit(self.places.place(index))
