"""Backups in one folder: each is whole by itself, what is the same is shared, and the newest ones are kept."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from blake3 import blake3
from sqlalchemy import Connection, insert

from server.storage.backup import BEGUN, DESCRIPTION, Unusable, restore
from server.storage.backups import Backups
from server.storage.tables import blob
from tests.support.vault_data import VaultData

FIRST, SECOND = b"G0 X0\n" * 100, b"G1 X1\n" * 100
AT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)


class Shop:
    """A data folder with contents, and its backups."""

    def __init__(self, folder: Path, *, kept: int = 3) -> None:
        self.data = folder / "data"
        self.folder = folder / "backups"
        self.folder.mkdir()
        self.backups = Backups(self.data, self.folder, kept=kept)
        self.made = 0

    async def put(self, *contents: bytes) -> None:
        """The server has these contents."""
        self.data.mkdir(exist_ok=True)
        store = await VaultData.open(self.data)
        for content in contents:
            place_of(self.data, content).parent.mkdir(parents=True, exist_ok=True)
            place_of(self.data, content).write_bytes(content)
            known = insert(blob).values(hash=blake3(content).hexdigest(), size=len(content), arrived=AT)
            await store.store.write(partial(Connection.execute, statement=known))
        await store.store.close()

    def make(self) -> Path:
        self.made += 1
        at = AT + timedelta(days=self.made)
        return self.backups.make(at=at, going_on=lambda _done, _of: None).folder

    def let_go(self) -> None:
        """A week later."""
        self.backups.let_go(now=AT + timedelta(days=self.made + 7))


def place_of(folder: Path, content: bytes) -> Path:
    name = blake3(content).hexdigest()
    return folder / "blobs" / name[:2] / name[2:4] / name


@pytest.fixture
async def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path)
    await made.put(FIRST)
    return made


def is_same_file(one: Path, other: Path) -> bool:
    return one.stat().st_ino == other.stat().st_ino


async def test_each_is_whole_by_itself_and_shares_what_is_the_same(shop: Shop, tmp_path: Path) -> None:
    first = shop.make()
    await shop.put(SECOND)
    second = shop.make()
    assert is_same_file(place_of(first, FIRST), place_of(second, FIRST))
    shutil.rmtree(first)
    made = restore(second, tmp_path / "new", at=AT)
    assert made.contents == 2
    assert place_of(tmp_path / "new", FIRST).read_bytes() == FIRST
    assert place_of(tmp_path / "new", SECOND).read_bytes() == SECOND


async def test_what_an_earlier_backup_has_damaged_is_not_shared(shop: Shop) -> None:
    first = shop.make()
    place_of(first, FIRST).write_bytes(FIRST[::-1])
    second = shop.make()
    assert place_of(second, FIRST).read_bytes() == FIRST


async def test_what_the_server_has_lost_comes_from_the_backup_before(shop: Shop) -> None:
    shop.make()
    place_of(shop.data, FIRST).unlink()
    second = shop.make()
    assert place_of(second, FIRST).read_bytes() == FIRST
    assert shop.backups.all()[0].is_whole


async def test_a_disk_without_links_gets_copies(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop.make()

    def refuse(*_: object) -> None:
        raise OSError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    second = shop.make()
    assert not is_same_file(place_of(first, FIRST), place_of(second, FIRST))
    assert place_of(second, FIRST).read_bytes() == FIRST


async def test_one_that_was_not_finished_is_gone_on_with(shop: Shop) -> None:
    def stop(done: int, of: int) -> None:
        if of:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        shop.backups.make(at=AT, going_on=stop)
    [begun] = shop.backups.all()
    assert begun.description is None
    assert (begun.folder / BEGUN).is_file()
    assert shop.make() == begun.folder
    [made] = shop.backups.all()
    assert made.is_whole


async def test_the_newest_are_kept(shop: Shop) -> None:
    folders = [shop.make() for _ in range(5)]
    shop.let_go()
    assert [each.folder for each in shop.backups.all()] == folders[:1:-1]
    assert sorted(each.name for each in shop.folder.iterdir()) == sorted(each.name for each in folders[2:])


async def test_the_newest_that_lacks_nothing_always_stays(tmp_path: Path) -> None:
    shop = Shop(tmp_path, kept=1)
    await shop.put(FIRST)
    whole = shop.make()
    await shop.put(SECOND)
    place_of(shop.data, SECOND).unlink()
    shop.make()
    newest = shop.make()
    shop.let_go()
    assert [each.folder for each in shop.backups.all()] == [newest, whole]


async def test_backups_of_a_clock_that_was_ahead_stay_and_push_no_other_out(tmp_path: Path) -> None:
    shop = Shop(tmp_path, kept=1)
    await shop.put(FIRST)
    ahead = shop.backups.make(at=AT + timedelta(days=365), going_on=lambda _done, _of: None).folder
    shop.make()
    newest = shop.make()
    shop.let_go()
    assert [each.folder for each in shop.backups.all()] == [ahead, newest]


async def test_one_that_was_begun_by_a_clock_that_was_ahead_is_not_gone_on_with(shop: Shop) -> None:
    ahead = shop.folder / "backup-2027-03-04T000000Z"
    ahead.mkdir()
    assert shop.make() != ahead
    shop.let_go()
    assert ahead.is_dir()


async def test_one_that_is_not_finished_stays_until_a_newer_one_is(shop: Shop) -> None:
    shop.make()
    begun = shop.folder / "backup-2026-03-04T000000Z"
    begun.mkdir()
    shop.let_go()
    assert begun.is_dir()
    os.rename(shop.make(), shop.folder / "backup-2026-03-09T000000Z")  # noqa: PTH104 - as a test moves time
    begun.mkdir()
    shop.let_go()
    assert not begun.exists()


async def test_what_was_half_removed_goes_and_is_never_listed(shop: Shop) -> None:
    shop.make()
    half = shop.folder / "removing-backup-2026-01-01T000000Z"
    half.mkdir()
    (half / DESCRIPTION).write_text("{}")
    assert len(shop.backups.all()) == 1
    shop.let_go()
    assert not half.exists()


async def test_other_folders_beside_them_are_left_alone(shop: Shop) -> None:
    letters = shop.folder / "letters"
    letters.mkdir()
    for _ in range(5):
        shop.make()
    shop.let_go()
    assert letters.is_dir()


@pytest.mark.parametrize("folder", [None, "gone"], ids=str)
def test_without_its_folder_nothing_is_made_or_listed(tmp_path: Path, folder: str | None) -> None:
    backups = Backups(tmp_path, None if folder is None else tmp_path / folder, kept=1)
    with pytest.raises(Unusable):
        backups.make(at=AT, going_on=lambda _done, _of: None)
    with pytest.raises(Unusable):
        backups.all()
    assert not (tmp_path / "gone").exists()
