"""Two nodes on one PostgreSQL, one Redis and one bucket: either goes on with what the other has begun."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.client import PASSWORD, signed_in
from tests.support.redis import Redis
from tests.support.s3 import KEYS, S3
from tests.support.server import RealServer, real_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="several nodes are for servers on Linux")

MIB = 2**20
CONTENT = os.urandom(6 * MIB + 3)
KEPT = 2 * MIB + 5


@pytest.mark.full  # a node that has ended without a word is waited for: 8 s
async def test_an_upload_goes_on_at_another_node_when_the_first_one_is_killed(
    tmp_path: Path, postgres_url: str, redis: Redis, s3: S3
) -> None:
    settings = KEYS | {"PDM_DATABASE_URL": postgres_url, "PDM_REDIS_URL": redis.url, "PDM_BLOBS_URL": s3.bucket()}
    with ExitStack() as running:
        one = running.enter_context(real_server(tmp_path / "one", settings=settings))
        two = running.enter_context(real_server(tmp_path / "two", settings=settings))
        one.add_person("Ada", PASSWORD)
        async with signed_in(one.address, "Ada") as ada:
            upload = (await ada.begin_upload(CONTENT)).id
            assert (await ada.append(upload, CONTENT[:KEPT], offset=0)).offset == KEPT
            with pytest.raises(httpx.TransportError):
                await ada.append(upload, _cut_off(one), offset=KEPT)
            async with signed_in(two.address, "Ada") as there:
                offset = (await there.upload_progress(upload)).offset
                assert KEPT <= offset <= 4 * MIB
                await there.append(upload, CONTENT[offset:], offset=offset)
                finished = await there.finish_upload(upload, CONTENT)
                file = (await there.add_upload(await there.vault(), "Parts/a.nc", finished)).file.id
            await asyncio.to_thread(one.start)
            assert await ada.content(file) == CONTENT
        for each in (one, two):
            assert not (each.data / "blobs").exists()


async def _cut_off(server: RealServer) -> AsyncIterator[bytes]:
    """A part in the middle of which the server is killed."""
    yield CONTENT[KEPT : 4 * MIB]
    await asyncio.to_thread(server.kill)
