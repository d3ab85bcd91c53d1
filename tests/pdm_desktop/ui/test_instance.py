"""One window for each user, session and profile, with real local sockets and a real second process."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from pdm_desktop.ui import system
from pdm_desktop.ui.instance import Instance, place_name

SECOND = """
import sys
from PySide6.QtCore import QCoreApplication
from pdm_desktop.ui import system
from pdm_desktop.ui.instance import Instance
application = QCoreApplication([])
made = Instance(sys.argv[1])
sys.exit(3 if made.tell_first(*sys.argv[2:]) or not made.claim() else 0)
"""


@pytest.fixture
def profile(tmp_path: Path) -> str:
    return str(tmp_path)


@pytest.fixture
def first(qtbot: QtBot, profile: str) -> Iterator[Instance]:
    made = Instance(profile)
    assert made.claim()
    yield made
    made.release()


def test_a_second_program_raises_the_first_and_ends(first: Instance, profile: str, qtbot: QtBot) -> None:
    process = QProcess()
    with qtbot.waitSignals([first.raised, process.finished], timeout=20_000):
        process.start(sys.executable, ["-c", SECOND, profile])
    assert process.exitCode() == 3


@pytest.mark.parametrize("link", ["", "pdm://Production/Hydraulics/B%C3%B6den/a%20b.nc"])
def test_the_first_hears_the_link_of_a_later_start(first: Instance, profile: str, qtbot: QtBot, link: str) -> None:
    heard: list[str] = []
    first.raised.connect(heard.append)
    process = QProcess()
    with qtbot.waitSignals([first.raised, process.finished], timeout=20_000):
        process.start(sys.executable, ["-c", SECOND, profile, link])
    assert heard == [link]


def test_each_session_of_a_person_has_its_own_window(first: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "session", lambda: "7")
    before = place_name("a")
    monkeypatch.setattr(system, "session", lambda: "8")
    assert place_name("a") != before


def test_another_profile_is_another_place(first: Instance, profile: str) -> None:
    other = Instance(profile + "other")
    assert other.claim()
    other.release()


def test_the_place_is_free_after_the_first_has_gone(first: Instance, profile: str) -> None:
    first.release()
    again = Instance(profile)
    assert again.claim()
    again.release()


def test_the_place_of_a_killed_program_is_taken_over(qtbot: QtBot, profile: str) -> None:
    program = SECOND.replace("sys.exit(", "import os, signal; print(").replace(
        "else 0)", "else 0); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, profile], check=False, capture_output=True)
    assert abs(killed.returncode) == 9  # by a signal it is negative; Windows has none
    after = Instance(profile)
    assert after.claim()
    after.release()


def test_the_name_is_short_and_depends_on_the_profile() -> None:
    assert place_name("a") != place_name("b")
    assert len(place_name("x" * 500)) < 60
