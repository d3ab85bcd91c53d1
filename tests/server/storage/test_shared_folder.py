"""Contents on a disk that several nodes share: what another node wrote is seen, and other folders are told apart."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from blake3 import blake3

from server.services.beginning import begin
from server.services.several_nodes import NotShared, OneNode, SeveralNodes, nodes_of
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.shared_folder import MARK, SharedFolder
from server.storage.store import Store
from tests.support.shop import NOW

CONTENT = os.urandom(300_000)
WHOLE = Content(size=len(CONTENT), hash=blake3(CONTENT).hexdigest())
HALF = len(CONTENT) // 2
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/vault.sqlite3")
    await store.write(lambda connection: begin(connection, vault_name="Production", at=NOW))
    yield store
    await store.close()


async def node(store: Store) -> OneNode:
    return await nodes_of(store, redis_url=NOBODY, data="/somewhere")


def append(blobs: DiskBlobs, piece: bytes, *, at: int) -> None:
    growing = blobs.growing("upload")
    growing.open(at)
    growing.write(piece)
    growing.sync()
    growing.close()


def test_an_upload_goes_on_at_another_node_and_back(tmp_path: Path) -> None:
    one, two = DiskBlobs(tmp_path), DiskBlobs(tmp_path)
    append(one, CONTENT[:1000], at=0)
    append(two, CONTENT[1000:HALF], at=1000)
    append(one, CONTENT[HALF:], at=HALF)
    two.growing("upload").open(len(CONTENT))
    two.growing("upload").keep(WHOLE)
    assert one.is_whole(WHOLE)


@pytest.mark.skipif(sys.platform == "win32", reason="no node shares a disk with one on Windows")
def test_what_another_node_wrote_in_the_place_of_ours_is_not_taken_for_ours(tmp_path: Path) -> None:
    one, two = DiskBlobs(tmp_path), DiskBlobs(tmp_path)
    append(one, CONTENT, at=0)
    append(two, bytes(len(CONTENT)), at=0)
    os.utime(tmp_path / "growing" / "upload", ns=(0, 10**18))  # some disks tell times apart by milliseconds only
    growing = one.growing("upload")
    growing.open(len(CONTENT))
    growing.close()
    with pytest.raises(ValueError, match="not known to be"):
        growing.keep(WHOLE)
    assert not one.has(WHOLE)


async def test_nodes_with_the_same_folder_are_let_in_and_one_with_another_is_not(store: Store, tmp_path: Path) -> None:
    shared, other, empty = tmp_path / "shared", tmp_path / "other", tmp_path / "empty"
    for folder in (shared, other, empty):
        folder.mkdir()
    for _ in range(2):
        await (await node(store)).require_shared(SharedFolder(shared))
    SharedFolder(other).put_mark()
    for folder in (other, empty):
        with pytest.raises(NotShared, match="blobs_url") as refused:
            await (await node(store)).require_shared(SharedFolder(folder))
        assert str(folder) in str(refused.value)
    await (await node(store)).require_shared(SharedFolder(shared))
    await (await node(store)).require_shared(None)


async def test_a_folder_without_its_mark_is_taken_for_no_folder(store: Store, tmp_path: Path) -> None:
    await (await node(store)).require_shared(SharedFolder(tmp_path))
    (tmp_path / MARK).unlink()
    with pytest.raises(NotShared):
        await (await node(store)).require_shared(SharedFolder(tmp_path))


def test_of_two_nodes_that_begin_at_once_one_marks_the_folder(tmp_path: Path) -> None:
    SharedFolder(tmp_path).put_mark()
    first = SharedFolder(tmp_path).mark()
    SharedFolder(tmp_path).put_mark()
    assert SharedFolder(tmp_path).mark() == first
    assert first is not None
    assert [each.name for each in tmp_path.iterdir()] == [MARK]


async def test_all_nodes_sign_with_the_key_of_the_first(store: Store) -> None:
    assert await (await node(store)).key(b"a" * 32) == b"a" * 32
    assert await (await node(store)).key(b"b" * 32) == b"a" * 32


async def test_a_server_of_one_process_has_nothing_to_agree_on(store: Store, tmp_path: Path) -> None:
    alone = await nodes_of(store, redis_url="", data="/somewhere")
    assert not isinstance(alone, SeveralNodes)
    assert await alone.key(b"b" * 32) == b"b" * 32
    await alone.require_shared(SharedFolder(tmp_path))
    assert SharedFolder(tmp_path).mark() is None
    async with alone.alone("anything") as ours:
        assert ours
