"""What the demo takes for proof: pixels of the badge's cell that changed, and the notice in its words."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from tests.demo.evidence import Shortcoming, judge

FILE, HOLDER = "2210/block.nc", "Anna Novak"
CELL = QRect(10, 40, 32, 26)
RESULT = {"file": FILE, "holder": HOLDER, "seq": 7, "lock_to_badge_ms": 21.5, "badge_rect": [10, 40, 32, 26]}
NOTICE = {"title": "block.nc is locked", "text": "Anna Novak has it on CAD-04."}


Changes = dict[str, Any] | None


def put(out: Path, *, painted: QRect | None = CELL, result: Changes = None, notice: Changes = None) -> Path:
    picture = QImage(200, 120, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    assert picture.save(str(out / "before.png"))
    if painted is not None:
        painter = QPainter(picture)
        painter.fillRect(painted.adjusted(8, 5, -8, -5), QColor("#9A5200"))
        painter.end()
    assert picture.save(str(out / "after.png"))
    (out / "result.json").write_text(json.dumps(RESULT | (result or {})), encoding="utf-8")
    (out / "notice.json").write_text(json.dumps(NOTICE | (notice or {})), encoding="utf-8")
    return out


def test_a_painted_badge_and_its_notice_are_proof(tmp_path: Path) -> None:
    evidence = judge(put(tmp_path), file=FILE, holder=HOLDER)
    assert (evidence.seq, evidence.lock_to_badge_ms) == (7, 21.5)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"painted": None}, "0 pixels"),
        ({"painted": QRect(100, 60, 32, 26)}, "0 pixels"),
        ({"result": {"holder": "Sam Becker"}}, "held by Sam Becker"),
        ({"result": {"file": "other.nc"}}, "other.nc"),
        ({"result": {"badge_rect": [0, 0, 0, 0]}}, "outside the picture"),
        ({"result": {"badge_rect": [190, 40, 32, 26]}}, "outside the picture"),
        ({"notice": {"title": "Something is locked"}}, "the notice says"),
        ({"notice": {"text": "Somebody has it."}}, "the notice says"),
    ],
)
def test_anything_less_is_not(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Shortcoming, match=words):
        judge(put(tmp_path, **changed), file=FILE, holder=HOLDER)


@pytest.mark.parametrize("name", ["before.png", "after.png", "result.json", "notice.json"])
def test_a_missing_piece_is_named(tmp_path: Path, name: str) -> None:
    (put(tmp_path) / name).unlink()
    with pytest.raises(Shortcoming, match=name):
        judge(tmp_path, file=FILE, holder=HOLDER)
