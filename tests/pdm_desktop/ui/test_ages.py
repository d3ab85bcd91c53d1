"""The bar of an age: its length and its colour are what is painted."""

from datetime import timedelta

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from pdm_desktop.core import words
from pdm_desktop.ui import theme as looks
from pdm_desktop.ui.delegates import AgeDelegate
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Theme, Tone, Wish

AGES = (timedelta(minutes=26), timedelta(hours=22), timedelta(days=3, hours=2), timedelta(days=9))
COLUMNS: tuple[Column[timedelta], ...] = (
    Column(title="Age", width=200, cell=lambda each: Cell(text=words.age(each), age=each)),
    Column(title="", width=40, cell=lambda _: Cell(), spoken="Nothing"),
)


def picture(qtbot: QtBot, ages: tuple[timedelta, ...]) -> list[QImage]:
    """The first cell of each row, as it is painted."""
    model = RowsModel(COLUMNS, lambda: ages, str)
    table = Table(model, COLUMNS, name="Ages", rest=1)
    model.setParent(table)
    table.setItemDelegateForColumn(0, AgeDelegate(table))
    qtbot.addWidget(table)
    table.resize(260, 40 + 26 * len(ages))
    table.show()
    whole = table.viewport().grab().toImage()
    return [whole.copy(table.visualRect(model.index(row, 0))) for row in range(len(ages))]


def drawn(cell: QImage, ink: QColor) -> int:
    """How many pixels of the bar's middle line have that colour."""
    line = cell.height() // 2
    return sum(cell.pixelColor(x, line) == ink for x in range(80, cell.width()))


@pytest.mark.parametrize("wish", [Wish.LIGHT, Wish.DARK], ids=["light", "dark"])
def test_the_colour_says_how_much_an_age_matters(qtbot: QtBot, theme: Theme, wish: Wish) -> None:
    theme.follow(wish)
    fresh, old, very_old, _ = picture(qtbot, AGES)
    inks = [looks.colour(each) for each in (Tone.ACCENT, Tone.WARN, Tone.BAD)]
    assert [[drawn(cell, ink) > 0 for ink in inks] for cell in (fresh, old, very_old)] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_the_bar_is_as_long_as_the_age_and_full_at_four_days(qtbot: QtBot, theme: Theme) -> None:
    _, old, very_old, full = picture(qtbot, AGES)
    track = looks.scheme().line
    lengths = [drawn(old, looks.colour(Tone.WARN)), drawn(very_old, looks.colour(Tone.BAD))]
    assert lengths[0] < lengths[1] < drawn(full, looks.colour(Tone.BAD))
    assert drawn(very_old, QColor(track)) > 0
    assert drawn(full, QColor(track)) == 0
