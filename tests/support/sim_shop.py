"""A small shop in a simulated world: one server, a person at a seat in a box, a colleague, and the test's own calls.

async def a_run(world: World) -> None:
    async with sim_shop(world) as shop:
        file = await shop.add("Jobs/plate.nc", b"...")
        await shop.box.start()
        ...
        await shop.assert_nothing_lost()    # after a restart of seat and server
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import func, select

from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.news import Truth
from pdm_desktop.sync.ports import Clock, Disk
from server.protocol.events import VAULT_EVENTS
from server.protocol.vault import File
from server.protocol.wire import from_plain
from server.storage.tables import audit
from tests.support.client import Client
from tests.support.ledger import Ledger, OnlyWhole, Place, VaultsOf
from tests.support.seat_box import SeatBox
from tests.support.sim import VirtualClock, World
from tests.support.sim_server import Network, SimServer, Weather, client_of, vault_calls

ANNAS, COLLEAGUES = "seat-anna", "seat-tomas"


@dataclass
class SimShop:
    """What a run plays with."""

    world: World
    server: SimServer
    ledger: Ledger
    network: Network
    """Between Anna's seat and the server; the test's own calls go around it."""
    box: SeatBox
    """Anna's seat, not yet started."""
    colleague: SeatBox
    """Tomas's seat, on a calm network, not yet started."""
    anna: Client
    tomas: Client

    async def add(self, path: str, content: bytes) -> File:
        """A file of the vault, by Tomas."""
        return (await self.tomas.add(self.server.vault, path, self.told(content))).file

    async def next_revision(self, file: str, content: bytes) -> File:
        """Tomas checks out and in."""
        held = await self.tomas.check_out(file)
        return (await self.tomas.check_in(held, self.told(content))).file

    async def elsewhere(self, file: str) -> None:
        """Anna takes a lock of hers over on another seat."""
        laptop = await self.server.sign_in("Anna", "seat-laptop")
        async with client_of(laptop, Network(self.server, self.world.random)) as calls:
            await calls.adopt(file)

    def told(self, content: bytes) -> bytes:
        """Content that the server has, or will have: it must not get lost either."""
        self.ledger.wrote(content, by="Tomas", where="the vault")
        self.ledger.in_care(content)
        return content

    async def news(self, since: int) -> list[Numbered]:
        """The events of the vault after a seq."""
        found = (await self.tomas.changes(self.server.vault, since=since)).changes
        return [
            Numbered(vault=self.server.vault, seq=each.seq, event=from_plain(each.data, VAULT_EVENTS[each.type]))
            for each in found
        ]

    async def truth(self) -> Truth:
        """What the vault has now, as a seat compares itself with it once it is in step."""
        tree = await self.tomas.tree(self.server.vault)
        vault, seq = self.server.vault, tree.head.seq
        sightings = {file: Sighting(vault=vault, seq=seq, file=found) for file, found in tree.files.items()}
        return Truth(epoch=tree.head.epoch, vaults=frozenset([vault]), sightings=sightings)

    async def seq(self) -> int:
        """The vault's newest seq."""
        return (await self.tomas.tree(self.server.vault)).head.seq

    async def seen(self) -> dict[str, object]:
        """Each file's newest revision and lock, by path."""
        files = (await self.tomas.tree(self.server.vault)).files.values()
        return {each.path: (each.head.number, each.head.hash, each.lock and each.lock.seat) for each in files}

    async def audit_rows(self) -> int:
        """How many rows the audit trail has."""
        return await self.server.read(lambda c: c.execute(select(func.count()).select_from(audit)).scalar_one())

    async def restart_all(self) -> None:
        """Seat and server end, and start again over what their disks have."""
        boxes = [each for each in (self.box, self.colleague) if each is self.box or each.is_started]
        for each in boxes:
            if each.is_started:
                await each.stop()
        await self.server.stop()
        await self.server.start()
        for each in boxes:
            await each.start()

    async def assert_nothing_lost(self, *, times_are_true: bool = True) -> None:
        """After a restart everything that anybody wrote is found by the product's own ways (N1, N5).

        Where a program sets times back, a look is no proof for the test either.
        """
        await self.restart_all()
        places: list[Place] = []
        for each in (self.box, self.colleague):
            if each.is_started:
                each.assert_whole_files()
                if times_are_true:
                    each.assert_sound()
                places += each.places()
        await self.ledger.assert_whole(*places, OnlyWhole(VaultsOf(self.anna), self.ledger))


@asynccontextmanager
async def sim_shop(
    world: World,
    *,
    weather: Weather | None = None,
    clock: Clock | None = None,
    servers_clock: VirtualClock | None = None,
    make_disk: Callable[[Path], Disk] = LocalDisk,
    through: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda network: network,
) -> AsyncIterator[SimShop]:
    """A running server, and seats that may be started. Anna's calls go `through` something, if that is wanted."""
    time, ledger = VirtualClock(), Ledger()
    server = SimServer(world.folder / "server", servers_clock or time)
    await server.start()
    annas, tomas = await server.sign_in("Anna", ANNAS), await server.sign_in("Tomas", COLLEAGUES)
    network, calm = Network(server, world.random, weather), Network(server, world.random)
    box = SeatBox(
        world.folder / "anna",
        make_vault=lambda: vault_calls(annas, through(network)),
        seat=ANNAS,
        person="Anna",
        ledger=ledger,
        clock=clock or time,
        make_disk=make_disk,
    )
    colleague = SeatBox(
        world.folder / "tomas",
        make_vault=lambda: vault_calls(tomas, calm),
        seat=COLLEAGUES,
        person="Tomas",
        ledger=ledger,
        clock=time,
    )
    async with client_of(annas, calm) as annas_calls, client_of(tomas, calm) as tomas_calls:
        yield SimShop(world, server, ledger, network, box, colleague, annas_calls, tomas_calls)
        for each in (box, colleague):
            if each.is_started:
                await each.throw_away()
    await server.stop()
