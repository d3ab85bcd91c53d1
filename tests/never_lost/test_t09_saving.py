"""T9: a program saves while the seat reads, or between its look and its replacement. N1 and N4 hold.

Each run has one command of the seat, or news that it follows, and one save at one of its calls to the disk, in one of
the ways in which programs save. A check-in may store the content before or after the save, never a mixture.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.sync.disk import LocalDisk
from server.protocol.vault import File
from tests.support.fs_shim import Between, OldFileSystem
from tests.support.points import Call
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

PATH = "Jobs/plate.nc"
PLACE = f"Production/{PATH}"
MIB = 1 << 20
MOST = 30
"""A command makes about so many calls to the disk."""
WHEN_ALL_IS_DONE = 1_000
"""More calls than a command makes."""


@pytest.mark.never_lost("T9", quick=200, full=3_000, batch=MOST)
def test_a_save_at_any_moment_is_kept_and_never_mixed(seeds: Seeds) -> None:
    moments = 0
    for seed in seeds:
        moments += simulate(seed, a_save_in_between)
    assert moments or len(seeds) < MOST, "not one save came in between"


async def a_save_in_between(world: World) -> int:
    """One run. 1: the moment came; 0: the command made no such call."""
    chance = world.random
    async with sim_shop(world) as shop:
        file = await shop.add(PATH, content(world, "first"))
        act = chance.choice(ACTS)
        await shop.box.start()
        work = await prepared(act, shop, file)
        await shop.box.throw_away()
        program = Program(shop, way=chance.choice(WAYS))
        number = chance.randint(1, MOST)
        moment = Between(None, number, program.begins, after=chance.random() < 0.5)
        later = Later(program, calls=chance.choice((0, 1, 3, 8, WHEN_ALL_IS_DONE, WHEN_ALL_IS_DONE)))
        await shop.box.start(moment, later, look=False)
        world.note(act.__name__, number, program.way.__name__)
        await work()
        program.ends()
        await shop.box.stop()
        await shop.assert_nothing_lost(times_are_true=program.way is not same_size_and_time)
        return int(moment.was)


class NoExchange(LocalDisk):
    """A disk with second names that swaps no files, as Windows' and some network drives."""

    exchanges = False


class Refuses(LocalDisk):
    """One that only says so when it is tried."""

    def exchange(self, source: PurePath, target: PurePath) -> bool:
        self.exchanges = False
        return False


AROUND_A_REPLACEMENT = ("place", "exchange", "place_new", "look", "set_writable", "may_be_written")


@pytest.mark.never_lost("T9", quick=150, full=3_000, batch=MOST)
def test_what_is_saved_by_replacement_around_ours_is_kept(seeds: Seeds) -> None:
    moments = 0
    for seed in seeds:
        moments += simulate(seed, a_rename_around_ours)
    assert moments or len(seeds) < MOST, "not one save came in between"


async def a_rename_around_ours(world: World) -> int:
    """One run: a program renames its new file over the old one at a call around the seat's own replacement."""
    chance = world.random
    make_disk = chance.choice((LocalDisk, NoExchange, Refuses, OldFileSystem))
    async with sim_shop(world, make_disk=make_disk) as shop:
        file = await shop.add(PATH, content(world, "first", large=0))
        act = chance.choice((undoes, checks_out_over_edits, gets_latest_over_edits, follows_a_revision))
        await shop.box.start()
        work = await act(shop, file)
        await shop.box.throw_away()
        method, number = chance.choice(AROUND_A_REPLACEMENT), chance.randint(1, 3)
        program = Program(shop, way=by_replacement)
        moment = Between(method, number, program.begins, after=chance.random() < 0.5)
        await shop.box.start(moment, look=False)
        world.note(make_disk.__name__, act.__name__, method, number)
        await work()
        await shop.box.stop()
        await shop.assert_nothing_lost(times_are_true=make_disk is not OldFileSystem)
        return int(moment.was)


def content(world: World, what: str, *, large: float = 0.3) -> bytes:
    """Something that nobody wrote before, of several blocks now and then."""
    size = world.random.randint(2 * MIB, 3 * MIB) if world.chance(large) else world.random.randint(1, 3_000)
    return f"{what} {world.random.getrandbits(64)}\n".encode() + world.random.randbytes(size)


# What the seat does

Work = Callable[[], Awaitable[object]]


async def prepared(act: "Act", shop: SimShop, file: File) -> Work:
    return await act(shop, file)


async def checks_in(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.CheckOut(files=(file.id,)))
    shop.box.save(PLACE, content(shop.world, "work"))
    keep = shop.world.chance(0.5)
    return lambda: shop.box.do(requests.CheckIn(files=(file.id,), keep=keep))


async def undoes(shop: SimShop, file: File) -> Work:
    await checks_in(shop, file)
    return lambda: shop.box.do(requests.UndoCheckOut(files=(file.id,)))


async def checks_out_over_edits(shop: SimShop, file: File) -> Work:
    await gets_latest_over_edits(shop, file)
    return lambda: shop.box.do(requests.CheckOut(files=(file.id,)))


async def gets_latest_over_edits(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    if shop.world.chance(0.3):
        shop.box.save(PLACE, content(shop.world, "by force"))
    await shop.next_revision(file.id, content(shop.world, "second"))
    return lambda: shop.box.do(requests.GetLatest(files=(file.id,)))


async def follows_a_revision(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    since = await shop.seq()
    await shop.next_revision(file.id, content(shop.world, "second"))
    return lambda: follow(shop, since)


async def follows_a_move(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    since = await shop.seq()
    await shop.tomas.move(file.id, "Jobs/renamed.nc")
    return lambda: follow(shop, since)


async def follows_a_deletion(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    since = await shop.seq()
    await shop.tomas.delete(file.id)
    return lambda: follow(shop, since)


async def follow(shop: SimShop, since: int) -> None:
    for event in await shop.news(since):
        await shop.box.place.engine.happened(event)


Act = Callable[[SimShop, File], Awaitable[Work]]
ACTS: tuple[Act, ...] = (
    checks_in,
    checks_in,
    undoes,
    checks_out_over_edits,
    gets_latest_over_edits,
    gets_latest_over_edits,
    follows_a_revision,
    follows_a_move,
    follows_a_deletion,
)


# What the program does


class Program:
    """A program with the file open. It begins to save at one moment and has saved at another."""

    def __init__(self, shop: SimShop, *, way: Callable[["Program"], None], place: str = PLACE) -> None:
        self.shop = shop
        self.way = way
        self.place = place
        self.rest: Callable[[], None] | None = None
        """What is still to be done of a save that was begun."""

    def begins(self) -> None:
        self.way(self)

    def ends(self) -> None:
        rest, self.rest = self.rest, None
        if rest is not None:
            rest()

    def saves(self, *, replace: bool = False) -> None:
        self.shop.box.save(self.place, self.new(), replace=replace)

    def new(self) -> bytes:
        return content(self.shop.world, "saved in between")


class Later:
    """The second half of a save comes so many calls to the disk later."""

    def __init__(self, program: Program, *, calls: int) -> None:
        self._program = program
        self._calls = calls

    def before(self, call: Call) -> None:
        if self._program.rest is not None and call.port == "disk":
            self._calls -= 1
            if self._calls < 0:
                self._program.ends()

    def after(self, call: Call) -> None:
        """Nothing."""


def in_place(program: Program) -> None:
    """Truncate and write."""
    program.saves()


def by_replacement(program: Program) -> None:
    """A new file is renamed over the old one."""
    program.saves(replace=True)


def deleted_and_created(program: Program) -> None:
    """The old file goes first, the new one comes some calls later."""
    program.shop.box.remove(program.place)
    program.rest = program.saves


def same_size_and_time(program: Program) -> None:
    """A program that keeps the time of the file, as some do that restore a backup, and as many bytes by chance."""
    path = program.shop.box.full(program.place)
    if not path.is_file():
        return program.saves()
    look = path.stat()
    new = program.new()[: look.st_size].ljust(look.st_size, b".")
    program.shop.box.save(program.place, new, mtime_ns=look.st_mtime_ns)
    return None


def through_an_open_file(program: Program) -> None:
    """It has the file open for writing since before, and writes when the engine may have moved it away."""
    path = program.shop.box.full(program.place)
    if not path.is_file():
        return program.saves()
    os.chmod(path, 0o600)  # noqa: PTH101 - as a program that saves by force
    opened, old = path.open("r+b"), path.read_bytes()

    def write() -> None:
        with opened:
            new = program.new().ljust(len(old), b".")
            program.shop.ledger.given_up(old)
            where = f"{PurePath(program.place).name}, open since before"
            opened.write(program.shop.ledger.wrote(new, by="Anna", where=where))

    program.rest = write
    return None


WAYS = (in_place, by_replacement, deleted_and_created, same_size_and_time, through_an_open_file, through_an_open_file)
