"""Colours, type and measures of the window: the one place for each of them.

Everything is painted from the application's palette; there are no style sheets. The scheme in force is read back from
the palette, so that a change of the system's scheme needs no second memory of it.
"""

import sys
from collections.abc import Mapping
from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from pdm_desktop.core.badges import Badge
from server.protocol.records import dataclass

# Logical pixels.
ROW: Final = 26
ROW_TIGHT: Final = 24
PLACE: Final = 28
TOOL_BAR: Final = 38
HEADING: Final = 40
STATUS_BAR: Final = 26
TABLE_HEADER: Final = 26
MESSAGE_BAR: Final = 40
BUTTON: Final = 28
BUTTON_LEAST: Final = 76
FIELD: Final = 28
FIELD_SIGN_IN: Final = 30
GAP_GROUP: Final = 4
GAP: Final = 8
GAP_GROUPS: Final = 16
EDGE: Final = 12
EDGE_DIALOG: Final = 20
EDGE_SIGN_IN: Final = 24
ICON: Final = 16
ICON_TREE: Final = 14
ICON_TITLE: Final = 32
CARD_CORNER: Final = 6
# Pixels of type at 100 %: 9, 10.5, 13.5 and 16.5 points.
TEXT: Final = 12
TITLE: Final = 14
HEAD: Final = 18
NUMBER: Final = 22

FIELDS: Final = ("QLineEdit", "QPlainTextEdit", "QAbstractSpinBox", "QComboBox", "QCheckBox", "QRadioButton")
"""Classes whose frame Fusion draws from Window, darkened by 1.4: they get a Window that makes a frame of 3 : 1."""


class Tone(Enum):
    """What an ink is for, where it is no badge: the value names the scheme's field, or what a badge's ink also says."""

    TEXT = "text"
    SECOND = "second"
    ACCENT = "accent"
    ON_ACCENT = "on_accent"
    ON_SELECT = "on_select"
    DISABLED = "disabled"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Bar(Enum):
    """How much a message bar matters."""

    INFO = "info"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Every colour of the window in one scheme, as `#RRGGBB`."""

    window: str
    base: str
    alternate: str
    text: str
    second: str
    button: str
    line: str
    accent: str
    on_accent: str
    select: str
    on_select: str
    disabled: str
    idle: str
    """The ground of an accented button that cannot be pressed."""
    tip: str
    link: str
    frame: str
    badges: Mapping[Badge, str]
    bars: Mapping[Bar, str]

    def ink(self, of: "Tone | Badge") -> str:
        """The colour of a tone or a badge."""
        if isinstance(of, Badge):
            return self.badges[of]
        match of:
            case Tone.GOOD:
                return self.badges[Badge.NEWER]
            case Tone.WARN:
                return self.badges[Badge.OTHER]
            case Tone.BAD:
                return self.badges[Badge.CONFLICT]
            case _:
                named: str = getattr(self, of.value)
                return named


LIGHT: Final = Scheme(
    window="#F3F3F3", base="#FFFFFF", alternate="#F8F8F8", text="#1B1B1B", second="#5C5C5C", button="#FCFCFC",
    line="#DADADA", accent="#005FB8", on_accent="#FFFFFF", select="#D3E6F8", on_select="#1B1B1B", disabled="#8A8A8A",
    idle="#DADADA", tip="#FFFFFF", link="#003E92", frame="#C0C0C0",
    badges={
        Badge.FREE: "#666666", Badge.MINE: "#005FB8", Badge.EDITED: "#7536B0", Badge.OTHER: "#9A5200",
        Badge.WAITING: "#00696F", Badge.NEWER: "#0B6E0B", Badge.CONFLICT: "#BC2318", Badge.UNKNOWN: "#5C5C5C",
    },
    bars={Bar.INFO: "#E5F0FA", Bar.WARN: "#FFF3DC", Bar.BAD: "#FDE7E9"},
)  # fmt: skip
DARK: Final = Scheme(
    window="#202020", base="#282828", alternate="#2D2D2D", text="#F5F5F5", second="#B8B8B8", button="#333333",
    line="#454545", accent="#60CDFF", on_accent="#00263A", select="#264B66", on_select="#F5F5F5", disabled="#7D7D7D",
    idle="#454545", tip="#333333", link="#99EBFF", frame="#B4B4B4",
    badges={
        Badge.FREE: "#A6A6A6", Badge.MINE: "#60CDFF", Badge.EDITED: "#CFA6FA", Badge.OTHER: "#FFB454",
        Badge.WAITING: "#4FD6DC", Badge.NEWER: "#78D66B", Badge.CONFLICT: "#FF99A4", Badge.UNKNOWN: "#B8B8B8",
    },
    bars={Bar.INFO: "#1F3547", Bar.WARN: "#433519", Bar.BAD: "#442726"},
)  # fmt: skip


class Wish(Enum):
    """Which scheme a person wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def wants_high_contrast() -> bool:
    """Whether the person has chosen a high-contrast scheme in the system's settings."""
    hints = QGuiApplication.styleHints()  # kept by name: what it hands out goes with this object
    return hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast


def scheme() -> Scheme:
    """The scheme that is in force: the system's own in high contrast, else dark when the application's windows are."""
    now = QGuiApplication.palette()
    key = now.cacheKey()
    if key not in _read:
        _read.clear()  # it is asked for with every cell that is painted, and changes some times a day
        _read[key] = _read_back(now)
    return _read[key]


_read: Final[dict[int, Scheme]] = {}
"""The scheme of the palette that was in force when it was last asked for."""


def _read_back(now: QPalette) -> Scheme:
    """Only in high contrast is the selection as strong as the accent."""
    if now.color(QPalette.ColorRole.Highlight) == now.color(QPalette.ColorRole.Accent):
        return from_system(now)
    return DARK if is_dark(now) else LIGHT


def is_high_contrast() -> bool:
    """Whether a high-contrast scheme is in force."""
    return scheme() is not LIGHT and scheme() is not DARK


def is_dark(now: QPalette | None = None) -> bool:
    """Whether windows of a palette are dark; without one, the application's."""
    return (now or QGuiApplication.palette()).color(QPalette.ColorRole.Window).lightness() < 128


def from_system(now: QPalette) -> Scheme:
    """A high-contrast palette of the system as a scheme: one ink, and the shapes carry the meaning."""
    role = QPalette.ColorRole
    text, window = now.color(role.WindowText).name(), now.color(role.Window).name()
    select, on_select = now.color(role.Highlight).name(), now.color(role.HighlightedText).name()
    return Scheme(
        window=window, base=now.color(role.Base).name(), alternate=now.color(role.Base).name(), text=text, second=text,
        button=now.color(role.Button).name(), line=text, accent=select, on_accent=on_select,
        select=select, on_select=on_select, idle=window, tip=window,
        disabled=now.color(QPalette.ColorGroup.Disabled, role.WindowText).name(),
        link=now.color(role.Link).name(), frame=text,
        badges=dict.fromkeys(Badge, text), bars=dict.fromkeys(Bar, window),
    )  # fmt: skip


def colour(of: Tone | Badge) -> QColor:
    """An ink of the scheme in force."""
    return QColor(scheme().ink(of))


def palette(of: Scheme, *, fields: bool = False) -> QPalette:
    """A scheme as a palette near Windows 11's. The selection is pale, so that badges stay readable on it."""
    made, role = QPalette(), QPalette.ColorRole
    named = {
        role.Window: of.window, role.WindowText: of.text, role.Base: of.base, role.AlternateBase: of.alternate,
        role.Text: of.text, role.Button: of.button, role.ButtonText: of.text, role.ToolTipBase: of.tip,
        role.ToolTipText: of.text, role.Highlight: of.select, role.HighlightedText: of.on_select,
        role.Accent: of.accent, role.Link: of.link, role.LinkVisited: of.link,
        role.PlaceholderText: of.second, role.Mid: of.line, role.BrightText: of.on_accent,
    }  # fmt: skip
    for one, text in named.items():
        made.setColor(one, QColor(text))
    made.setColor(role.Light, QColor(of.button).lighter(108))
    made.setColor(role.Midlight, QColor(of.button).darker(103))
    made.setColor(role.Dark, QColor(of.line).darker(120))
    made.setColor(role.Shadow, QColor(0, 0, 0, 90))
    for one in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText):
        made.setColor(QPalette.ColorGroup.Disabled, one, QColor(of.disabled))
    if fields:
        made.setColor(role.Window, QColor(of.frame))
        # The frame of a field that has the focus is drawn from this; the pale selection would be too faint for it.
        made.setColor(role.Highlight, QColor(of.accent))
        made.setColor(role.HighlightedText, QColor(of.on_accent))
    return made


def font(size: int = TEXT, *, strong: bool = False) -> QFont:
    """The window's type at a size in pixels at 100 %; semi-bold when strong. The family is the application's."""
    made = QFont(QApplication.font())
    if made.pixelSize() > 0:
        made.setPixelSize(size)
    else:  # the system gave points, and its text-size setting counts: keep the proportion
        made.setPointSizeF(made.pointSizeF() * size / TEXT)
    if strong:
        made.setWeight(QFont.Weight.DemiBold)
    return made


class Theme(QObject):
    """Dresses the application, and again when the system's scheme changes. Keep it as long as the application lives."""

    def __init__(self, application: QApplication, wish: Wish = Wish.SYSTEM) -> None:
        super().__init__(application)
        self._application = application
        self._wish = wish
        if not _is_windows_11(application):
            application.setStyle(QStyleFactory.create("Fusion"))
        if sys.platform != "win32":
            application.setFont(_own_font())
        self._dress()
        application.styleHints().colorSchemeChanged.connect(self._dress)
        application.styleHints().accessibility().contrastPreferenceChanged.connect(self._dress)

    @property
    def wish(self) -> Wish:
        return self._wish

    def follow(self, wish: Wish) -> None:
        """Change the scheme now."""
        self._wish = wish
        self._dress()

    def _dress(self) -> None:
        chosen = self._chosen()
        self._application.setPalette(palette(chosen))
        for name in FIELDS:
            self._application.setPalette(palette(chosen, fields=True), name)  # type: ignore[arg-type] # it takes text alone

    def _chosen(self) -> Scheme:
        if wants_high_contrast():
            return from_system(self._system_palette())
        match self._wish:
            case Wish.LIGHT:
                return LIGHT
            case Wish.DARK:
                return DARK
            case Wish.SYSTEM:
                system = self._application.styleHints().colorScheme()
                return DARK if system == Qt.ColorScheme.Dark else LIGHT

    def _system_palette(self) -> QPalette:
        self._application.setPalette(QPalette())  # gives back what was set; only then the system's can be read
        return self._application.palette()


def _own_font() -> QFont:
    wanted = ("Segoe UI Variable Text", "Segoe UI", "Selawik", "Noto Sans", "DejaVu Sans")
    made = QFont(next((family for family in wanted if QFontDatabase.hasFamily(family)), QApplication.font().family()))
    made.setPixelSize(TEXT)
    return made


def _is_windows_11(application: QApplication) -> bool:
    return application.style().name().casefold() == "windows11"
