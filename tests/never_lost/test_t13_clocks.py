"""T13: clocks a year off that jump, and a file system that tells times in steps of two seconds. N1 and N18 hold.

Each run is a day of two seats over one vault. Each seat and the server has a clock of its own, up to a year off, which
jumps now and then; what programs save has the time of its seat, or the very time that it had before. Anna's workspace
may be on an old file system. At the end the faults stop: both seats reach what the vault has by themselves,
but for what they ask their person about or show as edited, and nothing is lost.
"""

import functools
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import Conflict, Doubt, files_of
from pdm_desktop.core.recovery import Retention
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.news import Truth
from server.protocol.vault import File
from tests.support.fs_shim import OldFileSystem
from tests.support.seat_box import SeatBox
from tests.support.sim import VirtualClock, World, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

YEAR = timedelta(days=365)
PATHS = ("Jobs/plate.nc", "Jobs/shaft.nc")
STEPS = 20
NS = 10**9


@pytest.mark.never_lost("T13", quick=50, full=500, batch=10)
def test_wrong_clocks_cost_nothing(seeds: Seeds) -> None:
    for seed in seeds:
        simulate(seed, a_day_of_wrong_clocks)


async def a_day_of_wrong_clocks(world: World) -> None:
    clock, servers_clock = VirtualClock(off=off_by(world)), VirtualClock(off=off_by(world))
    make_disk = OldFileSystem if world.chance(0.5) else LocalDisk
    async with sim_shop(world, clock=clock, servers_clock=servers_clock, make_disk=make_disk) as shop:
        files = [await shop.add(path, f"{path}, first\n".encode()) for path in PATHS]
        for box in (shop.box, shop.colleague):
            await box.start()
            await box.do(requests.GetLatest(files=tuple(each.id for each in files)))
        for _ in range(STEPS):
            box = world.random.choice((shop.box, shop.colleague))
            step = world.random.choice(DEEDS)
            if world.chance(0.3):
                world.random.choice((clock, servers_clock)).off = off_by(world)
            result = await step(shop, box, world.random.choice(files))
            world.note(clock.now(), box.person, step.__name__, result)
            box.assert_whole_files()
        await in_step_at_last(shop, files)
        await shop.assert_nothing_lost(times_are_true=False)


async def decides(box: SeatBox) -> None:
    """What needs a person's decision: the vault's version, and mine goes to the recovery store."""
    for each in box.place.issues():
        match each:
            case Conflict():
                await box.one(requests.DecideVersions(file=each.file, side=Side.THEIRS, seen=each.seen, who=box.person))
            case Doubt():
                await box.one(requests.DecideDoubt(file=each.file, right=False, seen=each.seen))


async def calls_right(box: SeatBox, file: str) -> bool:
    """What was saved with the time that it had before is doubted, and not checked in until its person says a word."""
    doubts = [each for each in box.place.issues() if isinstance(each, Doubt) and each.file == file]
    for each in doubts:
        await box.one(requests.DecideDoubt(file=file, right=True, seen=each.seen))
    return bool(doubts)


def off_by(world: World) -> timedelta:
    """A year, to either side, or anything between."""
    return world.random.choice((YEAR, -YEAR, YEAR * world.random.uniform(-1, 1), timedelta()))


async def in_step_at_last(shop: SimShop, files: list[File]) -> None:
    """The faults stop. Whoever holds a file checks it in; then both workspaces are what the vault has (N18).

    First by themselves, where nothing is shown; then also where a person has decided, or asked for the vault's.
    """
    for box in (shop.box, shop.colleague):
        await box.place.engine.go_on()
        for hold in box.journal.holds():
            await box.one(requests.CheckIn(files=(hold.file,), keep=False))
            if await calls_right(box, hold.file):
                await box.one(requests.CheckIn(files=(hold.file,), keep=False))
        assert box.journal.holds() == []
    truth = await shop.truth()
    heads = {f"Production/{file.path}": await shop.tomas.content(file.id) for file in files}
    for box in (shop.box, shop.colleague):
        await box.place.engine.compare(truth)
        await box.place.engine.scan()  # as the seat walks now and then: what was just saved has been seen by nobody yet
        asked = {file for each in box.place.issues() for file in files_of(each)}
        shop.world.note(box.clock.now(), box.person, "is asked about", sorted(asked))
        for file in files:
            if file.id not in asked:
                assert_in_step(box, file.id, truth, heads)
        await decides(box)
        assert box.place.issues() == (), f"{box.person} is asked again after deciding"
        for file in files:
            assert_in_step(box, file.id, truth, heads)
        here = box.visible()
        own = tuple(file.id for file in files if here[f"Production/{file.path}"] != heads[f"Production/{file.path}"])
        if own:  # it goes when its person wants the vault's, and not before
            await box.do(requests.GetLatest(files=own))
        assert box.visible() == heads, f"{box.person}'s workspace is not what the vault has"


def assert_in_step(box: SeatBox, file: str, truth: Truth, heads: Mapping[str, bytes]) -> None:
    """What is here of a file that nobody is asked about came from the head, and is the head.

    Only what a person has saved over it by force stays, as nothing that is here is replaced unasked: it is shown as
    edited, or it has the size and the time of the head, and no look can tell it.
    """
    copy, head, told = box.journal.copy(file), truth.sightings[file].file, box.told(file)
    assert copy is not None
    assert told is not None
    assert isinstance(head, File)
    assert (copy.major, copy.minor) == (head.head.major, head.head.minor), f"{box.person} stays behind at {copy.place}"
    if box.read(copy.place) == heads[copy.place]:
        assert not told.edited, f"{copy.place} is shown as edited, and is the head"
        return
    look = box.look(copy.place)
    assert look is not None, f"{copy.place} is gone from {box.person}'s workspace"
    is_alike = (look.size, look.mtime_ns) == (copy.size, copy.mtime_ns)
    assert told.edited or is_alike, f"{box.person} has something else at {copy.place}, and it is not shown"


# What happens in a day


def saved_at(shop: SimShop, box: SeatBox, file: File) -> int:
    """The seat's clock sets the time of a file; some programs set it back to what it was."""
    path = box.full(f"Production/{file.path}")
    if path.is_file() and shop.world.chance(0.4):
        return path.stat().st_mtime_ns
    return round(box.clock.now().timestamp()) * NS


async def saves(shop: SimShop, box: SeatBox, file: File) -> str:
    """As many bytes as before, more often than not."""
    place = f"Production/{file.path}"
    old = box.read(place) or b""
    if box.journal.hold(file.id) is None and shop.world.chance(0.8):
        return "not checked out"
    new = f"{box.person} {shop.world.random.getrandbits(32):08x}\n".encode()
    box.save(place, new.ljust(len(old), b".") if shop.world.chance(0.7) else new, mtime_ns=saved_at(shop, box, file))
    return "saved"


async def changes_the_mind(shop: SimShop, box: SeatBox, file: File) -> str:
    """Work that is undone is in the recovery store, and only there."""
    await box.one(requests.CheckOut(files=(file.id,)))
    if box.journal.hold(file.id) is not None:
        await saves(shop, box, file)
    return (await box.one(requests.UndoCheckOut(files=(file.id,)))).text


async def does(shop: SimShop, box: SeatBox, file: File, *, what: Callable[[str], requests.FileRequest]) -> str:
    return (await box.one(what(file.id))).text


def deed(what: Callable[[str], requests.FileRequest], name: str) -> "Deed":
    made = functools.partial(does, what=what)
    made.__name__ = name  # type: ignore[attr-defined]  # a name for the trace
    return made


async def follows(shop: SimShop, box: SeatBox, _file: File) -> str:
    await box.place.engine.compare(await shop.truth())
    return ""


async def purges(shop: SimShop, box: SeatBox, _file: File) -> str:
    """Twice, and somebody sets the clock in between."""
    await box.place.engine.purge(Retention())
    if isinstance(box.clock, VirtualClock):
        box.clock.off = off_by(shop.world)
    await box.place.engine.purge(Retention())
    return ""


async def restarts(_shop: SimShop, box: SeatBox, _file: File) -> str:
    await box.stop()
    await box.start()
    return ""


Deed = Callable[[SimShop, SeatBox, File], Awaitable[str]]
DEEDS: tuple[Deed, ...] = (
    saves,
    saves,
    saves,
    deed(lambda file: requests.CheckOut(files=(file,)), "checks out"),
    deed(lambda file: requests.CheckOut(files=(file,)), "checks out"),
    deed(lambda file: requests.CheckIn(files=(file,), keep=True), "checks in, and keeps"),
    deed(lambda file: requests.CheckIn(files=(file,)), "checks in"),
    deed(lambda file: requests.UndoCheckOut(files=(file,)), "undoes"),
    deed(lambda file: requests.GetLatest(files=(file,)), "gets latest"),
    changes_the_mind,
    changes_the_mind,
    follows,
    purges,
    purges,
    restarts,
)
