"""The tree of a vault with a million files: its time and bytes, the memory meanwhile, and what a return costs.

Whoever reads it is a process of its own (`tree_reader.py`), and so is the server.
"""

import asyncio
import re
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import check_outs, crowd, million
from tests.bench.figures import Figure
from tests.bench.tree_reader import Reader, reader
from tests.support.client import PASSWORD
from tests.support.server import RealServer, real_server

RUNS = 3
FILES = million.MILLION
CHANGES = 1_000
PERSON = "Anna Novak"


@dataclass(frozen=True)
class Answer:
    """One call: how it was answered, and what it cost."""

    status: int
    tag: str
    size: int
    """Bytes as they travelled."""
    seconds: float
    cpu: float
    """Seconds of the server's processor time."""


def run() -> Sequence[Figure]:
    """The whole tree in turn with gzip and without, then nothing new, then so many changes."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
        folder = Path(name)
        vault = asyncio.run(million.fill(folder / "data", FILES))
        with real_server(folder) as server, reader() as reading:
            server.add_person(PERSON, PASSWORD)
            assert server.stop() == 0
            tokens = asyncio.run(crowd.sign_in_many(server.data, PERSON, 1))
            server.start()
            (token,) = tokens.values()
            calls = Calls(reading, server, token)
            path = f"/api/vaults/{vault}/tree"
            calls.got(f"{path}/none")  # the first call of a server makes much that stays
            before = memory_from_now(server.pid)
            zipped, plain = [], []
            for _ in range(RUNS):
                zipped.append(calls.got(path, **{"Accept-Encoding": "gzip"}))
                plain.append(calls.got(path))
            grown = memory(server.pid, "VmHWM") - before
            same = [calls.got(path, **{"If-None-Match": plain[0].tag}) for _ in range(RUNS)]
            assert {each.status for each in same} == {304}
            posts = check_outs.check_outs_of(check_outs.free_files(server.data)[:CHANGES], tokens)
            check_outs.sent(folder, server.port, posts)
            changes = f"/api/vaults/{vault}/changes?since=0"
            news = [calls.got(changes) for _ in range(RUNS)]
    return figures(zipped, plain, same, news, grown)


def figures(
    zipped: list[Answer], plain: list[Answer], same: list[Answer], news: list[Answer], grown: float
) -> Sequence[Figure]:
    """What was measured, beside its goals."""
    return [
        Figure(
            name="tree_call",
            value=statistics.median(each.seconds for each in zipped),
            unit="s",
            goal=10,
            runs=[each.seconds for each in zipped],
            peers={
                "of it CPU": statistics.median(each.cpu for each in zipped),
                "plain": statistics.median(each.seconds for each in plain),
                "plain CPU": statistics.median(each.cpu for each in plain),
                "MB zipped": zipped[0].size / 1e6,
                "MB plain": plain[0].size / 1e6,
            },
        ),
        Figure(name="tree_memory_mb", value=grown, unit="MB", goal=20),
        Figure(
            name="resync_1000_s",
            value=statistics.median(each.seconds for each in news),
            unit="s",
            goal=0.2,
            runs=[each.seconds for each in news],
            peers={"nothing new": statistics.median(each.seconds for each in same), "KB": news[0].size / 1e3},
        ),
    ]


class Calls:
    """Calls of one seat, read by the other process."""

    def __init__(self, reading: Reader, server: RealServer, token: str) -> None:
        self._reading = reading
        self._server = server
        self._token = token

    def got(self, path: str, **headers: str) -> Answer:
        """Call, and have what comes thrown away."""
        before = cpu(self._server.pid)
        found = self._reading.read(self._server.port, path, {"Authorization": f"Bearer {self._token}", **headers})
        return Answer(**found, cpu=cpu(self._server.pid) - before)


def cpu(pid: int) -> float:
    """The processor time of a process by now."""
    return sum(check_outs.thread_seconds(pid).values())


def memory_from_now(pid: int) -> float:
    """What a process has of memory, in MB; its peak begins anew there."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    return memory(pid, "VmRSS")


def memory(pid: int, which: str) -> float:
    """That line of a process's memory, in MB."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"{which}:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) / 1e3
