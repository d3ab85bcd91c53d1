"""Icons are well-formed pictures of 16 x 16 in ink and paper, so that the window can colour them."""

import re
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest

ICONS = Path(str(files("resources") / "icons"))
SHAPES = {"svg", "g", "path", "circle", "rect"}
NAMED = sorted(path.stem for path in ICONS.glob("*.svg"))


def test_every_state_of_a_file_a_person_and_the_tray_has_its_picture() -> None:
    badges = {"conflict", "edited", "free", "mine", "newer", "other", "unknown", "waiting"}
    wanted = {f"badge_{state}" for state in badges}
    wanted |= {f"presence_{state}" for state in ("online", "away", "offline")}
    wanted |= {f"tray_{state}" for state in ("in_step", "working", "attention", "offline")}
    assert wanted <= set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_an_icon_is_a_picture_in_two_colours(name: str) -> None:
    text = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314  the file is our own
    assert root.get("viewBox") == "0 0 16 16"
    assert {element.tag.partition("}")[2] for element in root.iter()} <= SHAPES
    colours = {value for element in root.iter() for key in ("fill", "stroke") if (value := element.get(key))}
    assert colours <= {"#000", "#fff", "none"}
    assert "#000" in colours
    assert not re.search(r"style=|class=|opacity|href", text)


@pytest.mark.qt
@pytest.mark.parametrize("name", NAMED)
def test_an_icon_paints_something_inside_its_edges(name: str) -> None:
    """Drawn on 20 x 20 with a border of 2, nothing but a soft edge may reach the border."""
    gui = pytest.importorskip("PySide6.QtGui", reason="painting needs Qt")
    from PySide6.QtCore import QRectF
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(str(ICONS / f"{name}.svg"))
    assert renderer.isValid()
    image = gui.QImage(20, 20, gui.QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = gui.QPainter(image)
    renderer.render(painter, QRectF(2, 2, 16, 16))
    painter.end()
    covered = [(x, y) for x in range(20) for y in range(20) if image.pixelColor(x, y).alpha() > 127]
    assert len(covered) >= 8
    assert all(2 <= x < 18 and 2 <= y < 18 for x, y in covered)
