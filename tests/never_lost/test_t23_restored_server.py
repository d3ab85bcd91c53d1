"""T23: an old backup is restored under seats that are ahead, by command and by copied files (N6, N7, N19).

Each file goes its own way before and after the backup. Then the server is as it was, the seat comes back, and nothing
of what the seat had is lost; what nobody works on is as the vault has it; check-outs that the server does not know are
told; and a person can go on.
"""

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import TroubleMet
from pdm_desktop.sync.news import Truth
from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.ledger import Ledger, VaultsOf
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
        return f"Production/{name}.nc"

    async def add(self, name: str) -> None:
        """A new file, by Tomas."""
        state = await self.tomas.add(self.vault, f"{name}.nc", self.content("Tomas", name))
        self.files[name] = state.file.id

    async def get(self, name: str) -> None:
        await self.done(requests.GetLatest(files=(self.files[name],)))

    async def check_out(self, name: str) -> None:
        await self.done(requests.CheckOut(files=(self.files[name],)))

    async def check_in(self, name: str, *, keep: bool = False) -> None:
        await self.done(requests.CheckIn(files=(self.files[name],), keep=keep))

    async def done(self, request: requests.FileRequest) -> None:
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
        return self.box.read(self.place(name))


Step = Callable[[Scene, str], Awaitable[None]]


async def nothing(_scene: Scene, _name: str) -> None:
    """It stays as it is."""


async def got(scene: Scene, name: str) -> None:
    await scene.add(name)
    await scene.get(name)


async def out(scene: Scene, name: str) -> None:
    await scene.add(name)
    await scene.check_out(name)


async def out_and_edited(scene: Scene, name: str) -> None:
    await out(scene, name)
    scene.edit(name)


async def newer(scene: Scene, name: str) -> None:
    await scene.tomas_edits(name)
    await scene.get(name)


async def newer_and_edited(scene: Scene, name: str) -> None:
    await newer(scene, name)
    scene.edit(name)


async def newer_of_mine(scene: Scene, name: str) -> None:
    await scene.check_out(name)
    scene.edit(name)
    await scene.check_in(name)


async def newer_of_mine_kept(scene: Scene, name: str) -> None:
    scene.edit(name)
    await scene.check_in(name, keep=True)


async def newer_of_mine_kept_and_edited(scene: Scene, name: str) -> None:
    await newer_of_mine_kept(scene, name)
    scene.edit(name)


async def newer_of_mine_given_back(scene: Scene, name: str) -> None:
    scene.edit(name)
    await scene.check_in(name)


async def taken(scene: Scene, name: str) -> None:
    await scene.check_out(name)


async def taken_and_edited(scene: Scene, name: str) -> None:
    await scene.check_out(name)
    scene.edit(name)


async def renamed(scene: Scene, name: str) -> None:
    await scene.done(requests.Rename(file=scene.files[name], path=f"{name} renamed.nc"))


async def deleted(scene: Scene, name: str) -> None:
    await scene.done(requests.Delete(files=(scene.files[name],)))


async def undone(scene: Scene, name: str) -> None:
    await scene.done(requests.UndoCheckOut(files=(scene.files[name],)))


FLOWS: dict[str, tuple[Step, Step]] = {
    "as it was": (got, nothing),
    "a newer revision of somebody": (got, newer),
    "a newer revision, edited without a check-out": (got, newer_and_edited),
    "a newer revision of mine": (got, newer_of_mine),
    "checked out since": (got, taken),
    "checked out since, and edited": (got, taken_and_edited),
    "checked out before": (out, nothing),
    "checked out and edited before": (out_and_edited, nothing),
    "checked in since, and kept": (out, newer_of_mine_kept),
    "checked in since, kept and edited": (out, newer_of_mine_kept_and_edited),
    "checked in since": (out, newer_of_mine_given_back),
    "undone since": (out_and_edited, undone),
    "added since": (nothing, got),
    "added since, and checked out": (nothing, out_and_edited),
    "renamed since": (got, renamed),
    "deleted since": (got, deleted),
}
"""What happens to a file before the backup, and between the backup and its return."""
STAY_OUT = {"checked out before", "checked out and edited before", "checked in since, and kept",
            "checked in since, kept and edited"}  # fmt: skip
"""Check-outs that the backup has as well."""
EDITED = {"a newer revision, edited without a check-out", "checked out since", "checked out since, and edited"}
LOST_LOCKS = {"checked out since", "checked out since, and edited", "added since, and checked out"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.never_lost("T23", quick=1, full=100, batch=1)
async def test_every_flow(seeds: range, way: str, tmp_path: Path) -> None:
    for seed in seeds:
        await one_restore(seed, way, tmp_path / str(seed))


async def one_restore(seed: int, way: str, folder: Path) -> None:
    chance, ledger = random.Random(f"{seed} {way}"), Ledger()
    names = list(FLOWS)
    if seed:  # the first run has every flow once; others have some of them, several times, in another order
        names = [f"{chance.choice(list(FLOWS))} {number}" for number in range(chance.randrange(4, 12))]
        chance.shuffle(names)
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
            scene = Scene(server, anna, tomas, box, ledger, await anna.vault(), chance)
            await box.start()
            for name in names:
                await flow_of(name)[0](scene, name)
            backup = await back_up(server, folder, way)
            for name in names:
                await flow_of(name)[1](scene, name)
            box.assert_sound()
            await scene.ledger.assert_whole(*box.places(), VaultsOf(anna))
            had = await what_is_here(box)
            if chance.random() < 0.5:
                await box.stop()
                await bring_back(server, backup, way)
                await box.start()
            else:
                await bring_back(server, backup, way)
            if chance.random() < 0.5:
                await others_go_on(scene, names)
            await box.place.engine.compare(await truth(scene))
            await assert_nothing_lost(scene, names, had)
            await box.stop()


async def what_is_here(box: SeatBox) -> Ledger:
    """What the seat has, and so may not lose. What the server alone had since the backup nobody can bring back."""
    ledger = Ledger()
    for place in box.places():
        async for content in place.contents():
            ledger.wrote(content, by="Anna's seat", where="some place there")
    return ledger


def flow_of(name: str) -> tuple[Step, Step]:
    return FLOWS[title_of(name)]


def title_of(name: str) -> str:
    return name.rstrip("0123456789 ")


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
    await asyncio.to_thread(server.stop)
    if way == "command":
        await asyncio.to_thread(server.run, "restore", str(backup))
    else:
        await asyncio.to_thread(shutil.rmtree, server.data)
        await asyncio.to_thread(shutil.copytree, backup, server.data)
    await asyncio.to_thread(server.start)


async def others_go_on(scene: Scene, names: list[str]) -> None:
    """Before Anna's seat comes back others use the same numbers for other things."""
    for name in names:
        try:
            lock = (await scene.tomas.file(scene.files[name])).file.lock
        except Refusal:
            continue  # the server does not know it any more
        if lock is None:
            await scene.tomas_edits(name)


async def truth(scene: Scene) -> Truth:
    """What a seat's cache says once it is in step."""
    tree = await scene.anna.tree(scene.vault)
    sightings = {file: Sighting(vault=scene.vault, seq=tree.head.seq, file=found) for file, found in tree.files.items()}
    return Truth(epoch=tree.head.epoch, vaults=frozenset({scene.vault}), sightings=sightings)


async def assert_nothing_lost(scene: Scene, names: list[str], had: Ledger) -> None:
    box, journal = scene.box, scene.box.journal
    await had.assert_whole(*box.places(), VaultsOf(scene.anna))
    box.assert_sound()
    assert journal.unconfirmed() == []
    told = [event.trouble for event in box.events if isinstance(event, TroubleMet)]
    words = " ".join(f"{each.title} {each.text} {each.advice}" for each in told)
    tree = (await scene.anna.tree(scene.vault)).files
    for name in names:
        file = tree.get(scene.files[name])
        hold = journal.hold(scene.files[name])
        lock = None if file is None else file.lock
        assert hold is None or (lock is not None and (lock.seat, lock.token) == (box.seat, hold.token)), name
        assert (hold is not None) == (title_of(name) in STAY_OUT), f"{name}: {hold}"
        copy = journal.copy(scene.files[name])
        if file is None:
            assert copy is None, f"{name} is only here now"
            assert scene.here(name) is not None
            continue
        if copy is not None and hold is None:
            here = box.read(copy.place)
            edited = {
                "a newer revision, edited without a check-out",
                "checked out since",
                "checked out since, and edited",
            }
            if title_of(name) not in edited:
                assert here == await scene.anna.content(file.id), f"{name} is as the vault has it"
                assert copy.number == file.head.number
    lost = [name for name in names if title_of(name) in LOST_LOCKS]
    assert not lost or "Your check-out of" in words, words
    for name in names:
        if title_of(name) in STAY_OUT:
            await goes_on(scene, name)


async def goes_on(scene: Scene, name: str) -> None:
    """A check-out that the backup has goes on: what is saved becomes the next revision."""
    scene.edit(name)
    await scene.check_in(name)
    assert await scene.anna.content(scene.files[name]) == scene.here(name)
