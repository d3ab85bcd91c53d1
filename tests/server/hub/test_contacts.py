"""When seats were in contact: gathered, written down together, and never in anybody's way."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from server.hub.contacts import Contacts

START = datetime(2026, 3, 5, 10, 42, tzinfo=UTC)


async def test_a_crowd_that_comes_and_goes_is_written_down_in_few_commits_and_whole() -> None:
    commits: list[Mapping[str, datetime]] = []
    moments = iter(START + timedelta(seconds=number) for number in range(1_000))

    written = asyncio.Event()

    async def write(noted: Mapping[str, datetime]) -> None:
        commits.append(noted)
        written.set()

    contacts = Contacts(write, lambda: next(moments))
    async with asyncio.timeout(10), contacts.run():
        for number in range(500):
            contacts.note(f"seat-{number}")
        await written.wait()
        contacts.note("seat-7")
    assert len(commits) == 2
    assert len(commits[0]) == 500
    assert commits[1] == {"seat-7": START + timedelta(seconds=500)}


async def test_a_store_that_cannot_write_is_logged_and_asked_again_next_time() -> None:
    asked: list[set[str]] = []
    was_asked = asyncio.Event()

    async def write(noted: Mapping[str, datetime]) -> None:
        asked.append(set(noted))
        was_asked.set()
        if len(asked) == 1:
            raise OSError("the disk is away")

    contacts = Contacts(write, lambda: START)
    async with asyncio.timeout(10), contacts.run():
        contacts.note("seat-1")
        await was_asked.wait()
        contacts.note("seat-2")
    assert asked == [{"seat-1"}, {"seat-2"}]
