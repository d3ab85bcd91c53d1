"""T11 in bundles: a server that lies about the names of some of many files. Refused before a byte is asked for (N13).

Each run is one "Get latest" of several small files. Some of them have names that cannot be, or the name of another one;
the others arrive all the same, and nothing else is written anywhere.
"""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath

import httpx
import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.never_lost.test_t11_names import BAD, GOOD, WRITES, Lying, everything_in, in_folders
from tests.support.points import Call
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

SAME = "the name of another"
Kind = Callable[[random.Random], str] | str
NOT_DONE = {Outcome.REFUSED, Outcome.UNFINISHED}


@pytest.mark.never_lost("T11", quick=14, full=5_000, batch=14)
def test_names_that_cannot_be_are_left_out_of_a_bundle_and_the_others_arrive(seeds: Seeds) -> None:
    bundles = sum(simulate(seed, many_are_told) for seed in seeds)
    assert bundles or len(seeds) < 10, "nothing ever came in a bundle"


@dataclass(frozen=True)
class Told:
    """A file of the vault, what the seat is told that it is called, and how that was made."""

    file: File
    content: bytes
    path: str
    kind: str
    has_copy: bool
    """An older revision is here, under the name that the file really has."""

    @property
    def is_bad(self) -> bool:
        """No vault may have such a name."""
        return self.kind in {each.__name__ for each in BAD}


@dataclass
class Done:
    """Notes what was done: which contents were asked for, how many files were begun, and which places got something."""

    together: list[str] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    begun: int = 0
    places: set[str] = field(default_factory=set)

    def before(self, call: Call) -> None:
        match call.port, call.method:
            case "vault", "contents":
                self.together += [each.file for each in call.arguments[0].files]
            case "vault", "content":
                self.alone.append(call.arguments[0])
            case "disk", "begin":
                self.begun += 1
            case "disk", "place_all_new":
                self.places |= {target.as_posix() for _, target in call.arguments[0]}
            case "disk", method if method in WRITES:
                self.places |= {each.as_posix() for each in call.arguments if isinstance(each, PurePath)}

    def after(self, call: Call) -> None:
        """Nothing."""


async def many_are_told(world: World) -> int:
    """One run. 1: some came in a bundle."""
    liars: list[Lying] = []

    def lying(real: httpx.AsyncBaseTransport) -> Lying:
        liars.append(Lying(real))
        return liars[-1]

    async with sim_shop(world, through=lying) as shop:
        await shop.box.start()
        told = await some_files(shop)
        await shop.box.stop()
        done = Done()
        await shop.box.start(done)
        done.places.clear()
        liars[-1].lies = {each.file.path: each.path for each in told}
        for each in told:
            world.note(each.kind, ascii(each.path)[:80], each.has_copy)
        before, outside = shop.box.visible(), everything_in(world.folder, but=shop.box.root)
        results = {each.file: each for each in await shop.box.do(latest(told))}
        outcomes = {each.file.id: results[each.file.id].outcome for each in told}
        for each in told:
            namesakes = [outcomes[other.file.id] for other in told if other.path == each.path]
            if each.is_bad:
                assert set(namesakes) <= NOT_DONE, f"{each.kind}: {results[each.file.id].text[:200]}"
            else:
                assert namesakes.count(Outcome.DONE) == 1, f"{each.kind}: {results[each.file.id].text[:200]}"
                assert set(namesakes) <= {Outcome.DONE, *NOT_DONE}
        bad = {each.file.id for each in told if each.is_bad}
        assert bad.isdisjoint([*done.together, *done.alone]), "content was asked for under a name that cannot be"
        came = [each for each in told if results[each.file.id].outcome is Outcome.DONE]
        # What is kept of a copy that is replaced is written down beside it.
        most = len(told) - len(bad) + sum(each.has_copy for each in came)
        assert done.begun <= most, "a file was begun for a name that cannot be"
        own = {path for path in done.places if path.startswith(f"{OWN_FOLDER}/")}
        allowed = {place(path) for each in came for path in (each.path, each.file.path)}
        assert done.places - own <= allowed, "something else was written"
        moved = {place(each.file.path) for each in came if each.has_copy}
        stays = {path: content for path, content in before.items() if path not in moved}
        assert shop.box.visible() == stays | {place(each.path): each.content for each in came}
        assert everything_in(world.folder, but=shop.box.root) == outside
        places = [copy.place for copy in shop.box.journal.copies()]
        assert len(set(places)) == len(places), "two files are called by one copy"
        return bool(done.together)


def latest(told: list[Told]) -> requests.GetLatest:
    return requests.GetLatest(files=tuple(each.file.id for each in told))


def place(path: str) -> str:
    return f"Production/{unicodedata.normalize('NFC', path)}"


async def some_files(shop: SimShop) -> list[Told]:
    """At least one has a good name, one has none, and one has the name of the first."""
    chance, told = shop.world.random, list[Told]()
    kinds: tuple[tuple[Kind, ...], ...] = (GOOD, BAD, (SAME,))
    for number in range(chance.randint(3, 6)):
        kind = chance.choice(kinds[number] if number < len(kinds) else (*BAD[::2], *GOOD))
        path = f"Jobs/Honest folder/honest-{number}.nc"
        file = await shop.add(path, f"first {number}\n".encode())
        has_copy = chance.random() < 0.3
        if has_copy:
            await shop.box.one(requests.GetLatest(files=(file.id,)))
        content = f"second {number if chance.random() < 0.9 else 0}\n".encode()
        file = await shop.next_revision(file.id, content)
        if kind == SAME:
            told.append(Told(file, content, told[0].path, SAME, has_copy))
        elif callable(kind):
            said = in_folders(kind(chance), chance)
            said = f"{number}/{said}" if kind in GOOD else said  # good ones are in nobody's way
            told.append(Told(file, content, said, kind.__name__, has_copy))
    chance.shuffle(told)
    return told
