"""Backups of a server whose contents are in a bucket: they have everything, and everything comes back from them."""

import sys
from functools import partial
from pathlib import Path

import pytest
from blake3 import blake3
from sqlalchemy import Connection, insert

from server.bucket import bucket_at
from server.config import DATABASE
from server.domain.errors import ContentsAway
from server.storage.backup import Copied, Unusable, back_up, describe, restore
from server.storage.blobs import Blobs, Content
from server.storage.contents import contents_in
from server.storage.tables import blob
from tests.support.s3 import S3, Faults
from tests.support.stored import place_of
from tests.support.vault_data import START, VaultData

if sys.platform == "win32":
    pytest.skip("a server on Windows has its contents on its disk", allow_module_level=True)

FIRST, SECOND = b"G0 X0\n" * 100, b"G1 X1\n" * 100


def hash_of(content: bytes) -> str:
    return blake3(content).hexdigest()


def contents(tmp_path: Path, url: str) -> Blobs:
    return contents_in(tmp_path, bucket_at(url))


async def put(blobs: Blobs, data: Path, *contents: bytes) -> None:
    """The server has these contents."""
    store = await VaultData.open(data)
    for content in contents:
        incoming = blobs.begin()
        incoming.write(content)
        incoming.finish()
        incoming.keep()
        known = insert(blob).values(hash=hash_of(content), size=len(content), arrived=START)
        await store.store.write(partial(Connection.execute, statement=known))
    await store.store.close()


@pytest.fixture
async def shop(tmp_path: Path, bucket: str) -> Blobs:
    """The contents of a server, two of them."""
    blobs = contents(tmp_path, bucket)
    (tmp_path / "data").mkdir()
    await put(blobs, tmp_path / "data", FIRST, SECOND)
    return blobs


async def test_a_backup_has_every_content_and_the_next_one_only_copies_what_is_new(shop: Blobs, tmp_path: Path) -> None:
    copied: list[Copied] = []
    made = back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=shop, copied=copied.append)
    assert (made.contents, made.lacks, len(copied)) == (2, [], 2)
    assert place_of(tmp_path / "backup", hash_of(FIRST)).read_bytes() == FIRST
    await put(shop, tmp_path / "data", b"new")
    back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=shop, copied=copied.append)
    assert [each.size for each in copied[2:]] == [3]


async def test_what_the_bucket_has_lost_or_damaged_is_named(shop: Blobs, tmp_path: Path, s3: S3, bucket: str) -> None:
    shop.remove(hash_of(FIRST))
    name = hash_of(SECOND)
    s3.put(bucket, f"{name[:2]}/{name[2:4]}/{name}", SECOND[::-1])
    back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=shop)
    lacks = {each.hash: each.why for each in describe(tmp_path / "backup").lacks}
    assert lacks == {hash_of(FIRST): "missing", hash_of(SECOND): "damaged"}


async def test_a_bucket_that_is_away_ends_a_backup_and_lacks_nothing(
    shop: Blobs, tmp_path: Path, line: Faults, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = contents(tmp_path, bucket.partition("?")[0] + f"?endpoint={line.address}")
    line.answers = [("GET", hash_of(SECOND), 403)]
    with pytest.raises(ContentsAway):
        back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=far)
    with pytest.raises(Unusable):
        describe(tmp_path / "backup")
    assert back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=far).lacks == []


async def test_a_restore_puts_into_the_bucket_what_is_not_there_whole(
    shop: Blobs, tmp_path: Path, s3: S3, bucket: str
) -> None:
    back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=shop)
    name = hash_of(SECOND)
    s3.put(bucket, f"{name[:2]}/{name[2:4]}/{name}", SECOND[::-1])
    shop.remove(hash_of(FIRST))
    copied: list[Copied] = []
    restore(tmp_path / "backup", tmp_path / "data", at=START, contents=shop, copied=copied.append)
    assert sorted(each.was_damaged for each in copied) == [False, True]
    for each in (FIRST, SECOND):
        assert shop.is_whole(Content(size=len(each), hash=hash_of(each)))
    assert not (tmp_path / "data" / "blobs").exists()
    assert [name for name in s3.objects(bucket) if name.startswith("incoming/")] == []


async def test_a_restore_leads_from_a_bucket_to_a_disk_and_back(
    shop: Blobs, tmp_path: Path, s3: S3, keys: None
) -> None:
    back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=shop)
    restore(tmp_path / "backup", tmp_path / "on a disk", at=START)
    assert place_of(tmp_path / "on a disk", hash_of(FIRST)).read_bytes() == FIRST
    another = contents(tmp_path, s3.bucket())
    restore(tmp_path / "backup", tmp_path / "elsewhere", at=START, contents=another)
    assert another.is_whole(Content(size=len(FIRST), hash=hash_of(FIRST)))


async def test_a_damaged_backup_puts_nothing_into_the_bucket(shop: Blobs, tmp_path: Path, s3: S3, keys: None) -> None:
    back_up(tmp_path / "data", tmp_path / "backup", at=START, contents=shop)
    place_of(tmp_path / "backup", hash_of(FIRST)).write_bytes(FIRST[::-1])
    url = s3.bucket()
    with pytest.raises(Unusable, match=f"{hash_of(FIRST)} is damaged"):
        restore(tmp_path / "backup", tmp_path / "elsewhere", at=START, contents=contents(tmp_path, url))
    assert not any(name.endswith(hash_of(FIRST)) for name in s3.objects(url))
    assert not (tmp_path / "elsewhere" / DATABASE).exists()
