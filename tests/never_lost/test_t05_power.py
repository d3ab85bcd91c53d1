"""T5. The power fails, at the seats and at the server, in the middle of anything.

What was not synced by then is there, torn, zero bytes, or not there, as disks leave it; what was synced is there. The
journal is never ahead of that (N3), no row without its content, and what is suspicious is not taken for an edit (N12).
"""

import os
import sys

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.issues import Doubt
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.events import IssuesSeen
from tests.support.power import Odds
from tests.support.sim import pass_time
from tests.support.sim_seat import SimSeat
from tests.support.sim_server import Network, client_of
from tests.support.sim_team import Team, simulate_team
from tests.support.tiers import Seeds

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it watches the fsync of folders, and Windows has none")


async def the_power_fails(team: Team) -> None:
    """Two people are at something; then it is dark, and light again."""
    anna, _, ben = team.seats
    chance, file = team.world.random, team.world.random.choice(team.files)
    for seat in (anna, ben):
        other = chance.choice(team.files)
        await seat.engine.run(requests.CheckOut(files=(other,)), {})
        await save(team, seat, other)
    if chance.random() < 0.5:
        await newer_revision(team, file)
    for points in (anna.points, ben.points, team.server_points):
        if chance.random() < 0.7:
            points.end_in(chance.randrange(1, 60))
    for seat in (anna, ben):
        seat.ask(something(team, seat, file))
    await pass_time(chance.random() * 2)
    odds = Odds(chance, names=chance.choice([0.0, 0.5, 1.0]), bytes=chance.choice([0.0, 0.5]))
    for seat in team.seats:
        await seat.die(odds)
    await team.after_server_crash(odds)
    await team.start_server()
    for seat in team.seats:
        await seat.start()
        seat.box.assert_sound()
    await team.settle()


def something(team: Team, seat: SimSeat, file: str) -> FileRequest:
    """Anything that writes."""
    held = tuple(hold.file for hold in seat.box.journal.holds())
    vault = team.server.vault
    choices: list[FileRequest] = [
        requests.GetLatest(files=tuple(team.files)),
        requests.CheckOut(files=(file,)),
        requests.CheckIn(files=held),
        requests.CheckIn(files=held, keep=True),
        requests.UndoCheckOut(files=held),
        requests.Delete(files=held or (file,)),
        requests.Rename(file=file, path="Jobs/renamed.nc"),
        requests.MoveFolder(vault=vault, path="Jobs", to="Old"),
    ]
    return team.world.random.choice(choices)


async def save(team: Team, seat: SimSeat, file: str) -> None:
    """The person saves a file that is checked out there."""
    copy = seat.box.journal.copy(file)
    if copy is not None and seat.box.journal.hold(file) is not None:
        seat.save(copy.place, f"{seat.who.person}'s work\n".encode() * team.world.random.choice([1, 90]))


async def newer_revision(team: Team, file: str) -> None:
    """Somebody else was at it meanwhile."""
    async with client_of(team.seats[1].who, Network(team.server, team.world.random)) as client:
        state = await client.file(file)
        if state.file.lock is None:
            content = team.ledger.wrote(b"a newer revision\n" * 30, by="Anna", where="the vault")
            await client.check_in(await client.check_out(file), content)


@pytest.mark.never_lost("T5", quick=200, full=5_000, batch=10)
def test_the_power_fails(seeds: Seeds) -> None:
    for seed in seeds:
        simulate_team(seed, the_power_fails)


def test_nextcloud_desktop_10547_files_that_are_suddenly_empty_are_not_edits() -> None:
    simulate_team(10547, files_are_empty)


async def files_are_empty(team: Team) -> None:
    """After a hard reset the files have 0 bytes and their old times: they were then sent as edits, elsewhere."""
    anna = team.seats[0]
    held = team.files[0]
    await anna.engine.run(requests.CheckOut(files=(held,)), {})
    head = await team.server.head()
    await anna.die(None)
    for place in anna.box.visible():
        path = anna.box.full(place)
        look = path.stat()
        path.chmod(0o600)
        path.write_bytes(team.ledger.wrote(b"", by="a hard reset", where=place))
        os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))
    team.ledger.given_up(b"")
    await anna.start()
    await anna.connect()
    await pass_time(5)
    asked = [event.issues for event in anna.box.events if isinstance(event, IssuesSeen)][-1]
    doubts = {each.file: each for each in asked if isinstance(each, Doubt)}
    assert sorted(doubts) == sorted(team.files), "each of them is asked about"
    assert {each.why for each in doubts.values()} == {Suspicion.EMPTY}
    assert set(anna.box.visible().values()) == {b""}, "they are left as they are"
    result = await anna.box.one(requests.CheckIn(files=(held,)))
    assert result.outcome is not Outcome.DONE
    assert await team.server.head() == head, "nothing was sent"
    for file in team.files[1:]:
        back = requests.DecideDoubt(file=file, right=False, seen=doubts[file].seen)
        assert (await anna.box.one(back)).outcome is Outcome.DONE
    await anna.engine.run(requests.UndoCheckOut(files=(held,)), {})
    assert b"" not in anna.box.visible().values(), "the revisions are back"
    await team.settle()
