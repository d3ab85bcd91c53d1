"""T10: a program has a file open when a command or news needs it. That waits, looks about once a second, is done within
two seconds after the program closes the file, and nothing is lost (N1).

Virtual time: the seconds are exact.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.fs_shim import HELD, HeldByProgram
from tests.support.sim import World, pass_time, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

PATH, OTHER = "Jobs/plate.nc", "Jobs/renamed.nc"
PLACE, OTHER_PLACE = f"Production/{PATH}", f"Production/{OTHER}"
FIRST, SECOND, WORK, BY_FORCE = b"G0 first\n", b"G0 second\n", b"the person's work\n", b"saved by force\n"
WITHIN = 2.0
"""Seconds from the release to the end of what waited."""
LONGEST = 90.0


@pytest.mark.never_lost("T10", quick=200, full=2_000, batch=10)
def test_what_waits_for_a_program_is_done_soon_after_it_closes_the_file(seeds: Seeds) -> None:
    waited = sum(simulate(seed, a_run) for seed in seeds)
    assert waited or len(seeds) < 10, "nothing ever waited"


async def a_run(world: World) -> int:
    """One run. 1: something waited; 0: the program was in nobody's way."""
    chance = world.random
    async with sim_shop(world) as shop:
        file = await shop.add(PATH, FIRST)
        await shop.box.start()
        way = chance.choice(WAYS)
        work = await way(shop, file)
        await shop.box.stop()
        program = HeldByProgram(PATH.rpartition("/")[2], code=chance.choice(HELD), reads=chance.random() < 0.5)
        world.note(way.__name__, program.code, program.reads)
        await shop.box.start(program)
        seconds = chance.uniform(0, LONGEST)
        async with Waiting(shop):
            waits = await work.begin(program)
            await pass_time(seconds * chance.random())
        if chance.random() < 0.3:
            await shop.box.stop()
            await shop.box.start(program)
            await shop.box.place.engine.compare(await shop.truth())
        program.probes = program.tries = 0
        async with Waiting(shop):
            await pass_time(seconds)
            assert program.probes <= 2 * (seconds + 1), "it looks more than once a second"
            assert program.tries == 0, "it tries without a look whether it can"
            assert not waits or not await work.is_done(), "done while the program had it"
            program.names.clear()
            await pass_time(WITHIN)
            assert await work.is_done(), f"not done {WITHIN} s after the release"
        await shop.assert_nothing_lost()
        return int(waits)


class Waiting:
    """The engine waits for programs, as the thread lets it, until the end of the block."""

    def __init__(self, shop: SimShop) -> None:
        self._engine = shop.box.place.engine
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._engine.wait_for_programs(), name="wait")

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        if not self._task.done():
            self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()


# What needs the file


@dataclass
class Need:
    """Begins something; the answer is whether it waits. And sees whether it is done."""

    begin: Callable[[HeldByProgram], Awaitable[bool]]
    is_done: Callable[[], Awaitable[bool]]


def command(shop: SimShop, request: FileRequest, is_done: Callable[[], bool]) -> Need:
    """A command of the person: it waits visibly, or is done."""

    async def begin(_program: HeldByProgram) -> bool:
        result = await shop.box.one(request)
        assert result.outcome in (Outcome.DONE, Outcome.UNCHANGED, Outcome.WAITS), result
        if result.outcome is Outcome.WAITS:
            assert "plate.nc is in use by a program." in result.text
        return result.outcome is Outcome.WAITS

    async def done() -> bool:
        return is_done() and not shop.box.journal.unfinished()

    return Need(begin, done)


def news(shop: SimShop, since: int, is_done: Callable[[], bool]) -> Need:
    """Something happened in the vault, and the copy follows."""

    async def begin(_program: HeldByProgram) -> bool:
        for event in await shop.news(since):
            await shop.box.place.engine.happened(event)
        return not is_done()

    async def done() -> bool:
        return is_done()

    return Need(begin, done)


def is_there(shop: SimShop, content: bytes, *, writable: bool, place: str = PLACE) -> bool:
    """A place of the workspace has just this content and attribute."""
    path = shop.box.full(place)
    return path.is_file() and path.read_bytes() == content and bool(path.stat().st_mode & 0o200) is writable


async def has_old_copy(shop: SimShop, file: File) -> None:
    """A read-only copy of the first revision. Edited by force it would be a second version, and wait for a person."""
    await shop.box.one(requests.GetLatest(files=(file.id,)))


async def gets_latest(shop: SimShop, file: File) -> Need:
    await has_old_copy(shop, file)
    await shop.next_revision(file.id, SECOND)
    return command(shop, requests.GetLatest(files=(file.id,)), lambda: is_there(shop, SECOND, writable=False))


async def checks_out(shop: SimShop, file: File) -> Need:
    await has_old_copy(shop, file)
    await shop.next_revision(file.id, SECOND)
    return command(
        shop,
        requests.CheckOut(files=(file.id,)),
        lambda: is_there(shop, SECOND, writable=True) and shop.box.journal.hold(file.id) is not None,
    )


async def undoes(shop: SimShop, file: File) -> Need:
    await shop.box.one(requests.CheckOut(files=(file.id,)))
    shop.box.save(PLACE, WORK)
    return command(
        shop,
        requests.UndoCheckOut(files=(file.id,)),
        lambda: is_there(shop, FIRST, writable=False) and shop.box.journal.hold(file.id) is None,
    )


async def checks_in(shop: SimShop, file: File) -> Need:
    """It needs to read. Where it may, the revision is stored at once, and only the attribute waits."""
    await shop.box.one(requests.CheckOut(files=(file.id,)))
    shop.box.save(PLACE, WORK)
    may_read = True

    async def begin(program: HeldByProgram) -> bool:
        nonlocal may_read
        may_read = program.reads
        result = await shop.box.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is (Outcome.DONE if may_read else Outcome.REFUSED), result
        assert "plate.nc is in use by a program." in result.text
        return may_read

    async def done() -> bool:
        return is_there(shop, WORK, writable=not may_read)

    return Need(begin, done)


async def deletes(shop: SimShop, file: File) -> Need:
    """Edited by force now and then: that goes to the recovery store."""
    await has_old_copy(shop, file)
    if shop.world.chance(0.5):
        shop.box.save(PLACE, BY_FORCE)
    return command(
        shop,
        requests.Delete(files=(file.id,)),
        lambda: shop.box.read(PLACE) is None and shop.box.journal.copy(file.id) is None,
    )


async def renames(shop: SimShop, file: File) -> Need:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    return command(
        shop,
        requests.Rename(file=file.id, path=OTHER),
        lambda: is_there(shop, FIRST, writable=False, place=OTHER_PLACE) and shop.box.read(PLACE) is None,
    )


async def renames_its_folder(shop: SimShop, file: File) -> Need:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    place = "Production/Work/plate.nc"
    return command(
        shop,
        requests.MoveFolder(vault=shop.server.vault, path="Jobs", to="Work"),
        lambda: is_there(shop, FIRST, writable=False, place=place) and shop.box.read(PLACE) is None,
    )


async def follows_a_revision(shop: SimShop, file: File) -> Need:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    since = await shop.seq()
    await shop.next_revision(file.id, SECOND)
    return news(shop, since, lambda: is_there(shop, SECOND, writable=False))


async def follows_a_move(shop: SimShop, file: File) -> Need:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    since = await shop.seq()
    await shop.tomas.move(file.id, OTHER)
    return news(shop, since, lambda: is_there(shop, FIRST, writable=False, place=OTHER_PLACE))


async def follows_a_deletion(shop: SimShop, file: File) -> Need:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    since = await shop.seq()
    await shop.tomas.delete(file.id)
    return news(shop, since, lambda: shop.box.read(PLACE) is None)


WAYS: tuple[Callable[[SimShop, File], Awaitable[Need]], ...] = (
    gets_latest,
    checks_out,
    undoes,
    checks_in,
    deletes,
    renames,
    renames_its_folder,
    follows_a_revision,
    follows_a_move,
    follows_a_deletion,
)
