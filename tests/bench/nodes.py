"""Three nodes over PostgreSQL and Redis: how much later an event is at a seat of another node than at one of its own.

Seats of one person, one at each node, in this process; each check-out is called at the next node in turn.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from server.protocol.events import FileLocked
from tests.bench.figures import Figure
from tests.support.client import Client, signed_in
from tests.support.cluster import Cluster, running_cluster
from tests.support.ear import Ear
from tests.support.postgres import postgres_server
from tests.support.redis import redis_server

ROUNDS = 200
WARM_UP = 10


def run() -> Sequence[Figure]:
    """The median of what the bus adds, of each check-out and each other node."""
    with (
        tempfile.TemporaryDirectory(prefix="pdm-bench-") as folder,
        postgres_server() as postgres,
        redis_server() as redis,
        running_cluster(Path(folder), postgres, redis) as cluster,
    ):
        own, other = asyncio.run(measured(cluster))
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


async def measured(cluster: Cluster) -> tuple[list[float], list[list[float]]]:
    """Of each check-out the milliseconds from its call to the event at its own node, and at each of the others."""
    own: list[float] = []
    other: list[list[float]] = []
    async with AsyncExitStack() as stack:
        [person] = cluster.people(1)
        clients = [await stack.enter_async_context(signed_in(address, person)) for address in cluster.addresses]
        ears = [await live(stack, client) for client in clients]
        file = (await clients[0].add(await clients[0].vault(), "2210.nc")).file.id
        for round_ in range(WARM_UP + ROUNDS):
            here = round_ % len(clients)
            async with asyncio.TaskGroup() as tasks:
                heard = [tasks.create_task(locked(ear), name=f"hears {place}") for place, ear in enumerate(ears)]
                began = time.monotonic()
                held = await clients[here].check_out(file)
            times = [(each.result() - began) * 1000 for each in heard]
            await clients[here].undo(held)
            if round_ >= WARM_UP:
                own.append(times.pop(here))
                other.append(times)
    return own, other


async def live(stack: AsyncExitStack, client: Client) -> Ear:
    """A seat that is connected, and has heard all so far."""
    ear = await stack.enter_async_context(client.listen())
    await ear.greeted()
    await ear.resume()
    return ear


async def locked(ear: Ear) -> float:
    """When the next check-out was heard."""
    await ear.until(FileLocked)
    return time.monotonic()
