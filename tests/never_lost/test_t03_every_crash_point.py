"""T3. A seat or the server ends at every point of a command.

A point is each call to disk, journal, server, blobs and each commit: a run without a crash counts them, and then each
of them is the last one in a run of its own; one that is not reached fails. What a person saved is found again (N1),
files and revisions are whole (N2 to N5), a set is all or none at that very moment (N15), and when the person asks
again the command has happened once (N9).
"""

import sys

import pytest

from tests.support.crashes import (
    COMMANDS,
    SEED,
    SERVER_COMMANDS,
    TAKING,
    WAITING,
    Crash,
    Prepare,
    at_every_point,
    get_latest_of_many,
    points_of_a_run,
)
from tests.support.power import Odds
from tests.support.sim_team import simulate_team

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the power watches folders, and Windows syncs none"),
    pytest.mark.never_lost("T3"),
]


@pytest.mark.parametrize("prepare", COMMANDS, ids=lambda each: each.__name__)
def test_a_seat_ends_at_every_point(prepare: Prepare) -> None:
    at_every_point(prepare, "seat")


@pytest.mark.parametrize("prepare", WAITING, ids=lambda each: each.__name__)
def test_a_seat_ends_at_every_point_of_sending_what_waited(prepare: Prepare) -> None:
    whole = at_every_point(prepare, "seat")
    assert any(each.startswith("vault.check_in") for each in whole), "it was sent"


@pytest.mark.parametrize("prepare", TAKING, ids=lambda each: each.__name__)
def test_a_seat_ends_at_every_point_of_taking_what_was_handed_over(prepare: Prepare) -> None:
    whole = at_every_point(prepare, "seat")
    assert "vault.parked_content" in whole, "the work came"


@pytest.mark.parametrize("prepare", SERVER_COMMANDS, ids=lambda each: each.__name__)
def test_the_server_ends_at_every_point(prepare: Prepare) -> None:
    at_every_point(prepare, "server")


def test_the_power_fails_at_every_point_of_a_bundle() -> None:
    """N3: what the journal says is on the disk, whatever else is not."""
    whole = points_of_a_run(get_latest_of_many, "seat")
    assert "disk.place_all_new" in whole
    assert whole.count("vault.contents") == 1, "it is one bundle"
    for point in range(1, len(whole) + 1):
        odds = (Odds(), Odds(names=1.0), Odds(bytes=1.0))[point % 3]
        simulate_team(SEED, Crash(get_latest_of_many, "seat", point, whole, odds=odds).day)
