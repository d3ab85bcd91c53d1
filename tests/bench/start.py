"""From the start of the process to the painted window: the seat, from its cache, beside a bare PySide6 window.

Both run with their modules compiled, as they are installed.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from pdm_desktop import config
from pdm_desktop.cache.cache import Cache, cache_file
from pdm_desktop.config import Config, Person
from server.protocol.calls import TreeHead
from server.protocol.vault import Vault
from server.protocol.wire import plain
from tests.bench.figures import Figure
from tests.support.facts import file
from tests.support.offscreen import OFFSCREEN

RUNS = 11
FILES, IN_A_FOLDER = 5_000, 100
SERVER, ADDRESS, NAME = "works", "http://127.0.0.1:9", "Anna"
ROOT = Path(__file__).resolve().parents[2]
BARE, SEAT = ROOT / "tests" / "bench" / "bare_window.py", ROOT / "tests" / "bench" / "painted_seat.py"
PATIENCE = 60.0


@dataclass(frozen=True)
class Start:
    """One start: wall time and processor time until the paint in seconds, and the modules loaded by then."""

    seconds: float
    busy: float
    modules: int


def run() -> Sequence[Figure]:
    """Both in turn; the figure is the ratio of the medians."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
        data = Path(name) / "data"
        fill(data)
        seat_words = ("--data", str(data), "--workspace", str(Path(name) / "workspace"))
        bare, seat = [], []
        for _ in range(RUNS + 1):
            bare.append(started(Path(name), BARE))
            seat.append(started(Path(name), SEAT, *seat_words))
    bare, seat = bare[1:], seat[1:]  # the first one of each compiles
    walls = [ours.seconds / theirs.seconds for ours, theirs in zip(seat, bare, strict=True)]
    return [
        Figure(
            name="start_ratio",
            value=statistics.median(walls),
            unit="of bare",
            goal=1.25,
            runs=walls,
            peers={
                "of its CPU": _median(seat, "busy") / _median(bare, "busy"),
                "seat ms": _median(seat, "seconds") * 1_000,
                "bare ms": _median(bare, "seconds") * 1_000,
                "seat CPU ms": _median(seat, "busy") * 1_000,
                "bare CPU ms": _median(bare, "busy") * 1_000,
                "seat modules": _median(seat, "modules"),
                "bare modules": _median(bare, "modules"),
            },
        )
    ]


def started(folder: Path, program: Path, *words: str) -> Start:
    """Start a program and wait for its end."""
    environment = {**os.environ, **OFFSCREEN, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, str(program), *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    told = next(line.split() for line in ended.stdout.splitlines() if line.startswith("painted "))
    return Start(seconds=float(told[1]) - began, busy=float(told[2]), modules=int(told[3]))


def fill(data: Path) -> None:
    """The data folder of somebody who was here before, with the files of a vault in its cache."""
    data.mkdir()
    anna = Person(server=SERVER, address=ADDRESS, name=NAME, seat="s")
    config.save(data, Config(server=SERVER, name=NAME, kept=True, people=(anna,)))
    cache = Cache(cache_file(data, SERVER, NAME))
    cache.put_vaults("e", [Vault(id="v", name="Production", role="editor", seq=1)])
    cache.begin_snapshot()
    base = file()
    files = (
        replace(base, id=f"f{number}", path=f"Part {number // IN_A_FOLDER:04}/{number:06}.nc")
        for number in range(FILES)
    )
    cache.add_to_snapshot(b"\n".join(msgspec.json.encode(plain(each)) for each in files))
    cache.finish_snapshot(TreeHead(epoch="e", vault="v", seq=1, files=FILES))
    cache.close()


def _median(starts: Sequence[Start], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in starts))
