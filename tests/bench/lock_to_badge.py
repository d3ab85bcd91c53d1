"""From the POST of a check-out to the painted badge on another seat's window: 200 check-outs, 1,000 other seats.

Four processes: the server, the seat that paints, the crowd of the others, and this one, which calls the check-outs and
is neither server nor seat. With the others and without them is measured in turn.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench import crowd
from tests.bench.figures import Figure, percentile
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.offscreen import OFFSCREEN
from tests.support.seat import RealSeat
from tests.support.server import RealServer, real_server
from tests.support.usage import settled

TURNS = 4
"""So often with the others and without them."""
ROUNDS = 50
"""Check-outs of each turn."""
WARM_UP = 5
OTHERS = 1_000
VAULT = "Production"
FILES = Path(__file__).resolve().parents[2] / "resources" / "sample_vault"
FILE = "2210 Manifold block/2210-block-op10.nc"
ENVIRONMENT = OFFSCREEN | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def run() -> Sequence[Figure]:
    """Median and 99th percentile, alone and with the others connected."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
        folder = Path(name)
        with real_server(folder) as server:
            for person in ("Anna Novak", "Sam Becker", "Crowd"):
                server.add_person(person, PASSWORD)
            server.run("import", VAULT, str(FILES))
            assert server.stop() == 0
            tokens = asyncio.run(crowd.sign_in_many(server.data, "Crowd", OTHERS))
            server.start()
            alone: list[float] = []
            together: list[float] = []
            with painting(server, folder / "sam") as sam:
                for _ in range(TURNS):
                    alone += measured(server, sam)
                    with crowd.connected(server.address, tokens, folder):
                        together += measured(server, sam)
    return [
        Figure(
            name="lock_to_badge_ms",
            value=statistics.median(together),
            unit="ms",
            goal=30,
            runs=together,
            peers={"without others": statistics.median(alone)},
        ),
        Figure(
            name="lock_to_badge_p99_ms",
            value=percentile(together, 99),
            unit="ms",
            goal=150,
            peers={"without others": percentile(alone, 99)},
        ),
    ]


@contextmanager
def painting(server: RealServer, folder: Path) -> Iterator[RealSeat]:
    """The seat that shows the file, and tells when it has painted what."""
    with RealSeat(
        folder, server=server.address, person="Sam Becker", computer="CAM-02", environment=os.environ | ENVIRONMENT
    ) as sam:
        sam.start()
        sam.sign_in(PASSWORD, stay=False)
        sam.do("open", path=FILE)
        sam.do("tell_paints")
        yield sam


def measured(server: RealServer, sam: RealSeat) -> list[float]:
    """Milliseconds of each check-out of a turn, from the call to the paint in the other process."""
    settled(server.pid)  # who came or went before has been told to all
    return asyncio.run(check_outs(server, sam))


async def check_outs(server: RealServer, sam: RealSeat) -> list[float]:
    """Check the file out and give it back, again and again, each time until the other window has painted it."""
    times: list[float] = []
    async with signed_in(server.address, "Anna Novak", seat="bench-anna") as anna:
        file = await file_of(anna)
        for round_ in range(WARM_UP + ROUNDS):
            began = time.monotonic()
            held = await anna.check_out(file, message="Roughing")
            painted = await asyncio.to_thread(sam.painted, "other")
            if round_ >= WARM_UP:
                times.append((painted - began) * 1000)
            await anna.undo(held)
            await asyncio.to_thread(sam.painted, "free")
    return times


async def file_of(anna: Client) -> str:
    """The id of the file that is checked out."""
    tree = await anna.tree(await anna.vault(VAULT))
    return next(each.id for each in tree.files.values() if each.path == FILE)
