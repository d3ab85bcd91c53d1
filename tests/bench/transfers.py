"""A file of 1 GiB to the server and back through the whole product, and 10,000 small ones, beside `curl` and `dd`."""

import asyncio
import os
import random
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench import measured_seat, sink
from tests.bench.figures import Figure
from tests.bench.one_seat import PERSON, VAULT, seat_of
from tests.support.client import PASSWORD, signed_in
from tests.support.seat import RealSeat
from tests.support.server import RealServer, real_server

ROUNDS = 3
SIZE = 1 << 30
SMALL_FILES = 10_000
SMALL_SIZE = 10_000
BLOCK = 1 << 20
FILE = "Large/2210-block.mcam"
TIMEOUT = 1_000.0


@dataclass
class Measured:
    """What the rounds gave, by name of what was measured."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)
    idle_ms: float = 0.0
    """The longest stall of the window while `dd` and `curl` worked, and the seat did not."""

    def add(self, name: str, took: dict[str, float]) -> None:
        """One round of the product."""
        self.time(name, took["seconds"])
        for each in ("stall_ms", "busy_ms", "seat_mb", "server_mb"):
            self.worst[each] = max(self.worst.get(each, 0.0), took[each])

    def time(self, name: str, seconds: float) -> None:
        """One round of anything."""
        self.seconds.setdefault(name, []).append(seconds)

    def rates(self, name: str) -> list[float]:
        """Megabytes a second of each round."""
        return [SIZE / 1e6 / each for each in self.seconds[name]]

    def rate(self, name: str) -> float:
        """Their median."""
        return statistics.median(self.rates(name))


def run() -> Sequence[Figure]:
    """Check-in and get latest of one large file, with what the window and both memories did meanwhile."""
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name, real_server(Path(name)) as server:
        folder = Path(name)
        file = asyncio.run(_prepare(server))
        with sink.sink() as address, _seat(folder, server) as seat:
            _signed_in(seat)
            local = seat.workspace / VAULT / FILE
            seat.do("measure", request="CheckOut", files=[file], server=server.pid)
            for round_ in range(ROUNDS):
                _write(local, round_)
                seat.do("watch_window")
                measured.time("dd", sink.dd(local, folder / "copy"))
                measured.time("curl up", sink.curl_up(address, local))
                measured.idle_ms = max(measured.idle_ms, seat.do("stalled"))
                measured.add("up", _measure(seat, server, "CheckIn", file, keep=False))
                local.unlink()
                measured.time("curl down", sink.curl_down(address, SIZE))
                measured.add("down", _measure(seat, server, "GetLatest", file))
                _measure(seat, server, "CheckOut", file)
    return _figures(measured)


def run_small() -> Sequence[Figure]:
    """Get latest of a folder of small files."""
    rates: list[float] = []
    worst = busiest = 0.0
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name, real_server(Path(name)) as server:
            server.run("import", VAULT, str(_many(Path(name) / "many")), patience=TIMEOUT)
            files = asyncio.run(_ids(server))
            with _seat(Path(name), server) as seat:
                _signed_in(seat)
                took = seat.do("measure", request="GetLatest", files=files, server=server.pid, timeout=TIMEOUT)
                rates.append(len(files) / took["seconds"])
                worst, busiest = max(worst, took["stall_ms"]), max(busiest, took["busy_ms"])
    return [
        Figure(
            name="small_files_per_s",
            value=statistics.median(rates),
            unit="files/s",
            goal=300,
            at_least=True,
            runs=rates,
        ),
        Figure(name="small_files_stall_ms", value=worst, unit="ms", goal=50, peers={"its own CPU": busiest}),
    ]


def _figures(measured: Measured) -> Sequence[Figure]:
    made = []
    for way, word in (("up", "check_in"), ("down", "get")):
        ratios = [ours / curls for ours, curls in zip(measured.rates(way), measured.rates(f"curl {way}"), strict=True)]
        peers = {
            "MB/s": measured.rate(way),
            "curl MB/s": measured.rate(f"curl {way}"),
            "dd MB/s": measured.rate("dd"),
            "of dd": measured.rate(way) / measured.rate("dd"),
        }
        made.append(
            Figure(
                name=f"transfer_ratio_{word}",
                value=statistics.median(ratios),
                unit="of curl",
                goal=0.5,
                at_least=True,
                runs=ratios,
                peers=peers,
            )
        )
    slower = min(made, key=lambda each: each.value)
    return [
        replace(slower, name="transfer_ratio", peers={each.name: each.value for each in made}),
        *made,
        Figure(
            name="transfer_stall_ms",
            value=measured.worst["stall_ms"],
            unit="ms",
            goal=50,
            peers={"its own CPU": measured.worst["busy_ms"], "idle window": measured.idle_ms},
        ),
        Figure(name="transfer_seat_mb", value=measured.worst["seat_mb"], unit="MB", goal=64),
        Figure(name="transfer_server_mb", value=measured.worst["server_mb"], unit="MB", goal=64),
    ]


def _seat(folder: Path, server: RealServer) -> RealSeat:
    return seat_of(folder / "seat", server, program=measured_seat.PROGRAM)


def _signed_in(seat: RealSeat) -> None:
    seat.start()
    seat.sign_in(PASSWORD, stay=False)


def _measure(seat: RealSeat, server: RealServer, request: str, file: str, **fields: object) -> dict[str, float]:
    took: dict[str, float] = seat.do(
        "measure", request=request, files=[file], server=server.pid, timeout=TIMEOUT, **fields
    )
    return took


async def _prepare(server: RealServer) -> str:
    """A person, and a file that is small so far."""
    server.add_person(PERSON, PASSWORD)
    async with signed_in(server.address, PERSON, seat="bench-prepare") as sam:
        return (await sam.add(await sam.vault(VAULT), FILE, b"small")).file.id


async def _ids(server: RealServer) -> list[str]:
    """A person, and the ids of all files of the vault."""
    server.add_person(PERSON, PASSWORD)
    async with signed_in(server.address, PERSON, seat="bench-prepare") as sam:
        return list((await sam.tree(await sam.vault(VAULT))).files)


def _many(folder: Path) -> Path:
    """A folder of small files, each with content of its own."""
    folder.mkdir()
    for number in range(SMALL_FILES):
        (folder / f"{number:05}.nc").write_bytes(random.Random(number).randbytes(SMALL_SIZE))
    return folder


def _write(path: Path, seed: int) -> None:
    """Other content than before, on the disk itself, as a program would have saved it long ago."""
    chance = random.Random(seed)
    with path.open("wb") as file:
        for _ in range(SIZE // BLOCK):
            file.write(chance.randbytes(BLOCK))
        file.flush()
        os.fsync(file.fileno())
