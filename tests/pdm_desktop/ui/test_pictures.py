"""The documentation's pictures show the windows as they are. `python -m tests.support.pictures --docs` makes them."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pdm_desktop.ui.theme import Theme, Wish
from tests.support.pictures import DOCS, DOCS_SCHEMES, MADE_WITH, TEXTS, Studio, described, documented, made_with

ANEW = "`python -m tests.support.pictures --docs` makes the pictures anew; then look at them"
ROUGH = QSize(64, 43)
"""So few points do not tell one font from another."""
ALIKE = 8.0
"""The mean difference of two pictures of one window, of 255, by other fonts: those make less, another page more."""
FINE = QSize(320, 215)
SAME = 0.05
"""The same by the same fonts: less than a cell of a table makes."""


def difference(one: QImage, other: QImage, size: QSize = ROUGH) -> float:
    """How much two pictures differ, seen from afar."""
    first, second = (_rough(each, size) for each in (one, other))
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def _rough(image: QImage, size: QSize) -> bytes:
    small = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    plain = small.convertToFormat(QImage.Format.Format_RGB888)  # named: the bits go with it
    return bytes(plain.constBits())


def flaw_of(kept: QImage, shown: QImage) -> str:
    """What is stale in a picture that is kept: its texts, or its look; empty: nothing."""
    if kept.text(TEXTS) != shown.text(TEXTS):
        before, now = (set(each.text(TEXTS).splitlines()) for each in (kept, shown))
        return f"shows {sorted(before - now)}, and the window says {sorted(now - before)}, or says it in another order"
    if kept.text(MADE_WITH) == shown.text(MADE_WITH):
        if kept.size() != shown.size():
            return f"is {kept.size().toTuple()} large, and the window {shown.size().toTuple()}"
        return "looks otherwise" if difference(kept, shown, FINE) > SAME else ""
    return "looks like another window" if difference(kept, shown) > ALIKE else ""


@pytest.mark.parametrize("scheme", DOCS_SCHEMES)
def test_each_shows_its_window_as_it_is(scheme: str, qapp: QApplication, tmp_path: Path) -> None:
    shown = {}
    for name, window in documented(Studio(Theme(qapp, Wish(scheme)), tmp_path), scheme):
        shown[f"{name}-{scheme}.png"] = described(window)
        window.close()
    assert shown.keys() == {each.name for each in DOCS.glob(f"*-{scheme}.png")}, ANEW
    flaws = {name: flaw_of(QImage(str(DOCS / name)), image) for name, image in shown.items()}
    assert {name: flaw for name, flaw in flaws.items() if flaw} == {}, ANEW


def test_every_picture_is_shown_on_a_page_and_every_page_has_its_pictures() -> None:
    pages = "\n".join(
        each.read_text(encoding="utf-8") for each in (*DOCS.parent.glob("*.md"), DOCS.parents[1] / "README.md")
    )
    used = {part.partition(")")[0].rpartition("/")[2] for part in pages.split("](")[1:] if ".png)" in part}
    assert used == {each.name for each in DOCS.glob("*.png")}


def shop(qtbot: QtBot, *texts: str) -> QWidget:
    """A small window of lines."""
    made = QWidget()
    qtbot.addWidget(made)
    layout = QVBoxLayout(made)
    for text in texts:
        layout.addWidget(QLabel(text))
    made.resize(320, 200)
    made.show()
    return made


@pytest.mark.parametrize("is_same_font", [True, False], ids=["same-fonts", "other-fonts"])
def test_a_changed_word_makes_a_picture_stale_whatever_the_fonts(qtbot: QtBot, *, is_same_font: bool) -> None:
    kept = described(shop(qtbot, "Release…", "Keep"))
    if not is_same_font:
        kept.setText(MADE_WITH, "Qt 1")
    assert flaw_of(kept, described(shop(qtbot, "Release…", "Keep"))) == ""
    changed = flaw_of(kept, described(shop(qtbot, "Release…", "Hold")))
    assert changed.startswith("shows ['Keep'], and the window says ['Hold']")


def test_another_look_makes_a_picture_stale_where_the_fonts_are_the_same(qtbot: QtBot, qapp: QApplication) -> None:
    kept = described(shop(qtbot, "Release…", "Keep"))
    other = shop(qtbot, "Release…", "Keep")
    layout = other.layout()
    assert layout is not None
    layout.setContentsMargins(24, 24, 24, 24)
    assert flaw_of(kept, described(other)) == "looks otherwise"
    assert made_with() == kept.text(MADE_WITH)


@pytest.mark.parametrize(("mistake", "least"), [("empty", ALIKE / 4), ("dark", ALIKE)])
def test_another_picture_is_told_apart(mistake: str, least: float) -> None:
    light = QImage(str(DOCS / "dashboard-light.png"))
    other = QImage(str(DOCS / "dashboard-dark.png"))
    if mistake == "empty":
        other = QImage(light.size(), QImage.Format.Format_RGB888)
        other.fill(light.pixelColor(light.width() // 2, light.height() - 60))
    assert difference(light, light) == 0.0
    assert difference(light, other) > least
