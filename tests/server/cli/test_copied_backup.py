"""A backup that is copied back by hand begins a new epoch, whenever it was made and however the server ended (N19)."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

from server.config import DATABASE
from tests.support.server import real_server


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
        for ending in ("-wal", "-shm"):
            database.with_name(f"{DATABASE}{ending}").unlink(missing_ok=True)
        shutil.copyfile(backup / DATABASE, database)
        server.start()
        assert epoch_of(database) != before
