"""Two nodes of one server in one process: who is at one of them is known at the other.

One writes ready frames, the other has nothing but ASGI: every test goes through both.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from server.bus.base import (
    AccessHint,
    AliveHint,
    ChangedHint,
    Hint,
    InboxHint,
    LostHint,
    MissedHint,
    SeatSeen,
    SeatsHint,
)
from server.bus.memory import MemoryBus
from server.hub import catching_up, neighbours, portions, steps, told
from server.hub.connection import Connection
from server.hub.source import Look
from server.protocol import events
from server.protocol.events import (
    Away,
    Changed,
    FileLocked,
    Ping,
    Pong,
    Presence,
    Report,
    UserAway,
    UserConnected,
    UserDisconnected,
)
from server.routes.source import StoreSource
from tests.support.ear import Ear
from tests.support.shop import Shop, another_node, open_shop
from tests.support.waiting import wait_for_async

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Wire:
    """What is between two nodes: it can be cut, and lose one hint."""

    def __init__(self) -> None:
        self.cut = False
        self.lose: Callable[[Hint], bool] = lambda _: False
        self.ends: list[End] = []

    def end(self) -> "End":
        end = End(self)
        self.ends.append(end)
        return end

    def mend(self) -> None:
        self.cut = False
        for end in self.ends:
            end.deliver(MissedHint())


class End(MemoryBus):
    """The bus of one of them."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    @property
    def hears(self) -> bool:
        return not self._wire.cut

    async def publish(self, hint: Hint) -> None:
        self.deliver(hint)
        if self._wire.cut or self._wire.lose(hint):
            return
        for other in self._wire.ends:
            if other is not self:
                other.deliver(hint)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    monkeypatch.setattr(neighbours, "GATHERING_SECONDS", 0.01)
    monkeypatch.setattr(neighbours, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(neighbours, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(told, "REPORTS_SECONDS", 0.05)
    monkeypatch.setattr(catching_up, "DEAF_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(steps, "RETRY_SECONDS", 0.05)
    return Wire()


@pytest.fixture
async def one(tmp_path: Path, wire: Wire) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, direct=True, bus=wire.end()) as shop:
        await shop.vault("mill")
        yield shop


@pytest.fixture
async def two(tmp_path: Path, one: Shop, wire: Wire) -> AsyncIterator[Shop]:
    async with another_node(one, tmp_path / "two", bus=wire.end(), direct=False) as node:
        yield node


async def until(condition: Callable[[], object]) -> None:
    async def holds() -> bool:
        return bool(condition())

    await wait_for_async(holds)


async def until_told(ear: Ear, kind: type[UserConnected | UserDisconnected], person: str) -> None:
    """Hear that the person came, or went."""
    while person not in (await ear.until(kind)).message.users:
        pass


async def said(ear: Ear, kind: type[object]) -> list[object]:
    """What the seat has heard of that kind up to now."""
    await ear.say(Ping())
    await ear.until(Pong)
    return [each.message for each in ear.heard if isinstance(each.message, kind)]


async def test_who_is_at_either_node_is_known_at_both(one: Shop, two: Shop) -> None:
    async with one.seat("Ada") as ada:
        await until(lambda: two.hub.online("seat-of-Ada"))
        async with two.seat("Ben") as ben:
            await until_told(ada, UserConnected, "Ben")
            assert [each.message for each in ben.heard if isinstance(each.message, Presence)] == [
                Presence(users=["Ada", "Ben"])
            ]
            for hub in (one.hub, two.hub):
                assert hub.people_online() == {"ada", "ben"}
                assert hub.sessions_online() == set(one.sessions.values())
                assert sorted(each.seat for each in hub.connected()) == ["seat-of-Ada", "seat-of-Ben"]
                assert hub.online("seat-of-Ben")
        assert (await ada.until(UserDisconnected)).message.users == ["Ben"]
        assert one.hub.people_online() == {"ada"}


async def test_a_node_that_starts_is_told_of_many_in_portions(
    one: Shop, tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "MOST_TOLD", 2)
    heard: list[Hint] = []
    async with AsyncExitStack() as stack:
        for number in range(5):
            await stack.enter_async_context(one.seat(f"Seat {number}"))
        one.bus.subscribe(heard.append)
        async with another_node(one, tmp_path / "two", bus=wire.end(), direct=False) as two:
            await until(lambda: len(two.hub.connected()) == 5)
    whole = [hint for hint in heard if isinstance(hint, SeatsHint) and hint.whole and hint.came]
    assert [(hint.part, hint.parts, len(hint.came)) for hint in whole[:3]] == [(1, 3, 2), (2, 3, 2), (3, 3, 1)]


async def test_who_leaves_a_seat_is_away_at_every_node_unless_at_another_one(one: Shop, two: Shop) -> None:
    left = NOW - timedelta(minutes=10)
    async with one.seat("Ada") as ada, two.seat("Ben") as ben:
        await ben.say(Away(since=left))
        assert (await ada.until(UserAway)).message == UserAway(users={"Ben": left})
        assert one.hub.away("seat-of-Ben") == left
        assert one.hub.people_away() == two.hub.people_away() == {"ben": left}
        async with one.listen(await one.sign_in("ben", "second"), "second") as second:
            await second.greeted()
            while (await ben.until(UserAway)).message != UserAway(back=["Ben"]):
                pass
            assert two.hub.people_away() == {}


async def test_a_seat_that_moves_is_replaced_where_it_was_and_nobody_sees_it_go(one: Shop, two: Shop) -> None:
    async with one.seat("Ada") as ada, one.seat("Ben", seat="s") as before:
        await until(lambda: two.hub.online("s"))
        async with two.listen(two.tokens.token_for(two.sessions["s"], expires=NOW + timedelta(days=9_000)), "s") as now:
            await now.greeted()
            assert (await before.closed()) == (1000, "replaced")
            await until(lambda: [each.seat for each in one.hub.connected()].count("s") == 1)
            assert await said(ada, UserDisconnected) == []
            assert one.hub.roster.at("s") is None
        assert (await ada.until(UserDisconnected)).message.users == ["Ben"]


async def test_a_seat_that_moves_back_under_a_clock_that_is_behind_stays_where_it_came_last(
    one: Shop, two: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with one.seat("Ben", seat="s") as before:
        await until(lambda: two.hub.online("s"))
        began = one.hub.connected()[0].since
        monkeypatch.setattr(two.hub, "_clock", lambda: NOW - timedelta(days=5))
        async with two.listen(two.tokens.token_for(two.sessions["s"], expires=NOW + timedelta(days=9_000)), "s") as now:
            await now.greeted()
            assert [each.since > began for each in two.hub.connected()] == [True]
            assert (await before.closed()) == (1000, "replaced")
            await said(now, Pong)


async def test_a_node_that_ends_without_a_word_takes_its_seats_along(one: Shop, two: Shop, wire: Wire) -> None:
    gone = SeatsHint(
        node="killed", number=1, came=(SeatSeen(seat="c", session="x", person_id="cleo", person="Cleo", since=NOW),),
        whole=True,
    )  # fmt: skip
    async with one.seat("Ada") as ada:
        wire.ends[0].deliver(gone)
        assert one.hub.online("c")
        await until_told(ada, UserConnected, "Cleo")
        assert (await ada.until(UserDisconnected)).message.users == ["Cleo"]
        assert not one.hub.online("c")


async def test_who_has_lost_a_hint_is_right_by_the_next_beat(one: Shop, two: Shop, wire: Wire) -> None:
    async with one.seat("Ada"):
        await until(lambda: two.hub.online("seat-of-Ada"))
        wire.lose = lambda hint: isinstance(hint, SeatsHint)
        async with one.seat("Ben"):
            await said_to_nobody(one)
            assert not two.hub.online("seat-of-Ben")
            wire.lose = lambda _: False
            await until(lambda: two.hub.online("seat-of-Ben"))


async def said_to_nobody(node: Shop) -> None:
    """Wait until the node has told of its seats, whoever hears it."""
    told = asyncio.Event()
    leave = node.bus.subscribe(lambda hint: told.set() if isinstance(hint, AliveHint) else None)
    for _ in range(2):
        told.clear()
        await told.wait()
    leave()


async def test_with_the_wire_cut_a_node_keeps_what_it_knew_for_a_while_and_then_shows_its_own(
    one: Shop, two: Shop, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with one.seat("Ada") as ada, two.seat("Ben"):
        await until(lambda: one.hub.online("seat-of-Ben"))
        wire.cut = True
        monkeypatch.setattr(neighbours, "SILENT_SECONDS", 0)
        await said_to_nobody(one)
        assert one.hub.online("seat-of-Ben")
        monkeypatch.setattr(neighbours, "DEAF_SECONDS", 0.1)
        assert (await ada.until(UserDisconnected)).message.users == ["Ben"]
        monkeypatch.setattr(neighbours, "SILENT_SECONDS", 5)
        wire.mend()
        await until(lambda: one.hub.online("seat-of-Ben") and two.hub.online("seat-of-Ada"))


async def test_with_the_wire_cut_events_and_inboxes_come_by_looking(one: Shop, two: Shop, wire: Wire) -> None:
    async with one.seat("Ada"), two.seat("Ben") as ben:
        wire.cut = True
        await one.happen("mill", count=2)
        await one.write_inbox("ben")
        await ben.event(seq=2)
        assert ben.seqs == [1, 2]
        while (found := await said(ben, events.InboxHint)) == []:
            pass
        assert found == [events.InboxHint(number=1)], "once for each number"


async def test_when_the_wire_is_mended_every_seat_reads_its_lists_again(one: Shop, two: Shop, wire: Wire) -> None:
    async with two.seat("Ben") as ben:
        wire.cut = True
        wire.mend()
        heard: set[str] = set()
        while heard != set(get_args(events.ListName)):
            heard.add((await ben.until(Changed)).message.what)


async def test_where_the_bus_of_another_node_has_lost_hints_seats_read_again(one: Shop, two: Shop, wire: Wire) -> None:
    async with one.seat("Ada"), two.seat("Ben") as ben:
        wire.lose = lambda hint: isinstance(hint, InboxHint)
        await one.write_inbox("ben")
        wire.ends[1].deliver(LostHint())
        assert (await ben.until(events.InboxHint)).message.number == 1
        heard: set[str] = set()
        while heard != set(get_args(events.ListName)):
            heard.add((await ben.until(Changed)).message.what)


async def test_after_a_step_of_a_node_has_failed_it_looks_again_at_what_hints_say(
    one: Shop, two: Shop, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, broken = two.hub._source.look, [OSError("gone")]

    async def look_or_break(sessions: Collection[str]) -> Look:
        if broken:
            raise broken.pop()
        return await look(sessions)

    async with one.seat("Ada"), two.seat("Ben") as ben:
        wire.lose = lambda hint: isinstance(hint, InboxHint | ChangedHint)
        await one.write_inbox("ben")
        await one.bus.publish(ChangedHint("people"))
        monkeypatch.setattr(two.hub._source, "look", look_or_break)
        await two.bus.publish(AccessHint())
        assert (await ben.until(events.InboxHint)).message.number == 1
        while (await ben.until(Changed)).message.what != "people":
            pass
        assert not broken


async def test_what_a_node_fails_to_hear_it_looks_at(one: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with one.seat("Ada") as ada:
        of_person, broken = one.hub.roster.of_person, [ValueError("a fault")]

        def find(person_id: str) -> tuple[Connection, ...]:
            if broken:
                raise broken.pop()
            return of_person(person_id)

        monkeypatch.setattr(one.hub.roster, "of_person", find)
        await one.write_inbox("ada")
        assert (await ada.until(events.InboxHint)).message.number == 1
        assert not broken


async def test_what_a_seat_reports_is_known_at_every_node_also_at_one_that_starts_later(
    tmp_path: Path, one: Shop, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def held(*_: object) -> frozenset[str]:
        return frozenset({"f1"})

    monkeypatch.setattr(StoreSource, "held", held)
    report = Report(file="f1", open=True)
    async with one.seat("Ada") as ada:
        await ada.say(report)
        await until(lambda: one.hub.reported("f1") == report)
        async with another_node(one, tmp_path / "two", bus=wire.end(), direct=False) as two, two.seat("Ben") as ben:
            await until(lambda: two.hub.reported("f1") == report)
            await ada.say(Report(file="f1"))
            while two.hub.reported("f1") == report:
                assert (await ben.until(Changed)).message.what == "reports"
            assert two.hub.reported("f1") == Report(file="f1")
            await one.happen("mill")
            await ben.until(FileLocked)


async def test_ended_sessions_and_inboxes_are_told_at_every_node(one: Shop, two: Shop) -> None:
    async with one.seat("Ada"), two.seat("Ben") as ben:
        await one.bus.publish(InboxHint("ben", 5))
        assert (await ben.until(events.InboxHint)).message.number == 5
        await one.end_session("seat-of-Ben")
        assert (await ben.closed())[0] == 1008


async def test_a_node_that_stops_does_not_say_that_its_seats_went(one: Shop, tmp_path: Path, wire: Wire) -> None:
    heard: list[Hint] = []
    async with another_node(one, tmp_path / "two", bus=wire.end(), direct=False) as two, two.seat("Ben"):
        await until(lambda: one.hub.online("seat-of-Ben"))
        one.bus.subscribe(heard.append)
        two.hub.stop()
        await said_to_nobody(two)
    assert not [hint for hint in heard if isinstance(hint, SeatsHint) and hint.went]
    assert one.hub.online("seat-of-Ben")
    await until(lambda: not one.hub.online("seat-of-Ben"))
