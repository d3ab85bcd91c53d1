"""What the other person's program left behind, and whether it proves that the check-out was seen."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage


class Shortcoming(Exception):
    """The evidence does not prove it; the text says what is missing."""


@dataclass(frozen=True)
class Evidence:
    """One check-out as seen from the other seat."""

    file: str
    holder: str
    seq: int
    lock_to_badge_ms: float
    title: str
    text: str


def judge(out: Path, *, file: str, holder: str) -> Evidence:
    """Compare the pictures of the badge's cell and read notice and result. Raises Shortcoming."""
    result = read_json(out / "result.json")
    notice = read_json(out / "notice.json")
    before, after = (read_picture(out / name) for name in ("before.png", "after.png"))
    cell = QRect(*result["badge_rect"])
    changed = changed_pixels(before, after, cell)
    if changed < 20:
        raise Shortcoming(f"only {changed} pixels of the badge's cell changed")
    if (result["file"], result["holder"]) != (file, holder):
        raise Shortcoming(f"the lock seen is on {result['file']}, held by {result['holder']}")
    name = file.rpartition("/")[2]
    if name not in notice["title"] or holder not in notice["text"]:
        raise Shortcoming(f"the notice says “{notice['title']}: {notice['text']}”")
    return Evidence(
        file=file,
        holder=holder,
        seq=result["seq"],
        lock_to_badge_ms=result["lock_to_badge_ms"],
        title=notice["title"],
        text=notice["text"],
    )


def changed_pixels(before: QImage, after: QImage, cell: QRect) -> int:
    """How many pixels of the cell differ. `cell` is in logical pixels of the window. Raises Shortcoming."""
    if before.size() != after.size():
        raise Shortcoming(f"the pictures have different sizes, {before.size()} and {after.size()}")
    ratio = before.devicePixelRatio()
    box = QRect(*(round(side * ratio) for side in (cell.x(), cell.y(), cell.width(), cell.height())))
    if box.isEmpty() or not before.rect().contains(box):
        raise Shortcoming("the badge's cell lies outside the picture")
    points = [(x, y) for x in range(box.left(), box.right() + 1) for y in range(box.top(), box.bottom() + 1)]
    return sum(before.pixel(x, y) != after.pixel(x, y) for x, y in points)


def read_picture(path: Path) -> QImage:
    """A picture of the window. Raises Shortcoming."""
    picture = QImage(str(path))
    if picture.isNull():
        raise Shortcoming(f"{path.name} is missing or no picture")
    return picture


def read_json(path: Path) -> dict[str, Any]:
    """One of the JSON files. Raises Shortcoming."""
    try:
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as missing:
        raise Shortcoming(f"{path.name} cannot be read: {missing}") from missing
    return read
