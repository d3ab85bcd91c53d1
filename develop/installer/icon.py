"""The program's icon as Windows wants it: one `.ico` with a picture for each size, drawn from the project's own SVG."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 128, 256)
"""Pixels: what Windows takes from 100 % to 250 %, and for large views."""
AS_PNG: Final = 256
"""From this size on a picture is a PNG; below, a bitmap, which every part of Windows reads."""
INK: Final = "#005FB8"
"""The accent of the light scheme (`pdm_desktop/ui/theme.py`): it stands out from light and dark task bars alike."""


def ico(drawing: Path, ink: str = INK) -> bytes:
    """Return the icon file of an SVG picture, in which #000 is put in that ink."""
    return container(
        [(size, _picture(drawing.read_text(encoding="utf-8").replace("#000", ink), size)) for size in SIZES]
    )


def container(pictures: Sequence[tuple[int, bytes]]) -> bytes:
    """Return an icon file with pictures of these sizes: a head, an entry for each, and then their bytes."""
    offset = 6 + 16 * len(pictures)
    entries = []
    for size, content in pictures:
        side = size % 256  # 256 is written as 0
        entries.append(struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(content), offset))
        offset += len(content)
    return b"".join([struct.pack("<HHH", 0, 1, len(pictures)), *entries, *(content for _, content in pictures)])


def sizes(icon: bytes) -> list[int]:
    """Return the sizes in pixels of the pictures in an icon file. Raises `ValueError` when one is cut short."""
    reserved, kind, count = struct.unpack_from("<HHH", icon)
    if (reserved, kind) != (0, 1):
        raise ValueError("this is no icon file")
    found = []
    for index in range(count):
        side, *_, length, offset = struct.unpack_from("<BBBBHHII", icon, 6 + 16 * index)
        if offset + length > len(icon):
            raise ValueError(f"the picture of {side} pixels is cut short")
        found.append(side or 256)
    return found


def _picture(svg: str, size: int) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    if size < AS_PNG:
        turned = image.flipped(Qt.Orientation.Vertical)  # kept by name: its bytes go with it
        return _bitmap(bytes(turned.constBits()), size)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes here, Qt itself text
    return bytes(buffer.data().data())


def _bitmap(pixels: bytes, size: int) -> bytes:
    """Return a picture as icon files have it: bottom row first, and below it a mask, of which nothing is masked."""
    mask = bytes(size * ((size + 31) // 32 * 4))
    return struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, len(pixels), 0, 0, 0, 0) + pixels + mask
