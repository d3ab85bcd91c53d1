"""Bad disks: a restore brings good bytes for damaged ones and takes none; a backup finds its damaged ones."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.cli.trouble import Exit
from tests.support.client import Client, signed_in
from tests.support.server import RealServer, real_server
from tests.support.stored import let_epoch_age, make_old
from tests.support.waiting import wait_for

FIRST, SECOND, THIRD = b"G0 X0 Y0\n" * 1_000, b"G1 X1 Y1\n" * 1_000, b"G2 X2 Y2\n" * 1_000


@dataclass(frozen=True)
class Shop:
    """A server with one file, its only revision in a backup."""

    server: RealServer
    anna: Client
    file: str
    hash: str
    backup: Path

    def place(self, folder: Path, content_hash: str | None = None) -> Path:
        name = content_hash or self.hash
        return folder / "blobs" / name[:2] / name[2:4] / name

    def run(self, command: str, *flags: str) -> str:
        return self.server.run(command, str(self.backup), *flags).stdout

    async def check_in(self, content: bytes) -> str:
        """Another revision; its hash."""
        await self.anna.check_in(await self.anna.check_out(self.file), content)
        return (await self.anna.file(self.file)).file.head.hash


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with real_server(tmp_path / "server") as server:
        server.add_person("Anna", "a password for tests")
        async with signed_in(server.address, "Anna") as anna:
            state = await anna.add(await anna.vault(), "Jobs/plate.nc", FIRST)
            found = Shop(server, anna, state.file.id, state.file.head.hash, tmp_path / "backup")
            found.run("backup")
            yield found


async def test_a_restore_brings_good_bytes_for_damaged_ones(shop: Shop) -> None:
    shop.server.stop()
    shop.place(shop.server.data).write_bytes(FIRST[::-1])
    assert "1 contents were damaged in" in shop.run("restore")
    shop.server.start()
    await shop.anna.sign_in_again()
    assert await shop.anna.content(shop.file) == FIRST


async def test_a_restore_leaves_good_bytes_though_the_backup_has_damaged_ones(shop: Shop) -> None:
    shop.server.stop()
    shop.place(shop.backup).write_bytes(FIRST[::-1])
    assert "damaged" not in shop.run("restore")
    shop.server.start()
    await shop.anna.sign_in_again()
    assert await shop.anna.content(shop.file) == FIRST


async def test_a_restore_of_what_is_damaged_here_and_missing_there_changes_nothing(shop: Shop) -> None:
    shop.server.stop()
    shop.place(shop.server.data).write_bytes(FIRST[::-1])
    shop.place(shop.backup).unlink()
    refused = shop.server.run("restore", str(shop.backup), check=False)
    assert refused.returncode == Exit.TROUBLE
    assert f"1 contents are missing in {shop.backup}, the first of them {shop.hash}" in refused.stderr
    assert not list(shop.server.data.glob("replaced-*"))


async def test_a_backup_finds_what_its_own_disk_has_damaged_and_brings_it_anew(shop: Shop) -> None:
    kept = shop.place(shop.backup)
    kept.write_bytes(FIRST[::-1])
    assert "compared by their size alone" in shop.run("backup", "--quick")
    assert kept.read_bytes() == FIRST[::-1]
    told = shop.run("backup")
    assert "1 of them (0.0 MB) are new there." in told
    assert f"1 contents were damaged in {shop.backup} and are whole again" in told
    assert kept.read_bytes() == FIRST
    assert "damaged" not in shop.run("backup")


async def test_a_quick_backup_brings_anew_what_was_cut(shop: Shop) -> None:
    kept = shop.place(shop.backup)
    kept.write_bytes(FIRST[:-1])
    shop.run("backup", "--quick")
    assert kept.read_bytes() == FIRST


async def test_a_restore_takes_no_content_of_the_days_between_while_its_database_is_set_aside(shop: Shop) -> None:
    data = shop.server.data
    between = await shop.check_in(SECOND)
    last = await shop.check_in(THIRD)
    shop.server.stop()
    make_old(data)
    assert "no content of it goes before you remove that folder" in shop.run("restore")
    collect(shop.server)
    [aside] = data.glob("replaced-*")
    with closing(sqlite3.connect(aside / "vault.sqlite3")) as before:
        named = {content_hash for (content_hash,) in before.execute("SELECT hash FROM revision")}
    assert named == {shop.hash, between, last}
    assert all(shop.place(data, each).is_file() for each in named)
    shop.server.stop()
    shutil.copyfile(aside / "vault.sqlite3", data / "vault.sqlite3")  # it is regretted
    shop.server.start()
    await shop.anna.sign_in_again()
    assert await shop.anna.content(shop.file) == THIRD
    shop.server.stop()
    shop.run("restore")
    for each in data.glob("replaced-*"):
        shutil.rmtree(each)
    collect(shop.server)
    assert all(shop.place(data, each).is_file() for each in named), "from before this epoch, which is young"
    shop.server.stop()
    let_epoch_age(data, days=91)
    collect(shop.server)
    assert {each.name for each in (data / "blobs").glob("??/??/*")} == {shop.hash}


def collect(server: RealServer) -> None:
    """Start it, which collects what is not needed."""

    def done() -> int:
        return sum(line.get("event") == "collected" for line in server.log_lines)

    before = done()
    server.start()
    wait_for(lambda: done() > before)
