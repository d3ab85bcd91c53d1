"""T4 in bundles: seat and server are killed for real (SIGKILL) while many small files come. N1, N2, N3 and N14 hold.

Some files are new on the seat, some old, and one was saved by force. After the kill everything starts again: each file
is whole and one of the two that it may be, nothing unfinished is left, and the same command brings all the others. What
was saved by force stays where it is.
"""

import asyncio
import random
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import UNFINISHED
from server.protocol.vault import File
from tests.never_lost.test_t04_sigkill import MOST_TRIES, RealShop, Run, a_folder, a_shop
from tests.support.ledger import OnlyWhole, RevisionsOf
from tests.support.seat_process import let_work
from tests.support.tiers import Seeds

SECONDS, SECONDS_A_FILE = 0.03, 0.003
"""A command for no files takes less, and with each so much more."""

BY_FORCE = b"by force: "

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the seat's processes are forked")


@pytest.mark.never_lost("T4", quick=2, full=300, batch=10)
def test_a_kill_while_many_small_files_come_costs_nothing(seeds: Seeds) -> None:
    asyncio.run(kills(seeds))


async def kills(seeds: Iterable[int]) -> None:
    async with a_shop() as shop:
        for seed in seeds:
            await a_kill(shop, seed)


async def a_kill(shop: RealShop, seed: int) -> None:
    """A command that was faster is given again in a new run with half the time."""
    for attempt in range(MOST_TRIES):
        chance = random.Random(f"{seed}, {attempt}")
        with a_folder(shop) as folder:
            run = ManyFiles(shop, chance, folder)
            try:
                is_hit = await run.kills(0.5**attempt)
            finally:
                run.end()
        if is_hit:
            return
    raise AssertionError("every command was over before its process could be killed")


@dataclass(frozen=True)
class Wanted:
    """A file that is to come, and what may be here of it."""

    file: File
    newest: bytes
    before: bytes | None

    @property
    def place(self) -> str:
        return f"Production/{self.file.path}"


class ManyFiles(Run):
    """One kill while many files come."""

    async def kills(self, share: float) -> bool:
        """Begin a command, kill, start again, and look. False: the command was over before."""
        self.seat.start()
        wanted = await self.some_files()
        request = requests.GetLatest(files=tuple(each.file.id for each in wanted))
        victims = self.chance.choice((*[("seat",)] * 5, ("server",), ("seat", "server")))
        delay = self.chance.uniform(0, SECONDS + len(wanted) * SECONDS_A_FILE) * share
        self.seat.ask(request)
        await let_work(delay)
        is_hit = not self.seat.has_finished()
        await self.kill(victims)
        await self.look_after_many(wanted, request)
        return is_hit

    async def some_files(self) -> list[Wanted]:
        """Every third is old, and of those one was saved by force."""
        vault, folder = await self.tomas.vault(), f"Jobs/{uuid.uuid4().hex}"
        contents = [self.small(number) for number in range(int(8 * 4 ** self.chance.random()))]
        paths = [f"{folder}/{number % 3}/{number}.nc" for number in range(len(contents))]
        files = [(await self.tomas.add(vault, *each)).file for each in zip(paths, contents, strict=True)]
        old = files[::3]
        self.seat.do(requests.GetLatest(files=tuple(each.id for each in old)))
        newest = {each.id: self.small(number) for number, each in enumerate(old, start=len(files))}
        for each in old:
            await self.tomas.check_in(await self.tomas.check_out(each.id), newest[each.id])
        self.box.save(f"Production/{old[0].path}", BY_FORCE + self.chance.randbytes(2_000))
        return [
            Wanted(file, newest.get(file.id, content), content if file in old else None)
            for file, content in zip(files, contents, strict=True)
        ]

    def small(self, number: int) -> bytes:
        """A content that the vault has, and no other file."""
        content = b"%d: " % number + self.chance.randbytes(self.chance.randint(1, 30_000))
        self.ledger.in_care(self.ledger.wrote(content, by="Tomas", where="the vault"))
        return content

    async def look_after_many(self, wanted: list[Wanted], request: requests.GetLatest) -> None:
        await self.box.start()
        assert list((self.box.root / UNFINISHED).iterdir()) == [], "what was left unfinished is not collected"
        self.box.assert_sound()
        saved, *others = wanted
        for each in others:
            assert self.box.read(each.place) in (each.before, each.newest), f"{each.place} is neither old nor new"
        results = await self.box.do(request)
        assert results[0].outcome is Outcome.REFUSED, "two versions wait for their person"
        for result in results[1:]:
            assert result.outcome in (Outcome.DONE, Outcome.UNCHANGED), result
        assert self.box.journal.unfinished() == []
        assert (self.box.read(saved.place) or b"").startswith(BY_FORCE)
        for each in others:
            assert self.box.read(each.place) == each.newest
            assert not self.box.full(each.place).stat().st_mode & 0o222
        await self.box.stop()
        await self.box.start()
        self.box.assert_sound()
        revisions = RevisionsOf(self.anna, *(each.file.id for each in wanted))
        await self.ledger.assert_whole(*self.box.places(), OnlyWhole(revisions, self.ledger))
        await self.box.stop()
