"""Check-outs from before a restore, which do not count after it (N6, N7, N19).

A seat takes each file between the backup and its return, or another seat of hers takes it over, so that the restored
server does not know that check-out. Then, before any seat has heard of the restore, somebody checks in by it: the
test's own call, or the engine of the seat. It is refused, nothing of the vault changes, the work is parked and comes
back by the product's own ways. Tokens go on where nobody has had one: who has a file now is not checked in for by an
older one.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from server.protocol import calls
from server.protocol.problems import Problem
from server.protocol.vault import File, Lock
from tests.support.client import Client, Refusal, signed_in
from tests.support.restored import Scene


@dataclass
class Stale:
    """A file whose check-out the restored server does not know, and what was saved by it."""

    name: str
    by: Client
    """The seat that had it."""
    before: File
    """As the server had it last: with the lock."""
    work: bytes

    @property
    def lock(self) -> Lock:
        """As its seat had it."""
        assert self.before.lock is not None
        return self.before.lock


@dataclass
class Tokens:
    """Every fencing token that was handed out, of each file, in that order."""

    scene: Scene
    laptop: Client
    """Another seat of Anna's."""
    given: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def taken(self, who: Client, name: str) -> calls.FileState:
        """Somebody checks a file out, or takes it over from another seat."""
        file = self.scene.files[name]
        held = (await who.file(file)).file.lock
        state = await (who.check_out(file) if held is None else who.adopt(file))
        self.note(state.file)
        return state

    def note(self, file: File) -> None:
        """One was handed out for the file."""
        assert file.lock is not None
        self.given[file.id].append(file.lock.token)

    def assert_only_grown(self) -> None:
        """N6, also across the restore."""
        for file, tokens in self.given.items():
            assert tokens == sorted(set(tokens)), f"tokens of {file}: {tokens}"


# Between the backup and its return


async def taken_by_the_seat(tokens: Tokens, name: str) -> Client:
    """Nobody has it in the backup."""
    await tokens.scene.check_out(name)
    tokens.note((await tokens.scene.anna.file(tokens.scene.files[name])).file)
    return tokens.scene.anna


async def given_back_and_taken_again(tokens: Tokens, name: str) -> Client:
    """In the backup the same seat has it, by an earlier check-out."""
    await tokens.scene.anna.undo(await tokens.scene.anna.file(tokens.scene.files[name]))
    await tokens.taken(tokens.scene.anna, name)
    return tokens.scene.anna


async def taken_over_by_the_laptop(tokens: Tokens, name: str) -> Client:
    """In the backup Anna's first seat has it."""
    await tokens.taken(tokens.laptop, name)
    return tokens.laptop


# After it


async def nobody_has_it(_tokens: Tokens, _old: Stale) -> None:
    """As it is in the backup."""


async def tomas_has_it(tokens: Tokens, old: Stale) -> None:
    """By a check-out of his own."""
    await tokens.taken(tokens.scene.tomas, old.name)


async def tomas_has_checked_in(tokens: Tokens, old: Stale) -> None:
    """He is done, and nobody has it."""
    held = await tokens.taken(tokens.scene.tomas, old.name)
    await tokens.scene.tomas.check_in(held, tokens.scene.content("Tomas", old.name))


async def tomas_has_checked_in_and_kept_it(tokens: Tokens, old: Stale) -> None:
    """He goes on."""
    held = await tokens.taken(tokens.scene.tomas, old.name)
    await tokens.scene.tomas.check_in(held, tokens.scene.content("Tomas", old.name), keep=True)


async def the_seat_has_it_anew(tokens: Tokens, old: Stale) -> None:
    """The very seat that had it before: only the token tells the check-outs apart."""
    await tokens.taken(old.by, old.name)


Before = Callable[[Tokens, str], Awaitable[Client]]
After = Callable[[Tokens, Stale], Awaitable[None]]

RAW: dict[str, tuple[Before, After]] = {
    "free": (taken_by_the_seat, nobody_has_it),
    "with Tomas": (taken_by_the_seat, tomas_has_it),
    "changed by Tomas": (taken_by_the_seat, tomas_has_checked_in),
    "changed and kept by Tomas": (taken_by_the_seat, tomas_has_checked_in_and_kept_it),
    "taken anew by the same seat": (taken_by_the_seat, the_seat_has_it_anew),
    "with the same seat by an earlier one": (given_back_and_taken_again, nobody_has_it),
    "with the seat that had it before": (taken_over_by_the_laptop, nobody_has_it),
    "taken over anew": (taken_over_by_the_laptop, the_seat_has_it_anew),
}
"""What the test's own calls check in."""
BY_ENGINE: dict[str, After] = {
    "free, by the engine": nobody_has_it,
    "with Tomas, by the engine": tomas_has_it,
    "changed by Tomas, by the engine": tomas_has_checked_in,
}
"""What the seat checks in itself. It had all of them in its journal before."""
ADDED = ("added since, raw", "added since, by the engine")
"""Files that the restored server never had."""


class StaleHolders:
    """The files of one restore, and who had them."""

    def __init__(self, scene: Scene, laptop: Client) -> None:
        self.scene = scene
        self.tokens = Tokens(scene, laptop)
        self._stale: list[Stale] = []
        self._added: list[Stale] = []

    async def before_the_backup(self) -> None:
        """Add the files; some are checked out."""
        for name in (*RAW, *BY_ENGINE):
            await self.scene.add(name)
            if name in RAW and RAW[name][0] is not taken_by_the_seat:
                await self.tokens.taken(self.scene.anna, name)

    async def since(self) -> None:
        """Take them, and some that are added now; save what the engine is to check in."""
        self._stale = [await self._checked_out(name) for name in (*RAW, *BY_ENGINE)]
        for name in ADDED:
            await self.scene.add(name)
        self._added = [await self._checked_out(name) for name in ADDED]

    async def check_in(self) -> None:
        """By each of those check-outs, in any order. The server is as it was, and no seat has heard of that."""
        self.scene.chance.shuffle(self._stale)
        for old in self._stale:
            if old.name in RAW:
                await RAW[old.name][1](self.tokens, old)
                await self._by_raw_call(old)
            else:
                await BY_ENGINE[old.name](self.tokens, old)
                await self._by_the_engine(old)
            await self._its_holder_goes_on(old)
        await self._added_since_is_unknown(*self._added)

    async def come_back(self) -> None:
        """All work of theirs does, once the seats have heard of the restore, and no token was handed out twice."""
        added_by_engine = self._added[1]
        assert self.scene.here(added_by_engine.name) == added_by_engine.work
        for old in self._stale:
            await self._its_work_comes_back(old)
        self.tokens.assert_only_grown()

    async def _checked_out(self, name: str) -> Stale:
        """Its work is saved: the seat's on its disk, what the test's own calls send is nowhere else."""
        scene = self.scene
        before, _ = RAW.get(name, (taken_by_the_seat, nobody_has_it))
        by = await before(self.tokens, name)
        if name in (*BY_ENGINE, ADDED[1]):
            scene.edit(name)
            work = scene.here(name)
            assert work is not None
        else:
            work = f"what Anna made of {name}\n".encode()
        return Stale(name, by, (await by.file(scene.files[name])).file, work)

    async def _by_raw_call(self, old: Stale) -> None:
        """By the test's own call: refused, and parked."""
        before = await self._what_the_vault_has(old)
        sent = await old.by.upload(old.work)
        wish = calls.CheckIn(
            upload=sent.id, base=old.before.head.number, token=old.lock.token, size=sent.size, hash=sent.hash
        )
        problem = await refusal_of(old.by.change("POST", f"/files/{old.before.id}/checkin", wish))
        assert (problem.status, problem.code) == (409, "not_yours"), old.name
        assert await self._what_the_vault_has(old) == before, f"{old.name}: a check-out from before the restore counted"
        assert problem.lock == before[0].lock, f"{old.name}: the refusal says who has it"
        (parked,) = await self._parked_of(old)
        assert (problem.parked, parked.reason) == (parked.id, "not_yours"), old.name
        undo = calls.UndoCheckOut(token=old.lock.token)
        refused = await refusal_of(old.by.change("POST", f"/files/{old.before.id}/undo", undo))
        assert refused.code == "not_yours", f"{old.name}: {refused}"
        assert await self._what_the_vault_has(old) == before, f"{old.name}: a check-out from before the restore counted"

    async def _by_the_engine(self, old: Stale) -> None:
        """By a seat that has heard of no restore: it is refused, and whatever it has stays with it as well."""
        before = await self._what_the_vault_has(old)
        result = await self.scene.box.one(requests.CheckIn(files=(old.before.id,)))
        assert result.outcome is Outcome.REFUSED, result
        assert await self._what_the_vault_has(old) == before, f"{old.name}: a check-out from before the restore counted"
        assert self.scene.here(old.name) == old.work, f"{old.name}: {result}"

    async def _added_since_is_unknown(self, raw: Stale, by_engine: Stale) -> None:
        """There is no file of which anything could be parked: it is refused, and the work stays on the seat."""
        scene = self.scene
        sent = await raw.by.upload(raw.work)
        wish = calls.CheckIn(
            upload=sent.id, base=raw.before.head.number, token=raw.lock.token, size=sent.size, hash=sent.hash
        )
        problem = await refusal_of(raw.by.change("POST", f"/files/{raw.before.id}/checkin", wish))
        assert problem.code == "not_found", problem
        result = await scene.box.one(requests.CheckIn(files=(by_engine.before.id,)))
        assert result.outcome is Outcome.REFUSED, result
        assert scene.here(by_engine.name) == by_engine.work

    async def _what_the_vault_has(self, old: Stale) -> tuple[File, int, list[str]]:
        """The file, the vault's seq, and the file's revisions."""
        tree = await self.scene.tomas.tree(self.scene.vault)
        history = await self.scene.tomas.get(f"/files/{old.before.id}/history", calls.History)
        return tree.files[old.before.id], tree.head.seq, [each.hash for each in history.revisions]

    async def _parked_of(self, old: Stale) -> list[calls.ParkedVersion]:
        return [each for each in await self.scene.anna.parked() if each.file == old.before.id]

    async def _its_holder_goes_on(self, old: Stale) -> None:
        """Whoever has it by now keeps it, and checks in by that very check-out."""
        file = (await self.scene.tomas.file(old.before.id)).file
        if file.lock is None or file.lock.token not in self.tokens.given[file.id]:
            return
        who = {each.seat: each for each in (self.scene.anna, self.scene.tomas, self.tokens.laptop)}[file.lock.seat]
        state = await who.file(file.id)
        after = await who.check_in(state, self.scene.content(who.person, old.name))
        assert (after.file.head.minor, after.file.lock) == (file.head.minor + 1, None), old.name

    async def _its_work_comes_back(self, old: Stale) -> None:
        """It is parked once, and its person saves it as a file."""
        box = self.scene.box
        (parked,) = [each for each in await self._parked_of(old) if each.hash == blake3(old.work).hexdigest()]
        target = box.folder / f"{old.name}.saved"
        result = await box.one(requests.SaveParked(parked=parked.id, target=str(target)))
        assert result.outcome is Outcome.DONE, result
        assert target.read_bytes() == old.work, old.name


async def refusal_of(call: Awaitable[bytes]) -> Problem:
    """Why the server refuses a call. Raises AssertionError when it does not."""
    try:
        answer = await call
    except Refusal as refused:
        return refused.problem
    raise AssertionError(f"a check-out from before the restore counted: {answer!r}")


@asynccontextmanager
async def stale_holders(scene: Scene) -> AsyncIterator[StaleHolders]:
    """With another seat of Anna's, signed in."""
    async with signed_in(scene.server.address, "Anna") as laptop:
        yield StaleHolders(scene, laptop)
