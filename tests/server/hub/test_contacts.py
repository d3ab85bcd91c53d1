"""When people and seats were in contact: gathered, written down together, and never in anybody's way."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from server.hub.contacts import Contact, Contacts

START = datetime(2026, 3, 5, 10, 42, tzinfo=UTC)


def seat(number: int) -> Contact:
    return Contact("anna", f"seat-{number}")


async def test_a_crowd_that_comes_and_goes_is_written_down_in_few_commits_and_whole() -> None:
    commits: list[Mapping[Contact, datetime]] = []
    moments = iter(START + timedelta(seconds=number) for number in range(1_000))

    written = asyncio.Event()

    async def write(noted: Mapping[Contact, datetime]) -> None:
        commits.append(noted)
        written.set()

    contacts = Contacts(write, lambda: next(moments))
    async with asyncio.timeout(10), contacts.run():
        for number in range(500):
            contacts.note(seat(number))
        await written.wait()
        contacts.note(seat(7))
    assert len(commits) == 2
    assert len(commits[0]) == 500
    assert commits[1] == {seat(7): START + timedelta(seconds=500)}


async def test_what_is_not_stored_yet_can_be_asked_for_until_it_is() -> None:
    stored, may_go_on = asyncio.Event(), asyncio.Event()

    async def write(noted: Mapping[Contact, datetime]) -> None:
        stored.set()
        await may_go_on.wait()

    contacts = Contacts(write, lambda: START)
    async with asyncio.timeout(10), contacts.run():
        contacts.note(seat(1))
        await stored.wait()
        contacts.note(Contact("ben", None))
        assert contacts.unwritten() == {seat(1): START, Contact("ben", None): START}
        may_go_on.set()
    assert contacts.unwritten() == {}


async def test_a_store_that_cannot_write_is_logged_and_asked_again_next_time() -> None:
    asked: list[set[Contact]] = []
    was_asked = asyncio.Event()

    async def write(noted: Mapping[Contact, datetime]) -> None:
        asked.append(set(noted))
        was_asked.set()
        if len(asked) == 1:
            raise OSError("the disk is away")

    contacts = Contacts(write, lambda: START)
    async with asyncio.timeout(10), contacts.run():
        contacts.note(seat(1))
        await was_asked.wait()
        contacts.note(seat(2))
    assert asked == [{seat(1)}, {seat(2)}]
