"""T1. The planner's laws over worlds made at random: it ends, no byte of a person goes, clean copies are as the vault.

Work keeps the base that it was made of (N8); what a check-in with it does is the server's and T2's and T17's to show.

Each world is four files, each as vault, disk and journal see it, in states that follow from each other or not. What is
planned is done in any order, and planned again, until nothing is left to do. Some want the name of a folder that others
are in, or lie where a folder has to be.
"""

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from pdm_desktop.core import actions
from pdm_desktop.core.planner import plan
from pdm_desktop.core.trees import InJournal, InTheWay, InVault, OnDisk, Tombstone, Views
from tests.support.tiers import Seeds

FILES = ("a", "b", "c", "d")
PLACES = ("p/1.nc", "p/2.nc", "p/3.nc", "q/1.nc", "q/2", "q/2/1.nc", "q/2/2.nc")
OLD, HEAD = (1, 0), (1, 1)
ROUNDS = 200


@dataclass
class Lying:
    """Bytes at a place of the pretended disk."""

    hash: str
    mtime_ns: int
    writable: bool = False
    is_open: bool = False

    @property
    def size(self) -> int:
        return 0 if self.hash == "empty" else 100 + sum(map(ord, self.hash))


@dataclass
class World:
    """A vault, a disk and a journal of some files, and the pretended effect of each action."""

    vault: dict[str, InVault | Tombstone | None]
    disk: dict[str, Lying]
    journal: dict[str, InJournal]
    read: dict[str, str] = field(default_factory=dict)
    recovery: list[str] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def lies(self, file: str) -> Lying | None:
        """What is there of a file, where the journal has it."""
        known = self.journal.get(file)
        return self.disk.get(known.place) if known else None

    def views(self, file: str) -> Views:
        known, lying = self.journal.get(file), self.lies(file)
        seen = None
        if lying is not None:
            seen = OnDisk(
                size=lying.size,
                mtime_ns=lying.mtime_ns,
                writable=lying.writable,
                hash=self.read.get(file),
                is_open=lying.is_open,
            )
        way = InTheWay.NOTHING if known is None else self.in_the_way(file)
        return Views(
            vault=self.vault[file],
            disk=seen,
            journal=known,
            in_the_way=way,
            is_aside=known is not None and known.place.endswith(f"({file})"),
        )

    def aside(self, file: str) -> str:
        """Beside its place, or beside the file that lies where a folder of that has to be."""
        vault = self.vault[file]
        place = vault.place if isinstance(vault, InVault) else ""
        above = next((each for each in self.disk if place.startswith(f"{each}/")), place)
        return f"{above} ({file})"

    def in_the_way(self, file: str) -> InTheWay:
        """As `sync.ways` sees it."""
        vault = self.vault[file]
        if not isinstance(vault, InVault) or self.journal[file].place == vault.place:
            return InTheWay.NOTHING
        found, seen, waiting = InTheWay.NOTHING, {file}, [(file, vault.place)]
        while waiting:
            one, goal = waiting.pop()
            for place in self.lying(one, goal):
                other = next((each for each, known in self.journal.items() if known.place == place), None)
                further = None if other is None else self.goal(other)
                if other is None or further is None or further.startswith(f"{goal}/"):
                    return InTheWay.STAYS
                found = InTheWay.LEAVES
                if other not in seen:
                    seen.add(other)
                    waiting.append((other, further))
        return found

    def lying(self, file: str, goal: str) -> list[str]:
        """What has to go before a file's copy can get there."""
        own = self.journal[file].place
        return [each for each in self.disk if each != own and meet(each, goal)]

    def goal(self, file: str) -> str | None:
        known, vault = self.journal[file], self.vault[file]
        lying = self.disk[known.place]
        clean = lying.hash == known.hash and known.token is None and not lying.is_open
        return vault.place if clean and isinstance(vault, InVault) and vault.place != known.place else None

    def act(self, file: str, action: actions.Action) -> None:
        known = self.journal[file]
        match action:
            case actions.Forget():
                assert known.place not in self.disk
                del self.journal[file]
            case actions.LetGo():
                self.journal[file] = replace(known, token=None, lost=known.token)
            case actions.Ask():
                self.asked.add(file)
            case actions.Move(to=to):
                self.rename(file, to)
            case actions.StepAside():
                self.rename(file, self.aside(file))
            case _:
                self.act_on_content(file, action, self.disk[known.place])

    def act_on_content(self, file: str, action: actions.Action, lies: Lying) -> None:
        known, vault = self.journal[file], self.vault[file]
        match action:
            case actions.Read():
                self.read[file] = lies.hash
            case actions.SetWritable(yes=yes):
                assert lies.writable != yes
                lies.writable = yes
            case actions.Remember():
                assert lies.hash == known.hash
                self.journal[file] = replace(known, size=lies.size, mtime_ns=lies.mtime_ns)
            case actions.Recognise():
                assert isinstance(vault, InVault)
                assert lies.hash == vault.hash
                self.write_down(file, known.place, lies, vault)
            case actions.Fetch():
                assert isinstance(vault, InVault)
                assert self.read[file] == lies.hash == known.hash
                self.disk[known.place] = made = Lying(vault.hash, lies.mtime_ns + 1)
                self.read[file] = vault.hash
                self.write_down(file, known.place, made, vault)
            case actions.Park():
                assert self.read[file] == lies.hash
                self.parked.append(lies.hash)
                self.journal[file] = replace(known, lost=None)
            case actions.LeaveNothing():
                assert lies.hash == known.hash
                self.journal[file] = replace(known, lost=None)
            case actions.PutAside():
                assert self.read[file] == lies.hash == known.hash
                self.recovery.append(self.disk.pop(known.place).hash)
                del self.journal[file]

    def rename(self, file: str, to: str) -> None:
        known = self.journal[file]
        assert not self.lying(file, to)
        assert self.disk[known.place].hash == known.hash
        for other in [each for each, there in self.journal.items() if there.place == to]:
            del self.journal[other]  # nothing of it is here, and its place is another's now
        self.disk[to] = self.disk.pop(known.place)
        self.journal[file] = replace(known, place=to)

    def write_down(self, file: str, place: str, lying: Lying, vault: InVault) -> None:
        known = self.journal[file]
        self.journal[file] = replace(
            known, place=place, revision=vault.revision, hash=vault.hash, size=lying.size, mtime_ns=lying.mtime_ns
        )


def world_of(seed: int) -> World:
    """A world, always the same for a seed."""
    random = Random(seed)
    homes, goals = places(random), places(random)
    world = World(vault={}, disk={}, journal={})
    for file, home, goal in zip(FILES, homes, goals, strict=True):
        clean = Lying(f"{file} old", 1_000)
        token = random.choice([None, None, None, 7])
        world.journal[file] = InJournal(
            place=home, revision=OLD, hash=clean.hash, size=clean.size, mtime_ns=clean.mtime_ns, token=token
        )
        world.vault[file] = a_vault(random, file, goal, token)
        if random.random() < 0.85:
            world.disk[home] = lying(random, file, clean)
    return world


def places(random: Random) -> list[str]:
    """One for each file, none below another."""
    while True:
        some = random.sample(PLACES, len(FILES))
        if not any(meet(one, other) for one in some for other in some if one != other):
            return some


def meet(one: str, other: str) -> bool:
    """They cannot both be files."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def a_vault(random: Random, file: str, place: str, token: int | None) -> InVault | Tombstone | None:
    head = InVault(place=place, revision=HEAD, hash=f"{file} head", token=random.choice([token, token, None]))
    same = InVault(place=place, revision=OLD, hash=f"{file} old", token=token)
    return random.choice([head, head, head, same, Tombstone(by="Anna"), None])


def lying(random: Random, file: str, clean: Lying) -> Lying:
    touched = replace(clean, mtime_ns=2_000)
    edited = replace(touched, hash=f"{file} work")
    empty, sudden = replace(touched, hash="empty"), replace(edited, mtime_ns=clean.mtime_ns)
    lies = random.choice([clean, clean, clean, touched, edited, empty, sudden, replace(touched, hash=f"{file} head")])
    return replace(lies, writable=random.random() < 0.5, is_open=random.random() < 0.2)


def settle(world: World, random: Random) -> list[tuple[str, actions.Action]]:
    """Plan for every file, do the batch in any order, until there is nothing to do."""
    done: list[tuple[str, actions.Action]] = []
    for _ in range(ROUNDS):
        files = [file for file in FILES if file not in world.asked and plan(world.views(file)) is not None]
        if not files:
            return done
        random.shuffle(files)
        for file in files:
            action = plan(world.views(file))  # what was planned first may be over by now
            if action is not None:
                world.act(file, action)
                done.append((file, action))
    raise AssertionError(f"it does not end: {done[-12:]}")


def no_byte_of_a_person_goes(world: World, seed: int) -> None:
    before = sorted(each.hash for each in world.disk.values())
    settle(world, Random(seed))
    after = {each.hash for each in world.disk.values()} | set(world.recovery)
    revisions = {f"{file} {which}" for file in FILES for which in ("old", "head")}
    assert set(before) - revisions <= after


def clean_copies_are_as_the_vault_in_the_end(world: World, seed: int) -> None:
    settle(world, Random(seed))
    for file, known in world.journal.items():
        vault, lies = world.vault[file], world.disk.get(known.place)
        if lies is None or lies.hash != known.hash or lies.is_open or known.token is not None or vault is None:
            continue
        assert isinstance(vault, InVault), f"{file} is deleted and still here"
        assert not lies.writable
        if known.place != vault.place:
            assert world.in_the_way(file) is InTheWay.STAYS
        else:
            assert known.revision == vault.revision


def it_comes_to_the_same_end_in_any_order(world: World, seed: int) -> None:
    other = World(
        vault=dict(world.vault), disk={each: replace(lies) for each, lies in world.disk.items()},
        journal=dict(world.journal),
    )  # fmt: skip
    settle(world, Random(seed))
    settle(other, Random(seed + 1))
    assert world.disk == other.disk
    assert sorted(world.recovery) == sorted(other.recovery)


def names_and_bytes_stay_while_the_vault_is_unknown(world: World, seed: int) -> None:
    world.vault = dict.fromkeys(FILES)
    before = {place: lies.hash for place, lies in world.disk.items()}
    settle(world, Random(seed))
    assert {place: lies.hash for place, lies in world.disk.items()} == before
    assert world.recovery == []


def work_keeps_the_base_that_it_was_made_of(world: World, seed: int) -> None:
    """A check-in names what the journal has: with the head for work on an old revision, that update would be lost."""
    work = {
        file: found.hash for file in FILES if (found := world.lies(file)) and found.hash in (f"{file} work", "empty")
    }
    settle(world, Random(seed))
    for file, content in work.items():
        found = world.lies(file)
        assert found is not None, f"the work on {file} is not followed any more"
        assert (found.hash, world.journal[file].revision) == (content, OLD)


def what_a_lost_check_out_has_left_is_parked_once(world: World, seed: int) -> None:
    held = {file for file, known in world.journal.items() if known.token is not None}
    settle(world, Random(seed))
    lost = [known for file, known in world.journal.items() if file in held - world.asked and known.token is None]
    here = [(world.disk[known.place].hash, known.hash) for known in lost if known.place in world.disk]
    assert sorted(world.parked) == sorted(lies for lies, base in here if lies != base)


LAWS = (
    no_byte_of_a_person_goes,
    clean_copies_are_as_the_vault_in_the_end,
    it_comes_to_the_same_end_in_any_order,
    names_and_bytes_stay_while_the_vault_is_unknown,
    work_keeps_the_base_that_it_was_made_of,
    what_a_lost_check_out_has_left_is_parked_once,
)


@pytest.mark.never_lost("T1", quick=20_000, full=500_000, batch=5_000)
def test_the_planner(seeds: Seeds) -> None:
    for seed in seeds:
        for law in LAWS:
            try:
                law(world_of(seed), seed)
            except AssertionError as broken:
                raise AssertionError(f"{law.__name__}: {world_of(seed)}: {broken}") from broken
