"""Nodes, Redis and PostgreSQL end without a word, and nobody has to do anything: seats work on, and nothing is lost."""

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import httpx
import pytest

from server.protocol import calls
from server.protocol.events import Ping, Pong, UserConnected, UserDisconnected
from tests.server.cluster.test_nodes import at_every_node, at_node, lock_heard, until_told
from tests.support.client import Client, Refusal, signed_in
from tests.support.cluster import Cluster, new_node, running_cluster
from tests.support.postgres import Postgres
from tests.support.redis import Redis
from tests.support.s3 import KEYS, S3
from tests.support.waiting import wait_for_async

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL and Redis run on Linux"),
]

CONTENT = os.urandom(5 * 2**20 + 3)


async def test_a_node_that_is_killed_takes_only_those_along_who_do_not_come_back(own_cluster: Cluster) -> None:
    async with at_every_node(own_cluster) as team:
        (watcher, ear), (moving, _), (gone, _) = team
        for _, heard in team:
            for client, _ in team:
                await until_told(heard, client.person)
        before = len(ear.heard)
        own_cluster.nodes[1].kill()
        own_cluster.nodes[2].kill()
        async with at_node(moving, own_cluster.addresses[0]):
            moving.address = own_cluster.addresses[0]
            async with moving.listen() as back:
                await back.greeted()
                while gone.person not in (await ear.until(UserDisconnected)).message.users:
                    pass
                await ear.say(Ping())
                await ear.until(Pong)
                told = [each.message for each in ear.heard[before:]]
                assert [each.users for each in told if isinstance(each, UserDisconnected)] == [[gone.person]]
                assert not [each for each in told if isinstance(each, UserConnected)]
                online = {each.id for each in (await moving.get("/session/seats", calls.Seats)).seats if each.online}
                assert online == {moving.seat}
        assert watcher.person


async def test_a_node_that_is_restarted_makes_nobody_flicker(own_cluster: Cluster) -> None:
    async with at_every_node(own_cluster) as team:
        (_, ear), (moving, old), _ = team
        await until_told(ear, moving.person)
        own_cluster.nodes[1].ask_to_stop()
        assert (await old.closed())[0] == 1012
        moving.address = own_cluster.addresses[2]
        async with moving.listen() as back:
            await back.greeted()
            own_cluster.nodes[1].wait()
            own_cluster.nodes[1].start()
            [other] = own_cluster.people(1)
            async with signed_in(own_cluster.addresses[1], other) as client, client.listen():
                await until_told(ear, other)
            while other not in (await ear.until(UserDisconnected)).message.users:
                pass
            gone = [each.message.users for each in ear.heard if isinstance(each.message, UserDisconnected)]
            assert gone == [[other]]


async def test_an_upload_goes_on_at_another_node_when_the_first_is_killed(own_cluster: Cluster) -> None:
    [name] = own_cluster.people(1)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(signed_in(own_cluster.addresses[0], name))
        begun = await client.begin_upload(CONTENT)
        kept = (await client.append(begun.id, CONTENT[: 2**21], offset=0)).offset

        async def endless() -> AsyncIterator[bytes]:
            yield CONTENT[2**21 : 2**22]
            await wait_for_async(lambda: _is_leased(own_cluster, begun.id))
            own_cluster.nodes[0].kill()
            yield b"x"

        with pytest.raises(httpx.TransportError):
            await client.append(begun.id, endless(), offset=kept)
        async with at_node(client, own_cluster.addresses[1]):
            offset = (await client.upload_progress(begun.id)).offset
            assert offset >= kept
            assert (await client.append(begun.id, CONTENT[offset:], offset=offset)).offset == len(CONTENT)
            upload = await client.finish_upload(begun.id, CONTENT)
            state = await client.add_upload(await client.vault(), "kept.bin", upload)
            async with at_node(client, own_cluster.addresses[2]):
                assert await client.content(state.file.id) == CONTENT


async def _is_leased(cluster: Cluster, upload: str) -> bool:
    return f"turn/{upload}" in cluster.sql("SELECT name FROM lease")


@pytest.mark.parametrize("end", ["restart", "kill"])
async def test_postgresql_may_be_restarted(own_cluster: Cluster, end: str) -> None:
    async with at_every_node(own_cluster) as team:
        first, second = team[0][0], team[1][0]
        vault = await first.vault()
        files = [await first.add(vault, f"{number}.nc") for number in range(3)]
        held = await first.check_out(files[0].file.id)
        if end == "kill":
            own_cluster.postgres.kill()
        else:
            own_cluster.postgres.stop()
        with pytest.raises(Refusal) as refused:
            await second.check_out(files[1].file.id)
        assert refused.value.problem.status == 503
        assert refused.value.problem.retry_after
        own_cluster.postgres.start()

        async def works() -> bool:
            return await _may(second, files[1].file.id)

        await wait_for_async(works)
        for _, ear in team:
            await lock_heard(ear, files[1].file.id)
        checked_in = await first.check_in(held, b"G1 X1\n")
        assert await second.content(checked_in.file.id) == b"G1 X1\n"
        tree = await second.tree(vault)
        assert sorted(file.path for file in tree.files.values()) == ["0.nc", "1.nc", "2.nc"]


async def _may(client: Client, file: str) -> bool:
    try:
        await client.check_out(file)
    except Refusal as refusal:
        if refusal.problem.status != 503:
            raise
        return False
    return True


async def test_a_node_with_contents_of_its_own_does_not_start(own_cluster: Cluster, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with ExitStack() as until_the_end:
        node = new_node(tmp_path / "stranger", elsewhere, own_cluster.settings)
        until_the_end.callback(node.close)
        with pytest.raises(AssertionError, match="not those of the server's other nodes"):
            node.start()
        shutil.rmtree(elsewhere)
        elsewhere.symlink_to(tmp_path / "shared", target_is_directory=True)
        node.start()


async def test_nodes_over_a_bucket_share_no_disk(tmp_path: Path, postgres: Postgres, redis: Redis, s3: S3) -> None:
    settings = KEYS | {"PDM_BLOBS_URL": s3.bucket()}
    with running_cluster(tmp_path, postgres, redis, settings=settings) as cluster:
        [name] = cluster.people(1)
        one, two, three = cluster.addresses
        async with signed_in(one, name) as client:
            begun = await client.begin_upload(CONTENT)
            assert (await client.append(begun.id, CONTENT[: 2**21], offset=0)).offset == 2**21
            cluster.nodes[0].kill()
            async with at_node(client, two):
                offset = (await client.upload_progress(begun.id)).offset
                assert offset == 2**21
                await client.append(begun.id, CONTENT[offset:], offset=offset)
            async with at_node(client, three):
                upload = await client.finish_upload(begun.id, CONTENT)
                state = await client.add_upload(await client.vault(), "kept.bin", upload)
            async with at_node(client, two):
                assert await client.content(state.file.id) == CONTENT
        assert list((tmp_path / "shared").iterdir()) == []
