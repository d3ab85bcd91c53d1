"""What cells paint beyond text: the badge in its narrow column, counts at a folder's edge, progress, an age."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from pdm_desktop.core import ages
from pdm_desktop.core.ages import Ripeness
from pdm_desktop.core.badges import Badge
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.rows import Roles
from pdm_desktop.ui.theme import Tone

Index = QModelIndex | QPersistentModelIndex
Role = QPalette.ColorRole
Count = tuple[Badge | None, str]
"""A badge (None: no icon) and the words at its right."""
BAR: Final = 6
"""Pixels that a bar in a row is high."""


class BadgeDelegate(QStyledItemDelegate):
    """An icon in the middle of its column. `painted` is told of each index whose icon has just been drawn."""

    def __init__(self, parent: QObject, painted: Callable[[Index], None] | None = None) -> None:
        super().__init__(parent)
        self._painted = painted

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        picture = QIcon(own.icon)
        own.icon, own.text = QIcon(), ""
        own.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
        _draw_item(own, painter)
        corner = own.rect.center() - QPoint(theme.ICON // 2 - 1, theme.ICON // 2 - 1)
        place = QRect(corner, QSize(theme.ICON, theme.ICON))
        picture.paint(painter, place, Qt.AlignmentFlag.AlignCenter, _icon_mode(own))
        if self._painted is not None:
            self._painted(index)


class CountsDelegate(QStyledItemDelegate):
    """At the right edge the key with my count and the padlock with others'; the name elides, never the numbers."""

    _PICTURE = theme.ICON_TREE + 4
    _GAP = 8

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        counts: Sequence[Count] = index.data(Roles.COUNTS) or ()
        need = sum(self._width(own.fontMetrics, count) for count in counts)
        room = own.rect.width() - theme.ICON - 12 - need
        own.text = own.fontMetrics.elidedText(own.text, Qt.TextElideMode.ElideRight, max(room, 0))
        own.textElideMode = Qt.TextElideMode.ElideNone
        _draw_item(own, painter)
        painter.save()
        painter.setFont(own.font)
        painter.setPen(own.palette.color(_ink_role(own)))
        edge = own.rect.right() - 6
        for count in reversed(counts):
            self._draw_count(painter, own, count, edge)
            edge -= self._width(own.fontMetrics, count)
        painter.restore()

    def _width(self, metrics: QFontMetrics, count: Count) -> int:
        badge, words = count
        return metrics.horizontalAdvance(words) + self._GAP + (self._PICTURE if badge else 0)

    def _draw_count(self, painter: QPainter, option: QStyleOptionViewItem, count: Count, edge: int) -> None:
        badge, words = count
        wide = painter.fontMetrics().horizontalAdvance(words)
        place = QRect(edge - wide, option.rect.top(), wide, option.rect.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
        if badge is not None:
            side = theme.ICON_TREE
            corner = QPoint(edge - wide - self._PICTURE, option.rect.center().y() - side // 2 + 1)
            place = QRect(corner, QSize(side, side))
            icons.badge(badge).paint(painter, place, Qt.AlignmentFlag.AlignCenter, _icon_mode(option))


class ProgressDelegate(QStyledItemDelegate):
    """Percent and a bar, or a word when nothing has moved yet."""

    _NUMBER = 36

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        words, own.text = own.text, ""
        _draw_item(own, painter)
        share: float | None = index.data(Roles.PROGRESS)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        full = own.rect.adjusted(6, 0, -8, 0)
        if share is None:
            painter.setPen(own.palette.color(_ink_role(own, Role.PlaceholderText)))
            painter.drawText(full, Qt.AlignmentFlag.AlignVCenter, words)
        else:
            self._draw_bar(painter, own, full, share)
        painter.restore()

    def _draw_bar(self, painter: QPainter, option: QStyleOptionViewItem, full: QRect, share: float) -> None:
        now = option.palette
        painter.setPen(now.color(_ink_role(option)))
        number = QRect(full.left(), full.top(), self._NUMBER, full.height())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(number, right, f"{round(abs(share) * 100)} %")
        track = full.adjusted(self._NUMBER + 8, 0, 0, 0)
        draw_bar(painter, option, track, abs(share), now.color(Role.Accent if share >= 0 else Role.PlaceholderText))


class AgeDelegate(QStyledItemDelegate):
    """An age in words, then a bar that takes the rest of the column: its colour says how much the age matters."""

    _WORDS = 80
    _INKS: Final = {Ripeness.FRESH: Tone.ACCENT, Ripeness.OLD: Tone.WARN, Ripeness.VERY_OLD: Tone.BAD}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        _draw_item(own, painter)
        age: timedelta | None = index.data(Roles.AGE)
        if age is None:
            return
        words = max(self._WORDS, own.fontMetrics.horizontalAdvance("22 h 59 min") + 2 * theme.GAP)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = own.rect.adjusted(words, 0, -8, 0)
        draw_bar(painter, own, track, ages.share(age), theme.colour(self._INKS[ages.ripeness(age)]))
        painter.restore()


class ShareDelegate(QStyledItemDelegate):
    """A number at the right of its place, then a bar without a track: how much that is of the most."""

    _NUMBER = 28

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        words, own.text = own.text, ""
        _draw_item(own, painter)
        share: float = index.data(Roles.PROGRESS) or 0.0
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(own.palette.color(_ink_role(own)))
        number = QRect(own.rect.left(), own.rect.top(), self._NUMBER, own.rect.height())
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        place = own.rect.adjusted(self._NUMBER + theme.GAP, 0, -8, 0)
        place.setWidth(round(place.width() * min(share, 1.0)))
        ink = own.palette.color(_ink_role(own) if theme.is_high_contrast() else Role.Accent)
        draw_bar(painter, own, place, 1.0, ink)
        painter.restore()


def draw_bar(painter: QPainter, option: QStyleOptionViewItem, place: QRect, share: float, ink: QColor) -> None:
    """A bar in the middle of a place in an item's row, filled from the left by a share of 0 to 1."""
    track = QRectF(place.left(), place.center().y() - 2, max(place.width(), BAR), BAR)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(option.palette.color(Role.Mid))
    if theme.is_high_contrast():  # one ink: the track is an outline, or it could not be told from what fills it
        ink = option.palette.color(_ink_role(option))
        painter.setPen(ink)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(track, BAR / 2, BAR / 2)
    track.setWidth(track.width() * min(share, 1.0))
    painter.setBrush(ink)
    painter.drawRoundedRect(track, BAR / 2, BAR / 2)


def _is_selected(option: QStyleOptionViewItem) -> bool:
    return bool(option.state & QStyle.StateFlag.State_Selected)


def _icon_mode(option: QStyleOptionViewItem) -> QIcon.Mode:
    return QIcon.Mode.Selected if _is_selected(option) else QIcon.Mode.Normal


def _ink_role(option: QStyleOptionViewItem, plain: Role = Role.Text) -> Role:
    """The role of what is written on an item's ground."""
    return Role.HighlightedText if _is_selected(option) else plain


def _draw_item(option: QStyleOptionViewItem, painter: QPainter) -> None:
    """Ground, selection, hover, focus frame and what is left of icon and text, as the style draws them."""
    widget: QWidget | None = option.widget
    style = QApplication.style() if widget is None else widget.style()
    style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
