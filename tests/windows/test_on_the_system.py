"""The parts below the window on Windows' own Python, in Wine: their own tests run there, engine and server alike.

What Wine cannot show skips itself and says why; `docs/decisions.md` has the list.
"""

import re

import pytest

from tests.support import wine

pytestmark = wine.needs_wine

SYNC = "tests/pdm_desktop/sync"
PARTS = {
    "the seam": [f"{SYNC}/test_{name}.py" for name in ("system", "disk", "held", "scan", "recovery", "watch")],
    "faults and names": [f"{SYNC}/test_{name}.py" for name in ("faults", "renames", "thread")],
    "the engine": [f"{SYNC}/test_{name}.py" for name in ("engine", "transfer", "bundles", "restored")],
    "what follows": [f"{SYNC}/test_{name}.py" for name in ("reconcile", "queue")],
    "sets and decisions": [f"{SYNC}/test_{name}.py" for name in ("sets", "deciding", "parked")],
    "dying at any moment": [f"{SYNC}/test_crash.py", "-k", "a_command and undo"],
    "transfers": [f"{SYNC}/transfer", f"{SYNC}/commands"],
    "the network and the cache": ["tests/pdm_desktop/net", "tests/pdm_desktop/cache"],
    "the server's storage": ["tests/server/storage"],
}
"""Each takes one to three minutes."""
PATIENCE_S = 900


@pytest.mark.parametrize("part", PARTS)
def test_what_is_different_on_windows_holds_there(windows: wine.Windows, core_python: str, part: str) -> None:
    options = ("-q", "-p", "no:cacheprovider", "--full", "-o", f"faulthandler_timeout={PATIENCE_S}")
    done = windows.run(core_python, "-P", "-m", "pytest", *options, *PARTS[part], timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9]\d* passed", done.stdout), done.stdout
