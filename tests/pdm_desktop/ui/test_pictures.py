"""The documentation's pictures show the windows as they are. `python -m tests.support.pictures --docs` makes them."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pdm_desktop.ui.theme import Theme, Wish
from tests.support.pictures import DOCS, DOCS_SCHEMES, Studio, documented, is_for_docs, taken

ROUGH = QSize(64, 43)
"""So few points do not tell one font from another."""
ALIKE = 8.0
"""The mean difference of two pictures of one window, of 255: another font makes less, another page more."""


def difference(one: QImage, other: QImage) -> float:
    """How much two pictures differ, seen from afar."""
    first, second = (_rough(each) for each in (one, other))
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def _rough(image: QImage) -> bytes:
    small = image.scaled(ROUGH, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    plain = small.convertToFormat(QImage.Format.Format_RGB888)  # named: the bits go with it
    return bytes(plain.constBits())


@pytest.mark.parametrize("scheme", DOCS_SCHEMES)
def test_each_shows_its_window_as_it_is(scheme: str, qapp: QApplication, tmp_path: Path) -> None:
    shown = {}
    for name, window in documented(Studio(Theme(qapp, Wish(scheme)), tmp_path)):
        if is_for_docs(name, scheme):
            shown[f"{name}-{scheme}.png"] = taken(window).toImage()
        window.close()
    assert shown.keys() == {each.name for each in DOCS.glob(f"*-{scheme}.png")}
    kept = {name: QImage(str(DOCS / name)) for name in shown}
    assert {name: each.size() for name, each in kept.items()} == {name: each.size() for name, each in shown.items()}
    assert not {name for name in shown if difference(kept[name], shown[name]) > ALIKE}


@pytest.mark.parametrize(("mistake", "least"), [("empty", ALIKE / 4), ("dark", ALIKE)])
def test_another_picture_is_told_apart(mistake: str, least: float) -> None:
    light = QImage(str(DOCS / "dashboard-light.png"))
    other = QImage(str(DOCS / "dashboard-dark.png"))
    if mistake == "empty":
        other = QImage(light.size(), QImage.Format.Format_RGB888)
        other.fill(light.pixelColor(light.width() // 2, light.height() - 60))
    assert difference(light, light) == 0.0
    assert difference(light, other) > least
