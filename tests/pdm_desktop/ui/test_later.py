"""A part of the window that is made when it is first seen."""

from PySide6.QtWidgets import QLabel, QStackedWidget
from pytestqt.qtbot import QtBot

from pdm_desktop.ui.later import Later


def test_it_is_made_once_when_it_is_first_seen(qtbot: QtBot) -> None:
    made: list[QLabel] = []

    def make() -> QLabel:
        made.append(QLabel("Numbers"))
        return made[-1]

    views, later = QStackedWidget(), Later(make)
    qtbot.addWidget(views)
    views.addWidget(QLabel("Files"))
    views.addWidget(later)
    views.show()
    assert made == []
    for which in (1, 0, 1):
        views.setCurrentIndex(which)
    assert made == [later.made]
    assert later.made.isVisible()
    assert later.made.size() == views.size()


def test_who_needs_it_before_has_it_unseen(qtbot: QtBot) -> None:
    later = Later(lambda: QLabel("Numbers"))
    qtbot.addWidget(later)
    assert later.made.text() == "Numbers"
    assert not later.made.isVisible()
    later.show()
    assert later.made.isVisible()
