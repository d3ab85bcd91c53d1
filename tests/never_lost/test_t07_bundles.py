"""T7 in bundles: the line is cut while many small files come, or the server is restarted. N14 holds.

Each run is one "Get latest" of several bundles. In a simulated world it is cut up to three times, at any byte of what
comes, and after that the server is away for a few calls or has restarted. Every byte is counted: what came whole never
goes again, and nothing unfinished is left. With `--full` the same goes over real sockets, where some more is on its way
when the line is cut: at most a bundle goes again.
"""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import cast
from unittest.mock import patch

import httpx
import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync import running
from pdm_desktop.sync.disk import UNFINISHED
from pdm_desktop.sync.transfer import attempts
from server.protocol.vault import File
from tests.never_lost.test_t07_cuts import SMALL_TALK, Line, a_folder, a_line
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.ledger import OnlyWhole, RevisionsOf
from tests.support.seat_box import SeatBox
from tests.support.server import real_server
from tests.support.sim import World, simulate
from tests.support.sim_server import SimServer
from tests.support.sim_shop import sim_shop
from tests.support.tiers import Seeds

CONTENTS = ("/contents", "/content")
"""How the calls end that bring content: of many files, or of one."""
HEAD = 200
"""Most bytes of the line before a content."""
FILES, TOGETHER = 24, 8
"""So many files, and so many of them in a bundle: there are several bundles."""
LEAST, MOST = 20_000, 30_000
"""Bytes of a file."""
WAITS = (0.01, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


@pytest.mark.never_lost("T7", quick=8, full=1_000, batch=8)
def test_what_came_whole_in_a_bundle_that_was_cut_does_not_go_again(seeds: Seeds) -> None:
    cut = sum(simulate(seed, a_cut_answer) for seed in seeds)
    assert cut or len(seeds) < 5, "no answer was ever cut"


class Cutting(httpx.AsyncBaseTransport):
    """Cuts answers with contents, and counts what comes of them."""

    def __init__(self, real: httpx.AsyncBaseTransport, chance: random.Random) -> None:
        self._real = real
        self._chance = chance
        self._calls = 0
        """So many are at the server."""
        self.server: SimServer | None = None
        """It restarts after a cut, as soon as nobody is there; None: it goes on."""
        self.cuts: list[int] = []
        """After so many bytes more it is cut, and then after so many more."""
        self.away = 0
        """So many calls after each cut find no server."""
        self._refuses = 0
        self._was_cut = False
        self.came = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._refuses:
            self._refuses -= 1
            raise httpx.ConnectError("the server is away")
        if self._was_cut and self.server is not None and not self._calls:
            self._was_cut = False
            await self.server.stop()
            await self.server.start()
        self._calls += 1
        try:
            answer = await self._real.handle_async_request(request)
            if not request.url.path.endswith(CONTENTS):
                return answer
            content = b"".join([each async for each in cast("AsyncIterator[bytes]", answer.stream)])
        finally:
            self._calls -= 1
        return httpx.Response(answer.status_code, headers=answer.headers.raw, content=self._pieces(content))

    async def _pieces(self, content: bytes) -> AsyncIterator[bytes]:
        while content:
            size = self._chance.randint(1, 5_000)
            if is_cut := bool(self.cuts) and self.cuts[0] < size:
                size = self.cuts.pop(0)
                self._refuses, self._was_cut = self.away, True
            elif self.cuts:
                self.cuts[0] -= min(size, len(content))
            piece, content = content[:size], content[size:]
            self.came += len(piece)
            yield piece
            if is_cut:
                raise httpx.ReadError("the answer was cut")


async def a_cut_answer(world: World) -> int:
    """One run. Returns how many answers were cut."""
    chance, lines = world.random, list[Cutting]()

    def cutting(real: httpx.AsyncBaseTransport) -> Cutting:
        lines.append(Cutting(real, chance))
        return lines[-1]

    async with sim_shop(world, through=cutting) as shop:
        contents = [chance.randbytes(chance.randint(1, 3_000)) for _ in range(chance.randint(6, 14))]
        files = [await shop.add(f"Jobs/{number % 2}/{number}.nc", each) for number, each in enumerate(contents)]
        await shop.box.start()
        (line,) = lines
        all_bytes = sum(map(len, contents))
        cuts = chance.randint(1, 3)
        line.cuts = [chance.randrange(all_bytes // cuts) for _ in range(cuts)]
        line.away = chance.choice((0, 0, 1))
        line.server = shop.server if chance.random() < 0.3 else None
        world.note(line.cuts, line.away, line.server is not None, [len(each) for each in contents])
        with patch.object(running, "TOGETHER", 5):
            results = await shop.box.do(requests.GetLatest(files=tuple(each.id for each in files)))
        assert {each.outcome for each in results} == {Outcome.DONE}, results
        happened = cuts - len(line.cuts)
        most = all_bytes + len(files) * HEAD + happened * (max(map(len, contents)) + HEAD)
        assert line.came <= most, f"{line.came} bytes came, and {most} would do"
        assert_all_here(shop.box, files, contents)
        await shop.assert_nothing_lost()
        return happened


def assert_all_here(box: SeatBox, files: Sequence[File], contents: Sequence[bytes]) -> None:
    for file, content in zip(files, contents, strict=True):
        place = f"Production/{file.path}"
        assert box.read(place) == content
        assert not box.full(place).stat().st_mode & 0o222
    assert list((box.root / UNFINISHED).iterdir()) == []
    assert box.journal.unfinished() == []
    box.assert_sound()


# Over real sockets


@pytest.mark.full
@pytest.mark.never_lost("T7", quick=4, full=60, batch=20)
def test_a_cut_of_a_bundle_costs_at_most_a_bundle(seeds: Seeds) -> None:
    asyncio.run(cuts(seeds))


async def cuts(seeds: Iterable[int]) -> None:
    with a_folder() as folder, real_server(folder / "server") as server:
        for name in ("Anna", "Tomas"):
            server.add_person(name, PASSWORD)
        async with signed_in(server.address, "Anna") as anna, signed_in(server.address, "Tomas") as tomas:
            contents = small_contents()
            files = await added(tomas, contents)
            for seed in seeds:
                async with a_line(server, anna, tomas, kind=(seed + seed // 4) % 3) as line:
                    with (
                        patch.object(running, "TOGETHER", TOGETHER),
                        patch.object(attempts, "FIRST_WAITS", WAITS),
                        patch.object(attempts, "WAITS", WAITS),
                    ):
                        await a_cut(line, files, contents, seed)


def small_contents() -> list[bytes]:
    chance = random.Random("many small files")
    return [chance.randbytes(chance.randint(LEAST, MOST)) for _ in range(FILES)]


async def added(tomas: Client, contents: Sequence[bytes]) -> list[File]:
    vault, folder = await tomas.vault(), f"Jobs/{uuid.uuid4().hex}"
    return [
        (await tomas.add(vault, f"{folder}/{number % 3}/{number}.nc", content)).file
        for number, content in enumerate(contents)
    ]


async def a_cut(line: Line, files: Sequence[File], contents: Sequence[bytes], seed: int) -> None:
    for content in contents:
        line.ledger.wrote(content, by="Tomas", where="the vault")
    all_bytes = sum(map(len, contents))
    is_restart, at = seed % 4 == 3, random.Random(seed).randrange(1, all_bytes)
    request = requests.GetLatest(files=tuple(each.id for each in files))
    await line.box.start()
    before = line.proxy.down
    async with asyncio.TaskGroup() as group:
        cut = group.create_task(restarts(line, at) if is_restart else is_cut(line, at), name="the cut")
        results = await line.box.do(request)
        await cut
    assert line.proxy.cuts == [], "the cut did not come"
    await all_done(line, results)
    # Where the server restarts every line is cut, and each has a bundle.
    again = TOGETHER * MOST * (running.BUNDLES_AT_ONCE if is_restart else 1)
    moved = line.proxy.down - before
    assert moved < all_bytes + again + SMALL_TALK, f"cut at {at}: {moved} bytes came, more than a bundle again"
    assert_all_here(line.box, files, contents)
    await line.box.stop()
    await line.box.start()
    line.box.assert_sound()
    revisions = RevisionsOf(line.anna, *(each.id for each in files))
    await line.ledger.assert_whole(*line.box.places(), OnlyWhole(revisions, line.ledger))


async def is_cut(line: Line, at: int) -> None:
    """Whatever connection carries that byte of the answers is cut there."""
    line.proxy.cut("down", at)


async def restarts(line: Line, at: int) -> None:
    """The server is killed and started again when so many bytes have come."""
    await line.proxy.has_moved("down", at)
    await asyncio.to_thread(line.server.kill)
    await asyncio.to_thread(line.server.start)


async def all_done(line: Line, results: Sequence[FileResult]) -> None:
    """What did not come, as the server was away for long, is asked for once more."""
    left = tuple(each.file for each in results if each.outcome is Outcome.UNFINISHED)
    again = await line.box.do(requests.GetLatest(files=left)) if left else []
    for each in (*(each for each in results if each.file not in left), *again):
        assert each.outcome in (Outcome.DONE, Outcome.UNCHANGED), each
