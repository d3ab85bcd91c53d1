"""Without a screen too, what is written can be read."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication


def drawn(letter: str) -> QImage:
    picture = QImage(32, 32, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    painter.setFont(QApplication.font())
    painter.drawText(picture.rect(), Qt.AlignmentFlag.AlignCenter, letter)
    painter.end()
    return picture


def test_no_letter_looks_like_another(qapp: QApplication) -> None:
    """Where Qt finds no fonts, each is the same box."""
    assert drawn("A") != drawn("B")
    assert drawn("A") == drawn("A")
