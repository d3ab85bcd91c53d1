"""Contents on a disk that several nodes share: what another node wrote is seen, and other folders are told apart."""

import os
import sys
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from blake3 import blake3

from server.bucket import bucket_at
from server.services import leases
from server.services.beginning import begin, begin_anew_if_copied, call_for_epoch
from server.services.contents_place import require_place
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


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(leases, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/vault.sqlite3")
    await store.write(lambda connection: begin(connection, vault_name="Production", at=NOW))
    yield store
    await store.close()


async def node(store: Store, tmp_path: Path) -> OneNode:
    return await nodes_of(store, redis_url=NOBODY, data=tmp_path)


async def begin_at(
    store: Store,
    data: Path,
    *,
    folder: Path | None = None,
    bucket: str = "shop/pdm",
    several: bool = True,
    holds: bool = True,
) -> None:
    """A node looks whether its contents are the right ones: in that folder, or in that bucket."""
    nodes = await nodes_of(store, redis_url=NOBODY if several else "", data=data)
    await require_place(
        store,
        nodes,
        bucket=bucket_at(f"s3://{bucket}") if folder is None else None,
        folder=SharedFolder(folder or data / "blobs"),
        holds=lambda: holds,
    )


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
        await begin_at(store, tmp_path, folder=shared)
    SharedFolder(other).put_mark()
    for folder in (other, empty):
        with pytest.raises(NotShared, match="blobs_url") as refused:
            await begin_at(store, tmp_path, folder=folder)
        assert str(folder) in str(refused.value)
    elsewhere = tmp_path / "mounted elsewhere"
    shared.rename(elsewhere)
    await begin_at(store, tmp_path, folder=elsewhere)


async def test_a_folder_without_its_mark_is_taken_for_no_folder(store: Store, tmp_path: Path) -> None:
    await begin_at(store, tmp_path, folder=tmp_path)
    (tmp_path / MARK).unlink()
    with pytest.raises(NotShared):
        await begin_at(store, tmp_path, folder=tmp_path)


@pytest.mark.parametrize("first", ["bucket", "folder"])
async def test_a_node_with_its_contents_elsewhere_is_not_let_in_beside_others(
    store: Store, tmp_path: Path, first: str
) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for each in (there, here):
        each.mkdir()
    others, mine = (there, None) if first == "folder" else (None, here)
    other = await nodes_of(store, redis_url=NOBODY, data=there)
    async with other.present():
        await begin_at(store, there, folder=others)
        refused = await refusal_of(begin_at(store, here, folder=mine))
        other_one = await refusal_of(
            begin_at(store, here, folder=None if first == "bucket" else here, bucket="another/pdm")
        )
        again = await refusal_of(begin_at(store, there, folder=others))
    assert refused.startswith("The other nodes")
    assert not again
    assert "blobs_url" in other_one
    assert ("bucket “shop”, below “pdm”" if first == "bucket" else "in a folder of a disk") in refused


async def refusal_of(begun: Awaitable[None]) -> str:
    """Why a node does not begin; nothing if it does."""
    try:
        await begun
    except NotShared as refused:
        return str(refused)
    return ""


async def test_data_that_were_brought_back_have_their_contents_where_the_first_node_says(
    store: Store, tmp_path: Path
) -> None:
    await begin_at(store, tmp_path)
    await store.write(call_for_epoch)
    await store.write(lambda connection: begin_anew_if_copied(connection, mark="here", at=NOW))
    tmp_path.joinpath("blobs").mkdir()
    await begin_at(store, tmp_path, folder=tmp_path / "blobs", holds=False)


@pytest.mark.parametrize("several", [True, False], ids=["one of several", "alone"])
async def test_contents_are_moved_where_nobody_else_is_at_work_and_they_are_there(
    store: Store, tmp_path: Path, several: bool
) -> None:
    tmp_path.joinpath("blobs").mkdir()
    await begin_at(store, tmp_path, several=several)
    await begin_at(store, tmp_path, several=several, holds=False)
    places: list[tuple[Path | None, str]] = [(tmp_path / "blobs", ""), (None, "another/pdm"), (None, "shop/pdm")]
    for folder, bucket in places:
        if several or bucket != "another/pdm":  # one process on a disk says nowhere that it is there
            with pytest.raises(NotShared, match="none of the newest"):
                await begin_at(store, tmp_path, folder=folder, bucket=bucket, several=several, holds=False)
        await begin_at(store, tmp_path, folder=folder, bucket=bucket, several=several)


def test_of_two_nodes_that_begin_at_once_one_marks_the_folder(tmp_path: Path) -> None:
    SharedFolder(tmp_path).put_mark()
    first = SharedFolder(tmp_path).mark()
    SharedFolder(tmp_path).put_mark()
    assert SharedFolder(tmp_path).mark() == first
    assert first is not None
    assert [each.name for each in tmp_path.iterdir()] == [MARK]


async def test_all_nodes_sign_with_the_key_of_the_first(store: Store, tmp_path: Path) -> None:
    assert await (await node(store, tmp_path)).key(b"a" * 32) == b"a" * 32
    assert await (await node(store, tmp_path)).key(b"b" * 32) == b"a" * 32


async def test_a_server_of_one_process_has_nothing_to_agree_on(store: Store, tmp_path: Path) -> None:
    alone = await nodes_of(store, redis_url="", data=tmp_path)
    assert not isinstance(alone, SeveralNodes)
    assert await alone.key(b"b" * 32) == b"b" * 32
    await begin_at(store, tmp_path, folder=tmp_path, several=False)
    assert SharedFolder(tmp_path).mark() is None
    async with alone.alone("anything") as ours:
        assert ours
