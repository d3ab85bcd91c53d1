"""The Qt bindings keep their references: some releases drop one of `True` at each emit, until Python aborts."""

import sys

import pytest

pytest.importorskip("PySide6", reason="without Qt there is nothing to lose")

from PySide6.QtCore import QObject, Signal

pytestmark = pytest.mark.qt


class Bell(QObject):
    rung = Signal(bool)


def test_emits_and_void_calls_keep_the_references_of_true_and_none() -> None:
    bell = Bell()
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(300):
        bell.rung.emit(True)
        bell.setObjectName("bell")
    assert abs(sys.getrefcount(True) - before[0]) < 50
    assert abs(sys.getrefcount(None) - before[1]) < 50
