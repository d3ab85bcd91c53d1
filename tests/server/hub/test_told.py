"""What seats tell of themselves: kept, and hinted at to those whom it concerns; with ready frames and without."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.bus.base import ChangedHint, HeardReport, Hint, ReportsHint
from server.bus.memory import MemoryBus
from server.domain.errors import Full
from server.hub import portions
from server.hub import told as told_module
from server.hub.roster import Roster
from server.hub.told import Told
from server.protocol.events import Away, Changed, Ping, Pong, Presence, Report, Troubles, UserAway
from server.routes.source import StoreSource
from tests.support.shop import NOW, Shop, open_shop


@pytest.fixture(params=["direct", "plain"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, direct=request.param == "direct") as shop:
        yield shop


async def test_what_seats_tell_is_hinted_at_once_a_while_and_only_when_it_is_news(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def held(*_: object) -> frozenset[str]:
        return frozenset({"f1", "f2"})

    monkeypatch.setattr(StoreSource, "held", held)
    await shop.vault("shared")
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        for file in ("f1", "f2", "f3"):
            await ben.say(Report(file=file, open=True))
        assert (await ada.until(Changed)).message.what == "reports"
        assert [shop.hub.reported(file) is not None for file in ("f1", "f2", "f3")] == [True, True, False]
        await ben.say(Report(file="f1", open=True))
        await ben.say(Troubles(full=True))
        await ben.say(Troubles(full=True))
        await ada.until(Changed)
        await ada.say(Ping())
        await ada.until(Pong)
        assert sum(isinstance(each.message, Changed) for each in ada.heard) == 2


async def test_a_report_is_no_news_to_those_who_read_none_of_its_vaults(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def held(*_: object) -> frozenset[str]:
        return frozenset({"f1"})

    monkeypatch.setattr(StoreSource, "held", held)
    await shop.vault("closed", default_role=None)
    await shop.person("Cleo")
    await shop.grant("cleo", "closed", "editor")
    token = await shop.sign_in("cleo", "seat-of-Cleo")
    async with shop.seat("Ben") as ben, shop.listen(token, "seat-of-Cleo") as cleo:
        await cleo.greeted()
        await cleo.resume()
        await cleo.say(Report(file="f1"))
        assert (await cleo.until(Changed)).message.what == "reports"
        await ben.say(Ping())
        await ben.until(Pong)
        assert not [each for each in ben.heard if isinstance(each.message, Changed)]


async def test_troubles_that_cannot_be_kept_end_no_connection(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_room(*_: object) -> bool:
        raise Full

    monkeypatch.setattr(StoreSource, "keep_troubles", no_room)
    async with shop.seat("Ben") as ben:
        await ben.say(Troubles(full=True))
        await ben.say(Ping())
        await ben.until(Pong)


async def test_who_leaves_the_seat_is_away_for_everybody_until_back(shop: Shop) -> None:
    left = datetime.now(UTC) - timedelta(minutes=10)
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        await ben.say(Away(since=left))
        assert (await ada.until(UserAway)).message == UserAway(users={"Ben": left})
        assert (shop.hub.away("seat-of-Ben"), shop.hub.away("seat-of-Ada")) == (left, None)
        assert shop.hub.people_away() == {"ben": left}
        async with shop.listen(await shop.sign_in("ada", "second"), "second") as later:
            assert (await later.until(Presence)).message.away == {"Ben": left}
        await ben.say(Away())
        assert (await ada.until(UserAway)).message == UserAway(back=["Ben"])
        assert shop.hub.people_away() == {}


async def test_a_clock_that_is_ahead_leaves_nobody_in_the_future(shop: Shop) -> None:
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        await ben.say(Away(since=datetime.now(UTC) + timedelta(hours=2)))
        told = (await ada.until(UserAway)).message
        assert told.users["Ben"] <= datetime.now(UTC)


async def test_who_is_at_another_seat_is_not_away(shop: Shop) -> None:
    left = datetime.now(UTC) - timedelta(minutes=30)
    async with shop.seat("Ada") as ada, shop.listen(await shop.sign_in("ada", "second"), "second") as second:
        await second.greeted()
        await ada.say(Away(since=left))
        await ada.say(Ping())
        await ada.until(Pong)
        assert (shop.hub.away("seat-of-Ada"), shop.hub.people_away()) == (left, {})
        await second.say(Away(since=left + timedelta(minutes=5)))
        assert (await ada.until(UserAway)).message.users == {"Ada": left + timedelta(minutes=5)}


async def test_many_who_leave_are_told_of_together_and_nobody_twice(shop: Shop) -> None:
    left = datetime.now(UTC) - timedelta(minutes=10)
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(shop.seat(f"Seat {number}")) for number in range(12)]
        for _ in range(3):
            for ear in ears:
                await ear.say(Away(since=left))
        gone: dict[str, datetime] = {}
        while len(gone) < len(ears):
            gone |= (await ears[0].until(UserAway)).message.users
        await ears[0].say(Ping())
        await ears[0].until(Pong)
        told = [each.message for each in ears[0].heard if isinstance(each.message, UserAway)]
        assert sum(len(each.users) for each in told) == len(ears)
        assert len(told) <= 3


async def test_who_is_connected_is_known_with_seat_and_time(shop: Shop) -> None:
    before = datetime.now(UTC)
    async with shop.seat("Ada"), shop.seat("Ben"):
        found = shop.hub.connected()
        assert sorted((each.person, each.seat) for each in found) == [("Ada", "seat-of-Ada"), ("Ben", "seat-of-Ben")]
        assert all(before <= each.since <= datetime.now(UTC) for each in found)


async def test_what_concerns_few_is_news_of_the_audit_trail_for_who_may_read_it(shop: Shop) -> None:
    await shop.vault("shared")
    await shop.person("Cleo")
    await shop.grant("cleo", "shared", "administrator")
    token = await shop.sign_in("cleo", "seat-of-Cleo")
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben, shop.listen(token, "seat-of-Cleo") as cleo:
        await cleo.greeted()
        await cleo.resume()
        await shop.bus.publish(ChangedHint("watches", frozenset({"ben"})))
        for who in (ada, ben, cleo):
            await who.say(Ping())
            await who.until(Pong)
        told = [
            [each.message.what for each in who.heard if isinstance(each.message, Changed)] for who in (ada, ben, cleo)
        ]
        assert told == [[], ["watches"], ["audit"]]


def test_what_a_seat_says_here_is_newer_than_what_was_heard_of_it_by_a_clock_that_is_ahead() -> None:
    told = Told(Roster(), MemoryBus(), lambda: NOW)
    before = HeardReport(report=Report(file="f1", open=True), at=NOW + timedelta(minutes=3))
    told.hear(ReportsHint(vaults=frozenset(), reports=(before,)))
    assert told.keep(Report(file="f1"))
    told.hear(ReportsHint(vaults=frozenset(), reports=(before,)))
    assert told.reports.of("f1") == Report(file="f1")


async def test_many_reports_are_told_in_portions_and_whom_they_concern_with_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portions, "MOST_TOLD", 2)
    monkeypatch.setattr(told_module, "REPORTS_SECONDS", 0)
    bus, heard = MemoryBus(), list[Hint]()
    bus.subscribe(heard.append)
    told = Told(Roster(), bus, lambda: NOW)
    for number in range(5):
        told.keep(Report(file=f"f{number}"))
    told.concerns({"mill"})
    await told.tell()
    assert [(hint.vaults, len(hint.reports)) for hint in heard if isinstance(hint, ReportsHint)] == [
        (frozenset(), 2),
        (frozenset(), 2),
        (frozenset({"mill"}), 1),
    ]
