"""T2. Everything at once: three seats of two people on one vault, sixty steps of work, and everything that goes wrong.

One thread, one seed: the same seed gives the same run. People edit, check out and in, undo, get latest, rename, move,
delete, restore, add, remove copies and put kept files back. Calls and answers are lost, doubled, late and cut; events
come late, twice, in another order or not at all; seats and server end at any call and start again, with what was not
synced to the disk or without it. After each step N2 to N5 hold; when faults stop, every seat reaches the server's state
by itself, and every content that anybody wrote is found again (N1, N10, N14, N18).
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath

import httpx
import pytest

from pdm_desktop.core import requests
from tests.support.power import Odds
from tests.support.sim import pass_time
from tests.support.sim_seat import SimSeat
from tests.support.sim_server import STORM, VAULT, Weather
from tests.support.sim_team import Team, simulate_team
from tests.support.tiers import Seeds

STEPS = 60
PAUSE = 4.0
"""Seconds between two steps, at most."""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it watches the fsync of folders, and Windows has none")


class Afternoon:
    """What may happen, by how often it does."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.world = team.world
        self.saves = 0
        self.server_is_down_for = 0
        self.down_for: dict[str, int] = {}
        self.works: dict[Callable[[SimSeat], None], int] = {
            self.edit: 12, self.edit_by_force: 2, self.check_out: 9, self.check_in: 8, self.undo: 3, self.get_latest: 5,
            self.adopt: 1, self.rename: 2, self.move_folder: 1, self.delete: 2, self.restore: 2, self.add: 2,
            self.remove_copy: 2, self.put_back: 1, self.look: 3,
        }  # fmt: skip

    async def step(self) -> None:
        """One thing happens, and time passes."""
        seat = self.world.random.choice(self.team.seats)
        if self.world.chance(0.2):
            await self.go_wrong(seat)
        elif seat.runs and not seat.points.is_over:
            (work,) = self.world.random.choices([*self.works], [*self.works.values()])
            self.world.note(self.team.clock.now(), seat.who.seat, work.__name__)
            work(seat)
        await pass_time(self.world.random.random() * PAUSE)
        await self.bury_and_start()
        for each in self.team.seats:
            await each.pump()
        await self.team.look()

    # What goes wrong

    async def go_wrong(self, seat: SimSeat) -> None:
        """One fault, or the end of one."""
        what = self.world.random.choice(["seat", "seat", "server", "storm", "storm", "line", "late"])
        self.world.note(self.team.clock.now(), seat.who.seat, what, "fails")
        match what:
            case "seat":
                seat.points.end_in(self.world.random.randrange(1, 25))
            case "server":
                self.team.server_points.end_in(self.world.random.randrange(1, 6))
            case "storm":
                seat.network.weather = Weather() if seat.network.weather is STORM else STORM
            case "line" if seat.runs:
                seat.network.is_cut = not seat.network.is_cut
                if seat.network.is_cut and seat.is_connected:
                    seat.disconnect()
            case "late":
                with suppress(httpx.TransportError):  # the server may end at one of them
                    await seat.network.deliver_late()

    async def bury_and_start(self) -> None:
        """Who has ended is buried, and starts again some steps later; who is cut off dials."""
        if self.team.server_points.is_over:
            if self.server_is_down_for == 0:
                await self.team.after_server_crash(self.power())
                self.server_is_down_for = self.world.random.randrange(1, 5)
            self.server_is_down_for -= 1
            if self.server_is_down_for == 0:
                await self.team.start_server()
        for seat in self.team.seats:
            if seat.runs and seat.points.is_over:
                await seat.die(self.power())
                self.down_for[seat.who.seat] = self.world.random.randrange(1, 6)
            elif not seat.runs:
                self.down_for[seat.who.seat] -= 1
                if self.down_for[seat.who.seat] <= 0:
                    await seat.start()
            elif not seat.is_connected:
                await seat.connect()

    def power(self) -> Odds | None:
        """Whether the power fails as well."""
        if self.world.chance(0.5):
            return None
        return Odds(self.world.random, names=self.world.random.random(), bytes=self.world.random.random())

    # What people do

    def some(self) -> str:
        """Any file."""
        return self.world.random.choice(self.team.files)

    def content(self, seat: SimSeat) -> bytes:
        """Something that nobody has written yet."""
        self.saves += 1
        return f"{seat.who.seat} saved {self.saves}\n".encode() * self.world.random.choice([1, 7, 60])

    def edit(self, seat: SimSeat) -> None:
        """Save a file that is checked out here."""
        held = [hold.file for hold in seat.box.journal.holds()]
        if held:
            self.save(seat, self.world.random.choice(held))

    def edit_by_force(self, seat: SimSeat) -> None:
        """Save any file that is here."""
        self.save(seat, self.some())

    def save(self, seat: SimSeat, file: str) -> None:
        copy = seat.box.journal.copy(file)
        if copy is not None:
            seat.save(copy.place, self.content(seat), replace=self.world.chance(0.4))

    def check_out(self, seat: SimSeat) -> None:
        """Some files, with a message or without."""
        files = tuple(dict.fromkeys(self.some() for _ in range(self.world.random.choice([1, 1, 1, 2, 3]))))
        message, together = self.world.random.choice([None, "new fixture"]), self.world.chance(0.5)
        seat.ask(requests.CheckOut(files=files, message=message, together=together))

    def check_in(self, seat: SimSeat) -> None:
        """A file that is held here, or some, all or none; by mistake also one that is not."""
        files, chance = self.held(seat), self.world.chance
        request = requests.CheckIn(files=files, comment="done", major=chance(0.2), keep=chance(0.3), together=True)
        seat.ask(request)

    def undo(self, seat: SimSeat) -> None:
        seat.ask(requests.UndoCheckOut(files=self.held(seat), together=self.world.chance(0.5)))

    def held(self, seat: SimSeat) -> tuple[str, ...]:
        """One file that is held here, or all of them; sometimes with one that is perhaps not."""
        held = [hold.file for hold in seat.box.journal.holds()]
        if held and self.world.chance(0.6):
            held = [self.world.random.choice(held)]
        if not held or self.world.chance(0.1):
            held.append(self.some())
        return tuple(dict.fromkeys(held))

    def get_latest(self, seat: SimSeat) -> None:
        seat.ask(requests.GetLatest(files=tuple({self.some(): 0, self.some(): 0})))

    def adopt(self, seat: SimSeat) -> None:
        seat.ask(requests.Adopt(files=(self.some(),)))

    def rename(self, seat: SimSeat) -> None:
        """To one of few places, so that names are often taken."""
        path = self.world.random.choice(["Jobs/plate.nc", "Jobs/one.nc", "Fixtures/two.nc", "clamp.nc"])
        seat.ask(requests.Rename(file=self.some(), path=path))

    def move_folder(self, seat: SimSeat) -> None:
        """There and back."""
        path, to = self.world.random.sample(["Jobs", "Fixtures", "Old"], 2)
        seat.ask(requests.MoveFolder(vault=self.team.server.vault, path=path, to=to))

    def delete(self, seat: SimSeat) -> None:
        seat.ask(requests.Delete(files=(self.some(),)))

    def restore(self, seat: SimSeat) -> None:
        path = self.world.random.choice([None, "Jobs/back.nc"])
        seat.ask(requests.RestoreFile(vault=self.team.server.vault, file=self.some(), path=path))

    def add(self, seat: SimSeat) -> None:
        """A file of the workspace, in its own place."""
        name = f"new {self.saves}.nc"
        seat.save(f"{VAULT}/Jobs/{name}", self.content(seat))
        source = str(seat.box.full(f"{VAULT}/Jobs/{name}"))
        seat.ask(requests.AddFiles(vault=self.team.server.vault, folder="Jobs", sources=(source,)))

    def remove_copy(self, seat: SimSeat) -> None:
        """With the file manager."""
        copy = seat.box.journal.copy(self.some())
        if copy is not None:
            seat.box.remove(copy.place)

    def put_back(self, seat: SimSeat) -> None:
        """Something from the recovery store."""
        kept = sorted((seat.box.root / ".pdm-desktop" / "recovery").glob("*/*/*"))
        if kept:
            path = PurePosixPath(self.world.random.choice(kept))
            seat.ask(requests.PutBack(kept=(f"{path.parent.parent.name}/{path.parent.name}",)))

    def look(self, seat: SimSeat) -> None:
        """What the engine does every few seconds."""
        seat.begin(seat.engine.look_at_mine(), "look")
        seat.begin(seat.engine.scan(), "scan")


async def an_afternoon(team: Team) -> list[str]:
    """A run; its trace."""
    afternoon = Afternoon(team)
    for _ in range(STEPS):
        await afternoon.step()
        team.files = sorted({*team.files, *(file for file, *_ in team.revisions)})
    await team.settle()
    return team.world.trace


# The quick number is what ten minutes for the whole quick tier leave room for: about 0.33 s of processor time a run.
@pytest.mark.never_lost("T2", quick=2_000, full=50_000, batch=25, always=(684, 685, 706, 917, 1915, 2283))
def test_everything_at_once(seeds: Seeds) -> None:
    for seed in seeds:
        simulate_team(seed, an_afternoon)


def test_the_same_seed_gives_the_same_afternoon() -> None:
    first = simulate_team(7, an_afternoon)
    assert simulate_team(7, an_afternoon) == first
    assert simulate_team(8, an_afternoon) != first
    assert len(first) > STEPS
