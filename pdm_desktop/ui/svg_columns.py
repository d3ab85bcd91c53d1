"""Columns as SVG: the library leather lays them out and draws axis and grid; here it gets our colours and our type."""

from typing import Final
from xml.etree import ElementTree

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics

from pdm_desktop.core.office.columns import Columns
from pdm_desktop.ui.theme import Scheme

LEAST_SCALE: Final = 4
"""The top of the scale is not below this: there is no half of a check-out."""
MARGIN: Final = 12
"""Pixels around everything: half of the word below the last column has room there."""


def name_of(place: int) -> str:
    """The name of where a column stands in the drawing, from the bottom of the scale to its top."""
    return f"place-{place}"


def drawn(columns: Columns, size: QSize, *, scheme: Scheme, font: QFont) -> bytes:
    """The SVG of these columns, which must not be none; `size` is in logical pixels."""
    import leather  # at the first chart, not at the start of the program

    _dress(leather.theme, size, scheme, font)
    chart = leather.Chart()
    places = [str(place) for place in range(len(columns.counts))]
    chart.add_columns(list(zip(places, columns.counts, strict=True)), fill_color=scheme.accent)
    scale = leather.Linear(0, max(LEAST_SCALE, *columns.counts))
    chart.set_y_scale(scale)
    whole = [tick for tick in scale.ticks() if tick == int(tick)]
    chart.add_y_axis(ticks=whole, tick_formatter=lambda value, _place, _count: f"{int(value):,}")
    chart.add_x_axis(
        ticks=[str(place) for place in sorted(columns.marks)],
        tick_formatter=lambda value, _place, _count: columns.marks[int(value)],
    )
    root = ElementTree.Element(
        "svg", width=str(size.width()), height=str(size.height()), version="1.1", xmlns="http://www.w3.org/2000/svg"
    )
    root.append(chart.to_svg_group(size.width(), size.height()))
    _say_it_to_qt(root, QFontInfo(font).pixelSize())
    return ElementTree.tostring(root)


def _dress(theme: object, size: QSize, scheme: Scheme, font: QFont) -> None:
    """Set colours, type and measures. They are the library's for all its charts, so each drawing sets all of them."""
    metrics = QFontMetrics(font)
    for name, value in {
        "background_color": "none",
        "margin": MARGIN / size.width(),
        "tick_color": scheme.line,
        "zero_color": scheme.second,
        "label_color": scheme.second,
        "tick_font_family": font.family(),
        "tick_font_size": QFontInfo(font).pixelSize(),
        "tick_font_char_height": metrics.ascent(),
        "tick_font_char_width": max(metrics.horizontalAdvance(digit) for digit in "0123456789"),
    }.items():
        setattr(theme, name, value)


def _say_it_to_qt(root: ElementTree.Element, pixels: int) -> None:
    """Put texts where `dy` moves them, because Qt's SVG passes over it, and name where the columns stand.

    The places are drawn with no ink: a column of 0 has no size, and Qt finds nothing where it stands.
    """
    for text in root.iter("text"):
        shift = text.attrib.pop("dy", "0em")
        text.set("y", str(float(text.get("y", "0")) + float(shift.removesuffix("em")) * pixels))
    series = root.findall(".//g[@class='series columns']")[0]
    for place, column in enumerate(list(series)):
        bottom = float(column.get("y", "0")) + float(column.get("height", "0"))
        where = {"x": column.get("x", "0"), "width": column.get("width", "0"), "y": "0", "height": str(bottom)}
        ElementTree.SubElement(series, "rect", where, id=name_of(place), fill="none")
