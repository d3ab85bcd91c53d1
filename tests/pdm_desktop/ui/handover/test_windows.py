"""The windows of hand-over for keys and readers of screens: every part has a name, and nothing is clipped."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLabel, QLineEdit, QWidget

from pdm_desktop.core.notices import Button
from pdm_desktop.ui.handover.request import RequestWindow
from pdm_desktop.ui.main_window import MainWindow
from pdm_desktop.ui.theme import Theme, Wish
from tests.pdm_desktop.ui.test_reachable import assert_whole
from tests.support.pictures import Studio
from tests.support.pictures_handover import handover_windows, request_window


def parts(window: QWidget) -> list[QAbstractButton | QLabel]:
    return [
        each for each in window.findChildren(QWidget) if isinstance(each, QAbstractButton | QLabel) and each.isVisible()
    ]


def nameless(window: QWidget) -> list[QWidget]:
    """What the keyboard reaches and nobody could name; a field in a list of names has the name of that list."""
    reached = [
        each for each in window.findChildren(QWidget) if isinstance(each, QLineEdit | QAbstractButton | QComboBox)
    ]
    return [
        each
        for each in reached
        if each.isVisible() and each.focusPolicy() != Qt.FocusPolicy.NoFocus and not _spoken(each)
    ]


def _spoken(widget: QWidget) -> str:
    parent = widget.parentWidget()
    if isinstance(widget, QLineEdit) and isinstance(parent, QComboBox):
        return parent.accessibleName()
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


@pytest.mark.parametrize("wish", [Wish.LIGHT, Wish.DARK])
def test_nothing_is_clipped_and_everything_has_a_name(wish: Wish, qapp: QApplication, tmp_path: Path) -> None:
    seen = []
    for name, window in handover_windows(Studio(Theme(qapp, wish), tmp_path).window):
        QApplication.processEvents()
        for part in parts(window):
            assert_whole(window, part)
        if isinstance(window, QDialog):
            assert nameless(window) == [], name
        seen.append(name)
        window.hide()
    assert {"request", "request-over", "ask", "hand-over", "waiting-smallest"} <= set(seen)


def test_the_smallest_window_shows_its_whole_tool_bar(qapp: QApplication, tmp_path: Path) -> None:
    windows = dict(handover_windows(Studio(Theme(qapp, Wish.LIGHT), tmp_path).window))
    smallest = windows["waiting-smallest"]
    assert isinstance(smallest, MainWindow)
    bar = smallest.tool_bar
    assert (smallest.width(), smallest.height()) == (960, 600)
    assert bar.account.mapTo(smallest, bar.account.rect().topRight()).x() < 960
    assert all(each.width() >= each.sizeHint().width() for each in [*bar.buttons, bar.account])
    for each in windows.values():
        each.hide()


def test_asking_and_handing_over_are_as_high_as_their_text_needs(qapp: QApplication, tmp_path: Path) -> None:
    seen = []
    for name, window in handover_windows(Studio(Theme(qapp, Wish.LIGHT), tmp_path).window):
        if name.startswith(("ask", "hand-over")):
            assert window.height() == window.heightForWidth(window.width()), name
            seen.append(name)
        window.hide()
    assert len(seen) == 4


def test_tab_goes_through_the_answers_in_the_order_of_reading(qapp: QApplication, tmp_path: Path) -> None:
    pictures = request_window(Studio(Theme(qapp, Wish.LIGHT), tmp_path).window)
    _, window = next(pictures)
    assert isinstance(window, RequestWindow)
    window.buttons[Button.RELEASE].setFocus()
    seen = []
    for _ in range(5):
        seen.append(window.focusWidget())
        QTest.keyClick(window, Qt.Key.Key_Tab)
    assert seen == [*(window.buttons[each] for each in (Button.RELEASE, Button.TRANSFER, Button.KEEP)),
                    window.reply, window.later]  # fmt: skip
    window.hide()
