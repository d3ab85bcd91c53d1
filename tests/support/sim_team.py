"""A small team in a simulated world: one server, some people at their seats, and everything that must hold in the end.

    simulate_team(seed, day)      # runs `day(team)` in a world of its own

It begins where a team is after its first morning: a few files in the vault, some of them on each seat. That
state is made once in a process, always the same, and copied.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self, TypeVar

from blake3 import blake3
from sqlalchemy import Connection, select

from pdm_desktop.core.requests import GetLatest
from pdm_desktop.state.account import Phase
from server.protocol.events import VAULT_EVENTS
from server.protocol.vault import File
from server.protocol.wire import Envelope, from_plain
from server.services.record import first_break_in_audit
from server.storage.tables import revision
from tests.support.client import Client, Tree
from tests.support.fold import Fold
from tests.support.ledger import Ledger
from tests.support.points import Points
from tests.support.power import Odds, Power
from tests.support.sim import VirtualClock, World, simulate
from tests.support.sim_seat import SimSeat
from tests.support.sim_server import Network, SignedInSeat, SimServer, Weather, client_of

T = TypeVar("T")

SEATS = (("Anna", "seat-anna"), ("Anna", "seat-laptop"), ("Ben", "seat-ben"))
PATHS = ("Jobs/plate.nc", "Jobs/bracket.nc", "Fixtures/vise.nc", "clamp.nc")
QUIET_WITHIN = 10.0
"""Seconds in which every seat reaches the server's state once faults have stopped (N18)."""


@dataclass(frozen=True)
class Morning:
    """What a team begins with."""

    folder: Path
    seats: tuple[SignedInSeat, ...]
    files: tuple[str, ...]
    vault: str
    written: tuple[bytes, ...]


class Team:
    """Server, seats, ledger and the disks' power. Open it with `async with`."""

    def __init__(self, world: World, morning: Morning, power: Power) -> None:
        self.world = world
        self.power = power
        self.clock = VirtualClock()
        self.ledger = Ledger()
        self.server = SimServer(world.folder / "server", self.clock)
        self.server.vault = morning.vault
        self.server_points = Points()
        self.seats = [
            SimSeat(world, self.server, who, ledger=self.ledger, clock=self.clock, power=power) for who in morning.seats
        ]
        self.files = list(morning.files)
        """Every file that there ever was."""
        self.revisions: dict[tuple[str, int, int], str] = {}
        """The hash of each revision that the server has ever had."""
        self._looked_at = -1
        self._seen: dict[str, tuple[Points, int]] = {}
        """What each seat had done when it was last looked at: one that has done nothing since is as it was."""
        self._watched = AsyncExitStack()

    @classmethod
    def open(cls, world: World, morning: Morning) -> Self:
        """A team after its first morning."""
        shutil.copytree(morning.folder, world.folder, dirs_exist_ok=True)
        team = cls(world, morning, Power(world.folder))
        for each in morning.written:
            team.ledger.in_care(team.ledger.wrote(each, by="Anna", where="the vault"))
        return team

    async def __aenter__(self) -> Self:
        self._watched.enter_context(self.power)
        await self.start_server()
        for each in self.seats:
            await each.start()
            await each.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self.seats:
            if each.runs:
                await each.end()
        await self.server.stop()
        await self._watched.aclose()

    async def start_server(self) -> None:
        """Begin again."""
        self.server_points = Points()
        await self.server.start(self.server_points)
        for number, content_hash in (await self.server.read(_revisions)).items():
            blob = self.server.folder / "blobs" / content_hash[:2] / content_hash[2:4] / content_hash
            assert _is_whole(blob), f"{number} has a row and not its content"

    async def after_server_crash(self, odds: Odds | None) -> None:
        """The server is gone; with odds the power failed."""
        self.server_points.is_over = True
        await self.server.stop()
        if odds is not None:
            self.power.fail(self.server.folder / "blobs", odds)
        for each in self.seats:
            if each.runs and each.is_connected:
                each.disconnect()

    async def look(self) -> None:
        """What has to hold at every moment."""
        for each in self.seats:
            if each.faults:
                raise each.faults[0]
            if each.runs and self._seen.get(each.who.seat) != (done := (each.points, each.points.reached)):
                self._seen[each.who.seat] = done
                each.box.assert_sound()
        if self.server.runs and self.server.commits != self._looked_at:
            self._looked_at = self.server.commits
            await self._no_revision_changes()

    async def settle(self) -> None:
        """Faults stop: whoever is down starts, whoever is cut off connects, and all come into step by themselves.

        Raises AssertionError with whatever does not hold then.
        """
        self.server_points.never()
        if not self.server.runs or self.server_points.is_over:
            await self.server.stop()
            await self.start_server()
        for each in self.seats:
            each.is_calm, each.network.weather, each.network.is_cut = True, Weather(), False
            if not each.runs:
                await each.start()
            elif each.points.is_over:
                await each.die(None)
                await each.start()
            else:
                each.points.never()
        for each in self.seats:
            await each.network.deliver_late()
            if not each.is_connected:
                await each.connect()
        await self._converge()
        await self._assert_settled()

    async def _converge(self) -> None:
        """N18. Raises AssertionError with what is not as it should be when the time is over."""
        until = asyncio.get_running_loop().time() + QUIET_WITHIN
        while True:
            for each in self.seats:
                await each.pump()
            try:
                await self._in_step()
            except AssertionError:
                if asyncio.get_running_loop().time() >= until:
                    raise
                await asyncio.sleep(0.5)
            else:
                return

    async def _in_step(self) -> None:
        await self.look()
        head = await self.server.head()
        for each in self.seats:
            connection, name = each.store.connection, each.who.seat
            assert connection.phase is Phase.IN_STEP, f"{name}: {connection}"
            assert each.store.seq_of(self.server.vault) == head, f"{name} is behind"
            assert not each.at_work, f"{name} is still at {each.at_work}"
        tree = await self.tree()
        for each in self.seats:
            self._shows(each, tree)
            self._workspace_is(each, tree)

    async def _assert_settled(self) -> None:
        """Everything else that has to hold once it is quiet."""
        await self._fold_is(await self.tree())
        assert await self.server.read(first_break_in_audit) is None
        async with client_of(self.seats[0].who, Network(self.server, self.world.random)) as client:
            await self._everything_is_somewhere(client)
        for each in self.seats:
            left = [*(each.box.root / ".pdm-desktop" / "unfinished").iterdir()]
            assert not left, f"left behind on {each.who.seat}: {left}"

    async def tree(self) -> Tree:
        """A fresh snapshot."""
        async with client_of(self.seats[0].who, Network(self.server, self.world.random)) as client:
            return await client.tree(self.server.vault)

    async def stored_hashes(self) -> set[str]:
        """The content of every revision that the server has, each of them whole."""
        return set((await self.server.read(_revisions)).values())

    # One promise each

    async def _no_revision_changes(self) -> None:
        """N5, N4: a revision stays as it is, and is what somebody has written."""
        found = await self.server.read(_revisions)
        for number, content_hash in self.revisions.items():
            assert found.get(number) == content_hash, f"{number} was {content_hash}"
        for number in found.keys() - self.revisions.keys():
            assert self.ledger.knows_hash(found[number]), f"nobody wrote what {number} has"
            self.ledger.in_care_hash(found[number])
        self.revisions = found

    async def _fold_is(self, tree: Tree) -> None:
        """N10: all events since the beginning make just what is there now."""
        fold = Fold({}, 0)
        for each in await self.server.events(after=0):
            message = from_plain(each.data, VAULT_EVENTS[each.type])
            fold.apply(Envelope(message=message, timestamp=each.at, vault=each.vault, seq=each.seq))
        assert (fold.seq, fold.files) == (tree.head.seq, tree.files)

    def _shows(self, seat: SimSeat, tree: Tree) -> None:
        """N10: a seat shows what a fresh snapshot shows."""
        found = seat.cache.read_now(lambda c: c.files(list(tree.files)))
        assert {each.id: each for _, each in found.files} == tree.files
        folders = dict(seat.cache.read_now(lambda c: c.tree(self.server.vault)).folders)  # type: ignore[union-attr]  # it was kept before
        assert sum(folders.values()) == len(tree.files), "it shows files that are not there any more"
        shown = {held.file: held.lock for held in seat.store.locks}
        assert shown == {each.id: each.lock for each in tree.files.values() if each.lock is not None}

    def _workspace_is(self, seat: SimSeat, tree: Tree) -> None:
        """N18: locks are known on both sides, clean copies are as the vault has them, and nothing is left begun."""
        journal = seat.box.journal
        assert journal.unfinished() == []
        mine = {f.id: f.lock.token for f in tree.files.values() if f.lock is not None and f.lock.seat == seat.who.seat}
        assert {hold.file: hold.token for hold in journal.holds()} == mine, f"locks of {seat.who.seat}"
        for copy in journal.copies():
            path = seat.box.full(copy.place)
            if copy.file in mine or not path.exists() or blake3(path.read_bytes()).hexdigest() != copy.hash:
                continue
            now = tree.files.get(copy.file)
            assert now is not None, f"{copy.place} is deleted and still in {seat.who.seat}"
            assert _of(copy.major, copy.minor, copy.place) == _of(
                now.head.major, now.head.minor, f"Production/{now.path}"
            ) or self._is_in_the_way(seat, now), f"{copy} is not {now}"

    def _is_in_the_way(self, seat: SimSeat, now: File) -> bool:
        """Something else lies where a copy has to go."""
        return seat.box.full(f"Production/{now.path}").exists()

    async def _everything_is_somewhere(self, client: Client) -> None:
        """N1: each content that somebody wrote; and N4, N9: the server has what it says."""
        places = [place for seat in self.seats for place in seat.box.places()]
        missing = await self.ledger.missing_in(*places)
        for (
            file_id,
            major,
            minor,
        ) in list(self.revisions):
            content_hash = self.revisions[file_id, major, minor]
            if missing.pop(content_hash, None) is not None:
                answer = await client.call("GET", f"/files/{file_id}/content?revision={major}.{minor}")
                assert blake3(answer.content).hexdigest() == content_hash, f"Rev {major}.{minor} is not what was read"
        for each in await client.parked() if missing else ():
            missing.pop(blake3(await client.parked_content(each.id)).hexdigest(), None)
        assert not missing, "lost: " + "; ".join(map(str, missing.values()))


def _is_whole(blob: Path) -> bool:
    return blob.is_file() and blake3(blob.read_bytes()).hexdigest() == blob.name


def _of(*what: object) -> tuple[object, ...]:
    return what


def _revisions(connection: Connection) -> dict[tuple[str, int, int], str]:
    rows = connection.execute(select(revision.c.file, revision.c.major, revision.c.minor, revision.c.hash))
    return {(row.file, row.major, row.minor): row.hash for row in rows}


def simulate_team(seed: int, day: Callable[[Team], Awaitable[T]]) -> T:
    """Run one simulated team; what the day returns. Raises what it raises, with the seed."""
    morning = first_morning()

    async def main(world: World) -> T:
        async with Team.open(world, morning) as team:
            return await day(team)

    return simulate(seed, main)


@cache
def first_morning() -> Morning:
    """Made once, and always the same."""
    return simulate(-1, _made, keep=True)


async def _made(world: World) -> Morning:
    clock, ledger = VirtualClock(), Ledger()
    server = SimServer(world.folder / "server", clock)
    await server.start()
    who = [await server.sign_in(person, seat) for person, seat in SEATS]
    written, files = [], []
    async with client_of(who[0], Network(server, world.random)) as client:
        for path in PATHS:
            written.append(f"Rev 1.0 of {path}\n".encode() * 20)
            files.append((await client.add(server.vault, path, written[-1])).file.id)
    with Power(world.folder) as power:
        for each in who:
            seat = SimSeat(world, server, each, ledger=ledger, clock=clock, power=power)
            seat.is_calm = True
            await seat.start()
            await seat.connect()
            await asyncio.sleep(1)
            await seat.engine.run(GetLatest(files=tuple(files)), {})
            await seat.end()
    await server.stop()
    return Morning(world.folder, tuple(who), tuple(files), server.vault, tuple(written))
