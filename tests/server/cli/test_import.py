"""`import`: a shared drive becomes a vault, by a running server or without one."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli.importing.importing import import_folder
from server.cli.operator import operator
from server.cli.trouble import Exit
from server.config import load
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD, signed_in
from tests.support.server import RealServer, real_server

CONTENTS = {
    "Parts/bracket.nc": b"G0 X0 Y0\n",
    "Parts/Deep/plate.step": b"ISO-10303-21;\n" * 100,
    "Sheets/setup äöü.pdf": b"%PDF-1.7\n",
    "empty.txt": b"",
    "large.bin": random.Random(1).randbytes(3 * 2**20 + 17),
}


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    drive = tmp_path / "drive"
    for path, content in CONTENTS.items():
        place = drive / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return drive


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    with real_server(tmp_path) as server:
        server.add_person("Ada", PASSWORD)
        yield server


async def _contents(server: RealServer, vault: str) -> dict[str, bytes]:
    async with signed_in(server.address, "Ada") as ada:
        tree = await ada.tree(await ada.vault(vault))
        return {file.path: await ada.content(file.id) for file in tree.files.values()}


async def test_every_file_is_in_the_vault_which_is_made_and_seats_hear_of_it(server: RealServer, drive: Path) -> None:
    async with signed_in(server.address, "Ada") as ada, ada.listen() as ear:
        await ear.greeted()
        await ear.resume()
        done = server.run("import", "Shop", str(drive))
        assert "5 files (3.1 MB) imported into Shop, 0 were there already, 0 left out." in done.stdout
        vault = await ada.vault("Shop")
        await ear.event(seq=len(CONTENTS))
        assert {each.vault for each in ear.heard if each.seq} == {vault}
    assert await _contents(server, "Shop") == CONTENTS


async def test_again_it_goes_on_where_it_stopped_and_changes_nothing_that_is_there(
    server: RealServer, drive: Path
) -> None:
    server.run("import", "shop", str(drive / "Parts"))
    async with signed_in(server.address, "Ada") as ada:
        (held, *_) = (await ada.tree(await ada.vault("shop"))).files
        await ada.check_out(held, message="from a web page:\u2028two lines")
    (drive / "Parts" / "bracket.nc").write_bytes(b"G0 X9 Y9\n")
    (drive / "Parts" / "new.nc").write_bytes(b"G1\n")
    done = server.run("import", "Shop", str(drive / "Parts"), check=False)
    assert done.returncode == Exit.LEFT_OUT
    assert "“bracket.nc” is in the vault with other content" in done.stdout
    assert "1 files (0.0 MB) imported into shop, 1 were there already, 1 left out." in done.stdout
    assert (await _contents(server, "shop"))["bracket.nc"] == CONTENTS["Parts/bracket.nc"]


async def test_without_a_running_server_the_folder_is_opened_for_it(server: RealServer, drive: Path) -> None:
    assert server.stop() == 0
    done = server.run("import", "Shop", str(drive))
    assert "5 files" in done.stdout
    server.start()
    assert await _contents(server, "Shop") == CONTENTS


@pytest.mark.skipif(os.name == "nt", reason="such files cannot be made on Windows")
async def test_what_cannot_be_a_file_of_a_vault_is_named_and_left_out(server: RealServer, drive: Path) -> None:
    (drive / "con.txt").touch()
    (drive / "what?.nc").touch()
    (drive / "EMPTY.TXT").write_bytes(b"the same name to Windows")
    (drive / "link.nc").symlink_to(drive / "large.bin")
    (drive / "around").symlink_to(drive, target_is_directory=True)
    os.mkfifo(drive / "pipe")
    done = server.run("import", "Shop", str(drive), check=False)
    assert done.returncode == Exit.LEFT_OUT
    for path, why in {
        "con.txt": "Windows keeps for devices",
        "what?.nc": "Windows does not allow",
        "link.nc": "is a link",
        "around": "is a link",
        "pipe": "is no file",
    }.items():
        assert any(f"“{path}”" in line and why in line for line in done.stdout.splitlines()), path
    assert "“empty.txt”" in done.stdout
    assert (await _contents(server, "Shop")).keys() - {"EMPTY.TXT"} == CONTENTS.keys() - {"empty.txt"}


def test_a_file_over_the_limit_is_left_out_and_the_rest_goes_on(tmp_path: Path, drive: Path) -> None:
    with real_server(tmp_path, settings={"PDM_MAX_FILE_BYTES": str(2**20)}) as server:
        done = server.run("import", "Shop", str(drive), check=False)
        assert done.returncode == Exit.LEFT_OUT
        assert "“large.bin” was refused" in done.stdout
        assert "4 files" in done.stdout


def test_a_folder_that_is_not_there_is_named(server: RealServer, tmp_path: Path) -> None:
    done = server.run("import", "Shop", str(tmp_path / "nowhere"), check=False)
    assert done.returncode == Exit.USAGE
    assert "nowhere is no folder" in done.stderr


async def test_many_files_come_in_sets_of_short_transactions(server: RealServer, tmp_path: Path) -> None:
    many = tmp_path / "many"
    for number in range(260):
        place = many / f"{number % 7}" / f"{number}.nc"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"(program {number})\n")
    server.run("import", "Many", str(many))
    sets = [line for line in server.log_lines if line["event"] == "committed" and "/files/set" in line["call"]]
    assert [line["seq"] for line in sets] == [50, 100, 150, 200, 250, 260]


async def test_a_server_that_is_started_again_in_the_middle_gets_the_rest(server: RealServer, tmp_path: Path) -> None:
    drive = tmp_path / "small drive"
    drive.mkdir()
    for name in (" b.nc", "a.nc", "c.nc"):
        (drive / name).write_bytes(name.encode())
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("Left out"):  # in the middle of the walk
            server.restart()

    async with operator(load(flags={"data": server.data}, environment={}, file=None)) as signed_in_before:
        await import_folder(signed_in_before, "Production", drive, say=say)
    assert said[-1].startswith("2 files (0.0 MB) imported into Production")
    assert await _contents(server, "Production") == {"a.nc": b"a.nc", "c.nc": b"c.nc"}


async def test_what_the_rules_of_the_vault_do_not_allow_is_left_out_and_named(server: RealServer, drive: Path) -> None:
    server.add_person("Olga", PASSWORD, administrator=True)
    async with signed_in(server.address, "Olga") as olga:
        rules = VaultRules(extensions=[".nc", ".pdf"], max_bytes=1_000_000)
        await olga.change("PUT", f"/vaults/{await olga.vault()}/rules", rules)
    done = server.run("import", "Production", str(drive), check=False)
    assert done.returncode == Exit.LEFT_OUT
    assert "2 files" in done.stdout
    for name in ("plate.step", "empty.txt", "large.bin"):
        assert f"“{name}” has another extension" in done.stdout + done.stderr
    assert (await _contents(server, "Production")).keys() == {"Parts/bracket.nc", "Sheets/setup äöü.pdf"}
