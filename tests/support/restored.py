"""A real server that is put back to an old backup under seats that are ahead, by command and by copied files.

`opened` gives the scene, `back_up` and `bring_back` are the operator's, and `truth` is what a seat that is in step
again compares itself with.
"""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.news import Truth
from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.ledger import Ledger
from tests.support.seat_box import SeatBox
from tests.support.seat_parts import http_of
from tests.support.server import RealServer, real_server

WAYS = ("command", "copied files")


@dataclass
class Scene:
    """A server, Anna's seat with its workspace, Tomas beside her, and everything that was written."""

    server: RealServer
    anna: Client
    tomas: Client
    box: SeatBox
    ledger: Ledger
    vault: str
    chance: random.Random
    files: dict[str, str] = field(default_factory=dict)
    """The id of each file by its name."""
    count: int = 0

    def content(self, by: str, where: str) -> bytes:
        """Something new."""
        self.count += 1
        lines = "".join(f"N{n} X{self.chance.random():.4f}\n" for n in range(self.chance.randrange(1, 400)))
        return self.ledger.wrote(f"{self.count} {where}\n{lines}".encode(), by=by, where=where)

    def place(self, name: str) -> str:
        """Where a file lies in the workspace."""
        return f"Production/{name}.nc"

    async def add(self, name: str) -> None:
        """A new file, by Tomas."""
        state = await self.tomas.add(self.vault, f"{name}.nc", self.content("Tomas", name))
        self.files[name] = state.file.id

    async def get(self, name: str) -> None:
        """Anna gets the latest."""
        await self.done(requests.GetLatest(files=(self.files[name],)))

    async def check_out(self, name: str) -> None:
        """Anna's seat checks out."""
        await self.done(requests.CheckOut(files=(self.files[name],)))

    async def check_in(self, name: str, *, keep: bool = False) -> None:
        """Anna's seat checks in."""
        await self.done(requests.CheckIn(files=(self.files[name],), keep=keep))

    async def done(self, request: requests.FileRequest) -> None:
        """Anna's seat does it, and nothing stands against it."""
        result = await self.box.one(request)
        assert result.outcome in (Outcome.DONE, Outcome.UNCHANGED), result

    def edit(self, name: str) -> None:
        """Anna saves, by force where the copy is read-only."""
        self.box.save(self.place(name), self.content("Anna", name))

    async def tomas_edits(self, name: str) -> None:
        """Tomas checks a new revision in."""
        held = await self.tomas.check_out(self.files[name])
        await self.tomas.check_in(held, self.content("Tomas", name))

    def here(self, name: str) -> bytes | None:
        """What Anna's workspace has of it; None for nothing."""
        return self.box.read(self.place(name))


async def signed_in_anew(scene: Scene, *others: Client) -> None:
    """What a restore asks of everybody: no sign-in of before counts, and each seat goes on by a new one.

    Anna's seat hears it in the middle of its work if it runs, ends that work as the program does, and starts again.
    """
    for client in (scene.anna, scene.tomas, *others):
        with pytest.raises(Refusal, match="not_signed_in"):
            await client.vault()
    if scene.box.is_started:
        [name, *_] = scene.files
        result = await scene.box.one(requests.GetLatest(files=(scene.files[name],)))
        assert result.outcome is not Outcome.DONE, result
        await scene.box.stop()
    for client in (scene.anna, scene.tomas, *others):
        await client.sign_in_again()
    await scene.box.start()


@asynccontextmanager
async def opened(folder: Path, chance: random.Random) -> AsyncIterator[Scene]:
    """A server that runs, with nothing in its vault, and Anna's seat, started."""
    ledger = Ledger()
    with real_server(folder / "server") as server:
        server.add_person("Anna", PASSWORD)
        server.add_person("Tomas", PASSWORD)
        async with signed_in(server.address, "Anna") as anna, signed_in(server.address, "Tomas") as tomas:
            box = SeatBox(
                folder / "anna",
                make_vault=lambda: VaultCalls(http_of(anna)),
                seat=anna.seat,
                person="Anna",
                ledger=ledger,
            )
            await box.start()
            try:
                yield Scene(server, anna, tomas, box, ledger, await anna.vault(), chance)
            finally:
                if box.is_started:
                    await box.stop()


async def back_up(server: RealServer, folder: Path, way: str) -> Path:
    """By command while the server runs; by copied files only while it is stopped."""
    backup = folder / "backup"
    if way == "command":
        await asyncio.to_thread(server.run, "backup", str(backup))
    else:
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(shutil.copytree, server.data, backup)
        await asyncio.to_thread(server.start)
    return backup


async def bring_back(server: RealServer, backup: Path, way: str) -> None:
    """The server ends, gets the data of the backup, and starts."""
    await asyncio.to_thread(server.stop)
    if way == "command":
        await asyncio.to_thread(server.run, "restore", str(backup))
    else:
        await asyncio.to_thread(shutil.rmtree, server.data)
        await asyncio.to_thread(shutil.copytree, backup, server.data)
    await asyncio.to_thread(server.start)


async def truth(scene: Scene) -> Truth:
    """What a seat's cache says once it is in step."""
    tree = await scene.anna.tree(scene.vault)
    sightings = {file: Sighting(vault=scene.vault, seq=tree.head.seq, file=found) for file, found in tree.files.items()}
    return Truth(epoch=tree.head.epoch, vaults=frozenset({scene.vault}), sightings=sightings)
