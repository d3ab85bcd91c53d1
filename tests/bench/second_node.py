"""What check-outs cost with PostgreSQL and Redis at the node that is called, and what the news of them cost another.

The calls come from a process of their own, and so does the one seat that listens at the other node.
"""

import asyncio
import statistics
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from server.protocol.limits import SET_FILES
from tests.bench import crowd
from tests.bench.check_outs import check_outs_of, sent
from tests.bench.figures import Figure
from tests.bench.posts import Post
from tests.support.client import Client, signed_in
from tests.support.cluster import Cluster, running_cluster
from tests.support.postgres import postgres_server
from tests.support.redis import redis_server
from tests.support.server import RealServer
from tests.support.usage import cpu_seconds, cpu_seconds_soon

CALLERS = 16
ROUNDS = 3
AT_ONCE = 400
"""Check-outs of one round, as fast as they go."""
RATE = 50.0
STEADY = 500
"""Check-outs at that rate: ten seconds."""
WARM_UP = 100
READS = "pdm_database_seconds_count"


@dataclass(frozen=True, kw_only=True)
class Round:
    """Some check-outs: how many a second, processor time for each in milliseconds, events for each look at the news."""

    a_second: float
    called_ms: float
    other_ms: float
    news_together: float


def run() -> Sequence[Figure]:
    """Check-outs as fast as they go, and at a steady rate."""
    with (
        tempfile.TemporaryDirectory(prefix="pdm-bench-") as name,
        postgres_server() as postgres,
        redis_server() as redis,
        running_cluster(Path(name), postgres, redis, nodes=2) as cluster,
    ):
        quick, steady = asyncio.run(measured(cluster, Path(name), at_once=AT_ONCE, steady=STEADY))
    return figures(quick, steady)


def figures(quick: Sequence[Round], steady: Round) -> Sequence[Figure]:
    """What was measured; there is no goal."""
    rates = [each.a_second for each in quick]
    called = [each.called_ms for each in quick]
    other = [each.other_ms for each in quick]
    together = statistics.median(each.news_together for each in quick)
    return [
        Figure(name="postgres_checkouts_per_s", value=statistics.median(rates), unit="1/s", runs=rates),
        Figure(
            name="postgres_checkout_cpu_ms",
            value=statistics.median(called),
            unit="ms",
            runs=called,
            peers={f"at {RATE:.0f} a second": steady.called_ms},
        ),
        Figure(
            name="news_cpu_ms",
            value=statistics.median(other),
            unit="ms",
            runs=other,
            peers={
                f"at {RATE:.0f} a second": steady.other_ms,
                "events for each look": together,
                f"the same at {RATE:.0f} a second": steady.news_together,
            },
        ),
    ]


async def measured(cluster: Cluster, folder: Path, *, at_once: int, steady: int) -> tuple[list[Round], Round]:
    """Rounds as fast as they go, and one at a steady rate."""
    called, other, *_ = cluster.nodes
    wanted = WARM_UP + ROUNDS * at_once + steady
    async with AsyncExitStack() as stack:
        people = cluster.people(1)
        callers = [await stack.enter_async_context(signed_in(called.address, people[0])) for _ in range(CALLERS)]
        listener = await stack.enter_async_context(signed_in(other.address, people[0]))
        files = await new_files(callers[0], wanted)
        posts = check_outs_of(files, {each.seat: each.token for each in callers})
        stack.enter_context(crowd.connected(other.address, {listener.seat: listener.token}, folder))
        sent(folder, called.port, posts[:WARM_UP])
        starts = range(WARM_UP, WARM_UP + ROUNDS * at_once, at_once)
        quick = [one_round(folder, called, other, posts[start : start + at_once]) for start in starts]
        return quick, one_round(folder, called, other, posts[-steady:], rate=RATE)


async def new_files(client: Client, count: int) -> list[str]:
    """The ids of so many new files."""
    vault = await client.vault()
    made: list[str] = []
    while len(made) < count:
        names = [f"{len(made) + number:05}.nc" for number in range(min(SET_FILES, count - len(made)))]
        made += [each.id for each in (await client.add_set(vault, names)).files]
    return made


def one_round(
    folder: Path, called: RealServer, other: RealServer, posts: list[Post], *, rate: float | None = None
) -> Round:
    """Send some check-outs, and look at both nodes before and after."""
    before, reads = (cpu_seconds(called.pid), cpu_seconds(other.pid)), reads_of(other)
    report = sent(folder, called.port, posts, rate=rate)
    used = (cpu_seconds_soon(called.pid) - before[0], cpu_seconds(other.pid) - before[1])
    return Round(
        a_second=len(posts) / report.seconds,
        called_ms=used[0] * 1e3 / len(posts),
        other_ms=used[1] * 1e3 / len(posts),
        news_together=len(posts) / max(1, reads_of(other) - reads),
    )


def reads_of(node: RealServer) -> float:
    """How often a node has read from the database so far."""
    with urllib.request.urlopen(f"{node.address}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = [sample for family in families for sample in family.samples]
    return sum(each.value for each in samples if each.name == READS and each.labels.get("kind") == "read")
