"""The main window for keys and readers of screens: every part is reached, has a name, and nothing is clipped."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from pdm_desktop.ui.legend import MEANING, Legend
from pdm_desktop.ui.theme import Wish
from pdm_desktop.ui.widgets import Elided
from tests.pdm_desktop.ui.conftest import Desk, offline, opened

PLUG = "2210-plug.step"
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_delete_in_the_search_box_deletes_a_letter_not_a_file(active: Desk) -> None:
    active.window.page.table.go_to(PLUG)
    box = active.window.tool_bar.search
    QTest.keyClick(active.window, Qt.Key.Key_F, CONTROL)
    QTest.keyClicks(box, "plug")
    QTest.keyClick(box, Qt.Key.Key_Home)
    QTest.keyClick(box, Qt.Key.Key_Delete)
    assert box.text() == "lug"
    assert opened(QMessageBox) is None


def test_f1_shows_the_legend_with_every_badge_that_can_be_shown(active: Desk, qtbot: QtBot) -> None:
    QTest.keyClick(active.window, Qt.Key.Key_F1)
    legend = opened(Legend)
    assert isinstance(legend, Legend)
    words = {label.text() for label in legend.findChildren(QLabel)}
    assert all({name, shape, meaning} <= words for _, name, shape, meaning in MEANING)
    legend.close()


def test_f6_goes_from_pane_to_pane_and_back(active: Desk, qtbot: QtBot) -> None:
    window = active.window
    window.side.places.setFocus()
    seen = []
    for _ in range(5):
        QTest.keyClick(window, Qt.Key.Key_F6)
        seen.append(window.focusWidget())
    expected = [
        window.side.tree,
        window.page.table,
        window.below.history.table,
        window.tool_bar.search,
        window.side.places,
    ]
    assert seen == expected
    QTest.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is window.tool_bar.search


def test_everything_that_can_be_reached_has_a_name(active: Desk) -> None:
    nameless = []
    for widget in active.window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        if isinstance(widget, QAbstractItemView | QLineEdit | QAbstractButton):
            spoken = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
            if not spoken and not isinstance(widget, QHeaderView):
                nameless.append(widget)
    assert nameless == []


def test_tab_goes_in_the_order_of_reading(active: Desk, qtbot: QtBot) -> None:
    window = active.window
    window.tool_bar.search.setFocus()
    seen: list[QWidget] = []
    for _ in range(40):
        window.focusNextChild()
        focus = window.focusWidget()
        if focus is not None:
            seen.append(focus)
    wanted = [window.side.places, window.side.tree, window.page.table, window.below.history.table]
    first = [seen.index(widget) for widget in wanted]
    assert first == sorted(first)


@pytest.mark.parametrize("wish", [Wish.LIGHT, Wish.DARK])
@pytest.mark.parametrize("size", [(960, 600), (1280, 800)])
def test_nothing_is_clipped(active: Desk, size: tuple[int, int], wish: Wish) -> None:
    active.theme.follow(wish)
    window = active.window
    window.resize(*size)
    window.page.table.go_to("2210-fixture-plate.sldprt")
    offline(active)
    window.page._say_offline()
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and isinstance(widget, QAbstractButton | QLabel):
            assert_whole(window, widget)
    active.theme.follow(Wish.LIGHT)


def assert_whole(window: QWidget, widget: QAbstractButton | QLabel) -> None:
    if any(isinstance(each, QAbstractItemView | QLineEdit) for each in _above(widget)):
        return
    corner = widget.mapTo(window, QPoint(0, 0))
    assert corner.x() >= 0, widget
    assert corner.x() + widget.width() <= window.width(), (widget, widget.text())
    if not isinstance(widget, Elided) and not (isinstance(widget, QLabel) and widget.wordWrap()):
        assert widget.width() >= widget.minimumSizeHint().width(), (widget, widget.text())


def _above(widget: QWidget) -> list[QWidget]:
    found = []
    each: QWidget | None = widget.parentWidget()
    while each is not None:
        found.append(each)
        each = each.parentWidget()
    return found
