"""20,000 lock events come at once while a folder of 5,000 files is open, half of them about files of that folder."""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import burst_seat
from tests.bench.figures import Figure
from tests.bench.one_seat import seat_before

EVENTS, OPEN_SHARE = 20_000, 0.5
FILES = 5_000
ROUNDS = 3
FOLDER = "Jobs"
WINDOW_S = 0.05
"""The table may be told of one range in each."""
PATIENCE = 600.0


def run() -> Sequence[Figure]:
    """The worst stall of all rounds, each with a seat of its own."""
    stalls: list[float] = []
    took: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
            folder = Path(name)
            with seat_before(_files(folder / "files"), folder, program=burst_seat.PROGRAM) as seat:
                seat.do("open", path=f"{FOLDER}/0000.nc")
                took.append(seat.do("storm", events=EVENTS, open_share=OPEN_SHARE, timeout=PATIENCE))
                stalls.append(took[-1]["stall_ms"])
    return [
        Figure(
            name="burst_stall_ms",
            value=max(stalls),
            unit="ms",
            goal=60,
            runs=stalls,
            peers={
                "its own CPU": max(each["busy_ms"] for each in took),
                "seconds": statistics.median(each["seconds"] for each in took),
                "table told": max(each["table"] for each in took),
                "tree told": max(each["tree"] for each in took),
            },
        )
    ]


def _files(top: Path) -> Path:
    folder = top / FOLDER
    folder.mkdir(parents=True)
    for number in range(FILES):
        (folder / f"{number:04}.nc").write_bytes(b"%d" % number)
    return top
