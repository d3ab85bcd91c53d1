"""T7: a transfer is cut at each MiB and a byte beside it, or the server is restarted in the middle. N4 and N14 hold.

Each run is one transfer and one cut, in the content itself: heads and answers in words do not count. After a cut only
what was on its way goes again, and when the server that was sent to is killed at most one part. One run in ten has the
product's own sizes and content of more than two parts, the others small ones, to which the same rules apply. One line
in three carries everything in small slices, and one carries it late.
"""

import asyncio
import random
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import UNFINISHED
from pdm_desktop.sync.transfer import attempts, upload
from server.protocol.vault import File
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.ledger import Ledger, OnlyWhole, RevisionsOf
from tests.support.proxy import BLOCK, Proxy, proxy
from tests.support.seat_box import SeatBox
from tests.support.server import RealServer, real_server
from tests.support.tiers import Seeds

MIB = 1 << 20
SLICE = 997
"""Bytes that arrive at once on a line that slices: less than a segment, and no boundary of anything."""
LATE = 0.005
"""Seconds that each block is on its way where the line is slow."""
SMALL_TALK = 128 << 10
"""More than all headers and answers of one transfer."""
ON_ITS_WAY = 512 << 10
"""More than what is between seat and server, and in the hands of either, when the line is cut."""


@dataclass(frozen=True)
class Sizes:
    """How large everything is."""

    small: int
    part: int
    content: int
    waits: tuple[float, ...]


QUICK = Sizes(small=MIB, part=2 * MIB, content=7 * MIB + 123, waits=(0.01, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0))
OWN = Sizes(small=upload.SMALL, part=upload.PART, content=2 * upload.PART + 3 * MIB + 123, waits=attempts.WAITS)


@dataclass(frozen=True)
class Cut:
    """What happens, in which direction, and after how many bytes of the content."""

    direction: str
    at: int
    is_restart: bool
    sizes: Sizes
    line: int
    """Which kind of line: a good one, one that slices, one that is slow."""

    @property
    def again(self) -> int:
        """So many bytes may go again: what was on its way, or the part that came when the server was killed."""
        return self.at % self.sizes.part if self.is_restart and self.direction == "up" else ON_ITS_WAY


def cut_of(seed: int) -> Cut:
    """Each boundary and each byte beside it comes in both directions, in leaps, so that a few are early and late."""
    if seed % 10 == 9:
        return own_cut(seed // 10)
    boundary, beside = divmod(seed // 2 * 5 % (QUICK.content // MIB * 3), 3)
    is_restart = seed % 10 == 4
    direction = ("up", "down")[(seed // 10 if is_restart else seed) % 2]
    at = (boundary + 1) * MIB + beside - 1
    return Cut(direction, at, is_restart=is_restart, sizes=QUICK, line=seed // 2 % 3)


def own_cut(number: int) -> Cut:
    """Where two parts of the product's own size are over, or a byte beside that, then where one is.

    The first two, an upload at a restart and a download at a cut, are of the quick tier.
    """
    turn, which = divmod(number, 4)
    is_restart = which in (0, 3)
    parts = 2 if is_restart or turn < 3 else 1
    at = parts * OWN.part + turn % 3 - 1
    return Cut(("up", "down")[number % 2], at, is_restart=is_restart, sizes=OWN, line=turn % 3)


def test_every_boundary_is_cut_in_both_directions() -> None:
    cuts = list(map(cut_of, range(200)))
    ways, beside = ("up", "down"), (-1, 0, 1)
    small = {(cut.direction, cut.at) for cut in cuts if cut.sizes is QUICK and not cut.is_restart}
    assert small == {(way, mib * MIB + byte) for way in ways for mib in range(1, 8) for byte in beside}
    own = {(cut.direction, cut.at, cut.is_restart) for cut in cuts if cut.sizes is OWN}
    second = {(way, 2 * OWN.part + byte, restart) for way in ways for byte in beside for restart in (False, True)}
    first = {(way, OWN.part + byte, False) for way in ways for byte in (-1, 0)}
    assert own == second | first


def test_the_server_restarts_in_both_directions() -> None:
    restarts = {(cut.direction, cut.sizes is OWN) for cut in map(cut_of, range(200)) if cut.is_restart}
    assert restarts == {(way, is_own) for way in ("up", "down") for is_own in (False, True)}


def test_at_the_own_sizes_a_side_that_forgets_what_it_had_needs_more_again_than_it_may() -> None:
    own = [cut for cut in map(cut_of, range(200)) if cut.sizes is OWN]
    assert all(cut.again < cut.at < cut.sizes.content for cut in own)


@pytest.mark.never_lost("T7", quick=20, full=200, batch=10)
def test_a_cut_costs_at_most_one_part(seeds: Seeds) -> None:
    asyncio.run(cuts(seeds))


async def cuts(seeds: Iterable[int]) -> None:
    with a_folder() as folder, real_server(folder / "server") as server:
        for name in ("Anna", "Tomas"):
            server.add_person(name, PASSWORD)
        async with signed_in(server.address, "Anna") as anna, signed_in(server.address, "Tomas") as tomas:
            for seed in seeds:
                async with a_line(server, anna, tomas, kind=cut_of(seed).line) as line:
                    await a_transfer(line, seed)


@contextmanager
def a_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pdm-cuts-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Line:
    """A seat behind a proxy, and what is at both ends."""

    server: RealServer
    proxy: Proxy
    anna: Client
    tomas: Client
    box: SeatBox
    ledger: Ledger


@asynccontextmanager
async def a_line(server: RealServer, anna: Client, tomas: Client, *, kind: int) -> AsyncIterator[Line]:
    """A line of one of three kinds: a good one, one that slices, one that is slow."""
    ledger = Ledger()
    async with proxy(server.address) as made:
        made.most = SLICE if kind == 1 else BLOCK
        made.delay = LATE if kind == 2 else 0.0
        with a_folder() as folder:
            box = SeatBox(
                folder,
                make_vault=lambda: VaultCalls(Http(made.address, token=anna.token, seat=anna.seat, tls=trust())),
                seat=anna.seat,
                person="Anna",
                ledger=ledger,
            )
            yield Line(server, made, anna, tomas, box, ledger)
            if box.is_started:
                await box.throw_away()


async def a_transfer(line: Line, seed: int) -> None:
    cut = cut_of(seed)
    with (
        patch.object(upload, "SMALL", cut.sizes.small),
        patch.object(upload, "PART", cut.sizes.part),
        patch.object(attempts, "WAITS", cut.sizes.waits),
    ):
        content = random.Random(seed).randbytes(cut.sizes.content)
        vault = await line.tomas.vault()
        first = line.ledger.wrote(b"small", by="Tomas", where="the vault")
        file = (await line.tomas.add(vault, f"Jobs/{uuid.uuid4().hex}/plate.mcam", first)).file
        await line.box.start()
        moved = await (sends if cut.direction == "up" else fetches)(line, file, content, cut)
        assert moved >= cut.sizes.content, f"{cut}: it was not counted"
        assert moved <= cut.sizes.content + cut.again, f"{cut}: {moved - cut.sizes.content} bytes went again"
        assert line.box.read(f"Production/{file.path}") == content
        assert list((line.box.root / UNFINISHED).iterdir()) == []
        line.box.assert_sound()
        await line.box.stop()
        await line.box.start()
        places = (*line.box.places(), OnlyWhole(RevisionsOf(line.anna, file.id), line.ledger))
        await line.ledger.assert_whole(*places)
        history = (await line.anna.file(file.id)).file
        assert (history.head.number, history.lock) == ("1.1", None)


async def sends(line: Line, file: File, content: bytes, cut: Cut) -> int:
    """Anna checks in. Returns how many bytes of content went."""
    await line.box.one(requests.CheckOut(files=(file.id,)))
    line.box.save(f"Production/{file.path}", content)
    return await moves(line, requests.CheckIn(files=(file.id,)), cut)


async def fetches(line: Line, file: File, content: bytes, cut: Cut) -> int:
    """Tomas has checked in, and Anna gets it. Returns how many bytes of content came."""
    line.ledger.wrote(content, by="Tomas", where="the vault")
    await line.tomas.check_in(await line.tomas.check_out(file.id), content)
    return await moves(line, requests.GetLatest(files=(file.id,)), cut)


async def moves(line: Line, request: requests.CheckIn | requests.GetLatest, cut: Cut) -> int:
    """Anna asks for it, and the cut comes. Returns how many bytes of content moved; there was little beside them."""
    all_before, before = line.proxy.moved(cut.direction), line.proxy.content[cut.direction]
    async with asyncio.TaskGroup() as group:
        happening = group.create_task(happens(line, cut), name="the cut")
        await until_done(line, request, happening)
    moved = line.proxy.content[cut.direction] - before
    assert line.proxy.moved(cut.direction) - all_before < moved + SMALL_TALK
    return moved


async def happens(line: Line, cut: Cut) -> None:
    """The line is cut after that byte, or the server restarts while the next one would come."""
    if not cut.is_restart:
        line.proxy.cut_content(cut.direction, cut.at)
        return
    async with line.proxy.halted(cut.direction, cut.at):
        await asyncio.to_thread(line.server.kill)
        await asyncio.to_thread(line.server.start)


async def until_done(line: Line, request: requests.CheckIn | requests.GetLatest, cut: "asyncio.Task[None]") -> None:
    """It goes on by itself; or, when the server was away for long, from the queue, or when it is asked for again."""
    result = await line.box.one(request)
    assert line.proxy.is_whole, "the cut did not come"
    await cut
    if result.outcome is not Outcome.DONE:
        await line.box.place.engine.go_on()
    if result.outcome is Outcome.UNFINISHED:
        result = await line.box.one(request)
    assert result.outcome is Outcome.DONE or line.box.journal.waiting() == [], result
