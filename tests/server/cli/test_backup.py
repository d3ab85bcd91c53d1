"""`backup` while the server goes on, and `restore`: whole or not at all, and never onto what somebody works on."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli.trouble import Exit
from server.protocol.calls import Me
from server.storage import backup as backup_module
from server.storage import durable
from server.storage.backup import Copied, Unusable, back_up, restore
from tests.support.client import Client, Refusal, signed_in
from tests.support.server import RealServer, real_server
from tests.support.shop import NOW

FIRST, SECOND = b"G0 X0 Y0\n" * 1_000, b"G1 X1 Y1\n" * 1_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    with real_server(tmp_path / "server") as running:
        running.add_person("Anna", "a password for tests")
        yield running


def place_of(folder: Path, content_hash: str) -> Path:
    return folder / "blobs" / content_hash[:2] / content_hash[2:4] / content_hash


async def plate(client: Client) -> str:
    return (await client.add(await client.vault(), "Jobs/plate.nc", FIRST)).file.id


async def test_a_backup_of_a_running_server_brings_everything_back_as_it_was(
    server: RealServer, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    async with signed_in(server.address, "Anna") as anna:
        file = await plate(anna)
        epoch = (await anna.file(file)).epoch
        told = server.run("backup", str(backup)).stdout
        assert "1 contents, 0.0 MB; 1 of them (0.0 MB) are new there." in told
        await anna.check_in(await anna.check_out(file), SECOND)
        server.stop()
        assert " is as it was on " in server.run("restore", str(backup)).stdout
        server.start()
        with pytest.raises(Refusal, match="not_signed_in"):
            await anna.file(file)
        await anna.sign_in_again()
        now = await anna.file(file)
        assert (await anna.get("/session", Me)).server == anna.server, "seats know it again"
        assert (now.file.head.number, now.file.lock) == ("1.0", None)
        assert await anna.content(file) == FIRST
        assert now.epoch != epoch
    [aside] = server.data.glob("replaced-*")
    assert (aside / "vault.sqlite3").is_file(), "nobody has to regret a restore"


async def test_a_backup_is_renewed_with_what_is_new(server: RealServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    async with signed_in(server.address, "Anna") as anna:
        file = await plate(anna)
        server.run("backup", str(backup))
        await anna.check_in(await anna.check_out(file), SECOND)
        assert "2 contents, 0.0 MB; 1 of them (0.0 MB) are new there." in server.run("backup", str(backup)).stdout


async def test_what_is_damaged_or_not_whole_is_refused_and_changes_nothing(server: RealServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    async with signed_in(server.address, "Anna") as anna:
        head = (await anna.file(await plate(anna))).file.head
    server.run("backup", str(backup))
    assert server.run("restore", str(backup), check=False).returncode == Exit.IN_USE
    server.stop()
    before = (server.data / "vault.sqlite3").read_bytes()
    place_of(server.data, head.hash).unlink()
    kept = place_of(backup, head.hash)
    kept.write_bytes(FIRST[::-1])
    refused = server.run("restore", str(backup), check=False)
    assert refused.returncode == Exit.TROUBLE
    assert "is damaged" in refused.stderr
    kept.unlink()
    assert "1 contents are missing" in server.run("restore", str(backup), check=False).stderr
    (backup / "backup.json").unlink()
    assert "no whole backup" in server.run("restore", str(backup), check=False).stderr
    assert (server.data / "vault.sqlite3").read_bytes() == before
    assert not list(server.data.glob("replaced-*"))


def test_no_backup_goes_where_something_else_is(server: RealServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    assert "neither empty nor a backup" in server.run("backup", str(tmp_path / "other"), check=False).stderr
    assert "in the data folder itself" in server.run("backup", str(server.data / "b"), check=False).stderr


async def test_a_backup_that_broke_off_is_none_and_goes_on(server: RealServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    async with signed_in(server.address, "Anna") as anna:
        head = (await anna.file(await plate(anna))).file.head

    def pulled(_: Copied) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        back_up(server.data, backup, at=NOW, copied=pulled)
    assert "no whole backup" in server.run("restore", str(backup), check=False).stderr
    server.run("backup", str(backup))
    assert json.loads((backup / "backup.json").read_text())["contents"] == 1
    assert place_of(backup, head.hash).read_bytes() == FIRST
    shutil.rmtree(server.data / "blobs")
    with pytest.raises(Unusable, match="its disk may not be connected"):
        back_up(server.data, tmp_path / "second", at=NOW)
    with pytest.raises(Unusable):
        back_up(tmp_path / "nothing", tmp_path / "third", at=NOW)


@pytest.mark.parametrize("call", ["rename", "make_folder", "make_file", "remove"])
async def test_a_first_backup_that_is_killed_anywhere_goes_on(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Before each step that has an effect, also between its database and its description."""
    async with signed_in(server.address, "Anna") as anna:
        await plate(anna)
    left = 0

    def cut(*paths: Path) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        return getattr(durable, call)(*paths)

    is_done, cut_at = False, 0
    while not is_done:
        cut_at += 1
        left, backup = cut_at, tmp_path / f"cut at {cut_at}"
        with monkeypatch.context() as patch:
            patch.setattr(backup_module, call, cut)
            try:
                back_up(server.data, backup, at=NOW)
                is_done = True
            except KeyboardInterrupt:
                pass
        try:
            back_up(server.data, backup, at=NOW)
        except Unusable as refused:
            pytest.fail(f"what was cut before step {cut_at} does not go on: {refused}")
        restore(backup, tmp_path / f"restored of {cut_at}", at=NOW)
        assert sorted(each.name for each in backup.iterdir()) == ["backup.json", "blobs", "token.key", "vault.sqlite3"]
    assert cut_at > 1


@pytest.mark.parametrize("also", ["server.mark", "vault.sqlite3.part", "blobs/letter.txt"])
def test_a_folder_that_only_looks_like_a_backup_that_was_begun_is_not_touched(
    server: RealServer, tmp_path: Path, also: str
) -> None:
    """As that of a server, or of a restore that was cut."""
    folder = tmp_path / "of somebody else"
    for name in ("vault.sqlite3", also):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    with pytest.raises(Unusable):
        back_up(server.data, folder, at=NOW)
    assert {each.name for each in folder.iterdir()} == {"vault.sqlite3", also.partition("/")[0]}
    assert (folder / "vault.sqlite3").read_text() == "mine"


def test_a_backup_on_which_a_server_works_by_now_is_no_place_for_another(server: RealServer, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(server.data, backup, at=NOW)
    shutil.copyfile(server.data / "server.mark", backup / "server.mark")
    before = (backup / "vault.sqlite3").read_bytes()
    refused = server.run("backup", str(backup), check=False)
    assert refused.returncode == Exit.TROUBLE
    assert "is the data folder of a server" in refused.stderr
    assert (backup / "vault.sqlite3").read_bytes() == before


async def test_a_restore_that_is_cut_leaves_the_server_of_before_or_that_of_the_backup(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "backup"
    async with signed_in(server.address, "Anna") as anna:
        file = await plate(anna)
        server.run("backup", str(backup))
        await anna.check_in(await anna.check_out(file), SECOND)
    server.kill()  # what it wrote last may still lie beside the database
    shutil.copytree(server.data, tmp_path / "killed")
    cut_at, left = 0, 0
    seen: list[int] = []

    def cut(source: Path, target: Path) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(5, "cut")
        durable.rename(source, target)

    monkeypatch.setattr(backup_module, "rename", cut)
    is_done = False
    while not is_done:
        cut_at += 1
        left = cut_at
        data = tmp_path / f"cut at {cut_at}"
        shutil.copytree(tmp_path / "killed", data)
        try:
            restore(backup, data, at=NOW)
            is_done = True
        except OSError:
            pass
        with sqlite3.connect(data / "vault.sqlite3") as database:
            seen += [count for (count,) in database.execute("SELECT count(*) FROM revision")]
        database.close()
    assert seen[-1] == 1, "the backup has one revision"
    assert set(seen[:-1]) <= {1, 2}
    assert 2 in seen
