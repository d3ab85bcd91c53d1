"""Colours: every pair that window.md promises is readable, and the scheme follows what a person wants."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QStyleFactory, QWidget
from pytestqt.qtbot import QtBot

from pdm_desktop.core.badges import Badge
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import DARK, LIGHT, Bar, Scheme, Theme, Tone, Wish
from tests.support.pictures import HighContrastTheme, aquatic

SCHEMES = pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    made = QColor(colour)
    parts = (made.redF(), made.greenF(), made.blueF())
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_measure_knows_black_on_white() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@SCHEMES
@pytest.mark.parametrize("badge", list(Badge))
def test_a_badge_is_seen_on_rows_and_on_the_selection(scheme: Scheme, badge: Badge) -> None:
    assert contrast(scheme.badges[badge], scheme.base) >= 4.5
    assert contrast(scheme.badges[badge], scheme.select) >= 3


@SCHEMES
def test_text_is_readable_wherever_it_stands(scheme: Scheme) -> None:
    for ground in (scheme.window, scheme.base, scheme.select, scheme.button, scheme.tip, *scheme.bars.values()):
        assert contrast(scheme.text, ground) >= 4.5
    for ground in (scheme.window, scheme.base):
        assert contrast(scheme.second, ground) >= 4.5
        assert contrast(scheme.link, ground) >= 4.5
    assert contrast(scheme.on_accent, scheme.accent) >= 4.5


@SCHEMES
def test_the_frame_of_a_field_is_seen(scheme: Scheme) -> None:
    drawn = QColor(scheme.frame).darker(140).name()
    assert contrast(drawn, scheme.base) >= 3


@pytest.mark.parametrize(
    ("pair", "least"),
    [((LIGHT.text, LIGHT.base), 17.2), ((DARK.text, DARK.base), 13.5), ((LIGHT.second, LIGHT.base), 6.7)],
)
def test_the_promised_numbers_hold(pair: tuple[str, str], least: float) -> None:
    assert round(contrast(*pair), 1) == least


def test_every_badge_and_tone_has_a_colour() -> None:
    for scheme in (LIGHT, DARK):
        assert set(scheme.badges) == set(Badge)
        assert {scheme.ink(tone) for tone in Tone} >= {scheme.text, scheme.second, scheme.accent}


def test_a_wish_changes_the_whole_application(qapp: QApplication, theme: Theme, qtbot: QtBot) -> None:
    label = QLabel("x")
    field = QLineEdit()
    bar = MessageBar(Bar.WARN)
    for made in (label, field, bar):
        qtbot.addWidget(made)
        made.show()
    for wish, scheme in ((Wish.DARK, DARK), (Wish.LIGHT, LIGHT)):
        theme.follow(wish)
        assert theme_now() is scheme
        grounds: dict[QWidget, str] = {label: scheme.window, field: scheme.frame, bar: scheme.bars[Bar.WARN]}
        for widget, wanted in grounds.items():
            qtbot.waitUntil(lambda: ground(widget) == wanted)  # noqa: B023 - it is called before the next turn


@pytest.fixture
def aquatic_system(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Theme]:
    """The application where the system's settings ask for high contrast."""
    monkeypatch.setattr("pdm_desktop.ui.theme.wants_high_contrast", lambda: True)
    yield HighContrastTheme(qapp)
    monkeypatch.undo()
    Theme(qapp, Wish.LIGHT)


def test_in_high_contrast_everything_has_the_system_s_colours(aquatic_system: Theme, qtbot: QtBot) -> None:
    assert theme.is_high_contrast()
    now, system = theme.scheme(), aquatic()
    role = QPalette.ColorRole
    inks = {*now.badges.values(), *(now.ink(tone) for tone in (Tone.TEXT, Tone.SECOND, Tone.GOOD, Tone.WARN, Tone.BAD))}
    assert inks == {system.color(role.WindowText).name()}
    assert (now.select, now.on_select) == (
        system.color(role.Highlight).name(),
        system.color(role.HighlightedText).name(),
    )
    field = QLineEdit()
    qtbot.addWidget(field)
    assert field.palette().color(role.Base) == system.color(role.Base)
    assert field.palette().color(role.Text) == system.color(role.Text)
    pairs = (now.text, now.window), (now.text, now.base), (now.on_select, now.select), (now.disabled, now.idle)
    assert all(contrast(*pair) >= 4.5 for pair in pairs)


def test_a_wish_for_light_or_dark_gives_way_to_high_contrast(aquatic_system: Theme) -> None:
    aquatic_system.follow(Wish.LIGHT)
    assert theme.is_high_contrast()


@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Selected])
def test_in_high_contrast_an_icon_is_seen_on_the_selection_too(aquatic_system: Theme, mode: QIcon.Mode) -> None:
    now = theme.scheme()
    picture = icons.badge(Badge.OTHER).pixmap(QSize(32, 32), mode).toImage()
    solid = {
        picture.pixelColor(x, y).name() for x in range(32) for y in range(32) if picture.pixelColor(x, y).alpha() == 255
    }
    assert (now.on_select if mode == QIcon.Mode.Selected else now.text) in solid


def ground(widget: QWidget) -> str:
    return widget.palette().color(QPalette.ColorRole.Window).name().upper()


def theme_now() -> Scheme:
    return theme.scheme()


def test_every_other_style_gives_way_to_fusion(qapp: QApplication) -> None:
    qapp.setStyle("Windows")
    Theme(qapp)
    assert qapp.style().name().casefold() == "fusion"


@pytest.mark.skipif("windows11" not in map(str.casefold, QStyleFactory.keys()), reason="only Qt for Windows has it")
def test_windows_11_keeps_its_own_style(qapp: QApplication) -> None:
    qapp.setStyle("windows11")
    Theme(qapp)
    kept = qapp.style().name().casefold()
    qapp.setStyle("Fusion")
    assert kept == "windows11"
