"""Every picture that the documentation names is there, and every picture that is there is shown in it."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"


def named(text: str, folder: Path) -> Iterator[Path]:
    """The pictures that a page of that folder shows, each with words for those who cannot see it."""
    for words, place in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text):
        assert words, f"{place} is shown without words"
        yield (folder / place).resolve()


def shown() -> set[Path]:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    return {picture for page in pages for picture in named(page.read_text(encoding="utf-8"), page.parent)}


def test_every_picture_that_is_named_exists() -> None:
    assert [each for each in sorted(shown()) if not each.is_file()] == []


def test_every_picture_is_used() -> None:
    assert set(PICTURES.iterdir()) - shown() == set()


def test_pictures_are_found_in_a_page() -> None:
    text = "See ![The list](pictures/list.png) and [a page](admin.md)."
    assert list(named(text, ROOT / "docs")) == [PICTURES / "list.png"]
