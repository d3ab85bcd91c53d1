"""T12: folders and files of the workspace are swapped for links while the seat works. Nothing outside changes (N13).

Each run has one command of the seat, and at one of its calls to the disk somebody puts a link in the place of a folder
or a file on the way, which leads to a folder of theirs with the same names in it. That folder is compared afterwards,
to the last byte, time and attribute. Then the link goes, the seat starts again, and nothing is lost.

The links here are symbolic ones: there are no others on these systems. The engine asks `system.is_link` alone, which on
Windows is true of a junction as well. What is read, put and removed at one there is in `test_system.py` of
`tests/pdm_desktop/sync`, with a real junction on Windows; in Wine, which makes none, with a folder that Wine lists as
Windows lists a junction.

A parked version that is saved as a copy is no command here: a person has chosen that place, wherever it leads.
"""

import os
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.errors import Told
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync import system
from pdm_desktop.sync.disk import UNFINISHED
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
AN_UNFINISHED_FILE = "one of what is unfinished just then"
ALSO_SWAPPED = (
    *SWAPPED,
    "Production/Jobs/Deep",
    "Production/Jobs/other.nc",
    "Production/Work",
    f"{OWN_FOLDER}/unfinished",
    AN_UNFINISHED_FILE,
)
MOST = 30
"""A command makes about so many calls to the disk."""
MOST_FOR_MANY = 60
"""With several files it makes so many."""
AIMS = (None, None, "begin", "finish", "look", "set_writable", "place_all_new", "place_new", "move")
"""A call by whose name the moment is chosen; None: any call."""


@needs_links
@pytest.mark.never_lost("T12", quick=200, full=5_000, batch=MOST, always=(713, 1191))
def test_what_a_link_leads_to_is_never_touched(seeds: Seeds) -> None:
    moments = 0
    for seed in seeds:
        moments += simulate(seed, a_swap)
    assert moments or len(seeds) < MOST, "not one swap came in between"


@needs_links
@pytest.mark.never_lost("T12", quick=14, full=2_000, batch=14, always=(86,))
def test_what_a_link_leads_to_is_never_touched_by_what_is_done_with_several_files(seeds: Seeds) -> None:
    moments = 0
    for seed in seeds:
        moments += simulate(seed, partial(a_swap, acts=MORE_ACTS, swapped=ALSO_SWAPPED, aims=AIMS))
    assert moments or len(seeds) < 10, "not one swap came in between"


async def a_swap(
    world: World,
    *,
    acts: "tuple[Act, ...] | None" = None,
    swapped: tuple[str, ...] = SWAPPED,
    aims: tuple[str | None, ...] = (),
) -> int:
    """One run. 1: the moment came; 0: the command made no such call."""
    chance = world.random
    outside = world.folder / "outside"
    async with sim_shop(world) as shop:
        file = await shop.add(PATH, f"first {chance.random()}".encode())
        await shop.box.start()
        await shop.box.one(requests.GetLatest(files=(file.id,)))
        act = chance.choice(acts or ACTS)
        work = await act(shop, file)
        await shop.box.throw_away()
        swap = Swap(shop.box.root, chance.choice(swapped), outside)
        before = fingerprint(outside)
        aim = chance.choice(aims) if aims else None
        most = 4 if aim is not None else MOST_FOR_MANY if aims else MOST
        number, after = chance.randint(1, most), world.chance(0.5)
        moment = Between(aim, number, swap.do, after=after)
        syncs = WhileSyncing(chance.randint(1, 4), swap.do)
        is_slow = world.chance(0.3)
        await shop.box.start(*(() if is_slow else (moment,)), look=False)
        when = "while syncing" if is_slow else "after" if after else "before"
        world.note(act.__name__, swap.place, when, number, aim)
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
        self._unfinished = root / UNFINISHED
        self._full = root / place
        self._aside = outside.with_name("aside")
        self._leads_to = outside / (PLACE if place == AN_UNFINISHED_FILE else place)
        self._is_file = place == AN_UNFINISHED_FILE or place.endswith(".nc")
        _furnish(outside)

    def do(self) -> None:
        """Put the link there, and what was there aside."""
        if self.place == AN_UNFINISHED_FILE:
            unfinished = sorted(self._unfinished.iterdir())
            if not unfinished:
                return
            self._full = unfinished[0]
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
    jobs = ("Jobs/plate.nc", "Jobs/other.nc", "Jobs/renamed.nc", "Jobs/Deep/third.nc")
    for place in (f"Production/{name}" for name in (*jobs, "plate.nc", "Work/plate.nc")):
        path = outside / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"somebody's own {place}".encode())
    for place in (*SWAPPED, "Production/Work"):
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


# With several files, or in several places


async def gets_latest_of_many(shop: SimShop, file: File) -> Work:
    """In a bundle: one is old, and the others are new here, in folders that are there and in one that is not."""
    await revise(shop, file)
    paths = ["Jobs/other.nc", "Jobs/Deep/third.nc", "Work/plate.nc", "plate.nc"]
    shop.world.random.shuffle(paths)
    files = [file, *[await shop.add(path, f"{path} {shop.world.random.random()}".encode()) for path in paths]]
    return lambda: shop.box.do(requests.GetLatest(files=tuple(each.id for each in files)))


async def adds(shop: SimShop, _file: File) -> Work:
    """From their places in the workspace, which become copies, and from elsewhere."""
    places = ["Production/Jobs/new.nc", "Production/Jobs/Deep/new.nc"]
    for place in places:
        shop.box.save(place, f"{place} {shop.world.random.random()}".encode())
    desk = shop.world.folder / "desk" / "from the desk.nc"
    desk.parent.mkdir()
    desk.write_bytes(shop.ledger.wrote(b"on the desk", by="Anna", where=desk.name))
    shop.ledger.given_up(b"on the desk")  # it stays there, where no seat looks
    sources = tuple(str(each) for each in (*map(shop.box.full, places), desk))
    wish = requests.AddFiles(vault=shop.server.vault, folder="Jobs", sources=sources)
    return lambda: shop.box.do(wish)


async def keeps_both(shop: SimShop, file: File) -> Work:
    """Edited by force, and there is a newer revision: mine gets another name."""
    await gets_latest(shop, file)
    seen = Seen(hash=blake3(shop.box.read(PLACE) or b"").hexdigest(), head=(1, 1))
    wish = requests.DecideVersions(file=file.id, side=Side.BOTH, seen=seen, who="Anna")
    return lambda: shop.box.do(wish)


async def moves_a_folder(shop: SimShop, _file: File) -> Work:
    """Copies of several files go along."""
    for path in ("Jobs/other.nc", "Jobs/Deep/third.nc"):
        other = await shop.add(path, f"{path} {shop.world.random.random()}".encode())
        await shop.box.one(requests.GetLatest(files=(other.id,)))
    return lambda: shop.box.do(requests.MoveFolder(vault=shop.server.vault, path="Jobs", to="Work"))


async def trade_places(shop: SimShop, file: File) -> Work:
    """Two files have each other's name in the vault: one of their copies steps aside for the other."""
    other = await shop.add("Jobs/other.nc", f"other {shop.world.random.random()}".encode())
    await shop.box.one(requests.GetLatest(files=(other.id,)))
    for each, path in ((file, "elsewhere.nc"), (other, PATH), (file, "Jobs/other.nc")):
        await shop.tomas.move(each.id, path)

    async def compare() -> None:
        await shop.box.place.engine.compare(await shop.truth())

    return compare


MORE_ACTS: tuple[Act, ...] = (
    gets_latest_of_many,
    gets_latest_of_many,
    gets_latest_of_many,
    adds,
    keeps_both,
    moves_a_folder,
    trade_places,
)
