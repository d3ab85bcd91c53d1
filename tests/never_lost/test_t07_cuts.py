"""T7: a transfer is cut at each MiB and a byte beside it, or the server is restarted in the middle. N4 and N14 hold.

Each run is one transfer and one cut. Every byte on the line is counted: after a cut at most one part goes again, in
either direction. One run in ten has the product's own sizes, the others small ones, to which the same rules apply. One
line in three carries everything in small slices, and one carries it late.
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


@dataclass(frozen=True)
class Sizes:
    """How large everything is."""

    small: int
    part: int
    content: int
    waits: tuple[float, ...]


QUICK = Sizes(small=MIB, part=2 * MIB, content=7 * MIB + 123, waits=(0.01, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0))
OWN = Sizes(small=upload.SMALL, part=upload.PART, content=37 * MIB + 123, waits=attempts.WAITS)


@dataclass(frozen=True)
class Cut:
    """What happens, in which direction, and after how many bytes of the content."""

    direction: str
    at: int
    is_restart: bool
    sizes: Sizes


def cut_of(seed: int) -> Cut:
    """Each boundary and each byte beside it comes in both directions, in leaps, so that a few are early and late."""
    sizes = OWN if seed % 10 == 9 else QUICK
    boundary, beside = divmod(seed // 2 * 5 % (sizes.content // MIB * 3), 3)
    return Cut(("up", "down")[seed % 2], (boundary + 1) * MIB + beside - 1, is_restart=seed % 5 == 4, sizes=sizes)


def test_every_boundary_is_cut_in_both_directions() -> None:
    small = [cut for cut in map(cut_of, range(200)) if cut.sizes is QUICK and not cut.is_restart]
    wanted = {(way, mib * MIB + beside) for way in ("up", "down") for mib in range(1, 8) for beside in (-1, 0, 1)}
    assert wanted == {(cut.direction, cut.at) for cut in small}


@pytest.mark.never_lost("T7", quick=20, full=200, batch=10)
def test_a_cut_costs_at_most_one_part(seeds: Seeds) -> None:
    asyncio.run(cuts(seeds))


async def cuts(seeds: Iterable[int]) -> None:
    with a_folder() as folder, real_server(folder / "server") as server:
        for name in ("Anna", "Tomas"):
            server.add_person(name, PASSWORD)
        async with signed_in(server.address, "Anna") as anna, signed_in(server.address, "Tomas") as tomas:
            for seed in seeds:
                async with a_line(server, anna, tomas, kind=seed // 2 % 3) as line:
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
        assert moved < cut.sizes.content + cut.sizes.part + SMALL_TALK, f"{cut}: more than a part went again"
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
    """Anna checks in. Returns how many bytes went."""
    await line.box.one(requests.CheckOut(files=(file.id,)))
    line.box.save(f"Production/{file.path}", content)
    before = line.proxy.up
    async with asyncio.TaskGroup() as group:
        happening = group.create_task(happens(line, cut), name="the cut")
        await until_done(line, requests.CheckIn(files=(file.id,)), happening)
    return line.proxy.up - before


async def fetches(line: Line, file: File, content: bytes, cut: Cut) -> int:
    """Tomas has checked in, and Anna gets it. Returns how many bytes came."""
    line.ledger.wrote(content, by="Tomas", where="the vault")
    await line.tomas.check_in(await line.tomas.check_out(file.id), content)
    before = line.proxy.down
    async with asyncio.TaskGroup() as group:
        happening = group.create_task(happens(line, cut), name="the cut")
        await until_done(line, requests.GetLatest(files=(file.id,)), happening)
    return line.proxy.down - before


async def happens(line: Line, cut: Cut) -> None:
    """The line is cut after that byte, or the server restarts when it has passed."""
    if not cut.is_restart:
        line.proxy.cut(cut.direction, cut.at)
        return
    await line.proxy.has_passed(cut.direction, cut.at)
    await asyncio.to_thread(line.server.kill)
    await asyncio.to_thread(line.server.start)


async def until_done(line: Line, request: requests.CheckIn | requests.GetLatest, cut: "asyncio.Task[None]") -> None:
    """It goes on by itself; or, when the server was away for long, from the queue, or when it is asked for again."""
    result = await line.box.one(request)
    await cut
    if result.outcome is not Outcome.DONE:
        await line.box.place.engine.go_on()
    if result.outcome is Outcome.UNFINISHED:
        result = await line.box.one(request)
    assert result.outcome is Outcome.DONE or line.box.journal.waiting() == [], result
    assert line.proxy.cuts == [], "the cut did not come"
