"""What can be read in a window: every text that it shows, in one order."""

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

from pdm_desktop.ui.chart import ColumnChart
from pdm_desktop.ui.widgets import Elided

ROLE = Qt.ItemDataRole.DisplayRole


def texts_of(window: QWidget) -> list[str]:
    """Its title, and the texts of all that is visible in it, also of what is cut by a column's edge."""
    parts = [window, *(each for each in window.findChildren(QWidget) if each.isVisibleTo(window))]
    return [text for text in (window.windowTitle(), *(text for part in parts for text in _texts(part))) if text]


def _texts(part: QWidget) -> Iterator[str]:
    match part:
        case QLineEdit() | QPlainTextEdit() | QComboBox():
            yield _typed(part)
        case Elided():
            yield part.whole()
        case QLabel() | QAbstractButton():
            yield part.text()
        case QTabBar():
            yield from (part.tabText(place) for place in range(part.count()))
        case QMenu():
            yield from (action.text() for action in part.actions())
        case ColumnChart():
            yield part.accessibleName()
        case QTableView() | QTreeView() | QListView():
            yield from _of_view(part)


def _typed(field: QLineEdit | QPlainTextEdit | QComboBox) -> str:
    match field:
        case QLineEdit():
            return field.text() or field.placeholderText()
        case QPlainTextEdit():
            return field.toPlainText()
        case QComboBox():
            return field.currentText()


def _of_view(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    if isinstance(view, QTableView):
        shown = [place for place in range(model.columnCount()) if not view.isColumnHidden(place)]
        if view.horizontalHeader().isVisibleTo(view):
            yield " | ".join(str(model.headerData(place, Qt.Orientation.Horizontal) or "") for place in shown)
        for row in range(model.rowCount()):
            yield " | ".join(str(model.index(row, place).data(ROLE) or "") for place in shown)
    else:
        yield from _of_rows(model, view, QModelIndex())


def _of_rows(model: QAbstractItemModel, view: QAbstractItemView, parent: QModelIndex) -> Iterator[str]:
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield str(index.data(ROLE) or "")
        if not isinstance(view, QTreeView) or view.isExpanded(index):
            yield from _of_rows(model, view, index)
