"""T9 in bundles: a program saves where one of many files is to come, between the look and the placing. N1 and N2 hold.

Each run is one "Get latest" of several small files: some are new here, some old, one may be the newest already. What is
saved is kept, whatever is known of it by then, and all the others come.
"""

from dataclasses import dataclass
from enum import Enum, auto

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import UNFINISHED, LocalDisk
from server.protocol.vault import File
from tests.never_lost.test_t09_saving import WAYS, WHEN_ALL_IS_DONE, Later, NoExchange, Program, Refuses, content
from tests.support.fs_shim import Between, OldFileSystem
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

MOST = 45
"""Such a command makes about so many calls."""
AROUND_A_BUNDLE = (
    None,
    "contents",
    "contents, a piece",
    "begin",
    "finish",
    "look",
    "set_writable",
    "place_all_new",
    "place_all_new",
    "place_new",
    "exchange",
)
"""The calls around which it is saved; None: any."""


@pytest.mark.never_lost("T9", quick=16, full=3_000, batch=16)
def test_what_is_saved_in_a_place_of_a_bundle_is_kept_and_the_others_come(seeds: Seeds) -> None:
    moments = sum(simulate(seed, a_save_in_a_bundles_place) for seed in seeds)
    assert moments or len(seeds) < 10, "not one save came in between"


class Before(Enum):
    """What is here of a file before it is asked for."""

    NOTHING = auto()
    OLD = auto()
    NEWEST = auto()


@dataclass(frozen=True)
class Wanted:
    """A file that is to come."""

    file: File
    content: bytes
    before: Before

    @property
    def place(self) -> str:
        return f"Production/{self.file.path}"


async def a_save_in_a_bundles_place(world: World) -> int:
    """One run. 1: the moment came; 0: the command made no such call."""
    chance = world.random
    make_disk = chance.choice((LocalDisk, LocalDisk, NoExchange, Refuses, OldFileSystem))
    async with sim_shop(world, make_disk=make_disk) as shop:
        await shop.box.start()
        files = await some_files(shop)
        await shop.box.throw_away()
        saved = chance.choice(files)
        program = Program(shop, way=chance.choice(WAYS), place=saved.place)
        method = chance.choice(AROUND_A_BUNDLE)
        most = {None: MOST, "contents": 1, "contents, a piece": 2, "place_all_new": 1}.get(method, len(files))
        number = chance.randint(1, most)
        moment = Between(method, number, program.begins, after=chance.random() < 0.5)
        later = Later(program, calls=chance.choice((0, 1, 3, 8, WHEN_ALL_IS_DONE)))
        await shop.box.start(moment, later, look=False)
        world.note(make_disk.__name__, program.way.__name__, saved.before.name, method, number)
        results = await shop.box.do(requests.GetLatest(files=tuple(each.file.id for each in files)))
        program.ends()
        for each, result in zip(files, results, strict=True):
            if each is not saved or not moment.was:
                assert result.outcome in (Outcome.DONE, Outcome.UNCHANGED), result
                assert shop.box.read(each.place) == each.content, f"{each.file.path} did not come"
                assert not shop.box.full(each.place).stat().st_mode & 0o222
        assert list((shop.box.root / UNFINISHED).iterdir()) == []
        await shop.box.stop()
        is_true = program.way.__name__ != "same_size_and_time" and make_disk is not OldFileSystem
        await shop.assert_nothing_lost(times_are_true=is_true)
        return int(moment.was)


async def some_files(shop: SimShop) -> list[Wanted]:
    """At least two come in a bundle."""
    chance, found = shop.world.random, list[Wanted]()
    for number in range(chance.randint(3, 5)):
        before = Before.NOTHING if number < 2 else chance.choice(tuple(Before))
        path = f"{chance.choice(('Jobs', 'Jobs/Deep', 'Fixtures'))}/{number}.nc"
        file, newest = await shop.add(path, one := content(shop.world, "first", large=0)), one
        if before is not Before.NOTHING:
            await shop.box.one(requests.GetLatest(files=(file.id,)))
        if before is Before.OLD:
            newest = content(shop.world, "second", large=0)
            await shop.next_revision(file.id, newest)
        found.append(Wanted(file, newest, before))
    chance.shuffle(found)
    return found
