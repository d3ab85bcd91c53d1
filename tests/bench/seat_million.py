"""A seat before a vault of a million files: its first load, what came since, opening from the cache, search."""

import asyncio
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import million, million_seat
from tests.bench.figures import Figure
from tests.bench.one_seat import PERSON, seat_of
from tests.support.client import PASSWORD, signed_in
from tests.support.seat import RealSeat
from tests.support.server import RealServer

FILES = 1_000_000
OPENINGS = 5
RUNS = 5
CHANGES = 1_000
LARGE = "Posted programs"
"""The folder of 5,000 files."""
SEARCHES = {
    "rare": "O01234",
    "common": "-op20",
    "common word": "block",
    "no hit": "no such name",
    "two characters": "op",
    "two, no hit": "zq",
}
TIMEOUT = 600.0


def run() -> Sequence[Figure]:
    """All of it with one vault and one cache. The times of searches and folders are medians, the stalls the worst."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
        folder = Path(name)
        vault = asyncio.run(million.fill(folder / "data", FILES))
        server = RealServer(folder)
        server.start()
        try:
            server.add_person(PERSON, PASSWORD)
            return [
                *_loaded(folder, server),
                *_caught_up(folder, server, vault),
                *_opened(folder, server),
                *_used(folder, server),
            ]
        finally:
            server.close()


def _loaded(folder: Path, server: RealServer) -> Sequence[Figure]:
    with _seat(folder / "seat", server) as seat:
        seat.start()
        took = seat.do("sign_in_cold", timeout=TIMEOUT, server=server.address, name=PERSON, password=PASSWORD)
        idle = seat.do("idle_ms", seconds=took["seconds"], timeout=TIMEOUT)
        seat.do("folder_ms", folder=LARGE, timeout=TIMEOUT)  # it is what the next starts begin with
    beside = {
        "of it CPU": took["cpu_s"],
        "peak MB": took["peak_mb"],
        "MB in step": took["mb"],
        "longest wait of a folder ms": took["longest_wait_ms"],
    }
    return [
        Figure(name="seat_cold_load_s", value=took["seconds"], unit="s", goal=10, peers=beside),
        Figure(name="seat_cold_load_stall_ms", value=took["stall_ms"], unit="ms", goal=50, peers={"idle window": idle}),
    ]


def _caught_up(folder: Path, server: RealServer, vault: str) -> Sequence[Figure]:
    """Changes that came while the seat was not there."""
    asyncio.run(_change(server, vault, folder / "files"))
    with _seat(folder / "seat", server) as seat:
        seat.start()
        took = seat.do("caught_up", timeout=TIMEOUT)
    beside = {"changes": took["changes"], "stall ms": took["stall_ms"]}
    return [Figure(name="seat_resync_s", value=took["seconds"], unit="s", goal=0.2, peers=beside)]


async def _change(server: RealServer, vault: str, listed: Path) -> None:
    """Somebody checks files out, and gives them back."""
    async with signed_in(server.address, PERSON, seat="bench-changes") as sam:
        free = [each for each in (await sam.tree(vault)).files.values() if each.lock is None]
        for each in free[: CHANGES // 2]:
            await sam.undo(await sam.check_out(each.id))


def _opened(folder: Path, server: RealServer) -> Sequence[Figure]:
    """Start from the cache, in turn with a seat that has none; the server is away."""
    assert server.stop() == 0
    seat, empty = _seat(folder / "seat", server), _seat(folder / "empty", server)
    shutil.copytree(seat.data, empty.data, ignore=shutil.ignore_patterns("cache*"))
    shutil.copy(seat.folder / "keyring.json", empty.folder)
    full: list[dict[str, float]] = []
    bare: list[dict[str, float]] = []
    for _ in range(OPENINGS):
        for each, rows, told in ((seat, True, full), (empty, False, bare)):
            with each:
                each.start()
                told.append(each.do("opened", rows=rows, timeout=TIMEOUT))
    server.start()
    seconds = [each["seconds"] for each in full]
    more = [each["mb"] - other["mb"] for each, other in zip(full, bare, strict=True)]
    beside = {"an empty window": statistics.median(each["seconds"] for each in bare)}
    return [
        Figure(
            name="million_files",
            value=statistics.median(seconds),
            unit="s",
            goal=0.5,
            runs=seconds,
            peers=beside,
        ),
        Figure(name="million_files_mb", value=statistics.median(more), unit="MB", goal=40, runs=more),
    ]


def _used(folder: Path, server: RealServer) -> Sequence[Figure]:
    with _seat(folder / "seat", server) as seat:
        seat.start()
        seat.do("in_step")
        opened, cpu = [], []
        for _ in range(RUNS):
            seat.do("search_ms", text=SEARCHES["no hit"], timeout=TIMEOUT)  # something else is shown
            took = seat.do("folder_ms", folder=LARGE, timeout=TIMEOUT)
            opened.append(took["ms"])
            cpu.append(took["cpu_ms"])
        searches = {
            what: [seat.do("search_ms", text=text, timeout=TIMEOUT) for _ in range(RUNS)]
            for what, text in SEARCHES.items()
        }
        typed = seat.do("type_ms", timeout=TIMEOUT)
    medians = {what: statistics.median(each["ms"] for each in took) for what, took in searches.items()}
    stalls = [each["stall_ms"] for took in searches.values() for each in took]
    return [
        Figure(
            name="folder_5000_ms", value=statistics.median(opened), unit="ms", goal=30, runs=opened,
            peers={"of it CPU": statistics.median(cpu)},
        ),
        Figure(name="search_ms", value=max(medians.values()), unit="ms", goal=50, peers=medians),
        Figure(
            name="search_stall_ms", value=max(typed["stall_ms"], *stalls), unit="ms", goal=50,
            peers={"while typing": typed["stall_ms"]},
        ),
    ]  # fmt: skip


def _seat(folder: Path, server: RealServer) -> RealSeat:
    return seat_of(folder, server, program=million_seat.PROGRAM)
