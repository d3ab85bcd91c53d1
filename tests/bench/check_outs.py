"""Durable check-outs on SQLite over HTTP: how many a second, how long they take at 100 a second, and what they cost."""

import asyncio
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect

from server.config import DATABASE
from tests.bench import crowd, million
from tests.bench.bare_insert import bare_insert
from tests.bench.figures import Figure, percentile
from tests.bench.posts import Plan, Post, Report, send
from tests.support.client import PASSWORD
from tests.support.server import real_server

RUNS = 3
AT_ONCE = 2_000
"""Check-outs of one run, each of another file."""
CONNECTIONS = 64
RATE = 100.0
STEADY = 1_500
"""Check-outs at that rate: fifteen seconds."""
WARM_UP = 200
FSYNCS = 300
PERSON = "Anna Novak"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one check-out took of the server's processor time, in milliseconds, by thread."""

    loop: float
    writer: float
    others: float


@dataclass(frozen=True)
class Rates:
    """So many a second, of each run."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    fsyncs: list[float] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)


def run() -> Sequence[Figure]:
    """Check-outs as fast as they go, in turn with what they are compared with; then at a steady rate."""
    wanted = WARM_UP + RUNS * AT_ONCE + STEADY
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
        folder = Path(name)
        asyncio.run(million.fill(folder / "data", wanted + wanted // 100 + 1))
        with real_server(folder) as server, bare_insert(folder) as bare_port:
            server.add_person(PERSON, PASSWORD)
            assert server.stop() == 0
            tokens = asyncio.run(crowd.sign_in_many(server.data, PERSON, CONNECTIONS))
            server.start()
            posts = check_outs_of(free_files(server.data)[:wanted], tokens)
            sent(folder, server.port, posts[:WARM_UP])
            rates = Rates()
            for start in range(WARM_UP, WARM_UP + RUNS * AT_ONCE, AT_ONCE):
                part = posts[start : start + AT_ONCE]
                before = thread_seconds(server.pid)
                rates.ours.append(AT_ONCE / sent(folder, server.port, part).seconds)
                rates.costs.append(cost_of(before, thread_seconds(server.pid), server.pid))
                rates.bare.append(AT_ONCE / sent(folder, bare_port, [bared(each) for each in part]).seconds)
                rates.fsyncs.append(fsyncs_a_second(folder))
            steady = sent(folder, server.port, posts[-STEADY:], rate=RATE)
    return figures(rates, steady)


def figures(rates: Rates, steady: Report) -> Sequence[Figure]:
    """What was measured, beside its goals."""
    return [
        Figure(
            name="checkouts_per_s",
            value=statistics.median(rates.ours),
            unit="1/s",
            goal=500,
            at_least=True,
            runs=rates.ours,
            peers={
                "bare FastAPI insert": statistics.median(rates.bare),
                "fsync alone": statistics.median(rates.fsyncs),
            },
        ),
        Figure(
            name="checkouts_p99_ms",
            value=percentile(steady.waits, 99),
            unit="ms",
            goal=20,
            peers={"median": statistics.median(steady.waits), "slowest": max(steady.waits)},
        ),
        Figure(
            name="checkout_cpu_ms",
            value=statistics.median(each.loop + each.writer + each.others for each in rates.costs),
            unit="ms",
            peers={
                "event loop": statistics.median(each.loop for each in rates.costs),
                "writer": statistics.median(each.writer for each in rates.costs),
                "other threads": statistics.median(each.others for each in rates.costs),
            },
        ),
    ]


def free_files(data: Path) -> list[str]:
    """The ids of all files that nobody holds."""
    with closing(connect(f"file:{data / DATABASE}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT id FROM file WHERE id NOT IN (SELECT file FROM lock) ORDER BY id").fetchall()
    return [row[0] for row in rows]


def check_outs_of(files: Sequence[str], tokens: dict[str, str]) -> list[Post]:
    """A check-out of each, by one seat after the other."""
    seats = list(tokens.items())
    posts = []
    for number, file in enumerate(files):
        seat, token = seats[number % len(seats)]
        headers = {
            "Authorization": f"Bearer {token}",
            "X-Seat-Id": seat,
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        posts.append(Post(path=f"/api/files/{file}/checkout", headers=headers, body='{"message":"Roughing"}'))
    return posts


def bared(post: Post) -> Post:
    """The same call, as the server that only inserts a row takes it."""
    return Post(path=post.path.removeprefix("/api"), headers=post.headers, body=post.body)


def sent(folder: Path, port: int, posts: list[Post], *, rate: float | None = None) -> Report:
    """Send them, and see that each has succeeded."""
    report = send(folder, Plan(port=port, connections=CONNECTIONS, posts=posts, rate=rate))
    assert (report.refused, len(report.waits)) == (0, len(posts)), f"{report.refused} calls were refused"
    return report


def fsyncs_a_second(folder: Path) -> float:
    """How often the disk takes a page and says that it is there, with nothing else to do."""
    descriptor = os.open(folder / "page", os.O_WRONLY | os.O_CREAT)
    try:
        began = time.perf_counter()
        for _ in range(FSYNCS):
            os.write(descriptor, bytes(4096))
            os.fsync(descriptor)
        return FSYNCS / (time.perf_counter() - began)
    finally:
        os.close(descriptor)


def thread_seconds(pid: int) -> dict[int, float]:
    """The processor time of each thread of a process."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = {}
    for each in Path(f"/proc/{pid}/task").iterdir():
        fields = (each / "stat").read_text(encoding="ascii").rpartition(") ")[2].split()
        used[int(each.name)] = (int(fields[11]) + int(fields[12])) / ticks
    return used


def cost_of(before: dict[int, float], after: dict[int, float], pid: int) -> Cost:
    """What each check-out of a run took. The event loop has the first thread; of the others the writer works most."""
    spent = {tid: (seconds - before.get(tid, 0)) * 1000 / AT_ONCE for tid, seconds in after.items()}
    loop = spent.pop(pid)
    writer = max(spent.values(), default=0.0)
    return Cost(loop=loop, writer=writer, others=sum(spent.values()) - writer)
