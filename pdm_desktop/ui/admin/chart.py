"""Bars of what happened in each minute of the last hour, painted in the palette's own colours."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from pdm_desktop.core.words import several
from pdm_desktop.ui import theme

HEIGHT = 96
_AXIS = 18
_NUMBER = 34


class MinuteChart(QWidget):
    """One bar for each minute, the newest at the right, on a scale that fits the highest."""

    def __init__(self) -> None:
        super().__init__()
        self._minutes: Sequence[int] = ()
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(240)

    def show_minutes(self, minutes: Sequence[int], *, of: str) -> None:
        """Show these; `of` is whose they are, for who cannot see them."""
        self._minutes = tuple(minutes)
        most = max(self._minutes, default=0)
        total = several(sum(self._minutes), "change", "changes")
        self.setAccessibleName(f"{of}: {total} in the last hour, {most:,} in its busiest minute")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, HEIGHT)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def words_at(self, x: int) -> str:
        """What the minute at that place says."""
        area = self._area()
        if not self._minutes or not area.left() <= x < area.right():
            return ""
        place = int((x - area.left()) * len(self._minutes) / area.width())
        ago = len(self._minutes) - 1 - place
        when = "In this minute" if ago == 0 else f"{several(ago, 'minute', 'minutes')} ago"
        return f"{when}: {several(self._minutes[place], 'change', 'changes')}"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self._area()
        now = self.palette()
        painter.setPen(now.color(QPalette.ColorRole.Mid))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.topLeft(), area.topRight())
        self._draw_words(painter, area)
        if not self._minutes:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.color(QPalette.ColorRole.Accent))
        step, scale = area.width() / len(self._minutes), area.height() / self._scale()
        for place, count in enumerate(self._minutes):
            if count:
                high = max(count * scale, 1.0)
                painter.drawRect(QRectF(area.left() + place * step + 1, area.bottom() - high, max(step - 2, 1.0), high))

    def _draw_words(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(theme.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        number = QRectF(0, 0, _NUMBER - 6, _AXIS)
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            number.translated(0, area.top() - _AXIS / 2), right | Qt.AlignmentFlag.AlignVCenter, f"{self._scale():,}"
        )
        painter.drawText(number.translated(0, area.bottom() - _AXIS / 2), right | Qt.AlignmentFlag.AlignVCenter, "0")
        below = QRectF(area.left(), area.bottom() + 2, area.width(), _AXIS)
        painter.drawText(below, left, "60 min ago")
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "30 min ago")
        painter.drawText(below, right, "now")

    def _scale(self) -> int:
        """The number at the top: round, and not below the highest."""
        most = max(self._minutes, default=0)
        step = 1
        while True:
            for top in (5 * step, 10 * step, 20 * step):
                if most <= top:
                    return top
            step *= 10

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_NUMBER, _AXIS / 2, -2, -_AXIS - 2)
