"""The newcomer's commands on Windows' own Python, in Wine, from a copy of this checkout and an empty computer."""

import faulthandler
import shutil
import sys
from collections.abc import Iterator

import pytest

from tests.demo.__main__ import ANNA, FILE
from tests.demo.evidence import judge
from tests.support import wine

MISSING = [name for name in wine.NEEDED if shutil.which(name) is None]

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(sys.platform != "linux", reason="Wine stands in for Windows on Linux"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed here: {', '.join(MISSING)}"),
]

PYTHON = r"C:\python\python.exe"
CORE_PYTHON = r"C:\pdm\.venv\core\Scripts\python.exe"
DEMO_S, FIRST_DEMO_S, TESTS_S = 300, 1200, 900
"""Patience in seconds; the first demo also makes the environment."""
ON_THE_SYSTEM = (
    "tests/pdm_desktop/sync/test_disk.py",
    "tests/pdm_desktop/sync/test_faults.py",
    "tests/server/storage",
)
"""Tests of what is different on Windows: files that are open, the read-only attribute, names, the disk."""


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[wine.Windows]:
    faulthandler.cancel_dump_traceback_later()
    with wine.windows_computer(tmp_path_factory.mktemp("windows")) as computer:
        yield computer


@pytest.fixture(autouse=True)
def own_patience() -> None:
    """Each step here ends after a time of its own. All together take longer than any other test may."""
    faulthandler.cancel_dump_traceback_later()


def test_the_demo_shows_the_lock_and_fails_without_its_server(windows: wine.Windows) -> None:
    done = windows.run(PYTHON, "dev.py", "demo", "--headless", "--out", r"C:\out", timeout=FIRST_DEMO_S)
    assert done.returncode == 0, done.stdout
    seen = judge(windows.drive / "out", file=FILE, holder=ANNA)
    assert done.stdout.splitlines()[-1] == f"lock_to_badge_ms: {seen.lock_to_badge_ms:.1f}"

    broken = windows.run(
        PYTHON, "dev.py", "demo", "--headless", "--break", "server", "--out", r"C:\broken", timeout=DEMO_S
    )
    assert broken.returncode == 1, broken.stdout
    assert "The demo did not succeed" in broken.stdout
    assert not (windows.drive / "broken" / "result.json").exists()


def test_what_is_different_on_windows_holds_there(windows: wine.Windows) -> None:
    made = windows.run(PYTHON, "dev.py", "run", "server", "--help", timeout=FIRST_DEMO_S)
    assert made.returncode == 0, made.stdout
    options = ("-q", "-p", "no:cacheprovider")
    done = windows.run(CORE_PYTHON, "-P", "-m", "pytest", *options, *ON_THE_SYSTEM, timeout=TESTS_S)
    assert done.returncode == 0, done.stdout
