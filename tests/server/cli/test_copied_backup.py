"""A database that is copied back by hand begins a new epoch, however the server ended, and costs no content (N19)."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

from server.config import DATABASE
from tests.support.client import signed_in
from tests.support.server import RealServer, real_server
from tests.support.stored import make_old
from tests.support.waiting import wait_for


def epoch_of(database: Path) -> str:
    with contextlib.closing(sqlite3.connect(database)) as opened:
        return str(opened.execute("SELECT epoch FROM server").fetchone()[0])


def test_a_backup_that_is_copied_back_after_a_hard_end_begins_a_new_epoch(tmp_path: Path) -> None:
    with real_server(tmp_path / "server") as server:
        database, backup = server.data / DATABASE, tmp_path / "backup"
        server.run("backup", str(backup))
        server.add_person("Anna", "a password for tests")  # what happens after it is not in the backup
        before = epoch_of(database)
        server.kill()  # the computer is switched off; its database is damaged, say
        copy_back(backup / DATABASE, server)
        server.start()
        assert epoch_of(database) != before


async def test_a_database_that_was_replaced_by_hand_has_all_its_content_when_it_is_put_back(tmp_path: Path) -> None:
    """Somebody looks at yesterday's state; what only today's database names waits meanwhile."""
    yesterday, today = b"G0 X0 Y0\n" * 1_000, b"G1 X1 Y1\n" * 1_000
    with real_server(tmp_path / "server") as server:
        server.add_person("Anna", "a password for tests")
        async with signed_in(server.address, "Anna") as anna:
            file = (await anna.add(await anna.vault(), "Jobs/plate.nc", yesterday)).file.id
            server.run("backup", str(tmp_path / "backup"))
            await anna.check_in(await anna.check_out(file), today)
            server.stop()
            make_old(server.data)
            newest = tmp_path / "newest.sqlite3"
            shutil.copyfile(server.data / DATABASE, newest)
            copy_back(tmp_path / "backup" / DATABASE, server)
            start_and_collect(server)
            server.stop()
            copy_back(newest, server)
            start_and_collect(server)
            await anna.sign_in_again()
            assert (await anna.file(file)).file.head.number == "1.1"
            assert await anna.content(file) == today


def copy_back(database: Path, server: RealServer) -> None:
    """Into the place of that of a server that does not run, as a person does it."""
    place = server.data / DATABASE
    for ending in ("-wal", "-shm"):
        place.with_name(f"{DATABASE}{ending}").unlink(missing_ok=True)
    shutil.copyfile(database, place)


def start_and_collect(server: RealServer) -> None:
    """It has begun a new epoch, and has collected at once."""

    def events() -> list[str]:
        return [line["event"] for line in server.log_lines]

    before = len(events())
    server.start()
    wait_for(lambda: "collected" in events()[before:])
    assert "new_epoch" in events()[before:]
