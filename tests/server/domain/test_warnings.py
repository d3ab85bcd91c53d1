"""What of a server needs somebody is said in words, and nothing is said of what is well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.domain.warnings import warnings_of
from server.protocol.calls import Disk, SeatVersion, ServerState

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
GB = 1_000_000_000
WELL = ServerState(
    name="Works", version="0.1.0", epoch="e", now=NOW, started=NOW, warnings=[], database_bytes=1, contents=1,
    content_bytes=1, disks=[Disk(what="data folder", folder="D:/pdm", free=60 * GB, total=500 * GB)], rates=[],
    seats=[SeatVersion(version="0.2.0", seats=3, online=1, older=False)], sockets=1, open_uploads=0, parked=0,
    parked_bytes=0, newest_client="0.2.0", oldest_client="0.1.0", last_backup=NOW - timedelta(days=7),
    certificate_ends=NOW + timedelta(days=31),
)  # fmt: skip


def test_of_a_database_in_postgresql_it_makes_no_backup_itself() -> None:
    [warning] = warnings_of(replace(WELL, last_backup=None), makes_backups=False, has_file=False)
    assert "PostgreSQL" in warning


def test_nothing_is_said_of_what_is_well() -> None:
    assert warnings_of(WELL, makes_backups=True) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"disks": [Disk(what="data folder", folder="D:/pdm", free=49 * GB, total=500 * GB)]},
            "The disk of the data folder is nearly full: 49.0 GB of 500.0 GB are free.",
        ),
        (
            {"disks": [Disk(what="folder for backups", folder="E:/b")]},
            "The disk of the folder for backups, E:/b, cannot be reached.",
        ),
        ({"certificate_ends": NOW + timedelta(days=30)}, "The certificate for HTTPS ends on 19 Apr 2026, in 30 days."),
        ({"certificate_ends": NOW - timedelta(days=1)}, "The certificate for HTTPS ended on 19 Mar 2026."),
        ({"last_backup": None}, "There is no backup yet."),
        (
            {"last_backup": NOW - timedelta(days=7, minutes=1)},
            "The last backup was made on 13 Mar 2026, 7 days ago.",
        ),
        (
            {"seats": [SeatVersion(version="0.1.0", seats=1, online=0, older=True)]},
            "1 seat is older than 0.2.0, the newest that this server knows of.",
        ),
        (
            {"seats": [SeatVersion(version=each, seats=2, online=0, older=True) for each in ("0.1.1", "0.1.0")]},
            "4 seats are older than 0.2.0",
        ),
    ],
    ids=["full", "away", "ends", "ended", "none", "old backup", "one seat", "seats"],
)
def test_each_thing_is_said_with_what_to_do(changed: dict[str, object], said: str) -> None:
    [warning] = warnings_of(replace(WELL, **changed), makes_backups=True)  # type: ignore[arg-type] # names and values of it
    assert warning.startswith(said)
    assert len(warning) > len(said)


def test_a_server_that_makes_no_backups_says_so() -> None:
    [warning] = warnings_of(replace(WELL, last_backup=None), makes_backups=False)
    assert "backup_folder" in warning


def test_a_gitlab_whose_accounts_all_come_in_is_named() -> None:
    [warning] = warnings_of(WELL, makes_backups=True, open_gitlab="git.shop.example")
    assert "git.shop.example" in warning
    assert "gitlab_group or gitlab_project" in warning
