"""T3, also during recovery: a seat or the server ends, goes on, and ends once more at every point of that.

What has to hold is the same as for one end (`test_t03_every_crash_point.py`), after the second one. Without `--full`
there are fewer first ends, and of the points of going on a share that goes by the first.
"""

import sys

import pytest

from tests.support.crashes import COMMANDS, SERVER_COMMANDS, WAITING, Prepare, ends_again, points_of_a_run

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the power watches folders, and Windows syncs none"),
    pytest.mark.never_lost("T3"),
]
IN_STEP = "vault.vaults"
"""A seat asks for them when it has heard that it is in step: what was begun goes on then."""
EIGHTHS = [pytest.param(each, marks=() if each in (4, 6) else pytest.mark.full) for each in range(1, 9)]
"""How far a command has come at the first end."""


@pytest.mark.parametrize("eighth", EIGHTHS)
@pytest.mark.parametrize("prepare", [*COMMANDS, *WAITING], ids=lambda each: each.__name__)
def test_a_seat_ends_again_at_every_point_of_going_on(
    prepare: Prepare, eighth: int, pytestconfig: pytest.Config
) -> None:
    whole = points_of_a_run(prepare, "seat")
    each = 1 if pytestconfig.getoption("--full") else 10 if prepare in WAITING else 5
    going_on = ends_again(prepare, "seat", len(whole) * eighth // 8, whole, each=each)
    assert IN_STEP in going_on


@pytest.mark.parametrize("prepare", [*SERVER_COMMANDS, *WAITING], ids=lambda each: each.__name__)
def test_the_server_ends_again_at_every_point_of_what_the_seat_goes_on_with(
    prepare: Prepare, pytestconfig: pytest.Config
) -> None:
    whole = points_of_a_run(prepare, "server")
    firsts, each = (range(1, len(whole) + 1), 1) if pytestconfig.getoption("--full") else ([(len(whole) + 1) // 2], 2)
    for first in firsts:
        assert ends_again(prepare, "server", first, whole, each=each), "the seat goes on with something"
