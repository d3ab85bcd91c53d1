"""A real server that is killed in the middle of an upload in parts, and the upload goes on."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.server import RealServer, real_server
from tests.support.waiting import wait_for

MIB = 2**20
CONTENT = os.urandom(4 * MIB + 3)


async def resume(ada: Client, upload: str) -> int:
    """Send what is missing; where that began."""
    offset = (await ada.upload_progress(upload)).offset
    while True:
        try:
            await ada.append(upload, CONTENT[offset:], offset=offset)
        except Refusal as refusal:
            if refusal.problem.offset is None:
                raise
            offset = refusal.problem.offset
        else:
            return offset


async def test_a_server_killed_in_the_middle_of_a_part_goes_on_where_it_had_written_down(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, asyncio.TaskGroup() as tasks:
            upload = (await ada.begin_upload(CONTENT)).id

            async def trickle() -> AsyncIterator[bytes]:
                yield CONTENT[:MIB]
                for start in range(MIB, 2 * MIB, 1_000):
                    yield CONTENT[start : start + 1_000]
                    told.append((await ada.upload_progress(upload)).offset)
                    if told[-1]:
                        break
                written_down.set()
                await killed.wait()

            async def send() -> None:
                with contextlib.suppress(httpx.TransportError):
                    await ada.append(upload, trickle(), offset=0)

            told, written_down, killed = [0], asyncio.Event(), asyncio.Event()
            sending = tasks.create_task(send(), name="append")
            await written_down.wait()
            assert told[-1] >= MIB
            await asyncio.to_thread(server.kill)
            killed.set()
            await sending
            await asyncio.to_thread(server.start)
            assert told[-1] <= await resume(ada, upload) <= 2 * MIB
            await _becomes_a_file(ada, upload)


async def test_a_server_killed_at_the_end_of_an_upload_has_it_open_or_finished(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada:
            for turns in (0, 5, 50, 500):
                upload = (await ada.begin_upload(CONTENT)).id
                if not (await ada.upload_progress(upload)).complete:
                    await resume(ada, upload)
                await _killed_while_it_finishes(server, ada, upload, turns=turns)
                progress = await ada.upload_progress(upload)
                assert progress.offset == len(CONTENT)
            await _becomes_a_file(ada, upload)


async def test_a_stop_cuts_a_part_and_keeps_what_has_arrived(tmp_path: Path) -> None:
    with real_server(tmp_path, settings={"PDM_STOP_TIMEOUT": "1"}) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, asyncio.TaskGroup() as tasks:
            upload = (await ada.begin_upload(CONTENT)).id
            stopped = asyncio.Event()

            async def endless() -> AsyncIterator[bytes]:
                yield CONTENT[: 2 * MIB]
                await stopped.wait()

            async def send() -> None:
                with contextlib.suppress(httpx.TransportError):
                    await ada.http.patch(f"/api/uploads/{upload}?offset=0", content=endless())

            sending = tasks.create_task(send(), name="append")
            part = server.data / "blobs" / "growing" / upload
            await asyncio.to_thread(wait_for, lambda: part.exists() and part.stat().st_size >= MIB)
            assert await asyncio.to_thread(server.stop) == 0
            stopped.set()
            await sending
            await asyncio.to_thread(server.start)
            assert await resume(ada, upload) >= MIB
            await _becomes_a_file(ada, upload)


async def _killed_while_it_finishes(server: RealServer, ada: Client, upload: str, *, turns: int) -> None:
    async def finish() -> None:
        with contextlib.suppress(httpx.TransportError):
            await ada.finish_upload(upload, CONTENT)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(finish(), name="finish")
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def _becomes_a_file(ada: Client, upload: str) -> None:
    finished = await ada.finish_upload(upload, CONTENT)
    assert finished == await ada.finish_upload(upload, CONTENT)
    added = await ada.add_upload(await ada.vault(), "a.nc", finished)
    assert await ada.content(added.file.id) == CONTENT
