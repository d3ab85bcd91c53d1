"""The program's icon: whole, and in every size that Windows asks for."""

import struct

import pytest

from develop.installer import icon
from develop.installer.launcher import DRAWING

pytestmark = pytest.mark.qt


@pytest.fixture(scope="module")
def made() -> bytes:
    pytest.importorskip("PySide6.QtSvg")
    return icon.ico(DRAWING)


def test_it_has_every_size(made: bytes) -> None:
    assert icon.sizes(made) == [16, 20, 24, 32, 40, 48, 64, 128, 256]


def test_its_pictures_are_drawn_in_the_ink(made: bytes) -> None:
    """The mark is a ring: its middle is white, what is around the middle has the ink, and the corners are empty."""
    size, head = 48, 40
    place = icon.SIZES.index(size)
    (offset,) = struct.unpack_from("<I", made, 6 + 16 * place + 12)

    def pixel(x: int, y: int) -> bytes:
        at = offset + head + 4 * (y * size + x)
        return made[at : at + 4]

    red, green, blue = bytes.fromhex(icon.INK[1:])
    assert pixel(0, 0) == bytes(4)
    assert pixel(24, 24) == b"\xff\xff\xff\xff"
    assert pixel(24, 6) == bytes([blue, green, red, 255])


def test_the_largest_is_a_png(made: bytes) -> None:
    (offset,) = struct.unpack_from("<I", made, 6 + 16 * icon.SIZES.index(256) + 12)
    assert made[offset : offset + 8] == b"\x89PNG\r\n\x1a\n"


def test_one_that_is_cut_short_is_refused(made: bytes) -> None:
    with pytest.raises(ValueError, match="cut short"):
        icon.sizes(made[:-1])
    with pytest.raises(ValueError, match="no icon"):
        icon.sizes(b"\x89PNG\r\n\x1a\n")
