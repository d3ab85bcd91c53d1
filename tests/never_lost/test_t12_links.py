"""T12: folders and files of the workspace are swapped for links while the seat works. Nothing outside changes (N13).

Each run has one command of the seat, and at one of its calls to the disk somebody puts a link in the place of a folder
or a file on the way, which leads to a folder of theirs with the same names in it. That folder is compared afterwards,
to the last byte, time and attribute. Then the link goes, the seat starts again, and nothing is lost.
"""

import os
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from unittest.mock import patch

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Told
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync import system
from server.protocol.vault import File
from tests.support.fs_shim import Between
from tests.support.links import needs_links
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

PATH = "Jobs/plate.nc"
PLACE = f"Production/{PATH}"
SWAPPED = (
    "Production",
    "Production/Jobs",
    PLACE,
    OWN_FOLDER,
    f"{OWN_FOLDER}/unfinished",
    f"{OWN_FOLDER}/recovery",
    f"{OWN_FOLDER}/revisions",
)
MOST = 30
"""A command makes about so many calls to the disk."""


@needs_links
@pytest.mark.never_lost("T12", quick=200, full=5_000, batch=10, always=(713, 1191))
def test_what_a_link_leads_to_is_never_touched(seeds: Seeds) -> None:
    moments = 0
    for seed in seeds:
        moments += simulate(seed, a_swap)
    assert moments or len(seeds) < MOST, "not one swap came in between"


async def a_swap(world: World) -> int:
    """One run. 1: the moment came; 0: the command made no such call."""
    chance = world.random
    outside = world.folder / "outside"
    async with sim_shop(world) as shop:
        file = await shop.add(PATH, f"first {chance.random()}".encode())
        await shop.box.start()
        await shop.box.one(requests.GetLatest(files=(file.id,)))
        act = chance.choice(ACTS)
        work = await act(shop, file)
        await shop.box.throw_away()
        swap = Swap(shop.box.root, chance.choice(SWAPPED), outside)
        before = fingerprint(outside)
        number, after = chance.randint(1, MOST), world.chance(0.5)
        moment = Between(None, number, swap.do, after=after)
        syncs = WhileSyncing(chance.randint(1, 4), swap.do)
        is_slow = world.chance(0.3)
        await shop.box.start(*(() if is_slow else (moment,)), look=False)
        world.note(act.__name__, swap.place, "while syncing" if is_slow else "after" if after else "before", number)
        with syncs if is_slow else nullcontext(), suppress(Told):
            await work()
        assert fingerprint(outside) == before, "the seat changed what is outside of the workspace"
        await shop.box.throw_away()
        with suppress(Told):  # a workspace that leads elsewhere is refused
            await shop.box.start()
            await shop.box.stop()
        assert fingerprint(outside) == before, "the seat changed what is outside of the workspace at its start"
        swap.take_back()
        await shop.assert_nothing_lost()
        return int(moment.was or syncs.was)


class WhileSyncing:
    """Does something once, in the middle of a call to the disk: while it syncs a folder for the n-th time."""

    def __init__(self, number: int, act: Callable[[], object]) -> None:
        self._number = number
        self._act = act
        self._patch = patch.object(system, "sync_folder", self._synced)
        self._real = system.sync_folder
        self.seen = 0

    @property
    def was(self) -> bool:
        """That moment has come."""
        return self.seen >= self._number

    def __enter__(self) -> None:
        self._patch.start()

    def __exit__(self, *_: object) -> None:
        self._patch.stop()

    def _synced(self, folder: Path) -> None:
        self._real(folder)
        self.seen += 1
        if self.seen == self._number:
            self._act()


class Swap:
    """A link takes the place of something, and goes again."""

    def __init__(self, root: Path, place: str, outside: Path) -> None:
        self.place = place
        self._full = root / place
        self._aside = outside.with_name("aside")
        self._leads_to = outside / place
        self._is_file = place == PLACE
        _furnish(outside)

    def do(self) -> None:
        """Put the link there, and what was there aside."""
        if os.path.lexists(self._full):
            self._full.rename(self._aside)
        elif not self._full.parent.is_dir():
            return
        self._full.symlink_to(self._leads_to, target_is_directory=not self._is_file)

    def take_back(self) -> None:
        """The link goes, if it is there yet, and what was aside comes back, beside what the seat has put there."""
        if self._full.is_symlink():
            self._full.unlink()
        if not os.path.lexists(self._aside):
            return
        if self._is_file and self._full.exists():
            self._aside.rename(self._full.with_name(f"{self._full.name} put back"))
        else:
            self._merge(self._aside, self._full)

    def _merge(self, source: Path, target: Path) -> None:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            return
        for each in list(source.iterdir()):
            self._merge(each, target / each.name)


def _furnish(outside: Path) -> None:
    """Somebody's own files, under the names that the seat uses."""
    for place in (PLACE, "Production/Jobs/other.nc", "Production/Jobs/renamed.nc", "Production/plate.nc"):
        path = outside / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"somebody's own {place}".encode())
    for place in SWAPPED:
        if place != PLACE:
            (outside / place).mkdir(parents=True, exist_ok=True)
            (outside / place / "at-work").write_bytes(b"somebody's own")
    (outside / OWN_FOLDER / "unfinished" / "left").write_bytes(b"somebody's own")
    (outside / OWN_FOLDER / "recovery" / "2026-03-02").mkdir()


def fingerprint(folder: Path) -> dict[str, tuple[object, ...]]:
    """Every name below a folder with its attributes, times and content. A file's last access does not count."""
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        look = path.lstat()
        content = path.read_bytes() if path.is_file() else None
        found[str(path)] = (look.st_mode, look.st_mtime_ns, look.st_ctime_ns, look.st_nlink, look.st_ino, content)
    return found


# What the seat does

Work = Callable[[], Awaitable[object]]


def save(shop: SimShop, what: str) -> None:
    shop.box.save(PLACE, f"{what} {shop.world.random.getrandbits(64)}".encode() * shop.world.random.randint(1, 90))


async def revise(shop: SimShop, file: File) -> None:
    await shop.next_revision(file.id, f"second {shop.world.random.getrandbits(64)}".encode())


async def checks_in(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.CheckOut(files=(file.id,)))
    save(shop, "work")
    return lambda: shop.box.do(requests.CheckIn(files=(file.id,)))


async def undoes(shop: SimShop, file: File) -> Work:
    await checks_in(shop, file)
    return lambda: shop.box.do(requests.UndoCheckOut(files=(file.id,)))


async def checks_out(shop: SimShop, file: File) -> Work:
    await gets_latest(shop, file)
    return lambda: shop.box.do(requests.CheckOut(files=(file.id,)))


async def gets_latest(shop: SimShop, file: File) -> Work:
    save(shop, "by force")
    await revise(shop, file)
    return lambda: shop.box.do(requests.GetLatest(files=(file.id,)))


async def renames(shop: SimShop, file: File) -> Work:
    return lambda: shop.box.do(requests.Rename(file=file.id, path="Jobs/Other folder/renamed.nc"))


async def deletes(shop: SimShop, file: File) -> Work:
    return lambda: shop.box.do(requests.Delete(files=(file.id,)))


async def opens_an_old_revision(shop: SimShop, file: File) -> Work:
    await revise(shop, file)
    return lambda: shop.box.do(requests.OpenRevision(file=file.id, major=1, minor=0))


async def follows(shop: SimShop, file: File) -> Work:
    since = await shop.seq()
    change = shop.world.random.choice(
        (
            lambda: revise(shop, file),
            lambda: shop.tomas.move(file.id, "Jobs/renamed.nc"),
            lambda: shop.tomas.delete(file.id),
        )
    )
    await change()

    async def follow() -> None:
        for event in await shop.news(since):
            await shop.box.place.engine.happened(event)

    return follow


async def puts_back(shop: SimShop, file: File) -> Work:
    await undoes(shop, file)
    await shop.box.do(requests.UndoCheckOut(files=(file.id,)))
    (kept,) = await shop.box.kept()
    return lambda: shop.box.do(requests.PutBack(kept=(kept,)))


Act = Callable[[SimShop, File], Awaitable[Work]]
ACTS: tuple[Act, ...] = (
    checks_in,
    undoes,
    checks_out,
    gets_latest,
    renames,
    deletes,
    opens_an_old_revision,
    follows,
    puts_back,
)
