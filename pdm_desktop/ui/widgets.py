"""Small widgets and layouts that several views share. Their colours are roles of the palette and follow the scheme."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pdm_desktop.core.badges import Badge
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.theme import Tone

Edge = tuple[int, int, int, int]
Item = QWidget | QLayout | int | None
Role = QPalette.ColorRole
Painted = TypeVar("Painted", bound=QWidget)


def row(*items: Item, gap: int = theme.GAP, edge: Edge = (0, 0, 0, 0)) -> QHBoxLayout:
    """Widgets and layouts side by side; None is a stretch, a number a space in pixels."""
    made = QHBoxLayout()
    _fill(made, items, gap, edge)
    return made


def column(*items: Item, gap: int = theme.GAP, edge: Edge = (0, 0, 0, 0)) -> QVBoxLayout:
    """Widgets and layouts one below the other; None is a stretch, a number a space in pixels."""
    made = QVBoxLayout()
    _fill(made, items, gap, edge)
    return made


def _fill(box: QBoxLayout, items: tuple[Item, ...], gap: int, edge: Edge) -> None:
    box.setSpacing(gap)
    box.setContentsMargins(*edge)
    for item in items:
        if item is None:
            box.addStretch(1)
        elif isinstance(item, int):
            box.addSpacing(item)
        elif isinstance(item, QWidget):
            box.addWidget(item)
        else:
            box.addLayout(item)


def pane(layout: QLayout, role: Role | None = None) -> QWidget:
    """A widget that holds a layout, filled with a colour of the palette if one is named."""
    made = QWidget()
    made.setLayout(layout)
    return fill(made, role) if role is not None else made


def fill(widget: Painted, role: Role) -> Painted:
    """Let a widget paint its ground in a colour of the palette."""
    widget.setBackgroundRole(role)
    widget.setAutoFillBackground(True)
    return widget


def line(*, vertical: bool = False, length: int | None = None) -> QFrame:
    """A hair line; `length` in pixels, or as long as there is room."""
    made = QFrame()
    if vertical:
        made.setFixedWidth(1)
        if length is not None:
            made.setFixedHeight(length)
    else:
        made.setFixedHeight(1)
    return fill(made, Role.Mid)


def label(
    text: str, size: int = theme.TEXT, *, strong: bool = False, second: bool = False, wrap: bool = False
) -> QLabel:
    """Plain text. `second` is grey, for what matters less."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if size != theme.TEXT or strong:
        made.setFont(theme.font(size, strong=strong))
    if second:
        made.setForegroundRole(Role.PlaceholderText)
    return made


class Elided(QLabel):
    """A line of text that ends in … where there is no room; the tool tip has it whole."""

    def __init__(
        self,
        text: str = "",
        size: int = theme.TEXT,
        *,
        strong: bool = False,
        second: bool = False,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self._whole = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, strong=strong))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        if second:
            self.setForegroundRole(Role.PlaceholderText)
        self.say(text)

    def say(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        self.setAccessibleName(text)
        self._elide()
        self.updateGeometry()

    def whole(self) -> str:
        return self._whole

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(self.width(), 1))
        self.setText(shown)
        self.setToolTip("" if shown == self._whole else self._whole)


class Picture(QWidget):
    """An icon that stands by itself; `spoken` is what a screen reader says of it."""

    def __init__(self, name: str, size: int = theme.ICON, ink: Tone | Badge = Tone.TEXT, *, spoken: str = "") -> None:
        super().__init__()
        self._size = size
        self.setFixedSize(size, size)
        self.show_icon(name, ink, spoken=spoken)

    def show_icon(self, name: str, ink: Tone | Badge, *, spoken: str = "") -> None:
        """Show another icon. Raises FileNotFoundError when there is none of that name."""
        icons.drawing(name)
        self._name, self._ink = name, ink
        self.setAccessibleName(spoken)
        self.setToolTip(spoken)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        ground = self.palette().color(self.backgroundRole()).name()
        painter = QPainter(self)
        painter.drawPixmap(
            0, 0, icons.pixmap(self._name, self._size, self._ink, ratio=self.devicePixelRatioF(), paper=ground)
        )


class Dye(QObject):
    """Keeps one role of a widget's palette in a colour of its own, in whichever scheme is in force."""

    def __init__(self, widget: QWidget, role: Role, colour: Callable[[], str]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._role = role
        self._colour = colour
        widget.installEventFilter(self)
        self.apply()

    def apply(self) -> None:
        """Take the colour of now."""
        wanted = QColor(self._colour())
        if self._widget.palette().color(self._role) != wanted:
            dyed = self._widget.palette()
            dyed.setColor(self._role, wanted)
            self._widget.setPalette(dyed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.PaletteChange:
            self.apply()
        return False


class Card(QFrame):
    """The base colour with a hair line round it and round corners."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(Role.Mid), 1))
        painter.setBrush(self.palette().base())
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, theme.CARD_CORNER, theme.CARD_CORNER)


def card(*items: Item, edge: Edge = (2, 2, 2, 2)) -> Card:
    """A card with its content one below the other."""
    made = Card()
    made.setLayout(column(*items, edge=edge))
    return made


class Button(QPushButton):
    """A button that Enter presses when it has the focus. By Qt's own rule Enter would press the main one instead."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setAutoDefault(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class MainButton(QPushButton):
    """The one accented button of a window. Where the style accents its default button itself, that one is painted."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFont(theme.font(strong=True))
        self.setAutoDefault(True)
        self.setDefault(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.style().name().casefold() != "fusion":
            super().paintEvent(event)
            return
        now = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        ground = now.color(Role.Accent) if self.isEnabled() else QColor(theme.scheme().idle)
        if self.isDown():
            ground = ground.darker(115)
        elif self.underMouse() and self.isEnabled():
            ground = ground.lighter(108)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect(), 4, 4)
        painter.setPen(now.color(Role.BrightText) if self.isEnabled() else theme.colour(Tone.DISABLED))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        if self.hasFocus():
            painter.setPen(QPen(now.color(Role.BrightText), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5), 2, 2)


def button(text: str, icon: str = "", *, main: bool = False, press: Callable[[], object] | None = None) -> QPushButton:
    """A button with a verb on it. Enter presses the one that has the focus, else the main one."""
    made = MainButton(text) if main else Button(text)
    made.setMinimumHeight(theme.BUTTON)
    if icon:
        made.setIcon(icons.icon(icon, Tone.ON_ACCENT if main else Tone.TEXT))
    made.setMinimumWidth(max(theme.BUTTON_LEAST, made.sizeHint().width() + 12))
    if press is not None:
        made.clicked.connect(lambda: press())
    return made


def tool(text: str = "", icon: str = "", *, tip: str = "", press: Callable[[], object] | None = None) -> QToolButton:
    """A flat button for bars."""
    made = QToolButton()
    made.setText(text)
    made.setAutoRaise(True)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setMinimumHeight(theme.BUTTON)
    made.setIconSize(QSize(theme.ICON, theme.ICON))
    if icon:
        made.setIcon(icons.icon(icon))
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        made.setToolButtonStyle(beside if text else alone)
    made.setAccessibleName(text or tip)
    made.setToolTip(tip)
    if press is not None:
        made.clicked.connect(lambda: press())
    return made


def named(text: str, field: QWidget, note: str = "") -> QHBoxLayout:
    """A field's name above it with its Alt key, and a few words of help beside."""
    name = label(text, strong=True)
    name.setBuddy(field)
    field.setAccessibleName(text.replace("&", ""))
    field.setAccessibleDescription(note)
    return row(name, label(note, second=True), None)


class Link(QLabel):
    """A word that can be clicked, or pressed with Enter when it has the focus."""

    pressed = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setForegroundRole(Role.PlaceholderText)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(text)

    def say(self, text: str, *, spoken: str = "") -> None:
        """Show another word; `spoken` is what a screen reader says where that needs more."""
        self.setText(text)
        self.setAccessibleName(spoken or text)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            draw_focus(self)


def draw_focus(widget: QWidget) -> None:
    """The style's focus frame round a widget that paints itself."""
    option = QStyleOptionFocusRect()
    option.initFrom(widget)
    painter = QPainter(widget)
    QApplication.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, widget)
