"""A server whose disk has damaged or lost contents: its backup has all that is whole, and says what it lacks."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.cli.trouble import Exit
from server.storage import backup as backup_module
from server.storage import durable
from server.storage.backup import Unusable, back_up, describe, restore
from tests.support.client import Client, Refusal, signed_in
from tests.support.server import RealServer, real_server
from tests.support.shop import NOW

FIRST, SECOND, THIRD = b"G0 X0 Y0\n" * 1_000, b"G1 X1 Y1\n" * 1_000, b"G2 X2 Y2\n" * 1_000

PLATE = "Production, Jobs/plate.nc Rev 1.0"


@dataclass(frozen=True)
class Shop:
    """A server with two files: the plate, whose content will suffer, and the ring, which stays whole."""

    server: RealServer
    anna: Client
    plate: str
    hash: str
    ring: str
    backup: Path

    def place(self, folder: Path) -> Path:
        """The plate's content in that folder."""
        return place_of(folder, self.hash)

    def run(self, command: str, *flags: str) -> subprocess.CompletedProcess[str]:
        """Any exit code."""
        return self.server.run(command, str(self.backup), *flags, check=False)

    async def add(self, path: str, content: bytes) -> str:
        """Another file; the hash of its content."""
        return (await self.anna.add(await self.anna.vault(), path, content)).file.head.hash


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with real_server(tmp_path / "server") as server:
        server.add_person("Anna", "a password for tests")
        async with signed_in(server.address, "Anna") as anna:
            vault = await anna.vault()
            plate = (await anna.add(vault, "Jobs/plate.nc", FIRST)).file
            ring = (await anna.add(vault, "Jobs/ring.nc", SECOND)).file
            yield Shop(server, anna, plate.id, plate.head.hash, ring.id, tmp_path / "backup")


def place_of(folder: Path, content_hash: str) -> Path:
    return folder / "blobs" / content_hash[:2] / content_hash[2:4] / content_hash


def lose(place: Path) -> None:
    place.unlink()


def cut(place: Path) -> None:
    place.write_bytes(FIRST[:-1])


def change(place: Path) -> None:
    place.write_bytes(FIRST[::-1])


def make_unreadable(place: Path) -> None:
    """What no program reads as a file, whoever runs it."""
    place.unlink()
    place.mkdir()


def is_restored(backup: Path, data: Path) -> bool:
    try:
        restore(backup, data, at=NOW)
    except Unusable:
        return False
    return True


def lacks(backup: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((backup / "backup.json").read_text(encoding="utf-8"))["lacks"]
    return found


@pytest.mark.parametrize(
    ("suffer", "why"),
    [(lose, "missing"), (cut, "damaged"), (change, "damaged"), (make_unreadable, "unreadable")],
    ids=["missing", "cut", "changed", "unreadable"],
)
async def test_a_backup_is_made_of_all_that_is_whole_and_names_what_it_lacks(
    shop: Shop, suffer: Callable[[Path], None], why: str
) -> None:
    suffer(shop.place(shop.server.data))
    made = shop.run("backup")
    assert made.returncode == Exit.LACKING, made.stderr
    lines = made.stdout.splitlines()
    assert f"- {PLATE}: content {shop.hash} is {why}." in lines
    assert "checks the same content in" in made.stdout
    assert "an older backup" in made.stdout
    assert lines[-1] == "The backup was made, but it lacks 1 contents; all of them are named in its backup.json."
    assert "1 contents, 0.0 MB; 1 of them (0.0 MB) are new there." in made.stdout
    [lacking] = lacks(shop.backup)
    assert lacking == {
        "hash": shop.hash,
        "size": len(FIRST),
        "why": why,
        "where": [PLATE],
    }
    assert [each.name for each in (shop.backup / "blobs").glob("??/??/*")] == [
        (await shop.anna.file(shop.ring)).file.head.hash
    ]


async def test_a_restore_says_first_what_the_backup_lacks_and_brings_the_rest(shop: Shop) -> None:
    lose(shop.place(shop.server.data))
    shop.run("backup")
    shop.server.stop()
    shutil.rmtree(shop.server.data)
    restored = shop.run("restore")
    assert restored.returncode == Exit.LACKING, restored.stderr
    lines = restored.stdout.splitlines()
    named = lines.index(f"- {PLATE}: content {shop.hash} is missing.")
    done = next(number for number, line in enumerate(lines) if " is as it was on " in line)
    assert named < done
    told = (
        f"The backup was restored, but 1 contents are lacking; all of them are named in {shop.backup / 'backup.json'}."
    )
    assert lines[-1] == told
    shop.server.start()
    await shop.anna.sign_in_again()
    assert await shop.anna.content(shop.ring) == SECOND
    with pytest.raises(Refusal) as refused:
        await shop.anna.content(shop.plate)
    assert (refused.value.problem.status, refused.value.problem.code) == (500, "internal")


@pytest.mark.parametrize("count", [20, 23], ids=["as many as are named", "more"])
async def test_of_very_many_that_are_lacking_some_are_named_and_the_description_has_all(shop: Shop, count: int) -> None:
    shutil.rmtree(shop.server.data / "blobs" / shop.hash[:2] / shop.hash[2:4])
    for number in range(count - 1):
        lose(place_of(shop.server.data, await shop.add(f"Jobs/lid{number:02}.nc", THIRD + b"%d" % number)))
    for command in ("backup", "restore"):
        if command == "restore":
            shop.server.stop()
            shutil.rmtree(shop.server.data)
        lines = shop.run(command).stdout.splitlines()
        assert len([line for line in lines if line.startswith("- ")]) == 20
        more = [line for line in lines if line.startswith("… and ")]
        assert more == ([] if count == 20 else [f"… and 3 more; all are in {shop.backup / 'backup.json'}."])
        assert f"{count} contents" in lines[-1]
    assert len(lacks(shop.backup)) == count


async def test_a_restore_says_what_is_lacking_before_anything_changes(shop: Shop, tmp_path: Path) -> None:
    lose(shop.place(shop.server.data))
    back_up(shop.server.data, shop.backup, at=NOW)
    data = tmp_path / "new"
    seen: list[list[str]] = []

    def told(lacking: Any) -> None:
        assert not (data / "vault.sqlite3").exists()
        assert not list((data / "blobs").glob("??"))
        seen.append([each.hash for each in lacking])

    restore(shop.backup, data, at=NOW, lacking=told)
    assert seen == [[shop.hash]]
    assert (data / "vault.sqlite3").is_file()


async def test_what_is_lacking_in_the_backup_and_whole_in_the_data_folder_is_not_lacking(shop: Shop) -> None:
    lost = shop.place(shop.server.data)
    lose(lost)
    shop.run("backup")
    lost.write_bytes(FIRST)
    shop.server.stop()
    restored = shop.run("restore")
    assert (restored.returncode, shop.hash in restored.stdout) == (Exit.DONE, False)
    shop.server.start()
    await shop.anna.sign_in_again()
    assert await shop.anna.content(shop.plate) == FIRST


async def test_what_is_lacking_and_was_put_into_the_backup_by_hand_is_brought(shop: Shop) -> None:
    lose(shop.place(shop.server.data))
    shop.run("backup")
    shop.server.stop()
    kept = shop.place(shop.backup)
    change(kept)
    assert shop.run("restore").returncode == Exit.LACKING, "these bytes are not what their name says"
    kept.write_bytes(FIRST)
    assert shop.run("restore").returncode == Exit.DONE
    shop.server.start()
    await shop.anna.sign_in_again()
    assert await shop.anna.content(shop.plate) == FIRST


async def test_what_a_backup_does_not_say_that_it_lacks_still_refuses_its_restore(shop: Shop, tmp_path: Path) -> None:
    ring = (await shop.anna.file(shop.ring)).file.head.hash
    lose(shop.place(shop.server.data))
    back_up(shop.server.data, shop.backup, at=NOW)
    place_of(shop.backup, ring).unlink()
    with pytest.raises(Unusable, match=f"1 contents are missing in .*{ring}"):
        restore(shop.backup, tmp_path / "new", at=NOW)
    assert not (tmp_path / "new" / "vault.sqlite3").exists()


@pytest.mark.parametrize("suffer", [lose, cut, change], ids=["missing", "cut", "changed"])
async def test_the_good_copy_of_an_earlier_backup_stays_and_is_enough(
    shop: Shop, suffer: Callable[[Path], None], tmp_path: Path
) -> None:
    back_up(shop.server.data, shop.backup, at=NOW)
    newer = await shop.add("Jobs/lid.nc", THIRD)
    suffer(shop.place(shop.server.data))
    lose(place_of(shop.server.data, newer))
    for quick in (False, True):
        assert [each.hash for each in back_up(shop.server.data, shop.backup, at=NOW, quick=quick).lacks] == [newer]
        assert shop.place(shop.backup).read_bytes() == FIRST
    restore(shop.backup, tmp_path / "new", at=NOW)
    assert shop.place(tmp_path / "new").read_bytes() == FIRST


async def test_a_quick_backup_believes_no_size_of_what_the_earlier_one_lacked(shop: Shop) -> None:
    for folder in (shop.server.data, shop.backup):
        if folder == shop.backup:
            back_up(shop.server.data, shop.backup, at=NOW)
            shop.place(folder).parent.mkdir(parents=True, exist_ok=True)
        change(shop.place(folder))
    for quick in (False, True):
        assert [each.hash for each in back_up(shop.server.data, shop.backup, at=NOW, quick=quick).lacks] == [shop.hash]


async def test_what_was_lacking_and_is_checked_in_again_is_in_the_next_backup(shop: Shop) -> None:
    lose(shop.place(shop.server.data))
    assert back_up(shop.server.data, shop.backup, at=NOW).lacks
    await shop.anna.check_in(await shop.anna.check_out(shop.plate), FIRST)
    made = shop.run("backup")
    assert (made.returncode, shop.hash in made.stdout, describe(shop.backup).lacks) == (Exit.DONE, False, [])
    assert shop.place(shop.backup).read_bytes() == FIRST


async def test_a_disk_that_is_full_is_no_lost_content(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.storage.backup.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        back_up(shop.server.data, shop.backup, at=NOW)
    assert not (shop.backup / "backup.json").exists()


async def test_a_backup_that_is_cut_before_it_has_said_what_it_lacks_can_be_restored(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(shop.server.data, shop.backup, at=NOW)
    lose(place_of(shop.server.data, await shop.add("Jobs/lid.nc", THIRD)))
    left = 0

    def cut_off(source: Path, target: Path) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(5, "cut")
        durable.rename(source, target)

    is_done, cut_at = False, 0
    while not is_done:
        cut_at += 1
        left = cut_at
        backup = tmp_path / f"cut at {cut_at}"
        shutil.copytree(shop.backup, backup)
        with monkeypatch.context() as patch:
            patch.setattr(backup_module, "rename", cut_off)
            try:
                back_up(shop.server.data, backup, at=NOW)
                is_done = True
            except OSError:
                pass
        data = tmp_path / f"restored of {cut_at}"
        assert is_restored(backup, data)
        assert shop.place(data).read_bytes() == FIRST
    assert cut_at == 5, "its key, what it will lack, its database, its description"


async def test_a_name_that_the_output_cannot_show_is_told_as_well_as_it_goes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where what goes into a file is written in the letters of one country."""
    lose(place_of(shop.server.data, await shop.add("Jobs/Крышка.nc", THIRD)))
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    made = shop.run("backup")
    assert made.returncode == Exit.LACKING, made.stderr
    assert r"Jobs/\u041a" in made.stdout
