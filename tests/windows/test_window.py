"""The seat's window on Windows' own Python, in Wine: what it and the system tell each other, by real messages."""

import re
from collections.abc import Iterator

import pytest

from tests.support import wine
from tests.support.desktop import running, session

pytestmark = wine.needs_wine

FULL_PYTHON = r"C:\pdm\.venv\full\Scripts\python.exe"
FIRST_S, PATIENCE_S = 1200, 600
"""Patience in seconds; the first step makes the environment."""
TESTS = [
    f"tests/pdm_desktop/{each}.py"
    for each in (
        "test_machine",
        "ui/test_chart",
        "ui/test_system",
        "ui/test_instance",
        "ui/test_notices",
        "ui/test_theme",
        "ui/test_toasts",
        "app/test_alone",
        "app/test_system_messages",
        "app/test_ruled",
    )
]


@pytest.fixture(scope="module")
def screen(windows: wine.Windows, tmp_path_factory: pytest.TempPathFactory) -> Iterator[wine.Windows]:
    """The same computer with a screen, and the environment with a window."""
    made = windows.run(wine.PYTHON, "dev.py", "run", "seat", "--help", timeout=FIRST_S)
    assert made.returncode == 0, made.stdout
    # Without a window manager Wine waits for 2 s whenever a window is hidden.
    with (
        session(tmp_path_factory.mktemp("screen"), stand_in=False) as desktop,
        running(["openbox"], desktop.environment),
    ):
        yield wine.Windows(windows.folder.parent, display=desktop.environment["DISPLAY"])


def test_the_parts_that_differ_on_windows_hold_there(screen: wine.Windows) -> None:
    assert [each for each in TESTS if not (wine.ROOT / each).is_file()] == []
    options = ("-q", "-p", "no:cacheprovider", "-o", f"faulthandler_timeout={PATIENCE_S}")
    done = screen.run(FULL_PYTHON, "-P", "-m", "pytest", *options, *TESTS, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9]\d* passed", done.stdout), done.stdout


@pytest.mark.parametrize("words", [(), ("--tray",)])
def test_the_seat_answers_windows_and_ends_in_order_at_the_end_of_the_session(
    screen: wine.Windows, words: tuple[str, ...]
) -> None:
    where = rf"C:\said {len(words)}"
    done = screen.run(FULL_PYTHON, "-m", "tests.support.say_to_window", where, *words, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout
    assert [line.strip() for line in done.stdout.splitlines()][-7:] == [
        "another can be seen: False",
        "woke: 1",
        "may end: 1",
        "stays: 0 None",
        "ends: 0",
        "all is kept: True",
        "exit code: 0",
    ]
