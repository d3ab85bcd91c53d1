"""Three nodes over PostgreSQL and Redis: how much later an event is at a seat of another node than at one of its own.

Each node is a process, and so are the seats, one at each node (`node_seats.py`). The check-outs are called by this
process, which is neither a server nor a seat and does nothing else meanwhile, at the next node in turn.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.node_seats import Seats, seats_at
from tests.support.client import signed_in
from tests.support.cluster import Cluster, running_cluster
from tests.support.postgres import postgres_server
from tests.support.redis import redis_server

ROUNDS = 200
WARM_UP = 10


def run() -> Sequence[Figure]:
    """The median of what the bus adds, of each check-out and each other node."""
    with three_nodes() as cluster:
        [person] = cluster.people(1)
        with seats_at(cluster.addresses, person) as seats:
            own, other = asyncio.run(measured(cluster.addresses, person, seats))
    added = [there - here for here, theirs in zip(own, other, strict=True) for there in theirs]
    return [
        Figure(
            name="nodes_bus_ms",
            value=statistics.median(added),
            unit="ms",
            goal=5,
            runs=added,
            peers={
                "POST to event, own node": statistics.median(own),
                "POST to event, other node": statistics.median(there for theirs in other for there in theirs),
            },
        )
    ]


@contextmanager
def three_nodes() -> Iterator[Cluster]:
    """They, and what they share, gone at the end of the block."""
    with (
        tempfile.TemporaryDirectory(prefix="pdm-bench-") as folder,
        postgres_server() as postgres,
        redis_server() as redis,
        running_cluster(Path(folder), postgres, redis) as cluster,
    ):
        yield cluster


async def measured(addresses: Sequence[str], person: str, seats: Seats) -> tuple[list[float], list[list[float]]]:
    """Of each check-out the milliseconds from its call to the event at its own node, and at each of the others."""
    own: list[float] = []
    other: list[list[float]] = []
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(signed_in(address, person)) for address in addresses]
        file = (await clients[0].add(await clients[0].vault(), f"{person}.nc")).file.id
        for round_ in range(WARM_UP + ROUNDS):
            here = round_ % len(clients)
            began = time.monotonic()
            held = await clients[here].check_out(file)
            times = [(heard - began) * 1000 for heard in await asyncio.to_thread(seats.locked)]
            await clients[here].undo(held)
            if round_ >= WARM_UP:
                own.append(times.pop(here))
                other.append(times)
    return own, other
