"""The parts below the window on Windows' own Python, in Wine: their own tests run there, engine and server alike.

What Wine cannot show skips itself and says why; `docs/decisions.md` has the list.
"""

import re

import pytest

from tests.support import wine

SYNC = "tests/pdm_desktop/sync"


def sync(*names: str) -> list[str]:
    """The engine's tests by their topics."""
    return [f"{SYNC}/test_{name}.py" for name in names]


PARTS = {
    "the seam": sync(
        "system", "disk", "held", "scan", "recovery", "purging", "opened_revisions", "watch", "put_back", "lock"
    ),
    "faults": sync(
        "full_disk",
        "lost_answers",
        "lost_adds",
        "late_undos",
        "other_programs",
        "links",
        "arriving",
        "own_folder",
        "mark",
        "own_faults",
    ),
    "names": sync("renames", "decomposed_names", "own_files", "places", "thread"),
    "the engine": sync("engine", "transfer", "bundles", "restored", "far_dates"),
    "what follows": sync(
        "reconcile", "queue", "queue_needs_you", "last_saves", "deleted_files", "left_work", "busy_files"
    ),
    "sets and decisions": sync("sets", "cut_sets", "saved_sets", "two_versions", "doubts", "mass_deletions", "parked"),
    "dying at any moment": [*sync("crash"), "-k", "a_command and undo"],
    "the journal": sync("damaged_journal", "lost_journal", "sudden_stops"),
    "what stops nothing else": sync("one_fails", "unfinished", "moves_in_trouble", "done_on_the_server", "known_again"),
    "odd drives and names": sync("drives_without_numbers", "names_that_are_no_text", "trading_places"),
    "transfers": [f"{SYNC}/transfer", f"{SYNC}/commands"],
    "the network and the cache": ["tests/pdm_desktop/net", "tests/pdm_desktop/cache"],
    "the server's storage": ["tests/server/storage"],
}
"""Each takes one to three minutes."""
PATIENCE_S = 900


def test_each_part_names_what_is_there() -> None:
    named = [each for part in PARTS.values() for each in part if each.startswith("tests/")]
    assert [each for each in named if not (wine.ROOT / each).exists()] == []


@pytest.mark.parametrize("part", [pytest.param(each, marks=wine.needs_wine, id=each) for each in PARTS])
def test_what_is_different_on_windows_holds_there(windows: wine.Windows, core_python: str, part: str) -> None:
    options = ("-q", "-p", "no:cacheprovider", "--full", "-o", f"faulthandler_timeout={PATIENCE_S}")
    done = windows.run(core_python, "-P", "-m", "pytest", *options, *PARTS[part], timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9]\d* passed", done.stdout), done.stdout
