"""The seats of a benchmark of several nodes, one at each, in a process of their own: they tell when they heard.

`python -m tests.bench.node_seats` reads a line of JSON (`addresses` of the nodes, `person` who signs in at each),
prints `{"ready": true}` when all are connected, and then for each check-out a line `{"locked": [...]}`: when each seat
has heard of it, in seconds of the clock that all processes of the computer share. It goes on until it is ended.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager

from server.protocol.events import FileLocked
from tests.support.client import Client, signed_in
from tests.support.desktop import Lines, running
from tests.support.ear import Ear
from tests.support.server import ROOT


class Seats:
    """The other process, as the benchmark asks it."""

    def __init__(self, process: "subprocess.Popen[str]", addresses: Sequence[str], person: str) -> None:
        assert process.stdin
        assert process.stdout
        self.pid = process.pid
        process.stdin.write(json.dumps({"addresses": addresses, "person": person}) + "\n")
        process.stdin.flush()
        self._lines = Lines(process.stdout)
        self._lines.take("ready")

    def locked(self) -> list[float]:
        """When each seat heard of the next check-out, in the order of the nodes. Raises AssertionError."""
        times: list[float] = self._lines.take("locked")
        return times


@contextmanager
def seats_at(addresses: Sequence[str], person: str) -> Iterator[Seats]:
    """A seat at each node, gone at the end of the block."""
    command = [sys.executable, "-m", "tests.bench.node_seats"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running(command, os.environ | {"PYTHONPATH": str(ROOT)}, **pipes) as process:
        yield Seats(process, addresses, person)


async def listen(addresses: Sequence[str], person: str) -> None:
    """Connect, say so, and tell of each check-out."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(signed_in(address, person)) for address in addresses]
        ears = [await _live(stack, client) for client in clients]
        print(json.dumps({"ready": True}), flush=True)
        while True:
            async with asyncio.TaskGroup() as tasks:
                heard = [tasks.create_task(_locked(ear), name=f"hears {place}") for place, ear in enumerate(ears)]
            print(json.dumps({"locked": [each.result() for each in heard]}), flush=True)


async def _live(stack: AsyncExitStack, client: Client) -> Ear:
    ear = await stack.enter_async_context(client.listen())
    await ear.greeted()
    await ear.resume()
    return ear


async def _locked(ear: Ear) -> float:
    await ear.until(FileLocked)
    return time.monotonic()


if __name__ == "__main__":
    asyncio.run(listen(**json.loads(sys.stdin.readline())))
