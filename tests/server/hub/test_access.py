"""Whose right ends while a store that answers late is being asked loses it wherever in their arrival that falls."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from server.hub import access as access_module
from server.hub.access import AccessWatch
from server.hub.connection import Connection
from server.hub.encoded import Encoded
from server.hub.figures import Tally
from server.hub.greeting import Greeting
from server.hub.outbox import Outbox
from server.hub.roster import Roster
from server.hub.source import Access, Arrival, Source
from server.hub.streams import Streams
from server.protocol.closing import CloseCode
from server.protocol.vault import Vault
from server.storage.installers import Installers
from server.storage.releases import Releases

MILL = Vault(id="mill", name="mill", role="editor", seq=0)
BEFORE = Arrival(access=1, vaults=[MILL], inbox=0)
"""What somebody is told who asked before their right ended, which made it 2."""


class Heard(Outbox):
    """What was sent to one seat."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def write(self, message: Encoded) -> int:
        self.messages.append(msgspec.json.decode(message.text))
        return 0

    def waiting(self) -> int:
        return 0

    async def drained(self) -> None:
        pass

    def end(self, code: CloseCode, reason: str = "") -> None:
        pass


class LateSource:
    """A store in which nobody may read anything since version 2. It answers when the test says so."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[Collection[str]] = asyncio.Queue()
        self.answer = asyncio.Semaphore(0)

    async def access(self, people: Collection[str]) -> Access:
        self.asked.put_nowait(people)
        await self.answer.acquire()
        return Access(access=2, vaults={})


class World:
    """Who is connected, and those parts of a hub that let somebody in."""

    def __init__(self, folder: Path) -> None:
        self.source = LateSource()
        source = cast("Source", self.source)
        self.roster = Roster()
        streams = Streams(source, Tally())
        self.watch = AccessWatch(source, self.roster, streams)
        self.watch.version = 1
        releases = Releases(Installers(folder), oldest="1.0.0")
        self.greeting = Greeting(self.roster, streams, self.watch, releases, ping_interval=1)

    async def come(self, person: str, seat: str) -> tuple[Connection, bool]:
        connection = Connection(
            session=seat, person_id=person, person=person, seat=seat, since=datetime.now(UTC), outbox=Heard(), bound=99
        )
        return connection, await self.greeting.greet(connection, BEFORE)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_who_comes_to_a_second_seat_while_everybodys_access_is_read_loses_it_at_both(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_module, "MOST", 1)
    people = {"ada", "ben"}
    former = [await world.come(person, f"first of {person}") for person in people]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(world.watch.refresh(2), name="refresh")
        first = await world.source.asked.get()
        world.source.answer.release()
        second = await world.source.asked.get()
        assert {*first, *second} == people
        later = [await world.come(person, f"second of {person}") for person in people]
        assert all(entered for _, entered in later), "what they were told is true for the version of everybody else"
        for _ in range(3):  # the last, and both again for their second seats
            world.source.answer.release()
    for connection, _ in former + later:
        assert connection.vaults == {}
        heard = cast("Heard", connection._outbox).messages
        assert [each["data"].get("role") for each in heard if each["type"] == "access_changed"] == [None]


async def test_who_was_answered_before_a_change_and_comes_after_it_is_not_let_in(world: World) -> None:
    async with asyncio.TaskGroup() as tasks:
        coming = tasks.create_task(world.come("ada", "a"), name="coming")
        await asyncio.sleep(0)  # it has begun, and waits for others who come in the same turn
        await world.watch.refresh(2)
    connection, entered = coming.result()
    assert not entered
    assert (len(world.roster), connection.vaults, world.watch.version) == (0, {}, 2)
