"""A workspace of 100,000 copies in which nothing has changed: the engine's walk, and its look at the start."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path, PurePath
from typing import cast

from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.system import set_writable
from server.protocol.calls import Vaults
from server.protocol.vault import Vault as VaultRow
from tests.bench.figures import Figure
from tests.support.seat_parts import Workplace, placed

FILES, IN_A_FOLDER = 100_000, 40
RUNS = 5
VAULT = "Production"


def run() -> Sequence[Figure]:
    """Medians of several runs, with the files' attributes in the system's memory."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
        return asyncio.run(_measured(Path(name)))


async def _measured(folder: Path) -> Sequence[Figure]:
    place = placed(cast("Vault", KnownVault()), folder, seat="bench")
    put_copies(place, FILES)
    try:
        starts = [await _seconds(place.engine.look_at_all) for _ in range(RUNS)]
        began = time.process_time()
        walks = [await _seconds(place.engine.scan) for _ in range(RUNS)]
        busy = (time.process_time() - began) / RUNS
        changes = [await _seconds(lambda: place.engine.changed([f"{VAULT}/0000/0.nc"])) for _ in range(RUNS)]
    finally:
        place.journal.close()
    listed = {"start": starts, "one change": changes}
    return [
        Figure(
            name="scan_s",
            value=statistics.median(walks),
            unit="s",
            goal=2,
            runs=walks,
            peers={"of it CPU": busy} | {what: statistics.median(runs) for what, runs in listed.items()},
        )
    ]


async def _seconds(act: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await act()
    return time.perf_counter() - began


class KnownVault:
    """A server that is asked for nothing but the vaults."""

    async def vaults(self) -> Vaults:
        """One."""
        one = VaultRow(id="v", name=VAULT, role="editor", seq=1)
        return Vaults(epoch="e", vaults=[one])


def put_copies(place: Workplace, count: int) -> None:
    """So many read-only copies, as they were brought: on the disk and in the journal."""
    with place.journal.together():
        for copy in _copies(place.root, count):
            place.journal.put_copy(copy)


def _copies(root: Path, count: int) -> Iterable[Copy]:
    for number in range(count):
        path = PurePath(f"{number // IN_A_FOLDER:04}", f"{number}.nc")
        full = root / VAULT / path
        if number % IN_A_FOLDER == 0:
            full.parent.mkdir(parents=True)
        full.write_bytes(b"G0\n")
        set_writable(full, yes=False)
        look = full.stat()
        yield Copy(
            file=f"f{number}",
            vault="v",
            path=path.as_posix(),
            place=f"{VAULT}/{path.as_posix()}",
            major=1,
            minor=0,
            hash="0" * 64,
            size=look.st_size,
            mtime_ns=look.st_mtime_ns,
        )
