"""What an edited file costs on the line, by chunks and as a whole: a check-in, and another seat that gets it."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pdm_desktop.core import delta, requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from tests.bench import shop_files
from tests.bench.figures import Figure
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.proxy import Proxy, proxy
from tests.support.seat_parts import Workplace, workplace
from tests.support.server import real_server

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one edit: bytes on the line in each direction, and seconds."""

    up: int
    down: int
    sending: float
    getting: float


def run() -> Sequence[Figure]:
    """For each edit the share of the file that a check-in sends, and what it is beside."""
    figures = []
    for edit in shop_files.edits():
        with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name:
            folder = Path(name)
            edit.make(folder / "before", folder / "after")
            before, after = (folder / "before").read_bytes(), (folder / "after").read_bytes()
            chunks = asyncio.run(_cost(folder / "chunks", before, after))
            with _as_a_whole():
                whole = asyncio.run(_cost(folder / "whole", before, after))
            figures.append(_figure(edit.name, len(after), chunks, whole))
    return figures


def _figure(name: str, size: int, chunks: Cost, whole: Cost) -> Figure:
    return Figure(
        name=f"sent_{name}",
        value=100 * chunks.up / size,
        unit="percent",
        peers={
            "MB": size / MEGABYTE,
            "got %": 100 * chunks.down / size,
            "sent in s": chunks.sending,
            "as a whole": whole.sending,
            "got in s": chunks.getting,
            "as a whole ": whole.getting,
        },
    )


@contextmanager
def _as_a_whole() -> Iterator[None]:
    """No file is large enough for chunks."""
    least, delta.LEAST_BYTES = delta.LEAST_BYTES, delta.MOST_BYTES
    try:
        yield
    finally:
        delta.LEAST_BYTES = least


async def _cost(folder: Path, before: bytes, after: bytes) -> Cost:
    """Anna checks the edit in, then Ben, who has the revision before, gets it."""
    with real_server(folder) as server:
        for name in ("Anna", "Ben"):
            server.add_person(name, PASSWORD)
        async with AsyncExitStack() as stack:
            line = await stack.enter_async_context(proxy(server.address))
            anna = await stack.enter_async_context(signed_in(server.address, "Anna"))
            ben = await stack.enter_async_context(signed_in(server.address, "Ben"))
            first = await stack.enter_async_context(_seat(line, anna, folder / "anna"))
            second = await stack.enter_async_context(_seat(line, ben, folder / "ben"))
            file = (await anna.add(await anna.vault(), "Jobs/job.bin", before)).file
            await _do(second, requests.GetLatest(files=(file.id,)))
            await _do(first, requests.CheckOut(files=(file.id,)))
            (first.root / "Production" / file.path).write_bytes(after)
            up, began = line.up, time.monotonic()
            await _do(first, requests.CheckIn(files=(file.id,)))
            up, sending = line.up - up, time.monotonic() - began
            down, began = line.down, time.monotonic()
            await _do(second, requests.GetLatest(files=(file.id,)))
            down, getting = line.down - down, time.monotonic() - began
            if (second.root / "Production" / file.path).read_bytes() != after:
                raise AssertionError("Ben has something else than Anna checked in.")
            return Cost(up=up, down=down, sending=sending, getting=getting)


@asynccontextmanager
async def _seat(line: Proxy, client: Client, folder: Path) -> AsyncIterator[Workplace]:
    calls = VaultCalls(Http(line.address, token=client.token, seat=client.seat, tls=trust()))
    try:
        async with workplace(client, folder, around=lambda _: calls) as place:
            yield place
    finally:
        await calls.close()


async def _do(place: Workplace, request: FileRequest) -> None:
    result = await place.one(request)
    if result.outcome is not Outcome.DONE:
        raise AssertionError(result.text)
