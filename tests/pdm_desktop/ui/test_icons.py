"""Icons: all that the window uses are there, sharp, and in the ink of the scheme."""

import ast
from importlib import resources
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage

import pdm_desktop.ui
from pdm_desktop.core.badges import Badge
from pdm_desktop.ui import icons
from pdm_desktop.ui.theme import DARK, LIGHT, Theme, Tone, Wish

DRAWINGS = sorted(
    each.name.removesuffix(".svg")
    for each in (resources.files("resources") / "icons").iterdir()
    if each.name.endswith(".svg")
)


def inks(image: QImage) -> set[str]:
    """The colours of the pixels that are wholly covered."""
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    colours = (image.pixelColor(x, y) for x, y in places)
    return {colour.name().upper() for colour in colours if colour.alpha() == 255}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_can_be_drawn(qapp: object, name: str) -> None:
    image = icons.tinted(name, 16, "#123456", "#FEDCBA", 2.0).toImage()
    assert image.size() == QSize(32, 32)
    assert any(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32))


def test_every_icon_that_the_window_names_is_there() -> None:
    named = set[str]()
    for source in Path(pdm_desktop.ui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in (
                "icon",
                "Picture",
                "Nothing",
                "tool",
                "button",
                "_Look",
            ):
                named |= {
                    word.value for word in ast.walk(node)
                    if isinstance(word, ast.Constant) and isinstance(word.value, str) and word.value in DRAWINGS
                }  # fmt: skip
    assert {"search", "people", "folder", "check_out", "plug_off", "mark"} <= named
    for badge in Badge:
        assert icons.drawing(icons.badge_name(badge))


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_a_missing_icon_is_told_at_once(qapp: object) -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no_such_icon")


def test_an_icon_follows_the_scheme_by_itself(theme: Theme) -> None:
    made = icons.badge(Badge.MINE)
    assert LIGHT.badges[Badge.MINE] in inks(made.pixmap(QSize(32, 32)).toImage())
    theme.follow(Wish.DARK)
    assert DARK.badges[Badge.MINE] in inks(made.pixmap(QSize(32, 32)).toImage())
    theme.follow(Wish.LIGHT)


def test_a_disabled_icon_is_grey_and_a_selected_one_keeps_its_ink(theme: Theme) -> None:
    made = icons.icon("check_out")
    grey = inks(made.pixmap(QSize(32, 32), QIcon.Mode.Disabled).toImage())
    assert LIGHT.disabled in grey
    assert inks(icons.badge(Badge.OTHER).pixmap(QSize(32, 32), QIcon.Mode.Selected).toImage()) >= {
        LIGHT.badges[Badge.OTHER]
    }


def test_a_pixmap_is_drawn_once_for_each_look(theme: Theme) -> None:
    first = icons.pixmap("folder", 16, Tone.SECOND)
    assert icons.pixmap("folder", 16, Tone.SECOND).cacheKey() == first.cacheKey()
    assert icons.pixmap("folder", 16, Tone.SECOND, ratio=1.5).width() == 24
    assert QColor(LIGHT.second).isValid()


@pytest.mark.parametrize(
    ("name", "drawing"),
    [
        ("a.MCAM", "file_cam"),
        ("b.sldprt", "file_part"),
        ("c.stp", "file_step"),
        ("d.unheard", "file_nc"),
        ("e", "file_nc"),
    ],
)
def test_a_file_has_the_icon_of_its_kind(name: str, drawing: str) -> None:
    assert icons.file_drawing(name) == drawing


@pytest.mark.parametrize("name", ["setup.pdf", "notes.txt", "op10.nc", "e"])
def test_every_file_has_an_icon_that_is_seen(theme: Theme, name: str) -> None:
    picture = icons.file_icon(name).pixmap(QSize(16, 16)).toImage()
    assert any(picture.pixelColor(x, y).alpha() for x in range(picture.width()) for y in range(picture.height()))
