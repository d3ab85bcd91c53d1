"""However large a file is, seat and server take less than 64 MB above what they have when they are idle."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from blake3 import blake3

from tests.support.client import PASSWORD, Client, signed_in
from tests.support.memory import MEGABYTE, Peak
from tests.support.server import ROOT, RealServer, real_server

LARGE = 200 * MEGABYTE
MOST = 64 * MEGABYTE


async def generated(size: int) -> AsyncIterator[bytes]:
    """Content without repetition that nobody has to hold."""
    source, step = blake3(b"large"), 1 << 20
    for start in range(0, size, step):
        yield source.digest(min(step, size - start), seek=start)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells and forgets a peak")
async def test_neither_side_takes_more_than_64_mb(tmp_path: Path) -> None:
    with real_server(tmp_path / "server") as server:
        server.add_person("Anna", PASSWORD)
        async with signed_in(server.address, "Anna") as anna:
            small = await added(anna, "small.mcam", 5 * MEGABYTE)
            large = await added(anna, "large.mcam", LARGE)
            await anna.get(f"/files/{small}/history", object)
            await anna.call("GET", f"/files/{small}/chunks")
            peak = Peak(server.pid)
            told = await asyncio.to_thread(moved, server, anna, tmp_path, small, large)
            assert told.keys() == {"check out", "check in", "undo"}
            assert max(told.values()) < MOST, told
            assert peak.bytes() < MOST


async def added(client: Client, name: str, size: int) -> str:
    return (await client.add_upload(await client.vault(), name, await client.upload(generated(size)))).file.id


def moved(server: RealServer, anna: Client, folder: Path, small: str, large: str) -> dict[str, int]:
    """The peaks of a seat that moves the large file."""
    words = [server.address, anna.token, anna.seat, str(folder / "seat"), small, large]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.heavy_seat", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    peaks: dict[str, int] = json.loads(done.stdout)
    return peaks
