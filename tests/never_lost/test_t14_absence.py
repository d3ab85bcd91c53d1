"""T14. Things are gone: many files of the vault, the workspace's folder, the journal or a part of it.

Absence is not deletion (N11): a seat stops and asks, nothing of a person goes, and nothing is told to the vault.
Without its journal a seat hashes what it has and goes on (N12).
"""

import shutil
import sys
from collections.abc import Awaitable, Callable

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.deletions import are_too_many
from pdm_desktop.core.issues import MassDeletion
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.events import TroubleMet
from server.protocol import calls
from tests.support.sim import pass_time
from tests.support.sim_seat import SimSeat
from tests.support.sim_server import Network, client_of
from tests.support.sim_team import Team, simulate_team
from tests.support.tiers import Seeds

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the team's power watches folders, and Windows has none"
)
FOLDER = "Many"


async def mass_deletion(team: Team) -> None:
    """While Anna's seat is away somebody deletes many files: a few follow, very many wait for a person."""
    anna, _, ben = team.seats
    number = team.world.random.randrange(22, 60)
    async with client_of(ben.who, Network(team.server, team.world.random)) as client:
        content = team.ledger.wrote(b"one of many\n", by="Ben", where=FOLDER)
        paths = [f"{FOLDER}/{each}.nc" for each in range(number)]
        files = [each.id for each in (await client.add_set(team.server.vault, paths, content)).files]
        await anna.engine.run(requests.GetLatest(files=tuple(files)), {})
        edited = anna.box.journal.copy(team.world.random.choice(files))
        assert edited is not None
        anna.save(edited.place, b"an edit of Anna's\n")
        anna.disconnect()
        gone = files[: team.world.random.randrange(1, number + 1)]
        await client.change("POST", "/files/set/delete", calls.DeleteFiles(files=gone))
    copies = len(anna.box.visible())
    await anna.connect()
    await pass_time(30)
    left = [path for path in anna.box.visible() if f"/{FOLDER}/" in path]
    if are_too_many(len(gone), copies=copies):
        assert len(left) == number, "they stay until a person says so"
        asked = [each for each in anna.box.place.issues() if isinstance(each, MassDeletion)]
        assert [{one.file for one in each.copies} for each in asked] == [set(gone)]
    else:
        kept = 1 if edited.file in gone else 0
        assert len(left) == number - len(gone) + kept, "an edited one stays, clean ones go into the recovery store"
    assert edited.place in anna.box.visible()
    await nothing_is_lost(team)


async def root_gone(team: Team) -> None:
    """The drive of the workspace is away while the program runs."""
    anna = await at_work(team)
    away = anna.box.folder / "on a drive"
    head, copies = await team.server.head(), anna.box.journal.copies()
    anna.box.root.rename(away)
    for _ in range(5):
        await anna.engine.run(something(team), {})
        assert isinstance(anna.box.events[-1], TroubleMet), anna.box.events[-1]
        assert "is not there" in anna.box.events[-1].trouble.text
    await anna.engine.look_at_all()
    await anna.engine.scan()
    await anna.engine.go_on()
    assert not anna.box.root.exists(), "nobody makes it anew"
    assert await team.server.head() == head
    assert anna.box.journal.copies() == copies
    away.rename(anna.box.root)
    await nothing_is_lost(team)


async def files_gone(team: Team) -> None:
    """Somebody has emptied the workspace; to the vault that says nothing."""
    anna = await at_work(team)
    head = await team.server.head()
    shutil.rmtree(anna.box.full("Production"))
    for content in list(team.ledger.wanted.values()):
        if content.by == "Anna" and content.where != "the vault":
            team.ledger.given_up_hash(content.hash)
    await anna.engine.scan()
    await anna.engine.look_at_mine()
    assert await team.server.head() == head
    for hold in anna.box.journal.holds():
        result = await anna.box.one(requests.CheckIn(files=(hold.file,)))
        assert result.outcome is Outcome.REFUSED, "nothing is no revision"
    await team.settle()


async def journal_lost(team: Team) -> None:
    """The journal is away, as a whole: what is there is hashed again, nothing goes, and check-outs go on."""

    def remove(seat: SimSeat) -> None:
        for each in seat.box.folder.glob("journal.sqlite3*"):
            each.unlink()

    await without_journal(team, remove)


async def journal_truncated(team: Team) -> None:
    """The journal ends in the middle."""

    def cut(seat: SimSeat) -> None:
        path = seat.box.folder / "journal.sqlite3"
        with path.open("r+b") as file:
            file.truncate(team.world.random.randrange(path.stat().st_size))

    await without_journal(team, cut)


async def without_journal(team: Team, lose: Callable[[SimSeat], object]) -> None:
    anna = await at_work(team)
    held = [hold.file for hold in anna.box.journal.holds()]
    before, head = anna.box.visible(), await team.server.head()
    await anna.end()
    lose(anna)
    await anna.start()
    await anna.connect()
    await pass_time(10)
    assert anna.box.visible() == before, "nothing is deleted or replaced by itself"
    assert await team.server.head() == head, "nothing is sent by itself"
    result = await anna.box.do(requests.GetLatest(files=tuple(set(team.files) - set(held))))
    assert all(each.outcome in (Outcome.DONE, Outcome.UNCHANGED) for each in result), result
    for file in held:
        checked_in = await anna.box.one(requests.CheckIn(files=(file,)))
        assert checked_in.outcome is Outcome.DONE, checked_in
    await nothing_is_lost(team)


async def at_work(team: Team) -> SimSeat:
    """Anna has a file checked out and edited, and has edited another by force."""
    anna = team.seats[0]
    mine, other = team.world.random.sample(team.files, 2)
    await anna.engine.run(requests.CheckOut(files=(mine,)), {})
    for file in (mine, other):
        copy = anna.box.journal.copy(file)
        assert copy is not None
        anna.save(copy.place, f"Anna's work on {file}\n".encode())
    return anna


def something(team: Team) -> FileRequest:
    file = team.world.random.choice(team.files)
    choices: list[FileRequest] = [
        requests.GetLatest(files=tuple(team.files)),
        requests.CheckOut(files=(file,)),
        requests.CheckIn(files=(file,)),
        requests.UndoCheckOut(files=(file,)),
        requests.Delete(files=(file,)),
    ]
    return team.world.random.choice(choices)


async def nothing_is_lost(team: Team) -> None:
    for seat in team.seats:
        seat.box.assert_sound()
        assert not seat.faults, seat.faults
    missing = await team.ledger.missing_in(*(place for seat in team.seats for place in seat.box.places()))
    revisions = await team.stored_hashes()
    assert not missing.keys() - revisions, [str(missing[each]) for each in missing.keys() - revisions]


CASES: tuple[Callable[[Team], Awaitable[None]], ...] = (
    mass_deletion, root_gone, files_gone, journal_lost, journal_truncated,
)  # fmt: skip


@pytest.mark.never_lost("T14", quick=30, full=300, batch=15)
def test_absence_is_not_deletion(seeds: Seeds) -> None:
    for seed in seeds:
        simulate_team(seed, CASES[seed % len(CASES)])
