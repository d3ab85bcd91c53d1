"""Locks, deleted files and parked versions as the seat of an administrator asks a real server for them."""

from collections.abc import AsyncIterator
from typing import TypeVar

import pytest

from pdm_desktop.core.errors import Refused
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.deleted import KeepDeleted, PurgeFile
from pdm_desktop.core.office.locks import ForceRelease
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import changing, reading
from server.protocol import calls
from tests.support.client import Client, Refusal, signed_in
from tests.support.one_file import added
from tests.support.seat_parts import http_of
from tests.support.server import RealServer

T = TypeVar("T")
REASON = "The plate is needed for the 14:00 setup."


@pytest.fixture
async def eva(shop_server: RealServer) -> AsyncIterator[Http]:
    """Eva administers the server."""
    async with signed_in(shop_server.address, "Eva") as client:
        http = http_of(client)
        yield http
        await http.close()


@pytest.fixture
async def annas(anna: Client) -> AsyncIterator[Http]:
    """Anna edits."""
    http = http_of(anna)
    yield http
    await http.close()


async def read(http: Http, topic: Topic[T], *vaults: str) -> T:
    found = await reading.read(http, topic, tuple(("vault", each) for each in vaults))
    assert isinstance(found, topic.kind)
    return found


async def lock_of(http: Http, file: str) -> calls.LockEntry | None:
    return next((each for each in (await read(http, topics.LOCKS)).locks if each.file == file), None)


def wish_for(entry: calls.LockEntry, *, give_to: str | None = None) -> ForceRelease:
    return ForceRelease(
        file=entry.file, path=entry.path, holder=entry.lock.locked_by, token=entry.lock.token, reason=REASON,
        give_to=give_to,
    )  # fmt: skip


async def test_a_check_out_is_taken_away_and_what_comes_later_is_parked(eva: Http, annas: Http, anna: Client) -> None:
    file = await added(anna)
    held = await anna.check_out(file.id)
    entry = await lock_of(eva, file.id)
    assert entry is not None
    with pytest.raises(Refused):
        await changing.make(annas, wish_for(entry), "by anna")
    assert await lock_of(eva, file.id) == entry
    await changing.make(eva, wish_for(entry), "once")
    await changing.make(eva, wish_for(entry), "once")
    assert await lock_of(eva, file.id) is None
    with pytest.raises(Refusal) as refused:
        await anna.check_in(held, b"what Anna saved meanwhile")
    parked = (await read(eva, topics.ALL_PARKED)).parked
    assert [(each.person, each.file) for each in parked if each.id == refused.value.problem.parked] == [
        ("Anna", file.id)
    ]
    async with eva.stream(f"/api/parked/{refused.value.problem.parked}/content") as answer:
        assert await answer.aread() == b"what Anna saved meanwhile"


async def test_another_check_out_than_the_one_that_was_meant_stays(eva: Http, anna: Client) -> None:
    file = await added(anna)
    await anna.undo(await anna.check_out(file.id))
    await anna.check_out(file.id)
    entry = await lock_of(eva, file.id)
    assert entry is not None
    meant = wish_for(entry)
    late = ForceRelease(file=file.id, path=file.path, holder="Anna", token=meant.token - 1, reason=REASON)
    with pytest.raises(Refused, match="another check-out than you meant"):
        await changing.make(eva, late, "late")
    assert await lock_of(eva, file.id) == entry


async def test_it_is_handed_over_to_somebody(eva: Http, anna: Client, tomas: Client) -> None:
    file = await added(anna)
    await anna.check_out(file.id)
    entry = await lock_of(eva, file.id)
    assert entry is not None
    await changing.make(eva, wish_for(entry, give_to="Tomas"), "hand over")
    now = await lock_of(eva, file.id)
    assert now is not None
    assert (now.lock.locked_by, now.lock.token > entry.lock.token) == ("Tomas", True)


async def test_a_deleted_file_is_purged_later_or_kept(eva: Http, annas: Http, anna: Client) -> None:
    file, vault = await added(anna), await anna.vault()
    await anna.delete(file.id)

    async def stone() -> calls.DeletedFile:
        found = (await read(eva, topics.DELETED, vault)).files
        return next(each.file for each in found if each.file.id == file.id)

    assert (await stone()).purge is None
    with pytest.raises(Refused):
        await changing.make(annas, PurgeFile(file=file.id, path=file.path), "by anna")
    asked = await changing.make(eva, PurgeFile(file=file.id, path=file.path), "purge")
    assert isinstance(asked, calls.Purge)
    assert (await stone()).purge == asked.purge is not None
    await changing.make(eva, KeepDeleted(file=file.id, path=file.path), "keep")
    assert (await stone()).purge is None
    assert (await anna.restore(file.id)).file.path == file.path


async def test_who_administers_nothing_sees_nothing_of_others(annas: Http) -> None:
    with pytest.raises(Refused):
        await read(annas, topics.ALL_PARKED)
