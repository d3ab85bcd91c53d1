"""What one connection keeps of the server: little memory, and no task once it is live."""

import asyncio
import gc
import socket
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.protocol.events import UserConnected
from tests.bench.listeners import request
from tests.support.crowd import sign_in_many
from tests.support.shop import open_shop

FIRST, SEATS = 20, 100
MOST_BYTES = 16_000
"""Of Python's own memory for each; a kilobyte or two of the loop's come to it."""


@contextmanager
def connected(url: str, tokens: dict[str, str]) -> Iterator[None]:
    """Bare sockets, of which nothing but the system's buffers is in this process."""
    with ExitStack() as stack:
        for seat, token in tokens.items():
            each = stack.enter_context(socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)))
            each.sendall(request("hub", token=token, seat=seat).encode())
        yield


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not there, and asyncio's own transports cost more")
async def test_a_connection_costs_little_memory_and_no_task_of_its_own(tmp_path: Path) -> None:
    async with open_shop(tmp_path, direct=True, resume_wait=0.1) as shop, AsyncExitStack() as stack:
        await shop.vault("mill")
        watcher = await stack.enter_async_context(shop.seat("Watcher"))
        tokens = list((await sign_in_many(shop.store, shop.tokens, FIRST + SEATS)).items())
        with connected(shop.url, dict(tokens[:FIRST])):
            while len(shop.hub.roster) <= FIRST:
                await watcher.until(UserConnected)
            tasks = len(asyncio.all_tasks())
            tracemalloc.start()
            try:
                with connected(shop.url, dict(tokens[FIRST:])):
                    while len(shop.hub.roster) <= FIRST + SEATS:
                        await watcher.until(UserConnected)
                    while any(connection.starting for connection in shop.hub.roster):
                        await watcher.event(seq=await shop.happen("mill"))
                    watcher.heard.clear()
                    gc.collect()
                    grown, _ = tracemalloc.get_traced_memory()
                    tasks = len(asyncio.all_tasks()) - tasks
            finally:
                tracemalloc.stop()
    assert grown / SEATS <= MOST_BYTES, "more than that would be more than 20 KB with what the loop itself keeps"
    assert tasks <= SEATS + 5, "one of the server that runs it, and none of the hub"
