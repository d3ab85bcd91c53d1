"""Three nodes are one server: what happens at one is seen at all, whichever one somebody is connected to."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from server.protocol import calls, events
from server.protocol.events import FileLocked, UserConnected
from tests.support.client import Client, Refusal, signed_in
from tests.support.cluster import Cluster, new_node
from tests.support.ear import Ear
from tests.support.waiting import wait_for_async

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL and Redis run on Linux")

CONTENT = os.urandom(3 * 2**20 + 7)


@asynccontextmanager
async def at_every_node(cluster: Cluster) -> AsyncIterator[list[tuple[Client, Ear]]]:
    """Somebody new at each node, connected and live."""
    async with AsyncExitStack() as stack:
        team = []
        for address, name in zip(cluster.addresses, cluster.people(len(cluster.nodes)), strict=True):
            client = await stack.enter_async_context(signed_in(address, name))
            ear = await stack.enter_async_context(client.listen())
            await ear.greeted()
            await ear.resume()
            team.append((client, ear))
        yield team


async def until_told(ear: Ear, person: str) -> None:
    """Hear that somebody came, unless that was told before."""
    kinds = (UserConnected, events.Presence)
    told = {name for each in ear.heard if isinstance(each.message, kinds) for name in each.message.users}
    while person not in told:
        told.update((await ear.until(UserConnected)).message.users)


async def lock_heard(ear: Ear, file: str) -> FileLocked:
    """Hear that this file is checked out."""
    while (found := (await ear.until(FileLocked)).message).file != file:
        pass
    return found


async def test_what_happens_at_one_node_is_seen_at_all_and_one_person_holds_a_file(cluster: Cluster) -> None:
    async with at_every_node(cluster) as team:
        vault = await team[0][0].vault()
        for client, ear in team:
            for other, _ in team:
                await until_told(ear, other.person)
            state = await client.add(vault, f"{client.person}.nc")
            got = await asyncio.gather(*(_try_to_check_out(each, state.file.id) for each, _ in team))
            assert sum(got) == 1
            holder = team[got.index(True)][0].person
            for other, heard in team:
                assert (await lock_heard(heard, state.file.id)).locked_by == holder
                assert await other.content(state.file.id) == b"G0 X0\n", "contents are everybody's"


async def _try_to_check_out(client: Client, file: str) -> bool:
    try:
        await client.check_out(file)
    except Refusal as refusal:
        if refusal.problem.status != 423:
            raise
        return False
    return True


async def test_a_seat_may_go_to_another_node_and_a_sign_out_counts_at_all(cluster: Cluster) -> None:
    [name] = cluster.people(1)
    one, two, _ = cluster.addresses
    async with signed_in(one, name) as client, client.listen() as before:
        await before.greeted()
        client.address = two
        async with client.listen() as now:
            await now.greeted()
            assert await before.closed() == (1000, "replaced")
            await now.say(events.Ping())
            await now.until(events.Pong)
            await client.call("DELETE", "/session", headers={"Idempotency-Key": "out"})
            assert (await now.closed())[0] == 1008
        with pytest.raises(Refusal) as refused:
            await client.get("/session", calls.Me)
        assert refused.value.problem.status == 401


async def test_an_upload_goes_on_at_another_node_which_ends_the_part_that_lingers(cluster: Cluster) -> None:
    [name] = cluster.people(1)
    async with signed_in(cluster.addresses[0], name) as client:
        begun = await client.begin_upload(CONTENT)
        assert (await client.append(begun.id, CONTENT[:1000], offset=0)).offset == 1000
        sent, over = asyncio.Event(), asyncio.Event()

        async def lingering() -> AsyncIterator[bytes]:
            yield CONTENT[1000 : 2**20]
            sent.set()
            await over.wait()

        async def is_at_work() -> bool:
            return f"turn/{begun.id}" in cluster.sql("SELECT name FROM lease")

        async def linger() -> None:
            with pytest.raises(Refusal) as refused:
                await client.append(begun.id, lingering(), offset=1000)
            assert refused.value.problem.code == "wrong_offset"

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(linger(), name="lingers")
            await sent.wait()
            await wait_for_async(is_at_work)
            async with at_node(client, cluster.addresses[1]) as second:
                assert await send_the_rest(second, begun.id) == len(CONTENT)
            over.set()
        async with at_node(client, cluster.addresses[2]) as third:
            upload = await third.finish_upload(begun.id, CONTENT)
        state = await client.add_upload(await client.vault(), f"{name}.bin", upload)
        assert await client.content(state.file.id) == CONTENT


@asynccontextmanager
async def at_node(client: Client, address: str) -> AsyncIterator[Client]:
    """The same seat in the same session at another node."""
    former, client.http.base_url = client.http.base_url, address
    try:
        yield client
    finally:
        client.http.base_url = former


async def send_the_rest(client: Client, upload: str) -> int:
    """Ask where it goes on, and send the rest, as a seat does after a break."""
    offset = (await client.upload_progress(upload)).offset
    while True:
        try:
            return (await client.append(upload, CONTENT[offset:], offset=offset)).offset
        except Refusal as refusal:
            if refusal.problem.offset is None:
                raise
            offset = refusal.problem.offset


def require_no_gap(ear: Ear, vault: str) -> None:
    """Every event of the vault from the first on, each once and in order."""
    seqs = [each.seq for each in ear.heard if each.seq is not None and each.vault == vault]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


async def test_while_redis_hangs_seats_work_on_and_hear_by_the_seq(cluster: Cluster) -> None:
    async with at_every_node(cluster) as team:
        (first, _), *_, (third, _) = team
        vault = await first.vault()
        files = [(await first.add(vault, f"{first.person} {name}.nc")).file.id for name in ("a", "b", "c", "later")]
        with cluster.redis.hanging():
            await asyncio.gather(*(client.check_out(file) for (client, _), file in zip(team, files, strict=False)))
            for _, ear in team:
                heard = {(await ear.until(FileLocked)).message.file for _ in team}
                assert heard == set(files[:-1])
        await third.check_out(files[-1])
        for _, ear in team:
            await lock_heard(ear, files[-1])
            require_no_gap(ear, vault)


async def test_without_redis_seats_work_on_and_hear_by_the_seq(cluster: Cluster) -> None:
    async with at_every_node(cluster) as team:
        (first, _), (second, _), (third, _) = team
        vault = await first.vault()
        quiet = (await first.add(vault, f"{first.person} quiet.nc")).file.id
        later = (await first.add(vault, f"{first.person} later.nc")).file.id
        cluster.redis.kill()
        try:
            await second.check_out(quiet)
            for _, ear in team:
                await lock_heard(ear, quiet)
        finally:
            cluster.redis.start()
        await third.check_out(later)
        for _, ear in team:
            await lock_heard(ear, later)
            require_no_gap(ear, vault)


@pytest.mark.full  # a whole server is started for the command
def test_a_command_at_a_node_that_does_not_run_leaves_nothing_behind(cluster: Cluster, tmp_path: Path) -> None:
    def known() -> str:
        return cluster.sql(
            "SELECT (SELECT count(*) FROM lease WHERE name LIKE 'node %'), (SELECT count(*) FROM session JOIN person"
            " ON person.id = session.person WHERE person.name = 'server' AND session.ended IS NULL)"
        )

    assert known() == f"{len(cluster.nodes)}|{len(cluster.nodes)}"
    idle = new_node(tmp_path / "idle", (cluster.nodes[0].data / "blobs").resolve(), cluster.settings)
    idle.run("vault", "add", "Spare")
    assert known() == f"{len(cluster.nodes)}|{len(cluster.nodes)}"
    assert "vault_added" in cluster.sql("SELECT action FROM audit")
