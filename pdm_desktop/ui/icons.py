"""Icons: SVG files in which #000 is the ink and #fff the paper, drawn once for each colour, size and scale.

One file serves both schemes and every state. The icons here look up their ink when they are painted, so that they
follow a change of the scheme by themselves.
"""

import sys
from functools import cache
from importlib import resources

from PySide6.QtCore import QByteArray, QFileInfo, QPoint, QRect, QRectF, QSettings, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileIconProvider

from pdm_desktop.core.badges import Badge
from pdm_desktop.ui import theme
from pdm_desktop.ui.theme import ICON, Tone, scheme

_KINDS = {
    "assembly": ("sldasm", "iam"),
    "cam": ("mcam", "emcam", "mcx"),
    "nc": ("nc", "vnc", "tap"),
    "part": ("sldprt", "ipt"),
    "sheet": ("pdf", "md", "txt", "csv"),
    "step": ("step", "stp", "igs"),
}
_KIND_OF = {ending: kind for kind, endings in _KINDS.items() for ending in endings}


@cache
def drawing(name: str) -> str:
    """The text of an SVG file. Raises FileNotFoundError when there is none of that name."""
    return (resources.files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def tinted(name: str, size: int, ink: str, paper: str, ratio: float) -> QPixmap:
    """One sharp pixmap of `size` logical pixels, kept for ever: there are some hundred of them."""
    text = drawing(name).replace("#000", "INK").replace("#fff", paper).replace("INK", ink)
    side = round(size * ratio)
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def pixmap(name: str, size: int = ICON, ink: Tone | Badge = Tone.TEXT, *, ratio: float = 0, paper: str = "") -> QPixmap:
    """An icon in a colour of the scheme in force; the screen's scale when `ratio` is 0."""
    now = scheme()
    return tinted(name, size, now.ink(ink), paper or now.base, ratio or _screen_ratio())


def badge_name(badge: Badge) -> str:
    """The file of a badge's shape."""
    return f"badge_{badge.value}"


@cache
def icon(name: str, ink: Tone | Badge = Tone.TEXT) -> QIcon:
    """An icon for buttons, actions and cells: grey where disabled; selected in its own ink but in high contrast."""
    drawing(name)  # a missing file is found here, not inside a paint event
    return QIcon(_Engine(name, ink))


def badge(of: Badge) -> QIcon:
    """The badge of a state."""
    return icon(badge_name(of), of)


@cache
def file_icon(name: str) -> QIcon:
    """The icon of a file by its extension: on Windows the system's, which people know, else a quiet one of ours."""
    ending = name.rpartition(".")[2].casefold()
    if sys.platform == "win32" and _system_knows(ending):
        of_the_system = QFileIconProvider().icon(QFileInfo(f"any.{ending}"))
        if not of_the_system.pixmap(ICON).isNull():  # it may know a kind and have no picture
            return of_the_system
    return icon(file_drawing(name), Tone.SECOND)


def file_drawing(name: str) -> str:
    """The file of our own icon for a file name."""
    ending = name.rpartition(".")[2].casefold()
    return f"file_{_KIND_OF.get(ending, 'nc')}"


def _system_knows(ending: str) -> bool:
    """Whether Windows has a program, and so an icon that people know, for an extension."""
    kind = QSettings(f"HKEY_CLASSES_ROOT\\.{ending}", QSettings.Format.NativeFormat)
    return bool(ending) and bool(kind.value("Default"))


def _screen_ratio() -> float:
    return QGuiApplication.primaryScreen().devicePixelRatio()


class _Engine(QIconEngine):
    """Paints one drawing in the ink that its mode asks for."""

    def __init__(self, name: str, ink: Tone | Badge) -> None:
        super().__init__()
        self._name = name
        self._ink = ink

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        drawn = self._draw(side, mode, painter.device().devicePixelRatioF())
        corner = rect.topLeft() + QPoint((rect.width() - side) // 2, (rect.height() - side) // 2)
        painter.drawPixmap(corner, drawn)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self._draw(min(size.width(), size.height()), mode, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        side = min(size.width(), size.height())
        return self._draw(round(side / scale), mode, scale)

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._ink)

    def _draw(self, size: int, mode: QIcon.Mode, ratio: float) -> QPixmap:
        if mode == QIcon.Mode.Selected and theme.is_high_contrast():
            return pixmap(self._name, max(size, 1), Tone.ON_SELECT, ratio=ratio, paper=scheme().select)
        ink = Tone.DISABLED if mode == QIcon.Mode.Disabled else self._ink
        return pixmap(self._name, max(size, 1), ink, ratio=ratio)
