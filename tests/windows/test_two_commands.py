"""The newcomer's commands on Windows' own Python, in Wine, from a copy of this checkout and an empty computer."""

from tests.demo.__main__ import ANNA, FILE
from tests.demo.evidence import judge
from tests.support import wine

pytestmark = wine.needs_wine

DEMO_S, FIRST_DEMO_S = 300, 1200
"""Patience in seconds; the first demo also makes the environment."""


def test_the_demo_shows_the_lock_and_fails_without_its_server(windows: wine.Windows) -> None:
    done = windows.run(wine.PYTHON, "dev.py", "demo", "--headless", "--out", r"C:\out", timeout=FIRST_DEMO_S)
    assert done.returncode == 0, done.stdout
    seen = judge(windows.drive / "out", file=FILE, holder=ANNA)
    assert done.stdout.splitlines()[-1] == f"lock_to_badge_ms: {seen.lock_to_badge_ms:.1f}"

    broken = windows.run(
        wine.PYTHON, "dev.py", "demo", "--headless", "--break", "server", "--out", r"C:\broken", timeout=DEMO_S
    )
    assert broken.returncode == 1, broken.stdout
    assert "The demo did not succeed" in broken.stdout
    assert not (windows.drive / "broken" / "result.json").exists()
