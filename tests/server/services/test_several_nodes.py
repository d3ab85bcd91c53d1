"""Nodes know each other by what no copy of a data folder has."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from server.services import leases, several_nodes
from server.services.beginning import begin
from server.services.people import operator
from server.services.several_nodes import NotShared, OneNode, SeveralNodes, nodes_of
from server.storage import node_mark
from server.storage.node_mark import NAME, node_mark_in
from server.storage.store import Store
from server.storage.tables import session
from tests.support.shop import NOW
from tests.support.waiting import wait_for_async

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(leases, "LOOK_SECONDS", 0.01)
    for module in (leases, several_nodes):
        monkeypatch.setattr(module, "SILENT_SECONDS", 0.5)
    # As on another computer, or after it was started anew.
    monkeypatch.setattr(node_mark, "_running", lambda _: "")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/vault.sqlite3")
    await store.write(lambda connection: begin(connection, vault_name="Production", at=NOW))
    yield store
    await store.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    return data


async def node(store: Store, data: Path) -> OneNode:
    return await nodes_of(store, redis_url=NOBODY, data=data)


async def test_a_copied_data_folder_is_another_node(store: Store, data: Path, tmp_path: Path) -> None:
    one = await node(store, data)
    copy = tmp_path / "copy"
    shutil.copytree(data, copy)
    assert (copy / NAME).read_bytes() == (data / NAME).read_bytes()
    two = await node(store, copy)
    assert one.place != two.place
    assert (await node(store, data)).place == one.place, "the same after a restart"
    moved = await asyncio.to_thread(data.rename, tmp_path / "moved")
    assert (await node(store, moved)).place == one.place
    async with one.present():
        assert not await one.is_with_others()
        async with two.present():
            assert await one.is_with_others()
            assert await two.is_with_others()
        assert not await one.is_with_others()


async def test_of_two_copies_of_a_whole_disk_one_is_let_in(store: Store, data: Path) -> None:
    one, two = await node(store, data), await node(store, data)
    async with one.present():
        beside = await why_not(two)
    assert NAME in beside
    assert not await why_not(two)


async def why_not(node: OneNode) -> str:
    """Why a node is not let in; empty when it was."""
    try:
        async with node.present():
            return ""
    except NotShared as why:
        return str(why)


async def test_a_node_that_was_killed_is_back_at_once(
    store: Store, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_mark, "_running", lambda _: "boot.1.")
    monkeypatch.setattr(leases, "SILENT_SECONDS", 60)
    killed, again = await node(store, data), await node(store, data)
    assert isinstance(killed, SeveralNodes)
    assert await killed._be_known(patience=0)
    async with again.present():
        pass


async def test_a_node_that_was_taken_for_dead_makes_itself_known_again(
    store: Store, data: Path, tmp_path: Path
) -> None:
    one, other = await node(store, data), tmp_path / "other"
    other.mkdir()
    two = await node(store, other)
    assert isinstance(one, SeveralNodes)
    async with one.present(), two.present():
        await store.write(lambda connection: leases.let_go_of_all(connection, holder=one._leases.node))

        async def is_known_again() -> bool:
            found = await store.read(lambda connection: leases.look_at(connection, name=f"node {one.place}"))
            return found is not None and found.holder == one._leases.node

        await wait_for_async(is_known_again)
        assert await two.is_with_others()


def test_the_mark_is_the_same_for_a_process_after_the_other(data: Path) -> None:
    assert node_mark_in(data) == node_mark_in(data)


async def test_what_is_left_of_a_node_that_never_comes_back_goes(store: Store, data: Path, tmp_path: Path) -> None:
    """Its leases, and its operator, who may do everything."""
    other = tmp_path / "other"
    other.mkdir()
    one, dead = await node(store, data), await node(store, other)
    assert isinstance(one, SeveralNodes)
    assert isinstance(dead, SeveralNodes)

    def signed_in(connection: Connection) -> set[str | None]:
        return set(connection.execute(select(session.c.address).where(session.c.ended.is_(None))).scalars())

    def sign_in(connection: Connection) -> None:
        for each in (one, dead):
            operator(connection, at=NOW, lifetime=timedelta(days=3_650), place=each.place)

    async with one.present():
        assert await dead._be_known(patience=0)
        assert await dead._leases.take("turn/upload", patience=0)
        await store.write(sign_in)
        await one.forget_dead(at=NOW)
        assert await store.read(signed_in) == {one.place, dead.place}
        assert await one._leases.take("turn/another", patience=0)
        await asyncio.wait_for(_beats(one, store), 20)
        await one.forget_dead(at=NOW)
        assert await store.read(signed_in) == {one.place}
        assert set(await store.read(leases.look_at_all)) == {f"node {one.place}", "turn/another"}
    assert await store.read(leases.look_at_all) == {}


async def _beats(node: SeveralNodes, store: Store) -> None:
    before = await store.read(leases.look_at_all)

    async def has() -> bool:
        return all(
            held != before[name]
            for name, held in (await store.read(leases.look_at_all)).items()
            if held.holder == node._leases.node
        )

    await wait_for_async(has)
