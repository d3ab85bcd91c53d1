"""What seats tell of themselves: kept, and hinted at to those whom it concerns."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.domain.errors import Full
from server.protocol.events import Changed, Ping, Pong, Report, Troubles
from server.routes.source import StoreSource
from tests.support.shop import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, direct=True) as shop:
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


async def test_who_is_connected_is_known_with_seat_and_time(shop: Shop) -> None:
    before = datetime.now(UTC)
    async with shop.seat("Ada"), shop.seat("Ben"):
        found = shop.hub.connected()
        assert sorted((each.person, each.seat) for each in found) == [("Ada", "seat-of-Ada"), ("Ben", "seat-of-Ben")]
        assert all(before <= each.since <= datetime.now(UTC) for each in found)
