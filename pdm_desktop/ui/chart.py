"""A chart of columns in the window: a drawing of the library that Qt renders, in the scheme in force."""

from typing import Final

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolTip, QWidget

from pdm_desktop.core.office.columns import Columns
from pdm_desktop.ui import theme
from pdm_desktop.ui.svg_columns import drawn, name_of
from pdm_desktop.ui.widgets import column, label

HEIGHT: Final = 132
LEAST: Final = 320
"""Pixels of width in which the words below the columns stand beside each other."""


class ColumnChart(QWidget):
    """One column for each span of time, the newest at the right; a sentence where there is nothing to draw."""

    def __init__(self, height: int = HEIGHT) -> None:
        super().__init__()
        self._columns = Columns()
        self._renderer = QSvgRenderer()
        self._drawn: tuple[object, ...] = ()
        """Of what the renderer has the drawing."""
        self._nothing = label("", second=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setLayout(column(self._nothing, gap=0))
        self.setFixedHeight(height)
        self.setMinimumWidth(LEAST)

    def show_columns(self, columns: Columns) -> None:
        """Show these."""
        self._columns = columns
        self._nothing.setText(columns.nothing)
        self._nothing.setVisible(not any(columns.counts))
        self.setAccessibleName(columns.told)
        self.update()

    def nothing(self) -> str:
        """The sentence that is shown instead of columns; empty when there are some."""
        return self._nothing.text() if self._nothing.isVisibleTo(self) else ""

    def sizeHint(self) -> QSize:
        return QSize(420, self.minimumHeight())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def words_at(self, x: int) -> str:
        """What the column at that place says."""
        for place, tip in enumerate(self._columns.tips):
            where = self.place_of(place)
            if where.left() <= x < where.right():
                return tip
        return ""

    def place_of(self, place: int) -> QRectF:
        """Where a column stands, as high as the scale, in pixels of this widget; nowhere when nothing is drawn."""
        if not self._is_drawn():
            return QRectF()
        name = name_of(place)
        return self._renderer.transformForElement(name).mapRect(self._renderer.boundsOnElement(name))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_drawn():
            self._renderer.render(QPainter(self), QRectF(self.rect()))

    def _is_drawn(self) -> bool:
        """Draw anew what has changed since: the counts, the size, the colours or the type."""
        if not any(self._columns.counts):
            return False
        font, scheme = theme.font(), theme.scheme()
        wanted = (self._columns, self.size(), scheme, font.key())
        if wanted != self._drawn:
            self._renderer.load(QByteArray(drawn(self._columns, self.size(), scheme=scheme, font=font)))
            self._drawn = wanted
        return True
