"""T10 in bundles: a program has one or two of many files open. The others come at once, and each of those within two
seconds after it is closed; nobody looks more often than about once a second, and nothing is lost (N1).

The program opens them before the command, or when the seat has looked already and asks for the contents.
"""

from dataclasses import dataclass

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.never_lost.test_t10_held import LONGEST, WITHIN, Waiting, is_there
from tests.support.fs_shim import HELD, Between, HeldByProgram
from tests.support.sim import World, pass_time, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds


@pytest.mark.never_lost("T10", quick=12, full=2_000, batch=12)
def test_what_a_program_has_waits_alone_and_the_rest_of_a_bundle_comes(seeds: Seeds) -> None:
    late = sum(simulate(seed, a_run) for seed in seeds)
    assert late or len(seeds) < 10, "no program ever came after the look"


@dataclass(frozen=True)
class Wanted:
    """A file that is to come."""

    file: File
    content: bytes
    is_old: bool
    """An older revision is here."""

    @property
    def name(self) -> str:
        return self.file.filename

    def has_come(self, shop: SimShop) -> bool:
        return is_there(shop, self.content, writable=False, place=f"Production/{self.file.path}")


async def a_run(world: World) -> int:
    """One run. 1: the program came when the seat had looked."""
    chance = world.random
    async with sim_shop(world) as shop:
        await shop.box.start()
        files = await some_files(shop)
        await shop.box.stop()
        held = chance.sample([each for each in files if each.is_old], chance.randint(1, 2))
        names = {each.name for each in held}
        program = HeldByProgram(code=chance.choice(HELD), reads=chance.random() < 0.5)
        is_late = chance.random() < 0.5
        comes = Between("contents", 1, lambda: program.names.update(names), after=chance.random() < 0.5)
        if not is_late:
            program.names.update(names)
        world.note(program.code, program.reads, "late" if is_late else "before", len(held), len(files))
        await shop.box.start(comes, program)
        async with Waiting(shop):
            results = await shop.box.do(requests.GetLatest(files=tuple(each.file.id for each in files)))
        assert comes.was, "it was no bundle"
        for each, result in zip(files, results, strict=True):
            if each in held:
                assert result.outcome is Outcome.WAITS, result
                assert f"{each.name} is in use by a program." in result.text
            else:
                assert result.outcome is Outcome.DONE, result
                assert each.has_come(shop), f"{each.name} did not come"
        if chance.random() < 0.3:
            await shop.box.stop()
            await shop.box.start(program)
            await shop.box.place.engine.compare(await shop.truth())
        await closes_one_after_the_other(shop, program, held)
        assert all(each.has_come(shop) for each in files)
        assert shop.box.journal.unfinished() == []
        await shop.assert_nothing_lost()
        return int(is_late)


async def closes_one_after_the_other(shop: SimShop, program: HeldByProgram, held: list[Wanted]) -> None:
    async with Waiting(shop):
        while held:
            program.probes = program.tries = 0
            seconds = shop.world.random.uniform(0, LONGEST)
            await pass_time(seconds)
            assert program.probes <= 2 * (seconds + 1) * len(held), "it looks more than once a second"
            assert program.tries == 0, "it tries without a look whether it can"
            assert not any(each.has_come(shop) for each in held), "done while the program had it"
            closed, *held = held
            program.names.discard(closed.name)
            await pass_time(WITHIN)
            assert closed.has_come(shop), f"not done {WITHIN} s after the release"


async def some_files(shop: SimShop) -> list[Wanted]:
    """Two at least are old, so that the program may have them, and one is new."""
    chance, found = shop.world.random, list[Wanted]()
    for number in range(chance.randint(3, 6)):
        is_old = number < 2 or (number > 2 and chance.random() < 0.5)
        path, content = f"Jobs/{chance.choice(('', 'Deep/'))}plate-{number}.nc", f"newest of {number}\n".encode()
        file = await shop.add(path, b"first of %d\n" % number if is_old else content)
        if is_old:
            await shop.box.one(requests.GetLatest(files=(file.id,)))
            await shop.next_revision(file.id, content)
        found.append(Wanted(file, content, is_old))
    chance.shuffle(found)
    return found
