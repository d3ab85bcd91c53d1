"""A chart of columns: what is drawn, in which colours, and what it says where somebody points."""

import itertools
import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office.columns import Columns, by_minute
from pdm_desktop.ui import theme
from pdm_desktop.ui.chart import LEAST, ColumnChart
from pdm_desktop.ui.theme import DARK, LIGHT, Theme, Wish

MINUTES = [0] * 57 + [5, 10, 1]


def chart_of(qtbot: QtBot, columns: Columns, width: int = 640) -> ColumnChart:
    chart = ColumnChart()
    qtbot.addWidget(chart)
    chart.resize(width, chart.height())
    chart.show_columns(columns)
    chart.show()
    return chart


def pictured(chart: ColumnChart) -> QImage:
    return chart.grab().toImage()


def ink_in(image: QImage, place: int, chart: ColumnChart) -> int:
    """How many points of the middle of a column have the accent."""
    middle = int(chart.place_of(place).center().x())
    accent = QColor(theme.scheme().accent)
    return sum(image.pixelColor(middle, y) == accent for y in range(image.height()))


@pytest.mark.parametrize(("wish", "accent"), [(Wish.LIGHT, LIGHT.accent), (Wish.DARK, DARK.accent)], ids=str)
def test_columns_are_as_high_as_what_happened_in_the_colours_in_force(
    qtbot: QtBot, theme: Theme, wish: Wish, accent: str
) -> None:
    chart = chart_of(qtbot, by_minute(MINUTES, of="All vaults"))
    pictured(chart)
    theme.follow(wish)
    image = pictured(chart)
    high = [ink_in(image, place, chart) for place in range(60)]
    middle = chart.place_of(58).center().toPoint()
    theme.follow(Wish.LIGHT)
    assert high[:57] == [0] * 57
    assert 0 < high[59] < high[57] < high[58]
    assert abs(high[57] * 2 - high[58]) <= 2
    assert image.pixelColor(middle).name().upper() == accent


def test_columns_follow_each_other_from_the_oldest_at_the_left(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, by_minute(MINUTES, of="All vaults"))
    places = [chart.place_of(each) for each in range(60)]
    assert all(one.right() <= other.left() for one, other in itertools.pairwise(places))
    assert places[-1].right() <= chart.width()


def test_other_counts_and_another_width_are_drawn_anew(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, by_minute(MINUTES, of="All vaults"))
    before, higher = chart.place_of(58), ink_in(pictured(chart), 58, chart)
    chart.show_columns(by_minute([0] * 57 + [10, 5, 1], of="All vaults"))
    assert 0 < ink_in(pictured(chart), 58, chart) < higher - 20
    chart.resize(900, chart.height())
    assert chart.place_of(58).center().x() > before.center().x() + 200


@pytest.mark.parametrize("width", [LEAST, 640, 1240], ids=str)
@pytest.mark.parametrize("most", [1, 9, 1234], ids=str)
def test_no_word_is_cut_and_none_stands_over_another(qtbot: QtBot, width: int, most: int) -> None:
    columns = by_minute([most] * 60, of="All vaults")
    chart = chart_of(qtbot, columns, width)
    image = pictured(chart)
    ground = image.pixelColor(0, 0)
    edges = [image.pixelColor(x, y) for x in (0, image.width() - 1) for y in range(image.height())]
    edges += [image.pixelColor(x, y) for y in (0, image.height() - 1) for x in range(image.width())]
    assert {each.name() for each in edges} == {ground.name()}, "nothing reaches the edge, so nothing is cut there"
    metrics = QFontMetrics(theme.font())
    ends = [
        (middle - metrics.horizontalAdvance(text) / 2, middle + metrics.horizontalAdvance(text) / 2)
        for place, text in sorted(columns.marks.items())
        for middle in [chart.place_of(place).center().x()]
    ]
    assert all(one[1] < other[0] for one, other in itertools.pairwise(ends))


def test_who_points_at_a_column_is_told_what_it_counts(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, by_minute([2] + [0] * 58 + [1], of="All vaults"))
    first, last = (chart.place_of(place).center().toPoint() for place in (0, 59))
    assert chart.words_at(first.x()) == "59 minutes ago: 2 changes"
    assert chart.words_at(last.x()) == "In this minute: 1 change"
    assert chart.words_at(int(chart.place_of(30).center().x())) == "29 minutes ago: 0 changes", "where none stands too"
    assert chart.words_at(2) == ""
    QApplication.sendEvent(chart, QHelpEvent(QHelpEvent.Type.ToolTip, first, chart.mapToGlobal(QPoint(first))))
    assert QToolTip.text() == "59 minutes ago: 2 changes"
    QToolTip.hideText()


def test_a_sentence_stands_where_there_is_nothing_to_draw(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, by_minute([0] * 60, of="All vaults"))
    assert chart.nothing() == "Nothing was changed in the last hour."
    assert chart.place_of(59).isEmpty()
    assert chart.words_at(600) == ""
    assert chart.accessibleName() == "All vaults: 0 changes in the last hour, 0 in its busiest minute"
    chart.show_columns(by_minute(MINUTES, of="All vaults"))
    assert chart.nothing() == ""


def test_the_library_comes_with_the_first_chart_and_not_with_the_program() -> None:
    code = "import sys, pdm_desktop.ui.main_window; sys.exit('leather' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
