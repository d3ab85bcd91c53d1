"""A window that has become garbage is taken apart on the window's thread, whichever thread makes garbage."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pdm_desktop.ui.garbage import AT_REST_MS, AT_WORK_MS, Garbage, due
from tests.support.garbage import prepare, tidy

ROOT = Path(__file__).resolve().parents[3]
THRESHOLD = (700, 10, 10)
PROGRAM = """
import gc, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
from pdm_desktop.ui.garbage import Garbage

application = QApplication([])
garbage = Garbage(application)


class Window(QLabel):
    def __init__(self):
        super().__init__()
        self.itself = self
        self.timer = QTimer(self, interval=60_000)
        self.timer.start()

    def __del__(self):
        print("taken apart by", threading.current_thread().name, flush=True)


gc.collect()
Window()
kept = []
engine = threading.Thread(target=lambda: kept.extend([] for _ in range(100_000)), name="engine")
engine.start()
engine.join()
print("every", garbage.timer.interval(), flush=True)
garbage.timer.setInterval(1)
garbage.timer.timeout.connect(application.quit)
application.exec()
print("then every", garbage.timer.interval(), flush=True)
"""


def test_a_window_goes_on_its_own_thread_when_another_one_allocates() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    told = [f"every {AT_REST_MS}", "taken apart by MainThread", f"then every {AT_WORK_MS}"]
    assert (ended.stdout.splitlines(), ended.stderr) == (told, "")


@pytest.mark.parametrize(
    ("count", "grown", "turn"),
    [
        ((700, 99, 99), True, None),
        ((701, 10, 99), False, 0),
        ((701, 11, 10), True, 1),
        ((701, 0, 11), True, 2),
        ((701, 0, 11), False, 0),
        ((701, 11, 11), False, 1),
    ],
    ids=["none", "the youngest", "the middle", "all", "all, but little is new", "the middle, as little is new"],
)
def test_each_generation_has_its_turn(count: tuple[int, int, int], grown: bool, turn: int | None) -> None:
    assert due(count, THRESHOLD, grown=grown) == turn


def test_a_threshold_of_none_switches_the_search_off() -> None:
    assert due((9_999, 99, 99), (0, 10, 10), grown=True) is None


def test_what_is_there_when_it_settles_is_never_searched(qapp: QApplication) -> None:
    garbage = Garbage(qapp)
    there = [object() for _ in range(3)], gc.get_freeze_count()
    try:
        garbage.settle()
        assert gc.get_freeze_count() > there[1]
        assert not any(each is there for each in gc.get_objects())
    finally:
        gc.unfreeze()
        garbage.deleteLater()


def test_nothing_is_searched_by_itself_in_a_test_of_the_window() -> None:
    assert not gc.isenabled()


def test_what_such_a_test_left_goes_before_others_search_by_themselves() -> None:
    class Left:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            gone.append(gc.isenabled())

    gone: list[bool] = []
    Left()
    try:
        prepare(of_window=False)
        assert (gone, gc.isenabled()) == ([False], True)
    finally:
        prepare(of_window=True)
    assert not gc.isenabled()


def test_after_such_a_test_what_is_due_is_searched() -> None:
    gc.collect()
    before = gc.get_threshold()
    try:
        assert tidy() is None
        gc.set_threshold(1, 100, 100)
        assert tidy() == 0
    finally:
        gc.set_threshold(*before)
