"""What a real server asks the disk to keep, counted below it: one fsync for a check-out, few for many that wait."""

import asyncio
from pathlib import Path

import pytest

from server.config import DATABASE
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.server import real_server
from tests.support.syncs import Syncs, watched_syncs
from tests.support.waiting import wait_for_async

LOG = f"{DATABASE}-wal"
"""SQLite's log: what is committed is in it, and on the disk once it is synced."""
TOGETHER = 40


COMMITS = "pdm_database_commits_total"
WAITING = 'pdm_database_open{kind="write"}'


async def figure(ada: Client, name: str) -> int:
    """One figure of the server, as it is now."""
    lines = (await ada.http.get("/metrics")).text.splitlines()
    return next(int(float(line.removeprefix(name))) for line in lines if line.startswith(name))


@pytest.fixture
def syncs(tmp_path: Path) -> Syncs:
    return watched_syncs(tmp_path)


async def test_a_check_out_is_one_fsync_and_many_that_wait_for_it_share_theirs(tmp_path: Path, syncs: Syncs) -> None:
    with real_server(tmp_path, settings=syncs.environment) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, asyncio.TaskGroup() as tasks:
            names = [f"{number}.nc" for number in range(TOGETHER + 2)]
            first, second, *others = (file.id for file in (await ada.add_set(await ada.vault(), names)).files)
            before, commits = len(syncs.begun), await figure(ada, COMMITS)
            await ada.check_out(first)
            assert syncs.begun[before:] == [LOG]

            async def second_is_on_its_way_to_the_disk() -> bool:
                return len(syncs.begun) == before + 2

            async def all_wait() -> bool:
                return await figure(ada, WAITING) == len(calls)

            with syncs.held():
                calls = [tasks.create_task(ada.check_out(second), name="second")]
                await wait_for_async(second_is_on_its_way_to_the_disk)
                calls += [tasks.create_task(ada.check_out(file), name=file) for file in others]
                await wait_for_async(all_wait)
                assert (await ada.file(second)).file.lock is None, "nobody sees what is not on the disk"
                assert not any(call.done() for call in calls), "nor is it answered"
                assert len(syncs.done) == before + 1
            await asyncio.wait(calls)
            assert syncs.begun == syncs.done
            assert syncs.done[before:] == [LOG] * (await figure(ada, COMMITS) - commits)
            assert len(syncs.done) - before - 2 <= TOGETHER // 3, "a commit takes in whoever comes for 20 ms"
