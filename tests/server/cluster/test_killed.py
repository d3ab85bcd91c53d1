"""A node, and PostgreSQL, are killed in the middle of work: what was answered is there, and nobody has to do anything.

The test of every run; `test_ends.py` has more ways to end, with `--full`.
"""

import asyncio
import itertools
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import asyncpg
import httpx
import pytest

from server.protocol import calls
from server.protocol.events import FileUnlocked, Ping, Pong, UserConnected, UserDisconnected
from server.storage.store_postgres import TURN
from tests.server.cluster.test_nodes import at_every_node, at_node, until_told
from tests.support.client import Client, Refusal, signed_in
from tests.support.cluster import Cluster
from tests.support.ear import Ear
from tests.support.ledger import Ledger, RevisionsOf
from tests.support.postgres import ADMINISTRATOR
from tests.support.waiting import wait_for_async

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL and Redis run on Linux")

T = TypeVar("T")

CONTENT = os.urandom(3 * 2**20 + 7)
PART = 2**20


class Shift:
    """Somebody who adds files one after the other, and says of each what the server has promised to keep."""

    def __init__(self, client: Client, vault: str, ledger: Ledger) -> None:
        self.done: dict[str, str] = {}
        """Path and id of each file that was answered with success."""
        self.refused = 0
        self._client = client
        self._vault = vault
        self._ledger = ledger

    async def work(self, over: asyncio.Event) -> None:
        """Go on until it is over, each call until it is answered with success."""
        for number in itertools.count():
            if over.is_set():
                return
            path, key = f"{self._client.person} {number}.nc", str(uuid.uuid4())
            content = f"(file {path})\n".encode()
            upload = await self._insisting(partial(self._client.upload, content))
            add = partial(self._client.add_upload, self._vault, path, upload, key=key)
            state = await self._insisting(add)
            self._ledger.wrote(content, by=self._client.person, where=path)
            self.done[path] = state.file.id

    async def has_done(self, more: int) -> None:
        """Wait until so many more files are done."""
        before = len(self.done)

        async def enough() -> bool:
            return len(self.done) >= before + more

        await wait_for_async(enough)

    async def _insisting(self, call: Callable[[], Awaitable[T]]) -> T:
        while (answer := await or_later(call())) is None:
            self.refused += 1
        return answer


async def or_later(answer: Awaitable[T]) -> T | None:
    """What a call is answered; None where that is to come again later, the only refusal that is expected."""
    try:
        return await answer
    except Refusal as refusal:
        if refusal.problem.status != 503 or not refusal.problem.retry_after:
            raise
        return None


async def test_postgresql_is_killed_in_a_check_in_and_an_upload(cluster: Cluster) -> None:
    ledger, over = Ledger(), asyncio.Event()
    async with at_every_node(cluster) as team, asyncio.TaskGroup() as tasks:
        (uploading, ear), (checking_in, _), (third, _) = team
        vault = await third.vault()
        shifts = [Shift(each, vault, ledger) for each in (uploading, third)]
        for shift in shifts:
            tasks.create_task(shift.work(over), name="shift")
        held = await checking_in.check_out((await checking_in.add(vault, f"{checking_in.person}.nc")).file.id)
        checked_in, key = await checking_in.upload(b"G1 X1\n"), str(uuid.uuid4())
        begun = await uploading.begin_upload(CONTENT)
        away = asyncio.Event()
        sending = tasks.create_task(or_later(uploading.append(begun.id, parts(away), offset=0)), name="upload")
        await wait_for_async(lambda: is_at_work(cluster, begun.id))
        for shift in shifts:
            await shift.has_done(2)
        async with the_turn(cluster):  # so that the check-in is in the middle of its transaction
            answered = tasks.create_task(
                or_later(checking_in.check_in_upload(held, checked_in, key=key)), name="check-in"
            )
            await wait_for_async(lambda: is_writing(cluster.addresses[1]))
            cluster.postgres.kill()
        try:
            away.set()
            assert (await answered, await sending) == (None, None), "nothing is promised without the database"
        finally:
            cluster.postgres.start()
        state = await until_answered(lambda: checking_in.check_in_upload(held, checked_in, key=key))
        ledger.wrote(b"G1 X1\n", by=checking_in.person, where="the check-in")
        upload = await until_answered(lambda: the_rest(uploading, begun.id, CONTENT))
        kept = await until_answered(lambda: uploading.add_upload(vault, f"{uploading.person}.bin", upload, key=key))
        ledger.wrote(CONTENT, by=uploading.person, where="the upload")
        for shift in shifts:
            await shift.has_done(2)
        over.set()
        while (await ear.until(FileUnlocked)).message.file != held.file.id:
            pass  # on the socket that it had all the time
    assert all(shift.refused for shift in shifts)
    promised = {path: file for shift in shifts for path, file in shift.done.items()}
    async with signed_in(cluster.addresses[1], third.person) as reader:
        await ledger.assert_whole(RevisionsOf(reader, *promised.values(), state.file.id, kept.file.id))
        assert len((await reader.get(f"/files/{state.file.id}/history", calls.History)).revisions) == 2
        mine = (f"{uploading.person} ", f"{third.person} ")
        found = {file.path: file.id for file in (await reader.tree(vault)).files.values() if file.path.startswith(mine)}
        assert found == promised, "each was done once"


async def parts(more: asyncio.Event) -> AsyncIterator[bytes]:
    """A part that comes in two pieces, the second when it is let."""
    yield CONTENT[:PART]
    await more.wait()
    yield CONTENT[PART : 2 * PART]


async def is_at_work(cluster: Cluster, upload: str) -> bool:
    """Whether a node has taken the upload for itself."""
    return f"turn/{upload}" in cluster.sql("SELECT name FROM lease")


async def is_writing(address: str) -> bool:
    """Whether a change waits at that node, or is at work."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        figures = (await http.get("/metrics")).text
    return 'pdm_database_open{kind="write"} 0.0' not in figures


@asynccontextmanager
async def the_turn(cluster: Cluster) -> AsyncIterator[None]:
    """Nobody else can change anything for as long as the block takes, or PostgreSQL runs."""
    where = cluster.settings["PDM_DATABASE_URL"]
    connection = await asyncpg.connect(where, user=ADMINISTRATOR)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({TURN})")
        yield
    finally:
        connection.terminate()


async def until_answered(call: Callable[[], Awaitable[T]]) -> T:
    """Call until it is answered with success, as a seat does."""
    while (answer := await or_later(call())) is None:
        pass
    return answer


async def the_rest(client: Client, upload: str, content: bytes) -> calls.Upload:
    """Ask where an upload goes on, and send the rest."""
    offset = (await client.upload_progress(upload)).offset
    if offset < len(content):
        await client.append(upload, content[offset:], offset=offset)
    return await client.finish_upload(upload, content)


async def test_a_node_is_killed_in_an_upload_and_its_seats_come_back_elsewhere(cluster: Cluster) -> None:
    [name] = cluster.people(1)
    content = os.urandom(2 * PART + 7)  # one that the server has not
    async with at_every_node(cluster) as team, signed_in(cluster.addresses[2], name) as gone, gone.listen() as lost:
        (watcher, ear), (_, other_ear), (moving, _) = team
        await lost.greeted()
        for each in (ear, other_ear):
            await until_told(each, moving.person)
            await until_told(each, gone.person)
        begun = await moving.begin_upload(content)
        before = len(ear.heard)

        async def broken_off() -> AsyncIterator[bytes]:
            yield content[:PART]
            await wait_for_async(lambda: is_at_work(cluster, begun.id))
            cluster.nodes[2].kill()
            yield b"x"

        try:
            with pytest.raises(httpx.TransportError):
                await moving.append(begun.id, broken_off(), offset=0)
            moving.address = cluster.addresses[1]
            async with at_node(moving, moving.address), moving.listen() as back:
                await back.greeted()
                async with asyncio.TaskGroup() as tasks:
                    for each in (ear, other_ear, back):
                        tasks.create_task(who_went(each, gone.person), name="hears who went")
                    upload = await the_rest(moving, begun.id, content)
                state = await moving.add_upload(await moving.vault(), f"{name}.bin", upload)
                assert await watcher.content(state.file.id) == content
                await ear.say(Ping())
                await ear.until(Pong)
                told = [each.message for each in ear.heard[before:]]
                assert [each.users for each in told if isinstance(each, UserDisconnected)] == [[gone.person]]
                assert not [each for each in told if isinstance(each, UserConnected)], "who came back was never away"
        finally:
            cluster.nodes[2].start()


async def who_went(ear: Ear, person: str) -> None:
    """Hear that somebody is there no more."""
    while person not in (await ear.until(UserDisconnected)).message.users:
        pass
